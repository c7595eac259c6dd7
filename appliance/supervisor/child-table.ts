import type { MachineTable } from '../../src/base/index.js';

export type ChildState = 'idle' | 'running' | 'waiting' | 'stopping' | 'stopped';
export type ChildEvent = 'start' | 'exited' | 'due' | 'steady' | 'stop' | 'overdue';
export type ChildAction = 'spawn' | 'ask' | 'kill' | 'lengthen' | 'forgive';

/** What the table's timers read; `delayMs` is the next restart's. */
export interface ChildContext {
  delayMs: number;
}

/** The first restart is at once for a person, and late enough for a port to be free again. */
export const FIRST_DELAY_MS = 50;
/** A child that never starts must not fill the log; a telephone must not wait long either. */
export const LONGEST_DELAY_MS = 1000;
/** A child that ran for so long is taken to be well, and its next restart is a first one again. */
export const STEADY_MS = 10_000;
/** A child that is asked to end and does not is ended. */
export const PATIENCE_MS = 3000;

/** One supervised process: for ever restarted, until it is told to stop. */
export const childTable: MachineTable<ChildState, ChildEvent, ChildAction, ChildContext> = {
  name: 'child',
  initial: 'idle',
  states: {
    idle: {
      on: {
        start: { go: 'running', do: ['spawn'] },
        exited: 'never',
        due: 'never',
        steady: 'never',
        stop: { go: 'stopped' },
        overdue: 'never',
      },
    },
    running: {
      timers: { steady: { clause: 'STEADY_MS', ms: () => STEADY_MS } },
      on: {
        start: 'ignore',
        exited: { go: 'waiting' },
        due: 'never',
        steady: { go: 'running', do: ['forgive'] },
        stop: { go: 'stopping', do: ['ask'] },
        overdue: 'never',
      },
    },
    waiting: {
      timers: { due: { clause: 'FIRST_DELAY_MS, doubled to LONGEST_DELAY_MS', ms: (context) => context.delayMs } },
      on: {
        start: 'ignore',
        exited: 'never',
        due: { go: 'running', do: ['lengthen', 'spawn'] },
        steady: 'never',
        stop: { go: 'stopped' },
        overdue: 'never',
      },
    },
    stopping: {
      timers: { overdue: { clause: 'PATIENCE_MS', ms: () => PATIENCE_MS } },
      on: {
        start: 'ignore',
        exited: { go: 'stopped' },
        due: 'never',
        steady: 'never',
        stop: 'ignore',
        overdue: { go: 'stopping', do: ['kill'] },
      },
    },
    stopped: {
      on: { start: 'ignore', exited: 'ignore', due: 'never', steady: 'never', stop: 'ignore', overdue: 'never' },
    },
  },
};
