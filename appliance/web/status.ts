/**
 * What the page, the metrics and the event stream show. Structural: `src/branch` exports the same shapes, and whatever it
 * adds is passed on unread. Times named `…Wall` are milliseconds since 1970 UTC.
 */
export interface BranchStatus {
  readonly site: string;
  readonly mode: Mode;
  readonly sinceWall: number;
  readonly why: string;
  readonly posture: Posture;
  readonly forced: boolean;
  readonly path: PathStatus;
  readonly holdDown?: { readonly remainingMs: number; readonly totalMs: number };
  readonly phones: readonly PhoneStatus[];
  readonly users: number;
  readonly calls: readonly CallStatus[];
  readonly trunks: readonly TrunkStatus[];
  readonly timeline: readonly TimelineEntry[];
  readonly upstreamQueue: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly startedWall: number;
  readonly nowWall: number;
}

export type Mode = 'starting' | 'inline' | 'survivable' | 'returning' | 'forced-survivable' | 'forced-inline';

export const modes: readonly Mode[] = [
  'starting',
  'inline',
  'survivable',
  'returning',
  'forced-survivable',
  'forced-inline',
];

export interface Posture {
  readonly registrar: 'relay' | 'serve';
  readonly calls: 'primary' | 'local';
  readonly alarm: 'none' | 'minor' | 'major';
  readonly notice?: string;
}

export interface PathStatus {
  readonly state: 'up' | 'suspect' | 'down';
  readonly fault?: FaultClass;
  readonly why: string;
  readonly rttP99Ms?: number;
  readonly lastAnswerWall?: number;
}

export type FaultClass = 'wan-link' | 'wan-path' | 'central-refused' | 'central-application' | 'dns' | 'trunk';

export interface PhoneStatus {
  readonly username: string;
  readonly extension: string;
  readonly displayName?: string;
  readonly contact: string;
  readonly transport: string;
  readonly address: string;
  readonly expiresInS: number;
  readonly origin: 'relayed' | 'served';
}

export interface CallStatus {
  readonly id: string;
  readonly state: 'setup' | 'ringing' | 'talking' | 'held';
  readonly from: string;
  readonly to: string;
  /** `centre`, `local`, or `trunk NAME`. */
  readonly via: string;
  readonly emergency: boolean;
  readonly sinceWall: number;
  readonly answeredWall?: number;
}

export interface TrunkStatus {
  readonly name: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly why: string;
  readonly callsUp: number;
}

export interface TimelineEntry {
  readonly atWall: number;
  readonly kind: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** A call that ended, as its record tells it. */
export interface RecordRow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly via: string;
  readonly emergency: boolean;
  readonly startedWall: number;
  readonly answeredWall?: number;
  readonly endedWall: number;
  /** How it ended, in words. */
  readonly ending: string;
}

/** One row of the survivability table, for people: in `mode`, what `event` leads to. */
export interface TableRow {
  readonly mode: string;
  readonly event: string;
  readonly next: string;
}

export interface SurvivabilityTable {
  readonly rows: readonly TableRow[];
  readonly postures: readonly ({ readonly mode: string } & Posture)[];
}
