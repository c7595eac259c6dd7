import type { Cause } from '../base/index.js';
import type { CallSetup, Leg, LegReleased, Unreachable } from './leg.js';

/** One place to look for the called party; several legs opened at once ring together and the first answer wins. */
export interface HuntStep {
  /** For logs and the call record, e.g. `centre`, `extension 201`, `trunk pstn-1`. */
  readonly name: string;
  /** Makes the legs, each new and without setup. None: nobody is there to be called. */
  open(): readonly Leg[];
  /** Milliseconds until some response, be it a 100; `Infinity`: no limit. */
  readonly giveUpMs: number;
  /** Milliseconds until the answer; without it the call's own limit holds. */
  readonly ringMs?: number;
  /** What follows when nobody answers in time; `end` without it. */
  readonly onNoAnswer?: 'next' | 'end';
  /** What this step says differently from the caller's setup. */
  readonly overrides?: Partial<Pick<CallSetup, 'from' | 'asserted' | 'dialled' | 'privacy' | 'carried'>>;
}

/** How a step ended without an answer. `why: 'answered'`: something answered, with `cause`. */
export interface StepFailure {
  readonly why: Unreachable | 'noAnswer' | 'nobody' | 'answered';
  readonly cause: Cause;
  readonly sipStatus?: number;
  /** Challenge header fields that nobody here could answer. */
  readonly challenge?: LegReleased['challenge'];
}
