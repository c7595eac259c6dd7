import type { Random } from '../base/index.js';
import type { Directory } from '../directory/index.js';
import type { Authenticator } from './authenticator.js';
import type { BindingBook, Commit } from './binding-book.js';
import { ownerOf, userNamed } from './owner.js';
import { refusal, unauthorized } from './register-answer.js';
import type { RegisterAnswer, RegisterRequest } from './register-request.js';
import type { UpstreamUpkeep } from './upstream-upkeep.js';

export interface ServeOptions {
  readonly random: Random;
  readonly directory: Directory;
  readonly authenticator: Authenticator;
  readonly book: BindingBook;
  readonly upkeep: UpstreamUpkeep;
}

/** Registration without the centre: never open, never weaker than the centre's (RFC 3261 §10.3). */
export class Serve {
  readonly #options: ServeOptions;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  async register(request: RegisterRequest): Promise<RegisterAnswer> {
    const { authenticator, directory, book, upkeep } = this.#options;
    const owner = ownerOf(directory, request.username);
    const authorization = request.authorization ?? request.proxyAuthorization;
    const uri = request.requestUri;
    const verdict = authenticator.verify({
      method: 'REGISTER',
      uri,
      ...(authorization === undefined ? {} : { authorization }),
    });
    if (verdict.kind === 'challenge') return unauthorized(authenticator.challenge(owner.username, verdict.stale));
    if (verdict.kind === 'malformed') return refusal(400, verdict.reason);
    if (verdict.kind === 'wrong') return refusal(403, 'Forbidden');
    const from = userNamed(directory, request.fromUsername ?? request.username);
    if (owner.username !== verdict.user.username || from !== verdict.user)
      return refusal(403, 'Not Your Address of Record');
    const objection = book.objection(request, owner);
    if (objection !== undefined) return objection;
    if (request.contacts.length === 0) return book.answerQuery(request, owner);
    const { answer, bound, removed } = await book.commit({
      request,
      owner,
      origin: 'served',
      grants: this.#grants(request),
    });
    for (const binding of bound) upkeep.want(binding);
    for (const binding of removed) upkeep.withdraw(binding);
    return answer;
  }

  #grants(request: RegisterRequest): Commit['grants'] {
    const { book } = this.#options;
    if (request.contacts === '*') return '*';
    return request.contacts.map((contact) => ({ contact, expiresS: book.grantS(book.askedS(request, contact)) }));
  }
}
