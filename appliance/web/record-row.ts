import { causeName } from '../../src/base/index.js';
import { outerHalves } from '../../src/branch/index.js';
import type { CallRecord } from '../../src/call/index.js';
import type { RecordRow } from './status.js';

/** The records of calls that are over, as the page lists them. */
export function recordRows(records: readonly CallRecord[]): readonly RecordRow[] {
  return outerHalves(records, (record) => record).flatMap((record) => {
    const { id, emergency, startedWall, answeredWall, endedWall } = record;
    if (endedWall === undefined) return [];
    return [
      {
        id,
        from: record.from.number === '' ? (record.from.displayName ?? 'unknown') : record.from.number,
        to: record.to === '' ? record.dialled : record.to,
        via: record.via ?? '',
        emergency,
        startedWall,
        ...(answeredWall === undefined ? {} : { answeredWall }),
        endedWall,
        ending: endingOf(record),
        ...(record.quality === undefined || record.quality.length === 0 ? {} : { quality: record.quality }),
      },
    ];
  });
}

function endingOf(record: CallRecord): string {
  const by = record.releasedBy === undefined || record.answeredWall === undefined ? '' : ` by ${record.releasedBy}`;
  const to = record.transferredTo?.[0];
  const moved = to === undefined ? '' : `, transferred to ${to}`;
  return `${record.cause === undefined ? 'ended' : causeName(record.cause)}${by}${moved}`;
}
