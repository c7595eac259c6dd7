import { type Clock, hexToken, type Log, type Random } from '../base/index.js';
import type { Directory, User } from '../directory/index.js';
import { parseDeltaSeconds, parseRetryAfter } from '../sip/index.js';
import type { Binding } from './binding.js';
import type { RegistrarSettings } from './registrar-settings.js';
import { grantedS, troubleOf, upstreamContact } from './upstream-contact.js';
import { answerableChallenge, credentialsFor, type LiveChallenge } from './upstream-credentials.js';
import type { UpstreamAnswer, UpstreamRegister, UpstreamRequest, UpstreamTrouble } from './upstream-register.js';

export interface CentreConversationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Pick<Directory, 'byUsername'>;
  readonly upstream: UpstreamRegister;
  readonly log: Log;
  readonly onTrouble: (trouble: UpstreamTrouble) => void;
}

/** What the centre made of one REGISTER that Holdfast sent for a user. */
export type CentreReply =
  | { readonly event: 'accepted'; readonly expiresS: number }
  /** To be said again: with `challenge` answered, or with the longer expiry that has been learnt. */
  | { readonly event: 'challenged'; readonly challenge: LiveChallenge | undefined }
  | { readonly event: 'refused'; readonly retryAfterMs: number }
  | { readonly event: 'failed'; readonly retryAfterMs: number };

type Headers = Readonly<Record<string, readonly string[]>>;

/** A Min-Expires above a day is no registrar's. */
const longestMinExpiresS = 86_400;

/** Holdfast as the user agent of its users towards the centre's registrar (RFC 3261 §10.2, §22.2). */
export class CentreConversation {
  readonly #options: CentreConversationOptions;
  readonly #callIdPrefix: string;
  #cseq = 0;
  #minExpiresS = 0;
  /** The centre's last challenge: answering it unasked saves every other user a round trip. */
  #shared: LiveChallenge | undefined;
  #lastAcceptedMs = Number.NEGATIVE_INFINITY;
  #sent = 0;

  constructor(options: CentreConversationOptions) {
    this.#options = options;
    this.#callIdPrefix = hexToken(options.random, 8);
  }

  get sent(): number {
    return this.#sent;
  }

  get lastAcceptedMs(): number {
    return this.#lastAcceptedMs;
  }

  /** Seconds to ask the centre for, when the phone gets `phoneS` at most. */
  askS(phoneS: number): number {
    return Math.max(this.#options.settings.upstreamExpiresS, phoneS, this.#minExpiresS);
  }

  /** Reads a 423 to `askedS`; true when asking for more can help. */
  learnMinExpires(headers: Headers, askedS: number): boolean {
    const minS = parseDeltaSeconds(headers['min-expires']?.[0] ?? '');
    if (minS === undefined || minS <= askedS || minS > longestMinExpiresS) return false;
    this.#minExpiresS = minS;
    return true;
  }

  /** A new posture: the centre may have restarted. */
  forgetChallenge(): void {
    this.#shared = undefined;
  }

  /** One REGISTER as it stands; trouble is reported, a port that breaks its word included. */
  async ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const answer = await this.#options.upstream.register(request).catch((error: unknown): UpstreamAnswer => {
      this.#options.log.error('upstream port failed', { error });
      return { kind: 'refused', why: 'internal failure' };
    });
    const trouble = troubleOf(answer);
    if (trouble !== undefined) this.#options.onTrouble(trouble);
    return answer;
  }

  /** `challenge`: the one that the centre gave to this very registration. `expiresS` 0 removes. */
  async register(binding: Binding, expiresS: number, challenge: LiveChallenge | undefined): Promise<CentreReply> {
    const { settings, directory, random } = this.#options;
    const user = directory.byUsername(binding.username);
    if (user === undefined) return { event: 'refused', retryAfterMs: 0 };
    const contact = upstreamContact(settings, binding);
    const { contactUri } = contact;
    const requestUri = `sip:${settings.domain}`;
    const live = challenge ?? this.#shared;
    this.#sent++;
    const answer = await this.ask({
      username: binding.aor ?? binding.username,
      domain: settings.domain,
      requestUri,
      ...contact,
      expires: expiresS,
      callId: `${this.#callIdPrefix}-${binding.token}`,
      cseq: ++this.#cseq,
      ...(live === undefined ? {} : credentialsFor(live, user, { method: 'REGISTER', uri: requestUri }, random)),
    });
    return this.#replyOf(answer, user, expiresS, contactUri, challenge !== undefined);
  }

  #replyOf(answer: UpstreamAnswer, user: User, expiresS: number, contactUri: string, answered: boolean): CentreReply {
    if (answer.kind !== 'answer') return { event: 'failed', retryAfterMs: 0 };
    const { status, headers } = answer;
    const retryAfterMs = retryAfterOf(headers);
    if (troubleOf(answer) !== undefined) return { event: 'failed', retryAfterMs };
    if (status >= 200 && status < 300) {
      this.#lastAcceptedMs = this.#options.clock.now();
      return { event: 'accepted', expiresS: grantedS(headers, contactUri) || expiresS };
    }
    if (status === 401 || status === 407) {
      const challenge = answerableChallenge(status, headers, user);
      this.#shared = challenge;
      // Its own challenge answered, and challenged again for another reason than age: the password is not the centre's.
      const wrong = challenge === undefined || (answered && !challenge.challenge.stale);
      if (wrong)
        this.#options.log.warn('centre does not accept the digest of a user', { username: user.username, status });
      return wrong ? { event: 'refused', retryAfterMs } : { event: 'challenged', challenge };
    }
    if (status === 423 && this.learnMinExpires(headers, expiresS)) return { event: 'challenged', challenge: undefined };
    this.#options.log.warn('centre refuses to register a user', { username: user.username, status });
    return { event: 'refused', retryAfterMs };
  }
}

/** Milliseconds of Retry-After; 0 without one. */
export function retryAfterOf(headers: Headers): number {
  return (parseRetryAfter(headers['retry-after']?.[0] ?? '') ?? 0) * 1000;
}
