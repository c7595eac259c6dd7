import type { Cause, Clock, Log } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';
import type { Call } from './call.js';
import type { CallRecord, CallRecordStore } from './call-record.js';
import type { HuntStep, StepFailure } from './hunt-step.js';
import type { CallSetup, Leg, TransferTarget } from './leg.js';

/** What a call needs of the world. */
export interface CallPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: CallRecordStore;
  /** Where a transfer or a redirection to `target` leads; `by` is the side that asks. Without it every one is refused. */
  readonly routeTransfer?: (target: TransferTarget, by: 'caller' | 'called') => Routed;
  /** Takes the party that talks with the leg `keeper` out of its call, which ends; `to`: who it will talk with. Undefined: not now, or not at all. */
  readonly takeOver?: (keeper: string, to: string) => Surrendered | undefined;
  /** A step of the hunt failed: evidence for whoever watches that path. */
  readonly onStepFailed?: (step: HuntStep, failure: StepFailure) => void;
  /** The call's summary changed. */
  readonly onChange?: (call: Call) => void;
  /** Every leg is released and the record is closed; called exactly once. */
  readonly onEnd?: (record: CallRecord) => void;
}

/** A party that was taken out of its call. Nobody listens to its leg until the next call does. */
export interface Surrendered {
  readonly leg: Leg;
  readonly described: SessionDescription;
  readonly number: string;
  /** By which step it was found; '' for a caller. */
  readonly via: string;
}

export type Routed = readonly HuntStep[] | { readonly refuse: Cause };

/** Milliseconds, where {@link CallOptions} say nothing. */
export const callDefaults = { ringMs: 180_000, recordMs: 500, silenceMs: 120_000 } as const;

export interface CallOptions {
  readonly id: string;
  readonly incoming: Leg;
  readonly setup: CallSetup;
  readonly steps: readonly HuntStep[];
  /** The number called, after normalisation; the dialled one without it. */
  readonly called?: string;
  /** Where the call comes from, in the owner's words; kept in its record. */
  readonly origin?: string;
  readonly user?: string;
  readonly emergency?: boolean;
  /** Milliseconds that a step may ring; 180,000 without it (RFC 3261 §16.6: at least three minutes). */
  readonly ringMs?: number;
  /** Milliseconds that an answer waits for its record; 500 without it. */
  readonly recordMs?: number;
  /** Milliseconds of silence, both ways, after which a call without signalling is over; 120,000 without it. */
  readonly silenceMs?: number;
}

/** What a person wants to see of a call. */
export interface CallSummary {
  readonly id: string;
  readonly state: 'setup' | 'ringing' | 'talking' | 'held';
  readonly from: string;
  readonly to: string;
  readonly via: string;
  readonly emergency: boolean;
  readonly sinceWall: number;
  readonly answeredWall?: number;
}
