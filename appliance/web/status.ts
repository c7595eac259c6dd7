import type { BranchStatus } from '../../src/branch/index.js';
import type { CallRecord } from '../../src/call/index.js';
import { type Mode, modes, type Posture, type TimelineEntry } from '../../src/survivability/index.js';
import type { FaultClass } from '../../src/wan/index.js';

/** What the page, the metrics and the event stream show. Times named `…Wall` are milliseconds since 1970 UTC. */
export { type BranchStatus, type FaultClass, type Mode, modes, type Posture, type TimelineEntry };

export type CallStatus = BranchStatus['calls'][number];

/** A call that ended, as its record tells it. */
export interface RecordRow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The step that answered: `centre`, `extension 1002`, `trunk pstn`; empty when nobody did. */
  readonly via: string;
  readonly emergency: boolean;
  readonly startedWall: number;
  readonly answeredWall?: number;
  readonly endedWall: number;
  /** How it ended, in words. */
  readonly ending: string;
  /** What each leg's sound was like, where it passed here. */
  readonly quality?: CallRecord['quality'];
}
