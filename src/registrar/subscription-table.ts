import type { MachineTable } from '../base/index.js';

export type SubscriptionState = 'resting' | 'subscribing' | 'subscribed' | 'refreshing' | 'backingOff';

/**
 * `wanted`: the centre has the user registered here. `unwanted`: the user is none of ours any more; `paused`: the centre does not
 * serve. `challenged` … `failed`: its answer to what we sent; `unknown`: it does not know the dialog. `again`, `ended`: its NOTIFY
 * that ends the subscription (RFC 6665 §4.1.3), which may be made anew soon, or had better not. `due`: the state's timer.
 */
export type SubscriptionEvent =
  | 'wanted'
  | 'unwanted'
  | 'paused'
  | 'challenged'
  | 'accepted'
  | 'unknown'
  | 'refused'
  | 'failed'
  | 'again'
  | 'ended'
  | 'due';

export type SubscriptionAction =
  | 'subscribe'
  | 'refresh'
  | 'unsubscribe'
  | 'noteAccepted'
  | 'countFailure'
  | 'countRefusal'
  | 'clearFailures'
  | 'abandon';

export interface SubscriptionTimers {
  readonly refreshMs: number;
  readonly backOffMs: number;
}

/** One user's subscription to the mailbox at the centre (RFC 6665 §4.1.2, event package of RFC 3842). */
export const subscriptionTable: MachineTable<
  SubscriptionState,
  SubscriptionEvent,
  SubscriptionAction,
  SubscriptionTimers
> = {
  name: 'message-subscription',
  initial: 'resting',
  states: {
    resting: {
      on: {
        wanted: { go: 'subscribing', do: ['subscribe'] },
        unwanted: 'ignore',
        paused: 'ignore',
        challenged: 'never',
        accepted: 'never',
        unknown: 'never',
        refused: 'never',
        failed: 'never',
        again: 'ignore',
        ended: 'ignore',
        due: 'never',
      },
    },
    subscribing: {
      on: {
        wanted: 'ignore',
        // Should it be accepted all the same, its first NOTIFY gets 481 and ends it.
        unwanted: { go: 'resting', do: ['abandon'] },
        paused: { go: 'resting', do: ['abandon'] },
        challenged: { go: 'subscribing', do: ['subscribe'] },
        accepted: { go: 'subscribed', do: ['noteAccepted'] },
        unknown: { go: 'backingOff', do: ['countRefusal'] },
        refused: { go: 'backingOff', do: ['countRefusal'] },
        failed: { go: 'backingOff', do: ['countFailure'] },
        // Of a dialog before.
        again: 'ignore',
        ended: 'ignore',
        due: 'never',
      },
    },
    subscribed: {
      timers: { due: { clause: 'RFC 6665 §4.1.2.2: refreshed before it lapses', ms: (c) => c.refreshMs } },
      on: {
        wanted: 'ignore',
        unwanted: { go: 'resting', do: ['unsubscribe', 'abandon'] },
        paused: { go: 'resting', do: ['abandon'] },
        challenged: 'never',
        accepted: 'never',
        unknown: 'never',
        refused: 'never',
        failed: 'never',
        again: { go: 'backingOff', do: ['countFailure'] },
        ended: { go: 'backingOff', do: ['countRefusal'] },
        due: { go: 'refreshing', do: ['refresh'] },
      },
    },
    refreshing: {
      on: {
        wanted: 'ignore',
        unwanted: { go: 'resting', do: ['unsubscribe', 'abandon'] },
        paused: { go: 'resting', do: ['abandon'] },
        challenged: { go: 'refreshing', do: ['refresh'] },
        accepted: { go: 'subscribed', do: ['noteAccepted', 'clearFailures'] },
        // RFC 6665 §4.1.2.2: a new subscription takes its place.
        unknown: { go: 'subscribing', do: ['abandon', 'subscribe'] },
        refused: { go: 'backingOff', do: ['countRefusal'] },
        failed: { go: 'backingOff', do: ['countFailure'] },
        again: { go: 'backingOff', do: ['countFailure'] },
        ended: { go: 'backingOff', do: ['countRefusal'] },
        due: 'never',
      },
    },
    backingOff: {
      timers: { due: { clause: 'as RFC 5626 §4.5: doubled per failure to 1,800 s', ms: (c) => c.backOffMs } },
      on: {
        // The user's registration is renewed often; that must not wear the back-off away.
        wanted: 'ignore',
        unwanted: { go: 'resting', do: ['abandon'] },
        paused: { go: 'resting', do: ['abandon'] },
        challenged: 'never',
        accepted: 'never',
        unknown: 'never',
        refused: 'never',
        failed: 'never',
        again: 'ignore',
        ended: 'ignore',
        due: { go: 'subscribing', do: ['subscribe'] },
      },
    },
  },
};
