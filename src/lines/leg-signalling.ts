import type { Cause } from '../base/index.js';
import type {
  CallSetup,
  ConnectedParty,
  DigitSaid,
  LegContinuation,
  LegReleased,
  TransferResult,
  TransferTarget,
} from '../call/index.js';

/** What a leg asks of whoever signals its call on the line. `inBand`: the far end, or a tone of ours, is heard on the channel already. */
export type SignallingCommand =
  /** Placed calls, once, first. */
  | { readonly kind: 'setup'; readonly setup: CallSetup }
  | { readonly kind: 'alert'; readonly inBand: boolean }
  | { readonly kind: 'progress'; readonly inBand: boolean }
  | { readonly kind: 'answer'; readonly connected?: ConnectedParty }
  | { readonly kind: 'transferResult'; readonly result: TransferResult; readonly cause?: Cause }
  /** Once; `released` follows exactly once, unless it came before. */
  | { readonly kind: 'release'; readonly cause: Cause };

/** What signalling tells its leg. `inBand`: the line itself carries tones or speech by now (Q.931 §4.5.23, progress 8). */
export type SignallingEvent =
  | { readonly kind: 'proceeding' }
  | { readonly kind: 'alerting'; readonly inBand: boolean }
  | { readonly kind: 'progress'; readonly inBand: boolean }
  | { readonly kind: 'answered'; readonly connected?: ConnectedParty }
  /** With `inSound` where the engine heard it; a peer that takes telephone-events has it from the engine then. */
  | DigitSaid
  | { readonly kind: 'transferRequested'; readonly target: TransferTarget }
  /** Exactly once, always last. */
  | LegReleased;

/** Signals one call: an analog line, an ISDN call, a telephone. Events may come from within `do`. */
export interface LegSignalling {
  do(command: SignallingCommand): void;
  /** The one listener. */
  on(listener: (event: SignallingEvent) => void): void;
  /** How another process finds the call again, once it is answered. Absent or undefined: nobody can go on with it. */
  continuation?(): LegContinuation | undefined;
}
