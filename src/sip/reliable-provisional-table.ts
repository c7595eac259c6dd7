import type { MachineTable } from '../base/index.js';
import type { TimerSettings } from './transaction-timers.js';

export type ReliableProvisionalState = 'waiting' | 'acknowledged' | 'unacknowledged' | 'superseded' | 'stopped';

export type ReliableProvisionalEvent =
  /** A PRACK whose RAck names it. */
  | 'prack'
  | 'timerRetransmit'
  | 'timerPrack'
  /** The INVITE got its final response. */
  | 'final'
  | 'stop';

export type ReliableProvisionalAction = 'resend' | 'prackTimedOut';

export interface ReliableProvisionalContext {
  readonly timers: TimerSettings;
  intervalMs: number;
}

/**
 * RFC 3262 §3: a reliable provisional response is repeated, T1 doubling without end, on any transport, until its PRACK;
 * after 64*T1 without one the INVITE is refused. A final response ends the repeating, not the right to acknowledge.
 */
export const reliableProvisionalTable: MachineTable<
  ReliableProvisionalState,
  ReliableProvisionalEvent,
  ReliableProvisionalAction,
  ReliableProvisionalContext
> = {
  name: 'reliable provisional response',
  initial: 'waiting',
  states: {
    waiting: {
      timers: {
        timerRetransmit: { clause: 'RFC 3262 §3', ms: (c) => c.intervalMs, repeats: true },
        timerPrack: { clause: 'RFC 3262 §3', ms: (c) => 64 * c.timers.t1Ms },
      },
      on: {
        prack: { go: 'acknowledged' },
        timerRetransmit: { go: 'waiting', do: ['resend'] },
        timerPrack: { go: 'unacknowledged', do: ['prackTimedOut'] },
        final: { go: 'superseded' },
        stop: { go: 'stopped' },
      },
    },
    acknowledged: {
      on: { prack: 'ignore', timerRetransmit: 'never', timerPrack: 'never', final: 'ignore', stop: 'ignore' },
    },
    unacknowledged: {
      // The refusal that the time-out caused is the INVITE's final response.
      on: { prack: 'ignore', timerRetransmit: 'never', timerPrack: 'never', final: 'ignore', stop: 'ignore' },
    },
    superseded: {
      on: {
        prack: { go: 'acknowledged' },
        timerRetransmit: 'never',
        timerPrack: 'never',
        final: 'ignore',
        stop: { go: 'stopped' },
      },
    },
    stopped: {
      on: { prack: 'ignore', timerRetransmit: 'never', timerPrack: 'never', final: 'ignore', stop: 'ignore' },
    },
  },
};
