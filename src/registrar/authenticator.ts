import { createHmac } from 'node:crypto';
import type { Clock, Random } from '../base/index.js';
import type { Directory, User } from '../directory/index.js';
import {
  authScheme,
  challengeHeader,
  type DigestCredentials,
  digestHash,
  parseCredentials,
  parseSipUri,
  unescapeUri,
  verifyCredentials,
} from '../sip/index.js';
import { type NonceStanding, Nonces } from './nonces.js';

export type Verdict =
  | { readonly kind: 'ok'; readonly user: User }
  /** No credentials for us, or (`stale`) right ones under a nonce that does not count any more. */
  | { readonly kind: 'challenge'; readonly stale: boolean }
  /** A fresh nonce of ours, and the password or the user is wrong. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'malformed'; readonly reason: string };

export interface AuthenticatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: Directory;
  readonly realm: string;
  readonly nonceLifetimeMs: number;
  readonly algorithms: readonly ('SHA-256' | 'MD5')[];
}

type Algorithm = AuthenticatorOptions['algorithms'][number];

/** Checked in place of a user who does not exist, so that the answer takes as long. */
const nobody: User['ha1'] = {};
const nobodysHa1 = '0'.repeat(64);

/** Digest authentication in the centre's realm with the directory's HA1 values (RFC 3261 §22, RFC 7616, RFC 8760). */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #nonces: Nonces;
  readonly #opaque: string;
  readonly #disguise: Uint8Array;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#nonces = new Nonces(options.clock, options.random, options.nonceLifetimeMs);
    this.#opaque = Buffer.from(options.random.bytes(8)).toString('hex');
    this.#disguise = options.random.bytes(16);
  }

  verify(request: { readonly method: string; readonly uri: string; readonly authorization?: string }): Verdict {
    const { authorization } = request;
    if (authorization === undefined || authScheme(authorization) !== 'digest')
      return { kind: 'challenge', stale: false };
    const parsed = parseCredentials(authorization);
    if (!parsed.ok) return { kind: 'malformed', reason: `Malformed Credentials: ${parsed.error}` };
    const credentials = parsed.value;
    const hash = this.#options.algorithms.find((algorithm) => algorithm === digestHash(credentials.algorithm));
    const usable = credentials.realm === this.#options.realm && credentials.qop !== 'auth-int' && !credentials.userhash;
    if (!usable || hash === undefined) return { kind: 'challenge', stale: false };
    const user = this.#options.directory.byUsername(credentials.username);
    const right = this.#isRight(credentials, request.method, user, hash);
    if (this.#nonces.standing(credentials.nonce) !== 'ours') return { kind: 'challenge', stale: right };
    if (!right || user === undefined) return { kind: 'wrong' };
    if (!sameTarget(credentials.uri, request.uri))
      return { kind: 'malformed', reason: 'Credentials Are for Another URI' };
    if (!this.#nonces.use(credentials.nonce, credentials.qop === undefined ? undefined : credentials.nc)) {
      return { kind: 'challenge', stale: true };
    }
    return { kind: 'ok', user };
  }

  /** Whose nonce the credentials answer; `none` without Digest credentials in our realm. */
  standing(authorization: string | undefined): NonceStanding | 'none' {
    if (authorization === undefined) return 'none';
    const parsed = parseCredentials(authorization);
    if (!parsed.ok || parsed.value.realm !== this.#options.realm) return 'none';
    return this.#nonces.standing(parsed.value.nonce);
  }

  /** Values of WWW-Authenticate or Proxy-Authenticate, preferred first. A user who does not exist looks like one. */
  challenge(username: string, stale: boolean): readonly string[] {
    const nonce = this.#nonces.mint();
    const { realm } = this.#options;
    return this.#offered(username).map((algorithm) =>
      challengeHeader({ realm, nonce, algorithm, qop: ['auth'], opaque: this.#opaque, stale }),
    );
  }

  #offered(username: string): readonly Algorithm[] {
    const { algorithms } = this.#options;
    const user = this.#options.directory.byUsername(username) ?? this.#lookalike(username);
    if (user === undefined) return algorithms;
    const has = { 'SHA-256': user.ha1.sha256 !== undefined, MD5: user.ha1.md5 !== undefined };
    const offered = algorithms.filter((algorithm) => has[algorithm]);
    return offered.length > 0 ? offered : algorithms;
  }

  /** Always the same user for the same unknown name, so that asking twice tells nothing. */
  #lookalike(username: string): User | undefined {
    const users = this.#options.directory.all();
    const digest = createHmac('sha256', this.#disguise).update(username).digest();
    return users[digest.readUInt32BE(0) % Math.max(1, users.length)];
  }

  #isRight(credentials: DigestCredentials, method: string, user: User | undefined, hash: Algorithm): boolean {
    const known = user?.ha1 ?? nobody;
    const ha1 = hash === 'MD5' ? known.md5 : known.sha256;
    const matches = verifyCredentials({ credentials, method, ha1: ha1 ?? nobodysHa1 });
    return matches && ha1 !== undefined;
  }
}

/** Telephones leave out ports and parameters of the Request-URI in their credentials: user and host must agree. */
function sameTarget(credentialsUri: string, requestUri: string): boolean {
  if (credentialsUri === requestUri) return true;
  const a = parseSipUri(credentialsUri);
  const b = parseSipUri(requestUri);
  if (!a.ok || !b.ok) return false;
  const user = (uri: { readonly user?: string }) => unescapeUri(uri.user ?? '');
  return a.value.host.toLowerCase() === b.value.host.toLowerCase() && user(a.value) === user(b.value);
}
