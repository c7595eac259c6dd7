export type TimelineKind = 'mode' | 'fault' | 'force' | 'probe' | 'trunk' | 'restart' | 'directory' | 'config' | 'line';

/** One thing that happened to the branch, in words for its people. */
export interface TimelineEntry {
  /** ms since 1970, UTC. */
  readonly atWall: number;
  readonly kind: TimelineKind;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Port: the failover timeline, kept on disk. */
export interface TimelineStore {
  append(entry: TimelineEntry): void;
  /** The last `count` entries, newest first. */
  recent(count: number): readonly TimelineEntry[];
}
