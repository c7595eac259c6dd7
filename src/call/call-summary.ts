import type { CallSummary } from './call-options.js';
import type { CallRecord } from './call-record.js';
import type { CallState } from './call-table.js';

/** `trying`: the step of the hunt that runs. */
export function summaryOf(
  record: CallRecord,
  state: CallState,
  held: boolean,
  trying: string | undefined,
): CallSummary {
  return {
    id: record.id,
    state: phaseOf(record, state, held),
    from: record.from.number,
    to: record.to,
    via: record.via ?? trying ?? '',
    emergency: record.emergency,
    sinceWall: record.startedWall,
    ...(record.answeredWall === undefined ? {} : { answeredWall: record.answeredWall }),
  };
}

function phaseOf({ answeredWall }: CallRecord, state: CallState, held: boolean): CallSummary['state'] {
  if (state === 'new' || state === 'hunting') return 'setup';
  if (answeredWall === undefined || state === 'answering' || state === 'answeringLate') return 'ringing';
  return held ? 'held' : 'talking';
}
