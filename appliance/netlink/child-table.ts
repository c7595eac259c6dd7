import type { MachineTable } from '../../src/base/index.js';

export type ChildState = 'idle' | 'starting' | 'running' | 'waiting' | 'unusable' | 'stopped';

/** `spoke`: any message of the child. `exited`: it is gone. `overdue`: it said nothing for too long. */
export type ChildEvent = 'start' | 'spoke' | 'exited' | 'overdue' | 'check' | 'backOffOver' | 'unusable' | 'stop';

export type ChildAction = 'spawn' | 'kill' | 'checkSilence' | 'giveUp' | 'settle';

export interface ChildTimes {
  startingMs(): number;
  checkMs(): number;
  backOffMs(): number;
}

/** The life of the netlink child, seen by its parent. */
export const childTable: MachineTable<ChildState, ChildEvent, ChildAction, ChildTimes> = {
  name: 'netlink-child',
  initial: 'idle',
  states: {
    idle: {
      on: {
        start: { go: 'starting', do: ['spawn'] },
        spoke: 'never',
        exited: 'never',
        overdue: 'never',
        check: 'never',
        backOffOver: 'never',
        unusable: 'never',
        stop: { go: 'stopped' },
      },
    },
    starting: {
      timers: { overdue: { clause: 'a child speaks within 10 s', ms: (times) => times.startingMs() } },
      on: {
        start: 'ignore',
        spoke: { go: 'running' },
        exited: { go: 'waiting' },
        overdue: { go: 'waiting', do: ['kill'] },
        check: 'never',
        backOffOver: 'never',
        unusable: { go: 'unusable', do: ['giveUp'] },
        stop: { go: 'stopped', do: ['kill'] },
      },
    },
    running: {
      timers: {
        check: { clause: 'findings: a self-probe that restarts it', ms: (times) => times.checkMs(), repeats: true },
      },
      on: {
        start: 'ignore',
        spoke: 'ignore',
        exited: { go: 'waiting' },
        overdue: { go: 'waiting', do: ['kill'] },
        check: { go: 'running', do: ['checkSilence', 'settle'] },
        backOffOver: 'never',
        unusable: { go: 'unusable', do: ['giveUp'] },
        stop: { go: 'stopped', do: ['kill'] },
      },
    },
    waiting: {
      timers: { backOffOver: { clause: '50 ms, doubled to 5 s', ms: (times) => times.backOffMs() } },
      on: {
        start: 'ignore',
        spoke: 'never',
        exited: 'never',
        overdue: 'never',
        check: 'never',
        backOffOver: { go: 'starting', do: ['spawn'] },
        unusable: 'never',
        stop: { go: 'stopped' },
      },
    },
    unusable: {
      on: {
        start: 'ignore',
        spoke: 'never',
        exited: 'never',
        overdue: 'never',
        check: 'never',
        backOffOver: 'never',
        unusable: 'never',
        stop: { go: 'stopped' },
      },
    },
    stopped: {
      on: {
        start: { go: 'starting', do: ['spawn'] },
        spoke: 'never',
        exited: 'never',
        overdue: 'never',
        check: 'never',
        backOffOver: 'never',
        unusable: 'never',
        stop: 'ignore',
      },
    },
  },
};
