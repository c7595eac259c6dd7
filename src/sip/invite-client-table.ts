import type { MachineTable } from '../base/index.js';
import { retransmission, sixtyFourT1, type TimerContext } from './transaction-timers.js';

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

export type InviteClientEvent =
  | 'provisional'
  | 'success'
  | 'failure'
  | 'timerA'
  | 'timerB'
  | 'timerD'
  | 'timerM'
  | 'transportError'
  /** The owner gives up: a CANCEL that brought no final response (RFC 3261 §9.1). */
  | 'abandon';

export type InviteClientAction = 'retransmit' | 'deliver' | 'sendAck' | 'timedOut' | 'transportFailed';

/** RFC 3261 §17.1.1, figure 5, with the accepted state of RFC 6026 §7.2. */
export const inviteClientTable: MachineTable<InviteClientState, InviteClientEvent, InviteClientAction, TimerContext> = {
  name: 'INVITE client transaction',
  initial: 'calling',
  states: {
    calling: {
      timers: {
        timerA: { clause: 'RFC 3261 §17.1.1.2', ms: retransmission, repeats: true },
        timerB: { clause: 'RFC 3261 §17.1.1.2', ms: sixtyFourT1 },
      },
      on: {
        provisional: { go: 'proceeding', do: ['deliver'] },
        success: { go: 'accepted', do: ['deliver'] },
        failure: { go: 'completed', do: ['sendAck', 'deliver'] },
        timerA: { go: 'calling', do: ['retransmit'] },
        timerB: { go: 'terminated', do: ['timedOut'] },
        timerD: 'never',
        timerM: 'never',
        transportError: { go: 'terminated', do: ['transportFailed'] },
        abandon: { go: 'terminated', do: ['timedOut'] },
      },
    },
    proceeding: {
      on: {
        provisional: { go: 'proceeding', do: ['deliver'] },
        success: { go: 'accepted', do: ['deliver'] },
        failure: { go: 'completed', do: ['sendAck', 'deliver'] },
        timerA: 'never',
        timerB: 'never',
        timerD: 'never',
        timerM: 'never',
        // The connection ended, or a copy of the request bounced; the final response may come another way.
        transportError: 'ignore',
        abandon: { go: 'terminated', do: ['timedOut'] },
      },
    },
    completed: {
      timers: {
        timerD: {
          clause: 'RFC 3261 §17.1.1.2',
          ms: (c) => (c.reliable ? 0 : Math.max(32_000, sixtyFourT1(c))),
        },
      },
      on: {
        provisional: 'ignore',
        success: 'ignore',
        failure: { go: 'completed', do: ['sendAck'] },
        timerA: 'never',
        timerB: 'never',
        timerD: { go: 'terminated' },
        timerM: 'never',
        // The owner has its final response; the ACK is repeated when the response is.
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    accepted: {
      timers: { timerM: { clause: 'RFC 6026 §8.4', ms: sixtyFourT1 } },
      on: {
        provisional: 'ignore',
        success: { go: 'accepted', do: ['deliver'] },
        failure: 'ignore',
        timerA: 'never',
        timerB: 'never',
        timerD: 'never',
        timerM: { go: 'terminated' },
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    terminated: {
      on: {
        provisional: 'ignore',
        success: 'ignore',
        failure: 'ignore',
        timerA: 'never',
        timerB: 'never',
        timerD: 'never',
        timerM: 'never',
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
  },
};
