import type { CallRecord } from '../../src/call/index.js';
import type { LabCommand, LabState } from './lab-state.js';
import type { MetricFamily } from './metrics.js';
import type { BranchStatus, TimelineEntry } from './status.js';

export type ForcedMode = 'survivable' | 'inline' | 'none';

/** What the web needs of the branch. Every function answers from memory and at once, but `records`. */
export interface WebPorts {
  status(): BranchStatus;
  /** Calls `listener` after anything that `status` shows has changed; returns the way to stop. */
  onChange(listener: () => void): () => void;
  force(mode: ForcedMode, who: string): void;
  /** The newest `count` call records, newest first. */
  records(count: number): Promise<readonly CallRecord[]> | readonly CallRecord[];
  /** The newest `count` entries, in any order. */
  timeline(count: number): readonly TimelineEntry[];
  /** Families beside those that come from the status. */
  metrics?(): readonly MetricFamily[];
  readonly lab?: LabControl;
}

/** The lab branch, where there is one. */
export interface LabControl {
  /** Undefined as long as the lab has not answered. */
  state(): LabState | undefined;
  onChange(listener: () => void): () => void;
  /** Resolves when the lab has taken the command; `refused` says why it has not. */
  command(command: LabCommand): Promise<{ readonly done: true } | { readonly refused: string }>;
}
