import type { MachineTable } from '../base/index.js';

export type ChannelState =
  | 'idle'
  | 'inUse'
  /** Our RESTART waits for its acknowledgement. */
  | 'restarting'
  /** No RESTART was acknowledged: kept for who has nothing else, and tried again later. */
  | 'faulty'
  | 'outByUs'
  | 'outByThem'
  | 'outByAlarm';

export type ChannelEvent =
  | 'seize'
  | 'free'
  | 'restart'
  | 'restartAck'
  /** The other side restarted it. */
  | 'restarted'
  | 'outByUs'
  | 'inByUs'
  | 'outByThem'
  | 'inByThem'
  | 'alarm'
  | 'alarmOver'
  | 'linkLost'
  | 'restartOver'
  | 'restartFailed'
  | 'retryDue'
  /** A call of another process is on it, whatever else is known of it: its card may not be there yet. */
  | 'goOn';

export type ChannelAction = 'sendRestart' | 'restartAgain' | 'dropCall' | 'tellFaulty';

export interface ChannelTimes {
  readonly t316Ms: number;
  readonly faultyMs: number;
}

type Row = MachineTable<ChannelState, ChannelEvent, ChannelAction, ChannelTimes>['states'][ChannelState]['on'];

/** What one reason keeps from calls, another does not give back: whoever holds the channel says the other reasons again. */
const noTimers = { restartOver: 'never', restartFailed: 'never', retryDue: 'never' } as const;

const quiet = {
  ...noTimers,
  seize: 'never',
  goOn: { go: 'inUse' },
  free: 'never',
  restart: 'ignore',
  restartAck: 'ignore',
  restarted: 'ignore',
  outByUs: { go: 'outByUs' },
  inByUs: 'ignore',
  outByThem: { go: 'outByThem' },
  inByThem: 'ignore',
  alarm: { go: 'outByAlarm' },
  alarmOver: 'ignore',
  linkLost: 'ignore',
} as const satisfies Row;

/** A channel that carries calls: an ISDN B-channel with all of it; lines without messages are never restarted or taken out by the far end. */
export const channelTable: MachineTable<ChannelState, ChannelEvent, ChannelAction, ChannelTimes> = {
  name: 'trunk channel',
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...quiet,
        seize: { go: 'inUse' },
        restart: { go: 'restarting', do: ['sendRestart'] },
      },
    },
    inUse: {
      on: {
        ...quiet,
        free: { go: 'idle' },
        goOn: 'never',
        // Its call was released by whoever speaks the protocol; if not, it ends now (Q.931 §5.5.2).
        restarted: { go: 'inUse', do: ['dropCall'] },
        // A call that talks stays: the reason holds once it is over.
        outByUs: 'ignore',
        outByThem: 'ignore',
        alarm: 'ignore',
      },
    },
    restarting: {
      timers: { restartOver: { clause: 'Q.931 table 9-2, T316', ms: (c) => c.t316Ms } },
      on: {
        ...quiet,
        restartAck: { go: 'idle' },
        linkLost: { go: 'idle' },
        restartOver: { go: 'restarting', do: ['restartAgain'], again: true },
        restartFailed: { go: 'faulty', do: ['tellFaulty'] },
      },
    },
    faulty: {
      timers: {
        retryDue: { clause: 'Q.931 §5.5.1.1 waits for a person; a branch tries again', ms: (c) => c.faultyMs },
      },
      on: {
        ...quiet,
        // A call for help of ours, or any call of theirs, which shows that they use the channel.
        seize: { go: 'inUse' },
        restart: { go: 'restarting', do: ['sendRestart'] },
        restartAck: { go: 'idle' },
        restarted: { go: 'idle' },
        linkLost: { go: 'idle' },
        retryDue: { go: 'restarting', do: ['sendRestart'] },
      },
    },
    outByUs: {
      on: { ...quiet, outByUs: 'ignore', outByThem: 'ignore', inByUs: { go: 'idle' } },
    },
    outByThem: {
      on: {
        ...quiet,
        // Their call on it says more than their message.
        seize: { go: 'inUse' },
        outByThem: 'ignore',
        inByThem: { go: 'idle' },
      },
    },
    outByAlarm: {
      on: { ...quiet, outByUs: 'ignore', outByThem: 'ignore', alarm: 'ignore', alarmOver: { go: 'idle' } },
    },
  },
};
