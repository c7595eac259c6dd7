import type { MachineTable } from '../base/index.js';

export type UpstreamState =
  | 'unregistered'
  | 'registering'
  | 'registered'
  | 'backingOff'
  | 'removing'
  | 'withdrawing'
  | 'removalBackingOff'
  | 'gone';

/**
 * `turn`: the bucket let us speak. `challenged` … `failed`: the centre's answer to what we sent. `relayed`: the phone's
 * own REGISTER was accepted there. `bound`, `withdrawn`: the phone's side here; `forgotten`: withdrawn, and the centre
 * never knew. `due`: the state's timer.
 */
export type UpstreamEvent =
  | 'turn'
  | 'challenged'
  | 'accepted'
  | 'refused'
  | 'failed'
  | 'relayed'
  | 'bound'
  | 'withdrawn'
  | 'forgotten'
  | 'due';

export type UpstreamAction =
  | 'queue'
  | 'queueAnswer'
  | 'register'
  | 'remove'
  | 'noteRegistered'
  | 'noteRemoved'
  | 'countFailure'
  | 'countRefusal'
  | 'clearFailures'
  | 'abandonAttempt';

export interface UpstreamTimers {
  /** Until the next try after failures. */
  readonly backOffMs: number;
  /** Until the centre must hear of us again; Infinity where the phone's own refresh comes first. */
  readonly refreshMs: number;
}

const backOff = {
  due: {
    clause: 'RFC 5626 §4.5: 30 s or 90 s, doubled per failure to 1,800 s',
    ms: (c: UpstreamTimers) => c.backOffMs,
  },
} as const;

/** What the centre knows of one binding while there is work to do about it (RFC 3261 §10.2 on behalf of a phone). */
export const upstreamRegistrationTable: MachineTable<UpstreamState, UpstreamEvent, UpstreamAction, UpstreamTimers> = {
  name: 'upstream-registration',
  initial: 'unregistered',
  states: {
    /** Waits for its turn to register. */
    unregistered: {
      on: {
        turn: { go: 'registering', do: ['register'] },
        challenged: 'never',
        accepted: 'never',
        refused: 'never',
        failed: 'never',
        relayed: { go: 'registered', do: ['clearFailures'] },
        bound: 'ignore',
        withdrawn: { go: 'removing', do: ['queue'] },
        forgotten: { go: 'gone' },
        due: 'never',
      },
    },
    registering: {
      on: {
        turn: 'never',
        challenged: { go: 'unregistered', do: ['queueAnswer'] },
        accepted: { go: 'registered', do: ['noteRegistered', 'clearFailures'] },
        refused: { go: 'backingOff', do: ['countRefusal'] },
        failed: { go: 'backingOff', do: ['countFailure'] },
        relayed: { go: 'registered', do: ['abandonAttempt', 'clearFailures'] },
        bound: 'ignore',
        withdrawn: { go: 'removing', do: ['abandonAttempt', 'queue'] },
        // It may have been heard all the same.
        forgotten: { go: 'removing', do: ['abandonAttempt', 'queue'] },
        due: 'never',
      },
    },
    registered: {
      timers: { due: { clause: 'RFC 3261 §10.2.4: refreshed before it lapses', ms: (c) => c.refreshMs } },
      on: {
        turn: 'never',
        challenged: 'never',
        accepted: 'never',
        refused: 'never',
        failed: 'never',
        relayed: 'ignore',
        bound: { go: 'unregistered', do: ['queue'] },
        withdrawn: { go: 'removing', do: ['queue'] },
        forgotten: { go: 'gone' },
        due: { go: 'unregistered', do: ['queue'] },
      },
    },
    backingOff: {
      timers: backOff,
      on: {
        turn: 'never',
        challenged: 'never',
        accepted: 'never',
        refused: 'never',
        failed: 'never',
        relayed: { go: 'registered', do: ['clearFailures'] },
        // A phone that registers often must not wear the back-off away.
        bound: 'ignore',
        withdrawn: { go: 'removing', do: ['queue'] },
        forgotten: { go: 'gone' },
        due: { go: 'unregistered', do: ['queue'] },
      },
    },
    /** Waits for its turn to tell the centre that the phone is gone. */
    removing: {
      on: {
        turn: { go: 'withdrawing', do: ['remove'] },
        challenged: 'never',
        accepted: 'never',
        refused: 'never',
        failed: 'never',
        relayed: { go: 'registered', do: ['clearFailures'] },
        bound: { go: 'unregistered', do: ['queue'] },
        withdrawn: 'ignore',
        forgotten: { go: 'gone' },
        due: 'never',
      },
    },
    withdrawing: {
      on: {
        turn: 'never',
        challenged: { go: 'removing', do: ['queueAnswer'] },
        accepted: { go: 'gone', do: ['noteRemoved'] },
        // Nothing more can be done; the centre's own timer ends it.
        refused: { go: 'gone', do: ['noteRemoved'] },
        failed: { go: 'removalBackingOff', do: ['countFailure'] },
        relayed: { go: 'registered', do: ['abandonAttempt', 'clearFailures'] },
        bound: { go: 'unregistered', do: ['abandonAttempt', 'queue'] },
        withdrawn: 'ignore',
        forgotten: 'ignore',
        due: 'never',
      },
    },
    removalBackingOff: {
      timers: backOff,
      on: {
        turn: 'never',
        challenged: 'never',
        accepted: 'never',
        refused: 'never',
        failed: 'never',
        relayed: { go: 'registered', do: ['clearFailures'] },
        bound: { go: 'unregistered', do: ['queue'] },
        withdrawn: 'ignore',
        forgotten: { go: 'gone' },
        due: { go: 'removing', do: ['queue'] },
      },
    },
    /** No work is left; the automaton is dropped. */
    gone: {
      on: {
        turn: 'ignore',
        challenged: 'ignore',
        accepted: 'ignore',
        refused: 'ignore',
        failed: 'ignore',
        relayed: 'ignore',
        bound: 'ignore',
        withdrawn: 'ignore',
        forgotten: 'ignore',
        due: 'ignore',
      },
    },
  },
};
