import { hexToken } from '../../src/base/index.js';
import { challengeHeader, ha1, parseCredentials, verifyCredentials } from '../../src/sip/index.js';
import { type Person, people, realm, telephones, userOf } from './account.js';
import { CentreCall } from './centre-call.js';
import type { LabGround } from './party.js';
import type { OpenedSipServer, ReceivedRequest, Reply } from './sip-application.js';

interface Contact {
  readonly uri: string;
  readonly untilWall: number;
}

/** A nonce is good for so long; the phones' registrations are shorter. */
const NONCE_MS = 300_000;

/** The central site: registrar and call server with digest authentication, reached over the WAN alone. */
export class Centre {
  readonly address: string;
  readonly sip: OpenedSipServer;
  readonly #ground: LabGround;
  /** `sip:HOST:PORT` of the telephone network at the centre. */
  readonly #outside: string;
  readonly #contacts = new Map<string, Map<string, Contact>>();
  readonly #nonces = new Map<string, number>();
  readonly #calls = new Set<CentreCall>();

  constructor(address: string, sip: OpenedSipServer, outside: string, ground: LabGround) {
    this.address = address;
    this.sip = sip;
    this.#outside = outside;
    this.#ground = ground;
    sip.application.use('register', (request, reply) => this.#register(request, reply));
    sip.application.use('invite', (request, reply) => this.#invite(request, reply));
    sip.application.use('options', (_request, reply) => reply.send(200));
  }

  get registered(): number {
    return people.filter((person) => this.#contact(person.extension) !== undefined).length;
  }

  get calls(): number {
    return this.#calls.size;
  }

  #register(request: ReceivedRequest, reply: Reply): void {
    const username = userOf(request.get('To'));
    if (!this.#authentic(request, 'Authorization', username)) {
      reply.send(401, { headers: { 'WWW-Authenticate': this.#challenge() } });
      return;
    }
    const contacts = this.#contacts.get(username) ?? new Map<string, Contact>();
    this.#contacts.set(username, contacts);
    const header = request.get('Contact') ?? '';
    if (header.trim() === '*') contacts.clear();
    else for (const text of header === '' ? [] : splitContacts(header)) this.#bind(contacts, text, request);
    const now = this.#ground.clock.wall();
    const list = [...contacts.values()].map(
      ({ uri, untilWall }) => `<${uri}>;expires=${Math.max(0, Math.round((untilWall - now) / 1000))}`,
    );
    reply.send(200, list.length === 0 ? {} : { headers: { Contact: list.join(', ') } });
    this.#ground.onChange();
  }

  #bind(contacts: Map<string, Contact>, text: string, request: ReceivedRequest): void {
    const uri = /<([^>]+)>/.exec(text)?.[1] ?? text.trim();
    const seconds = Number(/>\s*[^,]*;?\s*expires=(\d+)/i.exec(text)?.[1] ?? request.get('Expires') ?? 300);
    if (seconds === 0) contacts.delete(uri);
    else contacts.set(uri, { uri, untilWall: this.#ground.clock.wall() + seconds * 1000 });
  }

  #invite(request: ReceivedRequest, reply: Reply): void {
    const caller = userOf(request.get('From'));
    if (!this.#ofTrunk(request, caller) && !this.#authentic(request, 'Proxy-Authorization', caller)) {
      reply.send(407, { headers: { 'Proxy-Authenticate': this.#challenge() } });
      return;
    }
    const called = userOf(request.uri);
    const person = people.find((one) => one.extension === called || one.did === called);
    const contact =
      person === undefined ? undefined : (this.#contact(person.extension) ?? this.#analog(called, person));
    if (person !== undefined && contact === undefined) {
      reply.send(480);
      return;
    }
    const call = new CentreCall(this.sip.application, this.#ground.log, () => {
      this.#calls.delete(call);
      this.#ground.onChange();
    });
    this.#calls.add(call);
    this.#ground.onChange();
    call.start(request, reply, contact ?? `sip:${called}@${this.#outside}`);
  }

  /** Callers from outside, whom the branch's own lines brought, cannot prove who they are. */
  #ofTrunk({ source_address }: ReceivedRequest, caller: string): boolean {
    const branch = /^sips?:([^:;]+)/.exec(this.#ground.proxy)?.[1];
    return source_address === branch && !people.some(({ extension }) => extension === caller);
  }

  /** Analog telephones do not register: whoever has them is where their calls go. */
  #analog(called: string, person: Person): string | undefined {
    if (!telephones.some((telephone) => telephone.person === person)) return undefined;
    return this.#ground.proxy.replace(/^sip:/, `sip:${called}@`);
  }

  /** The newest contact that is still in force. */
  #contact(extension: string): string | undefined {
    const now = this.#ground.clock.wall();
    return [...(this.#contacts.get(extension)?.values() ?? [])]
      .filter((contact) => contact.untilWall > now)
      .sort((a, b) => b.untilWall - a.untilWall)[0]?.uri;
  }

  #challenge(): string {
    const now = this.#ground.clock.now();
    for (const [nonce, until] of this.#nonces) if (until < now) this.#nonces.delete(nonce);
    const nonce = hexToken(this.#ground.random, 16);
    this.#nonces.set(nonce, now + NONCE_MS);
    return challengeHeader({ realm, nonce, algorithm: 'MD5', qop: ['auth'] });
  }

  /** Whether the request carries right credentials (RFC 7616) of the user that it names. */
  #authentic(request: ReceivedRequest, header: string, username: string): boolean {
    const credentials = parseCredentials(request.get(header) ?? '');
    const person = people.find((one) => one.extension === username);
    if (!credentials.ok || person === undefined || credentials.value.username !== username) return false;
    if ((this.#nonces.get(credentials.value.nonce) ?? 0) < this.#ground.clock.now()) return false;
    const secret = ha1(username, realm, person.password, 'MD5');
    return verifyCredentials({ credentials: credentials.value, method: request.method, ha1: secret });
  }
}

/** Commas inside angle brackets belong to a URI. */
function splitContacts(header: string): readonly string[] {
  return header.match(/(?:<[^>]*>|[^,<])+/g) ?? [];
}
