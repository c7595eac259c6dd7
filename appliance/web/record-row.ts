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
  // Of 4.5; what either side heard worst is what people complain about.
  const worst = Math.min(...(record.quality ?? []).filter(({ received }) => received > 0).map(({ mos }) => mos));
  const sound = Number.isFinite(worst) ? `, sound ${worst.toFixed(1)} of 4.5` : '';
  return `${record.cause === undefined ? 'ended' : causeName(record.cause)}${by}${moved}${sound}`;
}
