import type { Cause, Result } from '../base/index.js';
import type { CallerId } from './caller-id.js';
import type { TransmissionStep } from './caller-id-transmission.js';
import type { MfSignal } from './digits.js';
import type { LineSignal } from './line-signal.js';

/** What the media engine plays on a line. It goes on until something else is played. */
export type LineSound =
  | { readonly kind: 'nothing' }
  /** `stutter`: messages wait. */
  | { readonly kind: 'dialTone'; readonly stutter: boolean }
  | { readonly kind: 'reorder' }
  | { readonly kind: 'howler' }
  /** One piece of a caller ID transmission; it has an end. */
  | { readonly kind: 'step'; readonly step: Extract<TransmissionStep, { readonly kind: 'tone' | 'fsk' | 'dtmf' }> }
  /** Digits for the far end; the owner says `digitsSent` when they are out. */
  | { readonly kind: 'dtmf'; readonly digits: string }
  | { readonly kind: 'mf'; readonly signals: readonly MfSignal[] };

/** What a line tells its owner. Of a call: at most one of `seized`, `offered` and a `setup` of the owner, and then exactly one `released`. */
export type LineNotice =
  /** The far end (or the telephone's user) begins a call. */
  | { readonly kind: 'seized' }
  /** A digit of that call, as it is dialled. */
  | { readonly kind: 'digit'; readonly digit: string }
  /** No more digits come. `number` holds all; `calling` where the trunk says who calls. */
  | { readonly kind: 'dialled'; readonly number: string; readonly calling?: string }
  /** An exchange's line rings. */
  | { readonly kind: 'offered' }
  /** Who calls on an exchange's line: after `offered`, or just before it. */
  | { readonly kind: 'callerId'; readonly callerId: CallerId }
  /** Our digits are out; the far end has not answered. */
  | { readonly kind: 'proceeding' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'flash' }
  | { readonly kind: 'play'; readonly sound: LineSound }
  /** The call is over for the far end, for us, or both: the last notice of a call. The line may need time before the next one. */
  | { readonly kind: 'released'; readonly cause: Cause }
  /** A call may be placed. */
  | { readonly kind: 'idle' }
  /** The far end does not let go of the trunk. */
  | { readonly kind: 'blocked' };

/** Why a call cannot be placed on a line. */
export type LineRefusal = 'busy' | 'outOfService' | 'number';

/** What the lines have in common, whatever card and signalling are under them. */
export interface AnalogLine {
  /** Of its table, for people. */
  readonly state: string;
  readonly idle: boolean;
  /** From the card. */
  signal(signal: LineSignal): void;
  /** A digit that was heard: DTMF, or MF by its name (`KP`, `ST`). */
  digitHeard(digit: string): void;
  /** The far end answered what came in on this line. */
  answer(): void;
  release(): void;
  /** An alarm that carries no calls, and its end. */
  lost(): void;
  restored(): void;
  /** The line is not used any more: no timers are left. */
  stop(): void;
}

export type SetupResult = Result<undefined, LineRefusal>;
