import type { CallRecord } from '../call/index.js';
import type { DeskCall, DeskReason } from './smdi.js';

export interface DeskPlaces {
  readonly desk: number;
  readonly terminals: readonly { readonly number: string; readonly terminal: number }[];
  /** The number of the step that answered; undefined where it is nobody's of this branch. */
  readonly numberOf: (step: string) => string | undefined;
}

/** What the desk is told of a call that it answered; undefined where another did. */
export function deskCallOf(record: CallRecord, { desk, terminals, numberOf }: DeskPlaces): DeskCall | undefined {
  const at = (number: string | undefined) => terminals.find((each) => each.number === digitsOf(number));
  const answered = record.via === undefined ? undefined : numberOf(record.via);
  const called = at(record.to) ?? at(record.dialled);
  const found = at(answered) ?? called;
  if (found === undefined) return undefined;
  const caller = digitsOf(record.from.number);
  return {
    desk,
    terminal: found.terminal,
    reason: called === undefined ? reasonOf(record) : 'direct',
    ...(called === undefined ? { forwardedFrom: digitsOf(record.to) } : {}),
    ...(caller === '' ? {} : { caller }),
  };
}

/** By how the step before the answer went (Q.850: 17 busy, 18 and 19 nobody answers). */
function reasonOf({ steps }: CallRecord): DeskReason {
  const before = steps.filter(({ outcome }) => outcome !== 'answered').at(-1)?.outcome;
  if (before === undefined) return 'always';
  if (before === 'cause 17') return 'busy';
  return before === 'noAnswer' || before === 'cause 18' || before === 'cause 19' ? 'noAnswer' : 'unknown';
}

function digitsOf(number = ''): string {
  return number.replace(/\D/g, '');
}
