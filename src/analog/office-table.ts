import type { MachineTable } from '../base/index.js';
import type { LineTimes } from './line-times.js';

export type OfficeState =
  | 'idle'
  /** Ringing voltage, so far no longer than a ring pulse. */
  | 'alerting'
  | 'ringing'
  | 'ringPause'
  /** The owner wants nothing of this call: it rings until its caller gives up. */
  | 'ignoring'
  | 'ignoringPause'
  /** Loop start: off hook for a call of ours, and no current yet. */
  | 'seizing'
  /** Ground start: our ring lead is grounded; the exchange's tip must follow. */
  | 'grounding'
  /** Our seizure met a call coming in, which it answered. */
  | 'tripped'
  | 'awaitingTone'
  | 'dialling'
  | 'proceeding'
  | 'talking'
  /** Current is lost: a short interruption, or the far end's hang-up. */
  | 'proceedingOpen'
  | 'talkingOpen'
  | 'guard'
  | 'outOfService';

export type OfficeEvent =
  | 'ringOn'
  | 'ringOff'
  | 'current'
  | 'noCurrent'
  | 'reversal'
  | 'tipGround'
  | 'dialTone'
  /** Busy, reorder or what the exchange plays when the far end has hung up. */
  | 'clearTone'
  /** Somebody speaks, or the ring-back tone has stopped. */
  | 'voice'
  | 'digitsSent'
  | 'seizeLoop'
  | 'seizeGround'
  | 'answer'
  | 'release'
  | 'lost'
  | 'restored'
  | 'ringValid'
  | 'ringGap'
  | 'noSeizure'
  | 'noDialTone'
  | 'dialBlind'
  | 'diallingOver'
  | 'answerAssumed'
  | 'noAnswer'
  | 'disconnected'
  | 'guardOver'
  /** A call that talked in another process. */
  | 'goOn';

export type OfficeAction =
  | 'goOffHook'
  | 'goOnHook'
  | 'groundRing'
  | 'freeRing'
  | 'sendDigits'
  | 'listenCallerId'
  | 'tellOffered'
  | 'tellAbandoned'
  | 'tellProceeding'
  | 'tellAnswered'
  | 'failGlare'
  | 'failSeizure'
  | 'failDialTone'
  | 'failDialling'
  | 'failAnswer'
  | 'failTone'
  | 'tellCleared'
  | 'tellReleased'
  | 'tellLost';

export interface OfficeTimes {
  readonly times: LineTimes;
  /** Longest pause of ringing that is no end of it. */
  readonly ringGapMs: number;
  /** Infinity: dial tone must be heard. */
  readonly blindDialMs: () => number;
  /** After the digits; Infinity where the exchange tells of an answer. */
  readonly assumeAnswerMs: number;
  /** Infinity on lines whose exchange does not open the loop. */
  readonly disconnectMs: number;
}

type Row = MachineTable<OfficeState, OfficeEvent, OfficeAction, OfficeTimes>['states'][OfficeState]['on'];

const noTimers = {
  ringValid: 'never',
  ringGap: 'never',
  noSeizure: 'never',
  noDialTone: 'never',
  dialBlind: 'never',
  diallingOver: 'never',
  answerAssumed: 'never',
  noAnswer: 'never',
  disconnected: 'never',
  guardOver: 'never',
} as const;

/** Exchanges and detectors say what they like when they like; a call is given to an idle line only. */
const quiet = {
  ...noTimers,
  ringOn: 'ignore',
  ringOff: 'ignore',
  current: 'ignore',
  noCurrent: 'ignore',
  reversal: 'ignore',
  tipGround: 'ignore',
  dialTone: 'ignore',
  clearTone: 'ignore',
  voice: 'ignore',
  digitsSent: 'ignore',
  seizeLoop: 'never',
  seizeGround: 'never',
  answer: 'ignore',
  release: 'ignore',
  lost: { go: 'outOfService', do: ['goOnHook', 'tellLost'] },
  restored: 'ignore',
  goOn: 'never',
} as const satisfies Row;

const ringGap = {
  ringGap: { clause: 'GR-506-CORE §14: no ring and no pause over 6 s', ms: (c: OfficeTimes) => c.ringGapMs },
};
const seizure = { noSeizure: { clause: 'dead line', ms: ({ times }: OfficeTimes) => times.loopSeizureMs } };
const disconnect = {
  disconnected: { clause: 'TIA-464 §5.4.6 (from memory)', ms: (c: OfficeTimes) => c.disconnectMs },
};
const unanswered = { clause: 'ITU-T Q.118 §4.3.1: 2-4 min', ms: ({ times }: OfficeTimes) => times.answerMs };
const weHangUp = { go: 'guard', do: ['goOnHook', 'tellReleased'] } as const;
const theyHangUp = { go: 'guard', do: ['goOnHook', 'tellCleared'] } as const;
const lostUnused = { go: 'outOfService' } as const;

/** A line of an exchange, on which we are the telephone. TIA-968, TIA-464, GR-506-CORE; ES 203 021 (TBR 21). */
export const officeTable: MachineTable<OfficeState, OfficeEvent, OfficeAction, OfficeTimes> = {
  name: 'office line',
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...quiet,
        ringOn: { go: 'alerting' },
        // Caller ID that goes ahead of ringing is announced by it (EN 300 659-1 §6.1.2 b).
        reversal: { go: 'idle', do: ['listenCallerId'] },
        seizeLoop: { go: 'seizing', do: ['goOffHook'] },
        seizeGround: { go: 'grounding', do: ['groundRing'] },
        lost: lostUnused,
      },
    },
    alerting: {
      timers: { ringValid: { clause: 'EN 300 659-1 §6.3.2: ring pulse 200-300 ms', ms: (c) => c.times.ringValidMs } },
      on: {
        ...quiet,
        ringOff: { go: 'idle', do: ['listenCallerId'] },
        ringValid: { go: 'ringing', do: ['tellOffered'] },
        lost: lostUnused,
      },
    },
    ringing: {
      // A card that never tells of the pause must not make a call for ever.
      timers: ringGap,
      on: {
        ...quiet,
        ringOff: { go: 'ringPause', do: ['listenCallerId'] },
        answer: { go: 'talking', do: ['goOffHook', 'tellAnswered'] },
        release: { go: 'ignoring', do: ['tellReleased'] },
        ringGap: { go: 'idle', do: ['tellAbandoned'] },
      },
    },
    ringPause: {
      timers: ringGap,
      on: {
        ...quiet,
        ringOn: { go: 'ringing' },
        answer: { go: 'talking', do: ['goOffHook', 'tellAnswered'] },
        release: { go: 'ignoringPause', do: ['tellReleased'] },
        ringGap: { go: 'idle', do: ['tellAbandoned'] },
      },
    },
    ignoring: {
      timers: ringGap,
      on: { ...quiet, ringOff: { go: 'ignoringPause' }, ringGap: { go: 'idle' }, lost: lostUnused },
    },
    ignoringPause: {
      timers: ringGap,
      on: { ...quiet, ringOn: { go: 'ignoring' }, ringGap: { go: 'idle' }, lost: lostUnused },
    },
    seizing: {
      timers: seizure,
      on: {
        ...quiet,
        ringOn: { go: 'tripped', do: ['failGlare', 'tellOffered'] },
        current: { go: 'awaitingTone' },
        dialTone: { go: 'dialling', do: ['sendDigits'] },
        release: weHangUp,
        noSeizure: { go: 'guard', do: ['goOnHook', 'failSeizure'] },
      },
    },
    grounding: {
      timers: seizure,
      on: {
        ...quiet,
        // Glare: ringing is the exchange's, and we have not closed the loop.
        ringOn: { go: 'ringing', do: ['freeRing', 'failGlare', 'tellOffered'] },
        tipGround: { go: 'awaitingTone', do: ['goOffHook', 'freeRing'] },
        release: { go: 'guard', do: ['freeRing', 'tellReleased'] },
        noSeizure: { go: 'guard', do: ['freeRing', 'failSeizure'] },
        lost: { go: 'outOfService', do: ['freeRing', 'tellLost'] },
      },
    },
    tripped: {
      on: {
        ...quiet,
        answer: { go: 'talking', do: ['tellAnswered'] },
        clearTone: theyHangUp,
        release: weHangUp,
      },
    },
    awaitingTone: {
      timers: {
        noDialTone: { clause: 'GR-511-CORE (from memory)', ms: ({ times }) => times.dialToneMs },
        dialBlind: { clause: 'TIA-968 practice: 3 s', ms: ({ blindDialMs }) => blindDialMs() },
      },
      on: {
        ...quiet,
        dialTone: { go: 'dialling', do: ['sendDigits'] },
        clearTone: { go: 'guard', do: ['goOnHook', 'failTone'] },
        release: weHangUp,
        noDialTone: { go: 'guard', do: ['goOnHook', 'failDialTone'] },
        dialBlind: { go: 'dialling', do: ['sendDigits'] },
      },
    },
    dialling: {
      timers: { diallingOver: { clause: 'nothing dials for longer', ms: ({ times }) => times.diallingMs } },
      on: {
        ...quiet,
        digitsSent: { go: 'proceeding', do: ['tellProceeding'] },
        release: weHangUp,
        diallingOver: { go: 'guard', do: ['goOnHook', 'failDialling'] },
      },
    },
    proceeding: {
      timers: {
        answerAssumed: { clause: 'the line’s own setting', ms: ({ assumeAnswerMs }) => assumeAnswerMs },
        noAnswer: unanswered,
      },
      on: {
        ...quiet,
        noCurrent: { go: 'proceedingOpen' },
        reversal: { go: 'talking', do: ['tellAnswered'] },
        voice: { go: 'talking', do: ['tellAnswered'] },
        clearTone: { go: 'guard', do: ['goOnHook', 'failTone'] },
        release: weHangUp,
        answerAssumed: { go: 'talking', do: ['tellAnswered'] },
        noAnswer: { go: 'guard', do: ['goOnHook', 'failAnswer'] },
      },
    },
    proceedingOpen: {
      // Many exchanges interrupt the current when they connect the called line.
      timers: { ...disconnect, noAnswer: unanswered },
      on: {
        ...quiet,
        current: { go: 'proceeding' },
        release: weHangUp,
        disconnected: theyHangUp,
        noAnswer: { go: 'guard', do: ['goOnHook', 'failAnswer'] },
      },
    },
    talking: {
      on: {
        ...quiet,
        noCurrent: { go: 'talkingOpen' },
        reversal: theyHangUp,
        clearTone: theyHangUp,
        release: weHangUp,
      },
    },
    talkingOpen: {
      timers: disconnect,
      on: { ...quiet, current: { go: 'talking' }, release: weHangUp, clearTone: theyHangUp, disconnected: theyHangUp },
    },
    guard: {
      timers: { guardOver: { clause: 'TIA-464 §5.4 (from memory)', ms: ({ times }) => times.officeGuardMs } },
      on: { ...quiet, ringOn: { go: 'alerting' }, guardOver: { go: 'idle' }, lost: lostUnused },
    },
    outOfService: { on: { ...quiet, lost: 'ignore', restored: { go: 'guard' }, goOn: { go: 'talking' } } },
  },
};
