import type { MachineTable } from '../base/index.js';
import { retransmission, sixtyFourT1, stragglers, type TimerContext } from './transaction-timers.js';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

export type NonInviteClientEvent =
  | 'provisional'
  | 'final'
  | 'timerE'
  | 'timerF'
  | 'timerK'
  | 'transportError'
  /** The owner is gone and nobody wants the answer. */
  | 'abandon';

export type NonInviteClientAction = 'retransmit' | 'slowDown' | 'deliver' | 'timedOut' | 'transportFailed';

/** RFC 3261 §17.1.2, figure 6. */
export const nonInviteClientTable: MachineTable<
  NonInviteClientState,
  NonInviteClientEvent,
  NonInviteClientAction,
  TimerContext
> = {
  name: 'non-INVITE client transaction',
  initial: 'trying',
  states: {
    trying: {
      timers: {
        timerE: { clause: 'RFC 3261 §17.1.2.2', ms: retransmission, repeats: true },
        timerF: { clause: 'RFC 3261 §17.1.2.2', ms: sixtyFourT1 },
      },
      on: {
        provisional: { go: 'proceeding', do: ['slowDown', 'deliver'] },
        final: { go: 'completed', do: ['deliver'] },
        timerE: { go: 'trying', do: ['retransmit'] },
        timerF: { go: 'terminated', do: ['timedOut'] },
        timerK: 'never',
        transportError: { go: 'terminated', do: ['transportFailed'] },
        abandon: { go: 'terminated', do: ['timedOut'] },
      },
    },
    proceeding: {
      timers: {
        timerE: { clause: 'RFC 3261 §17.1.2.2', ms: retransmission, repeats: true },
        timerF: { clause: 'RFC 3261 §17.1.2.2', ms: (c) => c.remainingMs() },
      },
      on: {
        provisional: { go: 'proceeding', do: ['deliver'] },
        final: { go: 'completed', do: ['deliver'] },
        timerE: { go: 'proceeding', do: ['retransmit'] },
        timerF: { go: 'terminated', do: ['timedOut'] },
        timerK: 'never',
        transportError: { go: 'terminated', do: ['transportFailed'] },
        abandon: { go: 'terminated', do: ['timedOut'] },
      },
    },
    completed: {
      timers: { timerK: { clause: 'RFC 3261 §17.1.2.2', ms: stragglers } },
      on: {
        provisional: 'ignore',
        final: 'ignore',
        timerE: 'never',
        timerF: 'never',
        timerK: { go: 'terminated' },
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    terminated: {
      on: {
        provisional: 'ignore',
        final: 'ignore',
        timerE: 'never',
        timerF: 'never',
        timerK: 'never',
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
  },
};
