import type { MachineTable } from '../../src/base/index.js';

export type GroupState = 'cardless' | 'running' | 'waiting' | 'closed';
export type GroupEvent = 'card' | 'cardless' | 'ended' | 'due' | 'steady' | 'pingDue' | 'close';
export type GroupAction =
  | 'launch'
  | 'prepare'
  | 'kill'
  | 'ping'
  | 'lengthen'
  | 'forgive'
  | 'abandonCard'
  | 'abandonProcess';

/** What the table's timers read; `delayMs` is the next restart's. */
export interface GroupContext {
  delayMs: number;
}

/** The other end's Q.921 does not notice so short an absence (T203, T200 · N200). */
export const firstDelayMs = 50;
/** A frame that kills the process each time it is repeated must not fill the log. */
export const longestDelayMs = 1000;
/** A missing library is not there a second later. */
export const unusableDelayMs = 30_000;
/** A process that ran for so long is taken to be well. */
const steadyMs = 10_000;
/** A process that did not answer one ping when the next is due hangs: twice this at most is a call's set-up without an answer. */
const pingMs = 4000;

/** The process of one D-channel group: there while one of its cards is, restarted for ever; for a card that went, the next one waits. */
export const groupTable: MachineTable<GroupState, GroupEvent, GroupAction, GroupContext> = {
  name: 'D-channel process',
  initial: 'cardless',
  states: {
    cardless: {
      on: {
        card: { go: 'running', do: ['launch'] },
        cardless: 'ignore',
        ended: 'never',
        due: 'never',
        steady: 'never',
        pingDue: 'never',
        close: { go: 'closed', do: ['kill'] },
      },
    },
    running: {
      timers: {
        steady: { clause: 'steadyMs', ms: () => steadyMs },
        pingDue: { clause: 'pingMs', ms: () => pingMs, repeats: true },
      },
      on: {
        card: 'ignore',
        cardless: { go: 'cardless', do: ['kill', 'abandonCard', 'prepare'] },
        ended: { go: 'waiting', do: ['abandonProcess'] },
        due: 'never',
        steady: { go: 'running', do: ['forgive'] },
        pingDue: { go: 'running', do: ['ping'] },
        close: { go: 'closed', do: ['kill'] },
      },
    },
    waiting: {
      timers: { due: { clause: 'firstDelayMs, doubled to longestDelayMs', ms: (context) => context.delayMs } },
      on: {
        card: 'ignore',
        cardless: { go: 'cardless', do: ['prepare'] },
        ended: 'never',
        due: { go: 'running', do: ['lengthen', 'launch'] },
        steady: 'never',
        pingDue: 'never',
        close: { go: 'closed' },
      },
    },
    closed: {
      on: {
        card: 'ignore',
        cardless: 'ignore',
        ended: 'never',
        due: 'never',
        steady: 'never',
        pingDue: 'never',
        close: 'ignore',
      },
    },
  },
};
