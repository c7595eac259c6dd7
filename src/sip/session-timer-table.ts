import type { MachineTable } from '../base/index.js';

export type SessionTimerState = 'idle' | 'refresher' | 'refreshing' | 'observer' | 'over';

export type SessionTimerEvent =
  /** The session interval begins: we refresh it, or the peer does. */
  | 'refreshHere'
  | 'refreshThere'
  | 'timerRefresh'
  | 'timerExpiry'
  /** The refresh could not be sent now, or was refused; the session goes on until it expires. */
  | 'deferred'
  /** The peer does not answer, or does not know the dialog. */
  | 'lost'
  /** A refresh succeeded, in either direction, and a new interval begins elsewhere; or the dialog is over. */
  | 'stop';

export type SessionTimerAction = 'refresh' | 'expire';

export interface SessionTimerContext {
  /** Until the next attempt at a refresh, milliseconds. */
  refreshMs(): number;
  /** Until the session is ended: min(32 s, a third) before the interval's end (RFC 4028 §10), milliseconds. */
  expiryMs(): number;
}

const expiry = { clause: 'RFC 4028 §10', ms: (c: SessionTimerContext) => c.expiryMs() };

/** RFC 4028 §7.4, §10: one session interval, refreshed at its half, ended by BYE shortly before it runs out. */
export const sessionTimerTable: MachineTable<
  SessionTimerState,
  SessionTimerEvent,
  SessionTimerAction,
  SessionTimerContext
> = {
  name: 'session timer',
  initial: 'idle',
  states: {
    idle: {
      on: {
        refreshHere: { go: 'refresher' },
        refreshThere: { go: 'observer' },
        timerRefresh: 'never',
        timerExpiry: 'never',
        deferred: 'never',
        lost: 'never',
        stop: { go: 'over' },
      },
    },
    refresher: {
      timers: {
        timerRefresh: { clause: 'RFC 4028 §7.4', ms: (c) => c.refreshMs() },
        timerExpiry: expiry,
      },
      on: {
        refreshHere: 'never',
        refreshThere: 'never',
        timerRefresh: { go: 'refreshing', do: ['refresh'] },
        timerExpiry: { go: 'over', do: ['expire'] },
        deferred: 'never',
        lost: 'never',
        stop: { go: 'over' },
      },
    },
    refreshing: {
      timers: { timerExpiry: expiry },
      on: {
        refreshHere: 'never',
        refreshThere: 'never',
        timerRefresh: 'never',
        timerExpiry: { go: 'over', do: ['expire'] },
        deferred: { go: 'refresher' },
        lost: { go: 'over', do: ['expire'] },
        stop: { go: 'over' },
      },
    },
    observer: {
      timers: { timerExpiry: expiry },
      on: {
        refreshHere: 'never',
        refreshThere: 'never',
        timerRefresh: 'never',
        timerExpiry: { go: 'over', do: ['expire'] },
        deferred: 'never',
        lost: 'never',
        stop: { go: 'over' },
      },
    },
    over: {
      on: {
        refreshHere: 'never',
        refreshThere: 'never',
        timerRefresh: 'never',
        timerExpiry: 'never',
        // An answer to a refresh whose interval another one has replaced meanwhile.
        deferred: 'ignore',
        lost: 'ignore',
        stop: 'ignore',
      },
    },
  },
};
