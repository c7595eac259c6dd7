import type { Clock, Random } from '../base/index.js';
import type { Directory } from '../directory/index.js';
import type { Authenticator } from './authenticator.js';
import type { BindingBook, Commit, Grant, Owner } from './binding-book.js';
import { type CentreConversation, retryAfterOf } from './centre-conversation.js';
import { flowNameOf } from './contact.js';
import { later, refusal } from './register-answer.js';
import type { RegisterAnswer, RegisterContact, RegisterRequest } from './register-request.js';
import type { RegistrarSettings } from './registrar-settings.js';
import type { Serve } from './serve.js';
import { grantedS, troubleOf, upstreamContact } from './upstream-contact.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstream-register.js';
import type { UpstreamUpkeep } from './upstream-upkeep.js';

export interface RelayOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Directory;
  readonly authenticator: Authenticator;
  readonly book: BindingBook;
  readonly upkeep: UpstreamUpkeep;
  readonly centre: CentreConversation;
  readonly serve: Serve;
}

type CentreAnswer = Extract<UpstreamAnswer, { kind: 'answer' }>;

/** What of the centre's answer a phone needs; Contact and Path are ours to say. */
const passedHeaders: readonly (readonly [string, string])[] = [
  ['www-authenticate', 'WWW-Authenticate'],
  ['proxy-authenticate', 'Proxy-Authenticate'],
  ['authentication-info', 'Authentication-Info'],
  ['min-expires', 'Min-Expires'],
  ['retry-after', 'Retry-After'],
  ['p-associated-uri', 'P-Associated-URI'],
  ['unsupported', 'Unsupported'],
  ['warning', 'Warning'],
  ['date', 'Date'],
];

/** Registration through the centre, which authenticates; Holdfast keeps what it granted. */
export class Relay {
  readonly #options: RelayOptions;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  async register(request: RegisterRequest, owner: Owner): Promise<RegisterAnswer> {
    const { authenticator, book, directory, serve, upkeep, random } = this.#options;
    const known = directory.byUsername(owner.username) !== undefined;
    const standing = authenticator.standing(request.authorization ?? request.proxyAuthorization);
    // A phone that comes from an outage still answers our challenge, and the centre would not understand it.
    if (known && (standing === 'ours' || request.contacts.length === 0)) return serve.register(request);
    const objection = book.objection(request, owner);
    if (objection !== undefined) return objection;
    if (request.contacts.length === 0) return refusal(404, 'Not Found');
    if (!upkeep.takeTurn()) return known ? serve.register(request) : later(random, 'Service Unavailable');
    const ask = this.#request(request, owner, standing === 'stale');
    const answer = await this.#ask(ask);
    if (answer.kind !== 'answer' || troubleOf(answer) !== undefined) {
      if (answer.kind === 'answer' && retryAfterOf(answer.headers) > 0) upkeep.holdOff(retryAfterOf(answer.headers));
      return known ? serve.register(request) : later(random, 'Service Unavailable');
    }
    if (answer.status < 300) return this.#accepted(request, owner, ask, answer);
    return this.#passBack(answer, request, standing === 'stale');
  }

  #request(request: RegisterRequest, owner: Owner, withoutCredentials: boolean): UpstreamRequest {
    const { book, settings, centre } = this.#options;
    const base = {
      username: request.username,
      domain: request.domain,
      requestUri: request.requestUri,
      callId: request.callId,
      cseq: request.cseq,
      ...(withoutCredentials || request.authorization === undefined ? {} : { authorization: request.authorization }),
      ...(withoutCredentials || request.proxyAuthorization === undefined
        ? {}
        : { proxyAuthorization: request.proxyAuthorization }),
    };
    const contact = firstContact(request);
    if (contact === undefined) return { ...base, contactUri: '*', expires: 0 };
    const token = book.tokenFor(owner, contact);
    const binding = { ...owner, ...flowNameOf(contact), token, contact: contact.uri };
    const askedS = book.askedS(request, contact);
    const expires = askedS === 0 ? 0 : centre.askS(Math.min(askedS, settings.phonesExpiresS));
    return { ...base, ...upstreamContact(settings, binding), expires };
  }

  /** A centre that wants longer registrations than ours gets them; the phone does not hear of it. */
  async #ask(ask: UpstreamRequest): Promise<UpstreamAnswer> {
    const { centre, upkeep } = this.#options;
    const answer = await centre.ask(ask);
    const brief =
      answer.kind === 'answer' && answer.status === 423 && centre.learnMinExpires(answer.headers, ask.expires);
    if (!brief || !upkeep.takeTurn()) return answer;
    return centre.ask({ ...ask, expires: centre.askS(0) });
  }

  async #accepted(
    request: RegisterRequest,
    owner: Owner,
    ask: UpstreamRequest,
    answer: CentreAnswer,
  ): Promise<RegisterAnswer> {
    const { book, upkeep } = this.#options;
    const grants = this.#grants(request, ask, answer);
    const committed = await book.commit({ request, owner, origin: 'relayed', grants });
    const relayed = firstContact(request);
    const token = relayed === undefined ? undefined : book.tokenFor(owner, relayed);
    for (const binding of committed.bound) {
      if (binding.token === token) upkeep.relayed(binding);
      else upkeep.want(binding);
    }
    for (const binding of committed.removed) upkeep.withdraw(binding);
    if (committed.answer.status !== 200) return committed.answer;
    const headers = [...committed.answer.headers, ...passed(answer)];
    if (ask.path !== undefined && request.supportedPath) headers.push(['Path', ask.path]);
    return { ...committed.answer, headers };
  }

  /** The centre spoke about the first contact only; the others follow through the queue. */
  #grants(request: RegisterRequest, ask: UpstreamRequest, answer: CentreAnswer): Commit['grants'] {
    const { book, clock } = this.#options;
    if (request.contacts === '*') return '*';
    const upstreamS = ask.expires === 0 ? 0 : grantedS(answer.headers, ask.contactUri) || ask.expires;
    return request.contacts.map((contact, i): Grant => {
      const askedS = book.askedS(request, contact);
      if (i > 0) return { contact, expiresS: book.grantS(askedS) };
      return {
        contact,
        expiresS: book.grantS(askedS, upstreamS),
        upstreamExpiresAtWall: clock.wall() + upstreamS * 1000,
      };
    });
  }

  #passBack(answer: CentreAnswer, request: RegisterRequest, stale: boolean): RegisterAnswer {
    const headers = passed(answer).map(([name, value]): [string, string] => {
      // The phone's password was right for us: it must not ask its owner for another.
      const renewed = stale && name === 'WWW-Authenticate' && !/\bstale\s*=/i.test(value) && this.#wasRight(request);
      return [name, renewed ? `${value}, stale=true` : value];
    });
    return refusal(answer.status, 'Refused by the Centre', headers);
  }

  #wasRight(request: RegisterRequest): boolean {
    const authorization = request.authorization ?? request.proxyAuthorization;
    const uri = request.requestUri;
    const verdict = this.#options.authenticator.verify({
      method: 'REGISTER',
      uri,
      ...(authorization === undefined ? {} : { authorization }),
    });
    return verdict.kind === 'challenge' && verdict.stale;
  }
}

function firstContact(request: RegisterRequest): RegisterContact | undefined {
  return request.contacts === '*' ? undefined : request.contacts[0];
}

function passed(answer: CentreAnswer): [string, string][] {
  return passedHeaders.flatMap(([lower, name]) =>
    (answer.headers[lower] ?? []).map((value): [string, string] => [name, value]),
  );
}
