import type { MachineTable } from '../base/index.js';
import type { TimerSettings } from './transaction-timers.js';

/** Where the wish to cancel an INVITE stands. */
export type CancellationState = 'idle' | 'wished' | 'ready' | 'sent' | 'over';

export type CancellationEvent =
  /** The owner wants the INVITE cancelled. */
  | 'wish'
  | 'provisional'
  | 'final'
  /** No final response within 64*T1 of the CANCEL. */
  | 'timerCancel';

export type CancellationAction = 'sendCancel' | 'giveUp';

/**
 * RFC 3261 §9.1: a CANCEL waits for the first provisional response, is sent once, and a final response that does not
 * follow within 64*T1 is not waited for any longer.
 */
export const cancellationTable: MachineTable<
  CancellationState,
  CancellationEvent,
  CancellationAction,
  { readonly timers: TimerSettings }
> = {
  name: 'cancellation',
  initial: 'idle',
  states: {
    idle: {
      on: {
        wish: { go: 'wished' },
        provisional: { go: 'ready' },
        final: { go: 'over' },
        timerCancel: 'never',
      },
    },
    wished: {
      on: {
        wish: 'ignore',
        provisional: { go: 'sent', do: ['sendCancel'] },
        final: { go: 'over' },
        timerCancel: 'never',
      },
    },
    ready: {
      on: {
        wish: { go: 'sent', do: ['sendCancel'] },
        provisional: 'ignore',
        final: { go: 'over' },
        timerCancel: 'never',
      },
    },
    sent: {
      timers: { timerCancel: { clause: 'RFC 3261 §9.1', ms: (c) => 64 * c.timers.t1Ms } },
      on: {
        wish: 'ignore',
        provisional: 'ignore',
        final: { go: 'over' },
        timerCancel: { go: 'over', do: ['giveUp'] },
      },
    },
    over: {
      on: { wish: 'ignore', provisional: 'ignore', final: 'ignore', timerCancel: 'never' },
    },
  },
};
