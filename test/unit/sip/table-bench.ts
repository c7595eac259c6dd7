import assert from 'node:assert/strict';
import { Machine, MachineBug, type MachineTable } from '../../../src/base/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** What each event does in each state: `ignore`, `never`, or the next state and the actions in order. */
export type Expectations<S extends string, E extends string> = {
  readonly [state in S]: { readonly [event in E]: string };
};

/** Runs one event in one state of the real table and says what happened. */
export function observe<S extends string, E extends string, A extends string, C>(
  table: MachineTable<S, E, A, C>,
  state: S,
  event: E,
  c: C,
): string {
  const clock = new VirtualClock();
  const done: string[] = [];
  const record = new Proxy(Object.create(null), { get: (_target, action) => () => done.push(String(action)) });
  const machine = new Machine<S, E, A, C>({ ...table, initial: state }, { clock, context: c, actions: record });
  try {
    machine.handle(event);
  } catch (error) {
    assert.ok(error instanceof MachineBug);
    return 'never';
  }
  machine.stop();
  assert.equal(clock.pending, 0, `${state}/${event} leaves a timer behind`);
  if (table.states[state].on[event] === 'ignore') return 'ignore';
  return [machine.state, ...done].join(' ');
}

/** Compares every cell of a table with what is expected of it. */
export function check<S extends string, E extends string, A extends string, C>(
  table: MachineTable<S, E, A, C>,
  expected: Expectations<S, E>,
  c: C,
): void {
  assert.deepEqual(Object.keys(table.states).sort(), Object.keys(expected).sort(), 'states');
  for (const state in table.states) {
    const wanted: { readonly [event in E]: string } = expected[state];
    assert.deepEqual(Object.keys(table.states[state].on).sort(), Object.keys(wanted).sort(), `events of ${state}`);
    for (const event in table.states[state].on) {
      assert.equal(observe(table, state, event, c), wanted[event], `${table.name}: ${state} on ${event}`);
    }
  }
}

/** The durations of a state's timers; `clauses`: how they say where they come from. */
export function timersOf<S extends string, E extends string, A extends string, C>(
  table: MachineTable<S, E, A, C>,
  state: S,
  c: C,
  clauses = /^RFC \d+ §/,
): Record<string, number> {
  const found: Record<string, number> = {};
  const timers = table.states[state].timers;
  for (const event in timers) {
    const timer = timers[event];
    if (timer === undefined) continue;
    assert.match(timer.clause, clauses, `${state} ${event} cites its clause`);
    found[event] = timer.ms(c);
  }
  return found;
}
