import type { LabPhone } from '../io/index.js';
import { isEmergency, type Person, proof, realm, userOf } from './account.js';
import { type LabGround, Party } from './party.js';
import { Registration } from './registration.js';
import type { OpenedSipServer } from './sip-application.js';

/** A telephone of the branch: it knows Holdfast as its outbound proxy, and nothing else. */
export class Phone {
  readonly person: Person;
  readonly party: Party;
  readonly #ground: LabGround;
  readonly #registration: Registration;
  #wrongPassword = false;

  constructor(person: Person, address: string, sip: OpenedSipServer, ground: LabGround) {
    this.person = person;
    this.#ground = ground;
    this.party = new Party(person.extension, address, sip, ground);
    this.#registration = new Registration({
      extension: person.extension,
      password: () => (this.#wrongPassword ? 'not-the-password' : person.password),
      contact: `sip:${person.extension}@${address}:${sip.port}`,
      proxy: ground.proxy,
      application: sip.application,
      clock: ground.clock,
      random: ground.random,
      log: ground.log,
      onChange: ground.onChange,
    });
    sip.application.use('invite', (request, reply) => {
      // One line: a second call is told so.
      if (this.party.calls.length > 0) reply.send(486);
      else this.party.receive(request, reply, userOf(request.get('From')), false);
    });
    sip.application.use('options', (_request, reply) => reply.send(200));
  }

  start(): void {
    this.#registration.start();
  }

  /** Off and on again: calls end, and the phone registers anew, with a password that may be wrong. */
  restart(wrongPassword: boolean): void {
    this.party.hangUpAll();
    this.#registration.stop();
    this.#wrongPassword = wrongPassword;
    this.#registration.start();
  }

  call(number: string): Promise<void> {
    const { extension, name } = this.person;
    const account = { username: extension, password: this.person.password };
    return this.party.place({
      uri: `sip:${number}@${realm}`,
      headers: {
        From: `"${name}" <sip:${extension}@${realm}>`,
        To: `<sip:${number}@${realm}>`,
        'Content-Type': 'application/sdp',
      },
      peer: number,
      emergency: isEmergency(number),
      proxy: this.#ground.proxy,
      credentials: (response, method, uri) => proof(response, method, uri, account, this.#ground.random),
    });
  }

  transfer(id: string, number: string): void {
    this.party.end(id)?.transfer(`sip:${number}@${realm}`, `sip:${this.person.extension}@${realm}`);
  }

  view(): LabPhone {
    const { extension, did, name } = this.person;
    const { state, why } = this.#registration;
    const address = `${this.party.address}:${this.party.sip.port}`;
    return { extension, did, name, address, registration: state, why };
  }

  async close(): Promise<void> {
    this.#registration.stop();
    await this.party.close();
  }
}
