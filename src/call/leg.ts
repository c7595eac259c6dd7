import type { Cause } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';

/** One side of a call as people name it. */
export interface Party {
  /** The user part: an extension, a number as dialled, or +E.164; '' where unknown. */
  readonly number: string;
  readonly displayName?: string;
}

/** Who took a call, as somebody trusted says it (RFC 3325 §5, Q.951.5). A number of '' is not known. */
export interface ConnectedParty extends Party {
  /** Privacy values of whoever answered (RFC 3323 §4.2): with `id` (Q.951.6: restricted) nobody untrusted is told. */
  readonly privacy: readonly string[];
}

/** What is known of a call before anybody is called. Media are structured; no leg ever shows text. */
export interface CallSetup {
  /** As the caller says it. */
  readonly from: Party;
  /** As somebody trusted says it (RFC 3325); absent where nobody did. */
  readonly asserted?: Party;
  /** The number as dialled. */
  readonly dialled: string;
  /** Absent: the caller waits for the other side's offer (RFC 3264 §5, "late offer"). */
  readonly offer?: SessionDescription;
  /** 32 lower-case hexadecimal digits that follow the call end to end (RFC 7989). */
  readonly sessionId: string;
  /** How many more hops the call may take (Max-Forwards, RFC 3261 §20.22). */
  readonly hopsLeft: number;
  /** Privacy values (RFC 3323 §4.2), lower case, e.g. `id`. */
  readonly privacy: readonly string[];
  /** Header fields that pass unchanged, e.g. Diversion, History-Info, Alert-Info. */
  readonly carried: readonly (readonly [name: string, value: string])[];
  /** The caller's own credentials for the centre, where they are passed through. */
  readonly credentials?: string;
}

/** How a transfer that a leg asked for goes: `accepted` and `refused` answer the request itself, the rest follow it. */
export type TransferResult = 'accepted' | 'refused' | 'ringing' | 'answered' | 'failed';

/** What a call tells a leg. */
export type LegCommand =
  /** Outgoing legs, once, first. */
  | { readonly kind: 'setup'; readonly setup: CallSetup }
  /** Incoming legs before the answer. */
  | { readonly kind: 'alert'; readonly media?: SessionDescription }
  | { readonly kind: 'progress'; readonly media?: SessionDescription }
  /** `media` answers the setup's offer, or is the offer where the setup had none: then `agreed` follows. */
  | ({ readonly kind: 'answer'; readonly media?: SessionDescription } & Answerer)
  /** Re-negotiation, hold and retrieve included; without media the peer is asked for its offer. `agreed` or `refused` follows. */
  | { readonly kind: 'offer'; readonly media?: SessionDescription }
  /** Says yes to the peer's `offered`; or gives the answer to an offer that came late in `answered` or `agreed`. */
  | { readonly kind: 'agree'; readonly media?: SessionDescription }
  /** Says no to the peer's `offered`. */
  | { readonly kind: 'refuse'; readonly cause: Cause; readonly sipStatus?: number }
  | DigitSaid
  | {
      readonly kind: 'transferResult';
      readonly result: TransferResult;
      readonly cause?: Cause;
      readonly sipStatus?: number;
    }
  /** At any moment, also twice; `released` follows exactly once. */
  | ReleaseCommand;

/** What comes with an answer of the one who gave it. */
export interface Answerer {
  readonly sessionId?: string;
  readonly connected?: ConnectedParty;
}

/** A digit that the other side said. */
export interface DigitSaid {
  readonly kind: 'digit';
  /** 0-9 A-D * #. */
  readonly digit: string;
  readonly durationMs: number;
  /** It passes in the sound already: only a leg whose peer hears none there has to say it. */
  readonly inSound?: true;
}

export interface ReleaseCommand {
  readonly kind: 'release';
  readonly cause: Cause;
  /** The status that the other side gave, where that is more exact than the cause. */
  readonly sipStatus?: number;
  /** Challenge header fields for an incoming leg to pass to its caller (with 401 or 407). */
  readonly challenge?: readonly (readonly [name: string, value: string])[];
}

/** How nobody was reached: no answer at all, refused by host or port, or a name that does not resolve. */
export type Unreachable = 'silent' | 'refused' | 'unresolved';

/** What a leg tells its call. Setup is not among them: an incoming leg is made with it. */
export type LegEvent =
  /** Any sign of life from the far end, even 100. */
  | { readonly kind: 'proceeding' }
  /** `fork`: tells the early dialogs of one leg apart (RFC 3261 §12.1). */
  | { readonly kind: 'alerting'; readonly media?: SessionDescription; readonly fork?: string }
  | { readonly kind: 'progress'; readonly media?: SessionDescription; readonly fork?: string }
  /** `media` answers the setup's offer; where there was none it is an offer that awaits `agree`. */
  | ({ readonly kind: 'answered'; readonly media?: SessionDescription; readonly fork?: string } & Answerer)
  /** The peer wants other media, or (without media) wants an offer; `agree` or `refuse` must follow. */
  | { readonly kind: 'offered'; readonly media?: SessionDescription }
  /** The peer's yes to `offer`, or its answer to a late offer. */
  | { readonly kind: 'agreed'; readonly media?: SessionDescription }
  | { readonly kind: 'refused'; readonly cause: Cause; readonly sipStatus?: number }
  | DigitSaid
  /** Nobody answers in the dialog any more, but there was sound: the leg goes on without signalling. */
  | { readonly kind: 'adrift' }
  /** No sound has come from the peer for so long; 0: it comes again. */
  | { readonly kind: 'silent'; readonly silentMs: number }
  /** A `transferResult` accepted or refused must follow, then its outcome. */
  | { readonly kind: 'transferRequested'; readonly target: TransferTarget }
  /** What {@link Leg.continuation} says has changed of itself. */
  | { readonly kind: 'settled' }
  | LegReleased;

export interface LegReleased {
  readonly kind: 'released';
  readonly cause: Cause;
  readonly unreachable?: Unreachable;
  /** Nobody hung up: what carried the leg is gone. */
  readonly lost?: true;
  readonly sipStatus?: number;
  readonly challenge?: readonly (readonly [name: string, value: string])[];
  /** Where the far end wants the call sent instead (3xx), best first. */
  readonly redirectTo?: readonly string[];
}

export interface TransferTarget {
  readonly number: string;
  /** The URI where it names one telephone of a user (RFC 5627). */
  readonly gruu?: string;
  /** The dialog to take over (RFC 3891), where the transfer is attended. */
  readonly replaces?: string;
  /** The leg, by its id, in another call of whoever asks: that call's other party is the target, and the two calls become one. */
  readonly joins?: string;
  /** The target itself, where whoever asks has a leg to it at hand. */
  readonly leg?: Leg;
}

/** What a leg is able to do; a call asks before it commands. */
export interface LegAbilities {
  /** Can be re-negotiated while it talks. */
  readonly hold: boolean;
  /** Can be told how a transfer goes. */
  readonly transfer: boolean;
  /** Takes `digit`. */
  readonly digits: boolean;
  /** The caller may hear its early media while other legs ring too. */
  readonly earlyMedia?: boolean;
}

/** What the peer's sound was like when it reached us. */
export interface LegQuality {
  readonly codec: string;
  /** `plain`, `sdes` or `dtls`. */
  readonly security: string;
  /** How it went on from here: `relay`, `transcoded` … */
  readonly path: string;
  /** Packets. */
  readonly received: number;
  /** Part of them that never came, 0-1. */
  readonly loss: number;
  /** RFC 3550 §6.4.1, ms. */
  readonly jitterMs: number;
  /** Estimated mean opinion score (ITU-T G.107), 1-4.5. */
  readonly mos: number;
}

/** What the maker of a leg needs to go on with it in another process. Never a secret; the call only keeps it. */
export type LegContinuation = Readonly<Record<string, string>>;

/**
 * One side of a call. It never sees its peer. Whatever happens it emits exactly one `released`, always last; events may
 * come from within `do`. Commands that do not fit its state are without effect.
 */
export interface Leg {
  readonly id: string;
  readonly can: LegAbilities;
  /** The one listener: a second call replaces the first. */
  on(listener: (event: LegEvent) => void): void;
  do(command: LegCommand): void;
  /** Absent or undefined: nobody can go on with the leg. `answer`: an incoming leg's answer that is about to be given. */
  continuation?(answer?: SessionDescription): LegContinuation | undefined;
  /** After `released`: figures of its sound; soon, and undefined where there are none. */
  quality?(): Promise<LegQuality | undefined> | undefined;
}
