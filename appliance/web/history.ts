import { type BranchStatus, type Mode, modes, type RecordRow, type TimelineEntry } from './status.js';

/** The timeline as a picture: stretches by mode, and the calls above them. */
export interface History {
  readonly fromWall: number;
  readonly nowWall: number;
  readonly stretches: readonly Stretch[];
  readonly calls: readonly CallBar[];
  /** Newest first. */
  readonly entries: readonly TimelineEntry[];
}

export interface Stretch {
  readonly mode: Mode;
  readonly fromWall: number;
  /** Absent: it lasts still. */
  readonly toWall?: number;
}

export interface CallBar {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly via: string;
  readonly emergency: boolean;
  readonly fromWall: number;
  readonly answeredWall?: number;
  /** Absent: the call is up. */
  readonly toWall?: number;
}

/** The last `spanMs`, from the timeline (any order), the records and what is going on now. */
export function historyOf(
  status: BranchStatus,
  timeline: readonly TimelineEntry[],
  records: readonly RecordRow[],
  spanMs: number,
): History {
  const fromWall = status.nowWall - spanMs;
  return {
    fromWall,
    nowWall: status.nowWall,
    stretches: stretchesOf(status, timeline, fromWall),
    calls: callBars(status, records, fromWall),
    entries: [...timeline].sort((a, b) => b.atWall - a.atWall),
  };
}

function stretchesOf(status: BranchStatus, timeline: readonly TimelineEntry[], fromWall: number): readonly Stretch[] {
  const changes = timeline
    .flatMap((entry) => {
      const mode = modeOf(entry);
      return mode === undefined ? [] : [{ mode, atWall: entry.atWall }];
    })
    .filter((change) => change.atWall < status.sinceWall)
    .sort((a, b) => a.atWall - b.atWall);
  changes.push({ mode: status.mode, atWall: status.sinceWall });
  const stretches: Stretch[] = [];
  for (const [i, change] of changes.entries()) {
    const next = changes[i + 1];
    if (next === undefined) stretches.push({ mode: change.mode, fromWall: change.atWall });
    else if (next.atWall > fromWall && next.atWall > change.atWall) {
      stretches.push({ mode: change.mode, fromWall: change.atWall, toWall: next.atWall });
    }
  }
  return stretches;
}

/** The mode that an entry begins; whatever caused the change, its fields name it. */
function modeOf(entry: TimelineEntry): Mode | undefined {
  return modes.find((mode) => mode === entry.fields.mode);
}

function callBars(status: BranchStatus, records: readonly RecordRow[], fromWall: number): readonly CallBar[] {
  const live = new Set(status.calls.map((call) => call.id));
  const ended = records
    .filter((record) => record.endedWall >= fromWall && !live.has(record.id))
    .map((record) => ({
      id: record.id,
      from: record.from,
      to: record.to,
      via: record.via,
      emergency: record.emergency,
      fromWall: record.startedWall,
      ...(record.answeredWall === undefined ? {} : { answeredWall: record.answeredWall }),
      toWall: record.endedWall,
    }));
  const up = status.calls.map((call) => ({
    id: call.id,
    from: call.from,
    to: call.to,
    via: call.via,
    emergency: call.emergency,
    fromWall: call.sinceWall,
    ...(call.answeredWall === undefined ? {} : { answeredWall: call.answeredWall }),
  }));
  return [...ended, ...up].sort((a, b) => a.fromWall - b.fromWall);
}
