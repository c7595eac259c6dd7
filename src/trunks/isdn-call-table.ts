import type { MachineTable } from '../base/index.js';

export type IsdnCallState =
  | 'new'
  /** Ours: SETUP is sent. */
  | 'calling'
  | 'proceeding'
  | 'ringing'
  /** Ours: the other side cleared, and what the network says of it is listened to. */
  | 'announcing'
  /** Theirs: the number is not complete. */
  | 'collecting'
  | 'offered'
  | 'alerted'
  | 'active'
  /** Release is asked for. */
  | 'clearing'
  | 'over';

export type IsdnCallEvent =
  // the leg
  | 'setup'
  | 'alert'
  | 'progress'
  | 'answer'
  | 'release'
  // the other side
  | 'arrivedPart'
  | 'arrivedWhole'
  | 'digits'
  | 'numberComplete'
  | 'heardMore'
  | 'heardProceeding'
  | 'heardAlerting'
  | 'heardProgress'
  | 'heardConnect'
  | 'heardDisconnect'
  | 'heardAnnouncement'
  | 'released'
  // a call that talked in another process
  | 'goOn'
  // timers
  | 't302'
  | 't306'
  | 't310';

export type IsdnCallAction =
  | 'sendSetup'
  | 'askMore'
  | 'takeDigits'
  | 'offer'
  | 'sendAlerting'
  | 'sendProgress'
  | 'sendConnect'
  | 'sendRelease'
  | 'sendTimedOut'
  | 'tellProceeding'
  | 'tellAlerting'
  | 'tellProgress'
  | 'tellAnswered'
  | 'tellReleased';

export interface IsdnCallTimes {
  readonly t302Ms: number;
  readonly t306Ms: number;
  readonly t310Ms: number;
}

/** Q.931 tables 9-1 and 9-2; T310 as the user side has it, at its longest. */
export const isdnCallTimes: IsdnCallTimes = { t302Ms: 15_000, t306Ms: 30_000, t310Ms: 120_000 };

type Row = MachineTable<IsdnCallState, IsdnCallEvent, IsdnCallAction, IsdnCallTimes>['states'][IsdnCallState]['on'];

/** Peers say what they like when they like; a leg's commands that do not fit are without effect. */
const quiet = {
  setup: 'ignore',
  alert: 'ignore',
  progress: 'ignore',
  answer: 'ignore',
  release: { go: 'clearing', do: ['sendRelease'] },
  arrivedPart: 'never',
  arrivedWhole: 'never',
  digits: 'ignore',
  numberComplete: 'ignore',
  heardMore: 'ignore',
  heardProceeding: 'ignore',
  heardAlerting: 'ignore',
  heardProgress: 'ignore',
  heardConnect: 'ignore',
  heardDisconnect: { go: 'clearing', do: ['sendRelease'] },
  heardAnnouncement: { go: 'clearing', do: ['sendRelease'] },
  released: { go: 'over', do: ['tellReleased'] },
  goOn: 'never',
  t302: 'never',
  t306: 'never',
  t310: 'never',
} as const satisfies Row;

const connected = { go: 'active', do: ['tellAnswered'] } as const;
const ringing = { go: 'ringing', do: ['tellAlerting'] } as const;
const announcing = { go: 'announcing', do: ['tellProgress'] } as const;

/** A call over an ISDN, of either side, as its leg and its D-channel see it (Q.931 §5). Whoever speaks Q.931 has its own timers. */
export const isdnCallTable: MachineTable<IsdnCallState, IsdnCallEvent, IsdnCallAction, IsdnCallTimes> = {
  name: 'isdn call',
  initial: 'new',
  states: {
    new: {
      on: {
        ...quiet,
        setup: { go: 'calling', do: ['sendSetup'] },
        arrivedPart: { go: 'collecting', do: ['askMore'] },
        arrivedWhole: { go: 'offered', do: ['offer'] },
        goOn: { go: 'active' },
        release: { go: 'over', do: ['tellReleased'] },
      },
    },
    calling: {
      on: {
        ...quiet,
        // All digits are said already: whoever wants more finds that out by its own T302 (Q.931 §5.1.3).
        heardMore: { go: 'proceeding', do: ['tellProceeding'] },
        heardProceeding: { go: 'proceeding', do: ['tellProceeding'] },
        heardAlerting: ringing,
        heardProgress: { go: 'calling', do: ['tellProgress'] },
        heardConnect: connected,
        heardAnnouncement: announcing,
      },
    },
    proceeding: {
      timers: { t310: { clause: 'Q.931 table 9-2, T310', ms: (c) => c.t310Ms } },
      on: {
        ...quiet,
        heardProceeding: { go: 'proceeding', do: ['tellProceeding'] },
        heardAlerting: ringing,
        // Q.931 §5.1.6: a progress message stops T310.
        heardProgress: { go: 'ringing', do: ['tellProgress'] },
        heardConnect: connected,
        heardAnnouncement: announcing,
        t310: { go: 'clearing', do: ['sendTimedOut'] },
      },
    },
    ringing: {
      on: {
        ...quiet,
        heardAlerting: ringing,
        heardProgress: { go: 'ringing', do: ['tellProgress'] },
        heardConnect: connected,
        heardAnnouncement: announcing,
      },
    },
    announcing: {
      timers: { t306: { clause: 'Q.931 §5.4.1, T306', ms: (c) => c.t306Ms } },
      on: { ...quiet, t306: { go: 'clearing', do: ['sendRelease'] } },
    },
    collecting: {
      timers: { t302: { clause: 'Q.931 §5.2.4, T302', ms: (c) => c.t302Ms } },
      on: {
        ...quiet,
        digits: { go: 'collecting', do: ['takeDigits'], again: true },
        numberComplete: { go: 'offered', do: ['offer'] },
        // What was dialled by then is what was meant: routing says whether it is anybody's.
        t302: { go: 'offered', do: ['offer'] },
      },
    },
    offered: {
      on: {
        ...quiet,
        alert: { go: 'alerted', do: ['sendAlerting'] },
        progress: { go: 'offered', do: ['sendProgress'] },
        answer: { go: 'active', do: ['sendConnect'] },
      },
    },
    alerted: {
      on: {
        ...quiet,
        progress: { go: 'alerted', do: ['sendProgress'] },
        answer: { go: 'active', do: ['sendConnect'] },
      },
    },
    active: { on: quiet },
    clearing: {
      on: { ...quiet, release: 'ignore', heardDisconnect: 'ignore', heardAnnouncement: 'ignore' },
    },
    over: {
      on: {
        ...quiet,
        release: 'ignore',
        heardDisconnect: 'ignore',
        heardAnnouncement: 'ignore',
        released: 'ignore',
      },
    },
  },
};
