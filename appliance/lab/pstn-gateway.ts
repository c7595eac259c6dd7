import { isEmergency, outsideName, outsideNumber, people, userOf } from './account.js';
import { type LabGround, Party } from './party.js';
import type { OpenedSipServer } from './sip-application.js';

/** The telephone network behind the branch's own line: every number answers, 911 by the lab's emergency operator. */
export class PstnGateway {
  readonly party: Party;
  readonly #ground: LabGround;

  constructor(address: string, sip: OpenedSipServer, ground: LabGround) {
    this.#ground = ground;
    this.party = new Party('pstn', address, sip, ground);
    sip.application.use('invite', (request, reply) => {
      const called = userOf(request.uri);
      const caller = userOf(request.get('P-Asserted-Identity')) || userOf(request.get('From'));
      this.party.receive(request, reply, caller, isEmergency(called));
    });
    sip.application.use('options', (_request, reply) => reply.send(200));
  }

  /** Somebody outside calls the direct number of an extension. */
  call(extension: string): Promise<void> {
    const number = people.find((person) => person.extension === extension)?.did ?? extension;
    const host = this.#ground.proxy.replace(/^sip:/, '');
    return this.party.place({
      uri: `sip:${number}@${host}`,
      headers: {
        From: `"${outsideName}" <sip:${outsideNumber}@${this.party.address}>`,
        To: `<sip:${number}@${host.replace(/;.*/, '')}>`,
        'Content-Type': 'application/sdp',
      },
      peer: extension,
      emergency: false,
    });
  }
}
