import assert from 'node:assert/strict';
import type { MachineTable } from '../../../src/base/index.js';
import { timersOf } from '../sip/table-bench.js';

/** Compares every timer of a table with what is expected of it; each says where its value comes from. */
export function checkTimers<S extends string, E extends string, A extends string, C>(
  table: MachineTable<S, E, A, C>,
  context: C,
  expected: Readonly<Record<string, Readonly<Record<string, number>>>>,
): void {
  const found: Record<string, Record<string, number>> = {};
  for (const state in table.states) {
    const timers = timersOf(table, state, context, /\S{3}.*/);
    if (Object.keys(timers).length > 0) found[state] = timers;
  }
  assert.deepEqual(found, expected);
}
