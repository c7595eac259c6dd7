import type { CallSummary } from '../call/index.js';
import type { TelephoneStatus } from '../lines/index.js';
import type { Mode, Posture, TimelineEntry } from '../survivability/index.js';
import type { PathStatus } from '../wan/index.js';

/** A registered phone, for people. */
export interface PhoneStatus {
  readonly username: string;
  readonly extension: string;
  readonly displayName?: string;
  /** Contact URI as the phone gave it. */
  readonly contact: string;
  readonly transport: string;
  /** Where its packets come from: address:port. */
  readonly address: string;
  readonly expiresInS: number;
  /** Who authenticated it last: the centre (`relayed`) or Holdfast (`served`). */
  readonly origin: 'relayed' | 'served';
}

export interface TrunkStatusLine {
  readonly name: string;
  readonly state: string;
  readonly why: string;
  readonly callsUp: number;
  /** Trunks over lines. `free`: for ordinary calls. */
  readonly channels?: { readonly all: number; readonly inUse: number; readonly free: number };
}

/** Everything that the page, the terminal and the metrics show. Times are wall clock milliseconds, UTC. */
export interface BranchStatus {
  readonly site: string;
  readonly mode: Mode;
  readonly sinceWall: number;
  readonly why: string;
  readonly posture: Posture;
  readonly forced: boolean;
  readonly path: PathStatus;
  /** While the centre answers again and the branch still serves itself. */
  readonly holdDown?: { readonly remainingMs: number; readonly totalMs: number };
  readonly phones: readonly PhoneStatus[];
  readonly users: number;
  readonly calls: readonly CallSummary[];
  readonly trunks: readonly TrunkStatusLine[];
  /** Telephones on lines of this box. */
  readonly telephones: readonly TelephoneStatus[];
  readonly timeline: readonly TimelineEntry[];
  /** Registrations that wait to be repeated at the centre. */
  readonly upstreamQueue: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly startedWall: number;
  readonly nowWall: number;
}
