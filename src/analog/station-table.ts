import type { MachineTable } from '../base/index.js';
import type { LineTimes } from './line-times.js';

export type StationState =
  | 'idle'
  /** Ground start: the far end grounded its ring lead, we our tip; its loop must follow. */
  | 'seizing'
  /** Caller ID is sent ahead of the first ring. */
  | 'presenting'
  | 'ringing'
  | 'dialTone'
  | 'dialling'
  /** The number is known; the far end has not answered. */
  | 'calling'
  | 'talking'
  /** The far end hung up: the loop is open for the open switching interval. */
  | 'opened'
  /** Battery is back; the card tells soon how the hook is. */
  | 'settling'
  | 'reorder'
  | 'howler'
  /** Off hook for too long: no tones any more, until it is on hook. */
  | 'lockout'
  | 'guard'
  | 'outOfService';

export type StationEvent =
  | 'offHook'
  | 'onHook'
  | 'flash'
  | 'digit'
  | 'ringGround'
  /** A silence of the cadence began. */
  | 'ringOff'
  | 'ring'
  /** A call whose caller ID goes ahead of the first ring. */
  | 'present'
  | 'presented'
  | 'complete'
  /** A call of the owner's is there for a user who has dial tone. */
  | 'connect'
  | 'answer'
  | 'release'
  | 'lost'
  | 'restored'
  | 'stillOff'
  | 'isOn'
  | 'seizureOver'
  | 'ringingOver'
  | 'warmLine'
  | 'firstDigitOver'
  | 'interDigitOver'
  | 'openOver'
  | 'settled'
  | 'reorderOver'
  | 'howlerOver'
  | 'guardOver'
  /** A call that talked in another process. */
  | 'goOn';

export type StationAction =
  | 'groundTip'
  | 'openTip'
  | 'startRing'
  | 'stopRing'
  | 'sendCallerId'
  | 'cutThrough'
  | 'rest'
  | 'tellSeized'
  | 'playDialTone'
  | 'playReorder'
  | 'playHowler'
  | 'playNothing'
  | 'takeDigit'
  | 'passDigit'
  | 'dropDigits'
  | 'tellDialled'
  | 'dialWarmLine'
  | 'tellFlash'
  | 'reverse'
  | 'unreverse'
  | 'tellAnswered'
  | 'tellHungUp'
  | 'tellReleased'
  | 'tellNoAnswer'
  | 'tellNoDigits'
  | 'tellLost'
  | 'openLoop'
  | 'closeLoop'
  | 'judgeHook'
  | 'present'
  | 'stopPresenting';

export interface StationTimes {
  readonly times: LineTimes;
  /** 0: hot line, the number is dialled at once. Infinity: an ordinary line. */
  readonly warmLineMs: number;
  /** 0 where the far end's hang-up is not told by an open loop. */
  readonly openIntervalMs: number;
}

type Row = MachineTable<StationState, StationEvent, StationAction, StationTimes>['states'][StationState]['on'];

/** Timers that do not run in a state cannot fire there; a judgement is asked for in `settling` alone. */
const noTimers = {
  stillOff: 'never',
  isOn: 'never',
  seizureOver: 'never',
  ringingOver: 'never',
  warmLine: 'never',
  firstDigitOver: 'never',
  interDigitOver: 'never',
  openOver: 'never',
  settled: 'never',
  reorderOver: 'never',
  howlerOver: 'never',
  guardOver: 'never',
} as const;

/** Cards repeat themselves, users press keys at any time, and owners are late; a call is given to an idle line only. */
const quiet = {
  ...noTimers,
  offHook: 'ignore',
  onHook: 'ignore',
  flash: 'ignore',
  digit: 'ignore',
  ringGround: 'ignore',
  ringOff: 'ignore',
  ring: 'never',
  present: 'never',
  presented: 'ignore',
  complete: 'ignore',
  connect: 'ignore',
  answer: 'ignore',
  release: 'ignore',
  lost: { go: 'outOfService', do: ['playNothing', 'unreverse', 'rest', 'tellLost'] },
  restored: 'ignore',
  goOn: 'never',
} as const satisfies Row;

const hangUp = { go: 'guard', do: ['playNothing', 'unreverse', 'rest', 'tellHungUp'] } as const;
const farHangUp = { go: 'opened', do: ['playNothing', 'unreverse', 'openLoop', 'tellReleased'] } as const;

/** A line that we feed: a telephone (loop start), or the trunk of a PBX (ground start). GR-506-CORE §4, §5; TIA-464; ES 201 970. */
export const stationTable: MachineTable<StationState, StationEvent, StationAction, StationTimes> = {
  name: 'station line',
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...quiet,
        offHook: { go: 'dialTone', do: ['cutThrough', 'tellSeized', 'playDialTone'] },
        ringGround: { go: 'seizing', do: ['groundTip'] },
        ring: { go: 'ringing', do: ['groundTip', 'startRing'] },
        present: { go: 'presenting', do: ['groundTip', 'present'] },
        goOn: { go: 'talking' },
        lost: { go: 'outOfService' },
      },
    },
    seizing: {
      timers: {
        seizureOver: { clause: 'GR-506-CORE §5 (from memory)', ms: ({ times }) => times.groundSeizureMs },
      },
      on: {
        ...quiet,
        offHook: { go: 'dialTone', do: ['cutThrough', 'tellSeized', 'playDialTone'] },
        seizureOver: { go: 'guard', do: ['openTip'] },
        lost: { go: 'outOfService', do: ['openTip'] },
      },
    },
    presenting: {
      on: {
        ...quiet,
        offHook: { go: 'talking', do: ['stopPresenting', 'cutThrough', 'tellAnswered'] },
        presented: { go: 'ringing', do: ['startRing'] },
        release: { go: 'guard', do: ['stopPresenting', 'rest', 'tellReleased'] },
        lost: { go: 'outOfService', do: ['stopPresenting', 'rest', 'tellLost'] },
      },
    },
    ringing: {
      timers: { ringingOver: { clause: 'ITU-T Q.118 §4.3.1: 2-4 min', ms: ({ times }) => times.ringingMs } },
      on: {
        ...quiet,
        // Ring trip. With ground start a ring ground at this time is glare: the exchange's call goes first, and the PBX takes it.
        offHook: { go: 'talking', do: ['stopRing', 'cutThrough', 'tellAnswered'] },
        ringOff: { go: 'ringing', do: ['sendCallerId'] },
        release: { go: 'guard', do: ['stopRing', 'rest', 'tellReleased'] },
        ringingOver: { go: 'guard', do: ['stopRing', 'rest', 'tellNoAnswer'] },
        lost: { go: 'outOfService', do: ['stopRing', 'rest', 'tellLost'] },
      },
    },
    dialTone: {
      timers: {
        warmLine: { clause: 'the line’s own setting', ms: ({ warmLineMs }) => warmLineMs },
        firstDigitOver: { clause: 'LSSGR, GR-506-CORE §7 (from memory)', ms: ({ times }) => times.firstDigitMs },
      },
      on: {
        ...quiet,
        onHook: hangUp,
        flash: { go: 'dialTone', do: ['playDialTone'], again: true },
        digit: { go: 'dialling', do: ['playNothing', 'takeDigit'] },
        release: { go: 'reorder', do: ['playReorder', 'tellReleased'] },
        connect: { go: 'talking', do: ['playNothing'] },
        warmLine: { go: 'calling', do: ['playNothing', 'dialWarmLine', 'tellDialled'] },
        firstDigitOver: { go: 'reorder', do: ['playReorder', 'tellNoDigits'] },
      },
    },
    dialling: {
      timers: {
        interDigitOver: { clause: 'LSSGR, GR-506-CORE §7 (from memory)', ms: ({ times }) => times.interDigitMs },
      },
      on: {
        ...quiet,
        onHook: hangUp,
        flash: { go: 'dialTone', do: ['dropDigits', 'playDialTone'] },
        digit: { go: 'dialling', do: ['takeDigit'], again: true },
        complete: { go: 'calling', do: ['tellDialled'] },
        connect: { go: 'talking', do: ['dropDigits'] },
        release: { go: 'reorder', do: ['playReorder', 'tellReleased'] },
        interDigitOver: { go: 'calling', do: ['tellDialled'] },
      },
    },
    calling: {
      on: {
        ...quiet,
        onHook: hangUp,
        flash: { go: 'calling', do: ['tellFlash'] },
        digit: { go: 'calling', do: ['passDigit'] },
        answer: { go: 'talking', do: ['reverse'] },
        release: { go: 'reorder', do: ['playReorder', 'tellReleased'] },
      },
    },
    talking: {
      on: {
        ...quiet,
        onHook: hangUp,
        flash: { go: 'talking', do: ['tellFlash'] },
        digit: { go: 'talking', do: ['passDigit'] },
        release: farHangUp,
      },
    },
    opened: {
      // Without battery a card sees no loop: what it says of the hook is the line's doing, and is judged afterwards.
      timers: { openOver: { clause: 'GR-506-CORE §4.5.2 (from memory)', ms: ({ openIntervalMs }) => openIntervalMs } },
      on: {
        ...quiet,
        openOver: { go: 'settling', do: ['closeLoop'] },
        lost: { go: 'outOfService', do: ['closeLoop', 'rest'] },
      },
    },
    settling: {
      timers: { settled: { clause: 'what a card needs to see the loop again', ms: ({ times }) => times.hookSettleMs } },
      on: {
        ...quiet,
        settled: { go: 'settling', do: ['judgeHook'] },
        stillOff: { go: 'reorder', do: ['cutThrough', 'playReorder'] },
        isOn: { go: 'guard', do: ['rest'] },
        lost: { go: 'outOfService', do: ['rest'] },
      },
    },
    reorder: {
      timers: { reorderOver: { clause: 'LSSGR permanent signal (from memory)', ms: ({ times }) => times.reorderMs } },
      on: {
        ...quiet,
        onHook: { go: 'guard', do: ['playNothing', 'rest'] },
        flash: { go: 'dialTone', do: ['tellSeized', 'playDialTone'] },
        reorderOver: { go: 'howler', do: ['playHowler'] },
        lost: { go: 'outOfService', do: ['playNothing', 'rest'] },
      },
    },
    howler: {
      timers: { howlerOver: { clause: 'GR-506-CORE §17 (from memory)', ms: ({ times }) => times.howlerMs } },
      on: {
        ...quiet,
        onHook: { go: 'guard', do: ['playNothing', 'rest'] },
        howlerOver: { go: 'lockout', do: ['playNothing', 'rest'] },
        lost: { go: 'outOfService', do: ['playNothing', 'rest'] },
      },
    },
    lockout: {
      on: {
        ...quiet,
        onHook: { go: 'guard' },
        lost: { go: 'outOfService' },
      },
    },
    guard: {
      timers: { guardOver: { clause: 'GR-506-CORE §4 (from memory)', ms: ({ times }) => times.stationGuardMs } },
      on: {
        ...quiet,
        offHook: { go: 'dialTone', do: ['cutThrough', 'tellSeized', 'playDialTone'] },
        ringGround: { go: 'seizing', do: ['groundTip'] },
        guardOver: { go: 'idle' },
        lost: { go: 'outOfService' },
      },
    },
    outOfService: { on: { ...quiet, lost: 'ignore', restored: { go: 'settling' } } },
  },
};
