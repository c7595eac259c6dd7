import type { MachineTable } from '../base/index.js';
import { sixtyFourT1, type TimerContext } from './transaction-timers.js';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

export type NonInviteServerEvent =
  /** The same request again. */
  | 'retransmission'
  /** The owner's answer, 200-699. */
  | 'final'
  | 'timer100'
  | 'timerExpiry'
  | 'timerJ'
  | 'transportError'
  /** The server is closing. */
  | 'abandon';

export type NonInviteServerAction = 'send' | 'sendTrying' | 'resend' | 'expired';

/** When the client's timer E has grown to T2: T1 + 2*T1 + ... (RFC 4320 §4.1). */
function untilTimerEIsT2(c: TimerContext): number {
  let total = 0;
  for (let interval = c.timers.t1Ms; interval < c.timers.t2Ms; interval *= 2) total += interval;
  return total;
}

/** The client's timer F, and T4 for the stragglers among its retransmissions: they must not look like a new request. */
function untilClientGaveUp(c: TimerContext): number {
  return c.remainingMs() + c.timers.t4Ms;
}

/**
 * RFC 3261 §17.2.2, figure 8, as RFC 4320 changes it: no provisional but a late 100, and no 408: past 64*T1 the client
 * has given up, so that an unanswered request ends in silence.
 */
export const nonInviteServerTable: MachineTable<
  NonInviteServerState,
  NonInviteServerEvent,
  NonInviteServerAction,
  TimerContext
> = {
  name: 'non-INVITE server transaction',
  initial: 'trying',
  states: {
    trying: {
      timers: {
        timer100: { clause: 'RFC 4320 §4.1', ms: untilTimerEIsT2 },
        timerExpiry: { clause: 'RFC 4320 §4.2', ms: untilClientGaveUp },
      },
      on: {
        retransmission: 'ignore',
        final: { go: 'completed', do: ['send'] },
        timer100: { go: 'proceeding', do: ['sendTrying'] },
        timerExpiry: { go: 'terminated', do: ['expired'] },
        timerJ: 'never',
        transportError: 'ignore',
        abandon: { go: 'terminated' },
      },
    },
    proceeding: {
      timers: { timerExpiry: { clause: 'RFC 4320 §4.2', ms: untilClientGaveUp } },
      on: {
        retransmission: { go: 'proceeding', do: ['resend'] },
        final: { go: 'completed', do: ['send'] },
        timer100: 'never',
        timerExpiry: { go: 'terminated', do: ['expired'] },
        timerJ: 'never',
        transportError: 'ignore',
        abandon: { go: 'terminated' },
      },
    },
    completed: {
      timers: { timerJ: { clause: 'RFC 3261 §17.2.2', ms: (c) => (c.reliable ? 0 : sixtyFourT1(c)) } },
      on: {
        retransmission: { go: 'completed', do: ['resend'] },
        final: 'never',
        timer100: 'never',
        timerExpiry: 'never',
        timerJ: { go: 'terminated' },
        transportError: { go: 'terminated' },
        abandon: { go: 'terminated' },
      },
    },
    terminated: {
      on: {
        retransmission: 'ignore',
        final: 'never',
        timer100: 'never',
        timerExpiry: 'never',
        timerJ: 'never',
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
  },
};
