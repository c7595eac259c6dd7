import type { MachineTable } from '../base/index.js';
import type { TimerSettings } from './transaction-timers.js';

export type SuccessRetransmissionState = 'waiting' | 'acknowledged' | 'unacknowledged' | 'stopped';

export type SuccessRetransmissionEvent = 'ack' | 'timerRetransmit' | 'timerAck' | 'stop';

export type SuccessRetransmissionAction = 'resend' | 'ackTimedOut';

export interface SuccessRetransmissionContext {
  readonly timers: TimerSettings;
  intervalMs: number;
}

/**
 * RFC 3261 §13.3.1.4: the 2xx to an INVITE is repeated by the user agent, T1 doubling to T2, on any transport, until
 * its ACK; after 64*T1 without one the session is ended with a BYE.
 */
export const successRetransmissionTable: MachineTable<
  SuccessRetransmissionState,
  SuccessRetransmissionEvent,
  SuccessRetransmissionAction,
  SuccessRetransmissionContext
> = {
  name: '2xx retransmission',
  initial: 'waiting',
  states: {
    waiting: {
      timers: {
        timerRetransmit: { clause: 'RFC 3261 §13.3.1.4', ms: (c) => c.intervalMs, repeats: true },
        timerAck: { clause: 'RFC 3261 §13.3.1.4', ms: (c) => 64 * c.timers.t1Ms },
      },
      on: {
        ack: { go: 'acknowledged' },
        timerRetransmit: { go: 'waiting', do: ['resend'] },
        timerAck: { go: 'unacknowledged', do: ['ackTimedOut'] },
        stop: { go: 'stopped' },
      },
    },
    acknowledged: { on: { ack: 'ignore', timerRetransmit: 'never', timerAck: 'never', stop: 'ignore' } },
    unacknowledged: { on: { ack: 'ignore', timerRetransmit: 'never', timerAck: 'never', stop: 'ignore' } },
    stopped: { on: { ack: 'ignore', timerRetransmit: 'never', timerAck: 'never', stop: 'ignore' } },
  },
};
