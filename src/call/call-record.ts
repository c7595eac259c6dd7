import type { Cause } from '../base/index.js';
import type { LegContinuation, LegQuality, Party } from './leg.js';

/** One step of the hunt as it went. */
export interface StepRecord {
  readonly name: string;
  /** `answered`, `refused`, `silent`, `unresolved`, `noAnswer`, `nobody`, `abandoned`, or `cause N`. */
  readonly outcome: string;
}

/** What is kept of a call. Times are wall clock milliseconds. */
export interface CallRecord {
  readonly id: string;
  /** RFC 7989; joins the records of one call that passed several times. */
  readonly sessionId: string;
  readonly from: Party;
  /** The number called, after normalisation. */
  readonly to: string;
  readonly dialled: string;
  /** Where the call came from, in the words of its owner. */
  readonly origin?: string;
  /** The user of this branch who called, where known. */
  readonly user?: string;
  readonly steps: readonly StepRecord[];
  /** The name of the step that answered. */
  readonly via?: string;
  readonly emergency: boolean;
  readonly startedWall: number;
  readonly answeredWall?: number;
  readonly endedWall?: number;
  readonly cause?: Cause;
  readonly releasedBy?: 'caller' | 'called' | 'holdfast';
  /** The number the call was transferred to, last one first. */
  readonly transferredTo?: readonly string[];
  /** Of each leg whose sound passed here, at its end; several of one side where it was transferred. */
  readonly quality?: readonly SideQuality[];
  /** Only while the call talks. */
  readonly resume?: CallResume;
}

export interface SideQuality extends LegQuality {
  readonly side: 'caller' | 'called';
}

/** What another process needs to go on with a call: small, JSON, without secrets. */
export interface CallResume {
  readonly from: Party;
  readonly asserted?: Party;
  readonly hopsLeft: number;
  readonly privacy: readonly string[];
  readonly caller: LegResume;
  readonly called: LegResume;
}

export interface LegResume {
  /** The name of the step that found the leg; absent where it is the incoming one. */
  readonly via?: string;
  readonly leg: LegContinuation;
}

/** Where records go. Both promises resolve when the record is durable. */
export interface CallRecordStore {
  /** A call was answered, or what is needed to go on with it changed: the same id again replaces what was written. */
  open(record: CallRecord): Promise<void>;
  /** A call or an attempt is over: the same id again replaces what `open` wrote. */
  close(record: CallRecord): Promise<void>;
}
