import { createHash } from 'node:crypto';
import type { Directory, User } from '../directory/index.js';
import { escapeUser } from '../sip/index.js';
import type { Binding } from './binding.js';

/** Later than any registration at a centre ends: the upkeep renews it as long as it is kept. */
const endless = Number.MAX_SAFE_INTEGER;

/**
 * Users whose telephones are on lines of this box. Such a telephone cannot register; Holdfast does it in its place, so that the centre
 * finds its user here. Nobody else knows of these bindings: they have no flow, and calls to them are calls to the user.
 */
export class LineRegistrations {
  readonly #bindings = new Map<string, Binding>();
  readonly #directory: Pick<Directory, 'byUsername'>;
  /** By user name: who is kept, as the directory had them last; the centre asks for their digests at the end, too. */
  readonly #users = new Map<string, User>();

  constructor(directory: Pick<Directory, 'byUsername'>) {
    this.#directory = directory;
  }

  get all(): readonly Binding[] {
    return [...this.#bindings.values()];
  }

  byToken(token: string): Binding | undefined {
    return this.#bindings.get(token);
  }

  has(username: string): boolean {
    return this.#bindings.has(tokenOf(username));
  }

  /** What was kept and is not any more, and what is new. */
  keep(usernames: Iterable<string>): { readonly gone: readonly Binding[]; readonly begun: readonly Binding[] } {
    const wanted = new Map([...usernames].map((username) => [tokenOf(username), username]));
    const gone = this.all.filter(({ token }) => !wanted.has(token));
    for (const { token } of gone) this.#bindings.delete(token);
    for (const username of wanted.values()) {
      const user = this.#directory.byUsername(username);
      if (user !== undefined) this.#users.set(username, user);
    }
    const begun = [...wanted].filter(([token]) => !this.#bindings.has(token)).map(([token, name]) => made(token, name));
    for (const binding of begun) this.#bindings.set(binding.token, binding);
    return { gone, begun };
  }

  /** As the directory has the user, or had: nobody who is deregistered because of leaving it could be otherwise. */
  user(username: string): User | undefined {
    return this.#directory.byUsername(username) ?? this.#users.get(username);
  }

  /** The centre lists no contact of the user any more. */
  forget(token: string): void {
    for (const username of this.#users.keys())
      if (tokenOf(username) === token && !this.#bindings.has(token)) this.#users.delete(username);
  }

  /** The binding that is at the centre until then; undefined: it is a telephone's own. */
  noteUpstream(token: string, upstreamExpiresAtWall: number): Binding | undefined {
    const before = this.#bindings.get(token);
    if (before === undefined) return undefined;
    const binding = { ...before, upstreamExpiresAtWall };
    this.#bindings.set(token, binding);
    return binding;
  }

  isAtCentre(username: string, nowWall: number): boolean {
    return (this.#bindings.get(tokenOf(username))?.upstreamExpiresAtWall ?? 0) > nowWall;
  }
}

/** The same after a restart: the centre must not list two. */
function tokenOf(username: string): string {
  return createHash('sha256').update(`${username}\nline`).digest('hex').slice(0, 16);
}

function made(token: string, username: string): Binding {
  return {
    token,
    username,
    // With Path (RFC 3327) the centre calls this one, by way of us: its user is all that matters.
    contact: `sip:${escapeUser(username)}@line.invalid`,
    flow: { transport: 'udp', address: '127.0.0.1', port: 5060 },
    callId: token,
    cseq: 0,
    expiresAtWall: endless,
    origin: 'served',
  };
}
