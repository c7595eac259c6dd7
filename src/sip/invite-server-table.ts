import type { MachineTable } from '../base/index.js';
import { retransmission, sixtyFourT1, stragglers, type TimerContext } from './transaction-timers.js';

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

export type InviteServerEvent =
  /** The same INVITE again. */
  | 'retransmission'
  | 'ack'
  /** The next three come from the owner: 101-199, 2xx, 300-699. */
  | 'provisional'
  | 'success'
  | 'failure'
  | 'timerG'
  | 'timerH'
  | 'timerI'
  | 'timerL'
  | 'transportError'
  /** The server is closing. */
  | 'abandon';

export type InviteServerAction = 'send' | 'resend' | 'resendSlower' | 'ackTimedOut';

/** RFC 3261 §17.2.1, figure 7, with the accepted state of RFC 6026 §7.1. The 100 goes out before the machine starts. */
export const inviteServerTable: MachineTable<InviteServerState, InviteServerEvent, InviteServerAction, TimerContext> = {
  name: 'INVITE server transaction',
  initial: 'proceeding',
  states: {
    proceeding: {
      on: {
        retransmission: { go: 'proceeding', do: ['resend'] },
        ack: 'ignore',
        provisional: { go: 'proceeding', do: ['send'] },
        success: { go: 'accepted', do: ['send'] },
        failure: { go: 'completed', do: ['send'] },
        timerG: 'never',
        timerH: 'never',
        timerI: 'never',
        timerL: 'never',
        // The final response gets its own chance: by then the peer may have connected again (RFC 3261 §18.2.2).
        transportError: 'ignore',
        abandon: { go: 'terminated' },
      },
    },
    completed: {
      timers: {
        timerG: { clause: 'RFC 3261 §17.2.1', ms: retransmission, repeats: true },
        timerH: { clause: 'RFC 3261 §17.2.1', ms: sixtyFourT1 },
      },
      on: {
        retransmission: { go: 'completed', do: ['resend'] },
        ack: { go: 'confirmed' },
        provisional: 'never',
        success: 'never',
        failure: 'never',
        timerG: { go: 'completed', do: ['resendSlower'] },
        timerH: { go: 'terminated', do: ['ackTimedOut'] },
        timerI: 'never',
        timerL: 'never',
        transportError: { go: 'terminated' },
        abandon: { go: 'terminated' },
      },
    },
    confirmed: {
      timers: { timerI: { clause: 'RFC 3261 §17.2.1', ms: stragglers } },
      on: {
        retransmission: 'ignore',
        ack: 'ignore',
        provisional: 'never',
        success: 'never',
        failure: 'never',
        timerG: 'never',
        timerH: 'never',
        timerI: { go: 'terminated' },
        timerL: 'never',
        transportError: 'ignore',
        abandon: { go: 'terminated' },
      },
    },
    accepted: {
      timers: { timerL: { clause: 'RFC 6026 §8.6', ms: sixtyFourT1 } },
      on: {
        // The owner repeats the 2xx on its own clock (RFC 3261 §13.3.1.4).
        retransmission: 'ignore',
        ack: 'ignore',
        provisional: 'never',
        success: { go: 'accepted', do: ['send'] },
        failure: 'never',
        timerG: 'never',
        timerH: 'never',
        timerI: 'never',
        timerL: { go: 'terminated' },
        transportError: 'ignore',
        abandon: { go: 'terminated' },
      },
    },
    terminated: {
      on: {
        retransmission: 'ignore',
        ack: 'ignore',
        provisional: 'never',
        success: 'ignore',
        failure: 'never',
        timerG: 'never',
        timerH: 'never',
        timerI: 'never',
        timerL: 'never',
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
  },
};
