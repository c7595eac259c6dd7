import type { Clock } from '../../../src/base/index.js';
import type { Directory } from '../../../src/directory/index.js';
import type { UpstreamAnswer, UpstreamRegister, UpstreamRequest } from '../../../src/registrar/index.js';
import { challengeHeader, parseCredentials, verifyCredentials } from '../../../src/sip/index.js';

export interface Located {
  readonly contactUri: string;
  readonly path: string | undefined;
  readonly endsAtMs: number;
  readonly callId: string;
  readonly cseq: number;
}

type Behaviour =
  | { readonly kind: 'serve' }
  | { readonly kind: 'silent'; readonly afterMs: number }
  | { readonly kind: 'refuse' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, readonly string[]>>;
    };

/** A registrar with digest authentication and a location table, at a distance of `roundTripMs`. */
export class FakeCentre implements UpstreamRegister {
  readonly #clock: Clock;
  readonly #directory: Pick<Directory, 'byUsername'>;
  readonly realm: string;
  readonly location = new Map<string, Map<string, Located>>();
  readonly heard: { readonly atMs: number; readonly request: UpstreamRequest }[] = [];
  behaviour: Behaviour = { kind: 'serve' };
  roundTripMs = 10;
  longestS = 3600;
  shortestS = 0;
  algorithm: 'MD5' | 'SHA-256' = 'MD5';
  /** A nonce of this age counts no more. */
  nonceLifetimeMs = 300_000;
  #serial = 0;
  readonly #counts = new Map<string, number>();

  constructor(clock: Clock, directory: Pick<Directory, 'byUsername'>, realm: string) {
    this.#clock = clock;
    this.#directory = directory;
    this.realm = realm;
  }

  register(request: UpstreamRequest): Promise<UpstreamAnswer> {
    this.heard.push({ atMs: this.#clock.now(), request });
    const { behaviour } = this;
    return new Promise((resolve) => {
      const answer = (): void => resolve(this.#answer(request, behaviour));
      this.#clock.after(behaviour.kind === 'silent' ? behaviour.afterMs : this.roundTripMs, answer);
    });
  }

  located(username: string): readonly Located[] {
    const now = this.#clock.now();
    return [...(this.location.get(username)?.values() ?? [])].filter(({ endsAtMs }) => endsAtMs > now);
  }

  #answer(request: UpstreamRequest, behaviour: Behaviour): UpstreamAnswer {
    if (behaviour.kind === 'silent') return { kind: 'silent' };
    if (behaviour.kind === 'refuse') return { kind: 'refused', why: 'connection refused' };
    if (behaviour.kind === 'status') return answerOf(behaviour.status, behaviour.headers ?? {});
    const standing = this.#credentials(request);
    if (standing === 'wrong') return answerOf(403, {});
    if (standing !== 'right') return this.#challenge(standing === 'stale');
    if (request.expires > 0 && request.expires < this.shortestS) {
      return answerOf(423, { 'min-expires': [String(this.shortestS)] });
    }
    return this.#bind(request);
  }

  #bind(request: UpstreamRequest): UpstreamAnswer {
    const bindings = this.location.get(request.username) ?? new Map<string, Located>();
    this.location.set(request.username, bindings);
    if (request.contactUri === '*') bindings.clear();
    const present = bindings.get(request.contactUri);
    if (present !== undefined && present.callId === request.callId && request.cseq <= present.cseq)
      return answerOf(400, {});
    if (request.expires === 0) bindings.delete(request.contactUri);
    else if (request.contactUri !== '*') {
      const { contactUri, path, callId, cseq } = request;
      const expires = Math.min(request.expires, this.longestS);
      bindings.set(contactUri, { contactUri, path, callId, cseq, endsAtMs: this.#clock.now() + expires * 1000 });
    }
    const contact = this.located(request.username).map(
      ({ contactUri, endsAtMs }) => `<${contactUri}>;expires=${Math.round((endsAtMs - this.#clock.now()) / 1000)}`,
    );
    return answerOf(200, { contact });
  }

  #challenge(stale: boolean): UpstreamAnswer {
    const nonce = `centre-${Math.floor(this.#clock.now())}-${this.#serial++}`;
    const { realm, algorithm } = this;
    return answerOf(401, { 'www-authenticate': [challengeHeader({ realm, nonce, algorithm, qop: ['auth'], stale })] });
  }

  #credentials(request: UpstreamRequest): 'none' | 'stale' | 'wrong' | 'right' {
    const parsed = parseCredentials(request.authorization ?? '');
    if (!parsed.ok) return 'none';
    const credentials = parsed.value;
    const user = this.#directory.byUsername(credentials.username);
    const ha1 = this.algorithm === 'MD5' ? user?.ha1.md5 : user?.ha1.sha256;
    if (ha1 === undefined || !verifyCredentials({ credentials, method: 'REGISTER', ha1 })) return 'wrong';
    const [, madeMs] = credentials.nonce.split('-');
    if (madeMs === undefined || !credentials.nonce.startsWith('centre-')) return 'none';
    const count = Number.parseInt(credentials.nc ?? '0', 16);
    const replayed = count <= (this.#counts.get(credentials.nonce) ?? 0);
    if (replayed || this.#clock.now() - Number(madeMs) >= this.nonceLifetimeMs) return 'stale';
    this.#counts.set(credentials.nonce, count);
    return 'right';
  }
}

function answerOf(status: number, headers: Readonly<Record<string, readonly string[]>>): UpstreamAnswer {
  return { kind: 'answer', status, headers };
}
