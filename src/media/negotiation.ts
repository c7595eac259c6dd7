import type { Result } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';
import type { Agreement, MediaRefusal } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import type { LocalMedia, MediaProfile } from './media-profile.js';
import type { IceCandidate, RtpSettings } from './port-settings.js';

/** What is drawn anew in an offer of ours, or in an answer. */
export interface Renewal {
  /** Other ICE credentials: an ICE restart (RFC 8839 §4.4.1.1.1). */
  readonly ice?: boolean;
  /** Other SDES keys. */
  readonly keys?: boolean;
}

/**
 * Offer and answer of one leg (RFC 3264, RFC 6337), from its own port and by its own profile. Remembers what was said
 * last, so it must be told what became of each description. Descriptions that it makes have no `o=` of their own: the SIP leg stamps
 * them. `other` is what the other leg of the call says of its far end; absent, what was said last holds on.
 */
export interface MediaNegotiation {
  /** Undefined until something was agreed. */
  readonly agreement: Agreement | undefined;
  /** For opening the port before anything is agreed: nothing is sent, and nothing that arrives is believed. */
  opening(): RtpSettings;
  /** Candidates that the engine gathered, for what is said from now on. */
  gathered(candidates: readonly IceCandidate[]): void;
  /** An offer for the peer: the first one, a re-INVITE's, or a late one. A refusal: the profile cannot do what `other` wants. */
  offer(other?: BridgeDescription, renew?: Renewal): Result<SessionDescription, MediaRefusal>;
  /**
   * The peer's answer to `offer`. May be called again while the offer is open: for a provisional and then the final answer, and for
   * each fork (`fork`: its To tag). What was read last counts. `heardFrom`: the address that the message came from.
   */
  readAnswer(answer: SessionDescription, fork?: string, heardFrom?: string): Result<Agreement, MediaRefusal>;
  /** The final answer came without a description: what that fork answered early holds. Undefined where it had not. */
  chooseFork(fork: string): Agreement | undefined;
  /** The peer's offer: what to say of it to the other leg. Nothing holds until `answer`. */
  readOffer(offer: SessionDescription, heardFrom?: string): Result<BridgeDescription, MediaRefusal>;
  /**
   * Answers the offer that was read last. Called again (an early answer, then the final one), the description stays as it is and
   * only what the port hears follows `other`.
   */
  answer(
    other?: BridgeDescription,
    renew?: Renewal,
  ): Result<{ readonly description: SessionDescription; readonly agreement: Agreement }, MediaRefusal>;
  /** The open offer, ours or the peer's, was refused: what was agreed before it holds. Without effect once it is answered. */
  withdraw(): void;
  /**
   * Whether `other` wants what this peer has not been told: another direction, as far as the peer itself wants it, or an image instead
   * of voice.
   */
  mustOffer(other: BridgeDescription): boolean;
  /** The other leg changed in a way that this peer need not be told: what the port hears, and the voice if there is a choice. */
  follow(other: BridgeDescription): Agreement | undefined;
  /** What another process needs to go on, beside what the engine's `list` says of the port: never a key or a password. */
  continuation(): Readonly<Record<string, string>>;
}

/** Makes negotiations; the randomness behind keys and ICE credentials is its own. */
export interface MediaNegotiations {
  begin(profile: MediaProfile, local: LocalMedia): MediaNegotiation;
  /** Goes on with a leg of another process: `settings` as the engine lists them. Undefined where `kept` cannot be read. */
  resume(
    profile: MediaProfile,
    local: LocalMedia,
    settings: RtpSettings,
    kept: Readonly<Record<string, string>>,
  ): MediaNegotiation | undefined;
}
