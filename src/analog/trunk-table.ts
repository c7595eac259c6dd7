import type { MachineTable } from '../base/index.js';
import type { LineTimes } from './line-times.js';

export type TrunkState =
  | 'idle'
  /** Immediate start: seized, digits follow. */
  | 'delaying'
  | 'awaitingWink'
  /** The far end is off hook: a wink that a card has not decoded, or glare. */
  | 'winkBegun'
  /** The wink is over; registers get ready. */
  | 'winkSeen'
  | 'sending'
  /** Feature group D: the far end winks when it has all digits. */
  | 'awaitingAcknowledgement'
  | 'acknowledgementBegun'
  /** Emergency trunk: the tandem goes off hook to ask who calls. */
  | 'awaitingRequest'
  | 'requested'
  | 'sendingIdentity'
  | 'proceeding'
  | 'talking'
  /** The far end is on hook: a hit, or the end. */
  | 'farOnHook'
  /** Both ends seized; the other goes first. */
  | 'glare'
  /** The far end seized: it must stay so for a moment. */
  | 'seized'
  /** Nothing has been dialled yet. */
  | 'awaitingDigits'
  | 'collecting'
  | 'offered'
  /** We want nothing of the far end's call: it hears reorder until it lets go. */
  | 'refusing'
  /** We are on hook, the far end is not yet. */
  | 'clearing'
  | 'blocked'
  | 'guard'
  | 'outOfService';

export type TrunkEvent =
  | 'farOff'
  | 'farOn'
  | 'wink'
  | 'digit'
  | 'digitsSent'
  | 'sentWantsAcknowledgement'
  | 'sentWantsRequest'
  | 'complete'
  /** A received address makes no sense. */
  | 'malformed'
  | 'setupImmediate'
  | 'setupWink'
  | 'answer'
  | 'release'
  | 'lost'
  | 'restored'
  | 'yield'
  | 'persist'
  | 'delayOver'
  | 'noWink'
  | 'winkTooLong'
  | 'registerReady'
  | 'sendingOver'
  | 'noAcknowledgement'
  | 'noRequest'
  | 'requestSettled'
  | 'noAnswer'
  | 'disconnected'
  | 'seizedImmediate'
  | 'winkDue'
  | 'digitsOver'
  | 'clearingOver'
  | 'guardOver'
  /** A call that talked in another process. */
  | 'goOn';

export type TrunkAction =
  | 'goOffHook'
  | 'goOnHook'
  | 'sendWink'
  | 'sendAcknowledgement'
  | 'sendDigits'
  | 'sendIdentity'
  | 'playNothing'
  | 'playReorder'
  | 'takeDigit'
  | 'passDigit'
  | 'judgeGlare'
  /** Says again whether the far end is on or off hook: it may have changed while nobody asked. */
  | 'judgeFarEnd'
  /** Immediate start waits for no wink. */
  | 'judgeStart'
  | 'tellSeized'
  | 'tellDialled'
  | 'tellProceeding'
  | 'tellAnswered'
  | 'tellReleased'
  | 'tellCleared'
  | 'failGlare'
  | 'failWink'
  | 'failSending'
  | 'failAcknowledgement'
  | 'failAnswer'
  | 'failDigits'
  | 'tellBlocked'
  | 'tellLost';

export interface TrunkTimes {
  readonly times: LineTimes;
  /** The far end starts by a wink of ours. */
  readonly winks: boolean;
}

type Row = MachineTable<TrunkState, TrunkEvent, TrunkAction, TrunkTimes>['states'][TrunkState]['on'];

const noTimers = {
  yield: 'never',
  persist: 'never',
  delayOver: 'never',
  noWink: 'never',
  winkTooLong: 'never',
  registerReady: 'never',
  sendingOver: 'never',
  noAcknowledgement: 'never',
  noRequest: 'never',
  requestSettled: 'never',
  noAnswer: 'never',
  disconnected: 'never',
  seizedImmediate: 'never',
  winkDue: 'never',
  digitsOver: 'never',
  clearingOver: 'never',
  guardOver: 'never',
} as const;

/** The far end signals when it likes; a call is given to an idle trunk only. */
const quiet = {
  ...noTimers,
  farOff: 'ignore',
  farOn: 'ignore',
  wink: 'ignore',
  digit: 'ignore',
  digitsSent: 'ignore',
  sentWantsAcknowledgement: 'ignore',
  sentWantsRequest: 'ignore',
  complete: 'ignore',
  malformed: 'ignore',
  setupImmediate: 'never',
  setupWink: 'never',
  answer: 'ignore',
  release: 'ignore',
  lost: { go: 'outOfService', do: ['playNothing', 'goOnHook', 'tellLost'] },
  restored: 'ignore',
  goOn: 'never',
} as const satisfies Row;

const times = (name: keyof LineTimes) => (c: TrunkTimes) => c.times[name];
/** The trunk is free when the far end has let go, which it may have done long ago. */
const weClear = { go: 'clearing', do: ['playNothing', 'goOnHook', 'tellReleased', 'judgeFarEnd'] } as const;
const theyGiveUp = { go: 'guard', do: ['playNothing', 'tellCleared'] } as const;
const failed = (action: 'failWink' | 'failSending' | 'failAcknowledgement' | 'failAnswer') =>
  ({ go: 'clearing', do: ['playNothing', 'goOnHook', action, 'judgeFarEnd'] }) as const;
const refuse = { go: 'refusing', do: ['playReorder', 'tellReleased'] } as const;
const malformed = { go: 'refusing', do: ['playReorder', 'failDigits'] } as const;
const lostUnused = { go: 'outOfService', do: ['playNothing', 'goOnHook'] } as const;

/** E&M trunks, both ways, and emergency trunks (CAMA). GR-506-CORE §11, TIA-464 §5.5, GR-690-CORE, TR-TSY-000350. */
export const trunkTable: MachineTable<TrunkState, TrunkEvent, TrunkAction, TrunkTimes> = {
  name: 'trunk',
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...quiet,
        farOff: { go: 'seized' },
        setupImmediate: { go: 'delaying', do: ['goOffHook'] },
        setupWink: { go: 'awaitingWink', do: ['goOffHook'] },
        lost: { go: 'outOfService' },
      },
    },
    delaying: {
      timers: { delayOver: { clause: 'TIA-464 §5.5.1 (from memory)', ms: times('startDelayMs') } },
      on: {
        ...quiet,
        farOff: { go: 'winkBegun' },
        release: weClear,
        delayOver: { go: 'sending', do: ['sendDigits'] },
      },
    },
    awaitingWink: {
      timers: { noWink: { clause: 'GR-506-CORE §11 (from memory)', ms: times('winkWaitMs') } },
      on: {
        ...quiet,
        farOff: { go: 'winkBegun' },
        wink: { go: 'winkSeen' },
        release: weClear,
        noWink: failed('failWink'),
      },
    },
    winkBegun: {
      timers: { winkTooLong: { clause: 'TIA-464 §5.5.2: 290 ms at most', ms: times('longestWinkMs') } },
      on: {
        ...quiet,
        farOn: { go: 'winkSeen' },
        wink: { go: 'winkSeen' },
        release: weClear,
        winkTooLong: { go: 'glare', do: ['judgeGlare'] },
      },
    },
    winkSeen: {
      timers: { registerReady: { clause: 'TIA-464 §5.5.2: 70 ms at least', ms: times('winkToDigitsMs') } },
      on: { ...quiet, release: weClear, registerReady: { go: 'sending', do: ['sendDigits'] } },
    },
    sending: {
      timers: { sendingOver: { clause: 'nothing dials for longer', ms: times('diallingMs') } },
      on: {
        ...quiet,
        digitsSent: { go: 'proceeding', do: ['tellProceeding', 'judgeFarEnd'] },
        sentWantsAcknowledgement: { go: 'awaitingAcknowledgement', do: ['judgeFarEnd'] },
        sentWantsRequest: { go: 'awaitingRequest', do: ['judgeFarEnd'] },
        release: weClear,
        sendingOver: failed('failSending'),
      },
    },
    awaitingAcknowledgement: {
      timers: { noAcknowledgement: { clause: 'GR-690-CORE §6.13 (from memory)', ms: times('acknowledgeMs') } },
      on: {
        ...quiet,
        farOff: { go: 'acknowledgementBegun' },
        wink: { go: 'proceeding', do: ['tellProceeding'] },
        release: weClear,
        noAcknowledgement: failed('failAcknowledgement'),
      },
    },
    acknowledgementBegun: {
      timers: { winkTooLong: { clause: 'TIA-464 §5.5.2: longer is an answer', ms: times('longestWinkMs') } },
      on: {
        ...quiet,
        farOn: { go: 'proceeding', do: ['tellProceeding'] },
        wink: { go: 'proceeding', do: ['tellProceeding'] },
        release: weClear,
        winkTooLong: { go: 'talking', do: ['tellAnswered'] },
      },
    },
    awaitingRequest: {
      timers: { noRequest: { clause: 'TR-TSY-000350 (from memory)', ms: times('identityRequestMs') } },
      on: {
        ...quiet,
        farOff: { go: 'requested' },
        wink: { go: 'requested' },
        release: weClear,
        // A call for help goes on without its number rather than not at all.
        noRequest: { go: 'proceeding', do: ['tellProceeding'] },
      },
    },
    requested: {
      timers: { requestSettled: { clause: 'TR-TSY-000350 (from memory)', ms: times('identityDelayMs') } },
      on: { ...quiet, release: weClear, requestSettled: { go: 'sendingIdentity', do: ['sendIdentity'] } },
    },
    sendingIdentity: {
      timers: { sendingOver: { clause: 'nothing dials for longer', ms: times('diallingMs') } },
      on: {
        ...quiet,
        // A tandem that asks by going off hook has answered; one that asks by a wink has not.
        digitsSent: { go: 'proceeding', do: ['tellProceeding', 'judgeFarEnd'] },
        release: weClear,
        sendingOver: { go: 'proceeding', do: ['tellProceeding', 'judgeFarEnd'] },
      },
    },
    proceeding: {
      timers: { noAnswer: { clause: 'ITU-T Q.118 §4.3.1: 2-4 min', ms: times('answerMs') } },
      on: {
        ...quiet,
        farOff: { go: 'talking', do: ['tellAnswered'] },
        release: weClear,
        noAnswer: failed('failAnswer'),
      },
    },
    talking: {
      on: {
        ...quiet,
        farOn: { go: 'farOnHook' },
        digit: { go: 'talking', do: ['passDigit'] },
        release: weClear,
      },
    },
    farOnHook: {
      timers: {
        disconnected: { clause: 'GR-506-CORE §11, TIA-464 §5.5.4 (from memory)', ms: times('trunkDisconnectMs') },
      },
      on: {
        ...quiet,
        farOff: { go: 'talking' },
        release: weClear,
        disconnected: { go: 'guard', do: ['playNothing', 'goOnHook', 'tellCleared'] },
      },
    },
    glare: {
      timers: { noWink: { clause: 'GR-506-CORE §11 (from memory)', ms: times('winkWaitMs') } },
      on: {
        ...quiet,
        farOn: { go: 'awaitingWink', do: ['judgeStart'] },
        release: weClear,
        yield: { go: 'seized', do: ['goOnHook', 'failGlare'] },
        persist: 'ignore',
        noWink: failed('failWink'),
      },
    },
    seized: {
      timers: {
        seizedImmediate: { clause: 'TIA-464 §5.5', ms: ({ winks, times: t }) => (winks ? Infinity : t.seizureMs) },
        winkDue: { clause: 'TIA-464 §5.5.2', ms: ({ winks, times: t }) => (winks ? t.winkDelayMs : Infinity) },
      },
      on: {
        ...quiet,
        farOn: { go: 'guard' },
        seizedImmediate: { go: 'awaitingDigits', do: ['tellSeized'] },
        winkDue: { go: 'awaitingDigits', do: ['tellSeized', 'sendWink'] },
        lost: { go: 'outOfService' },
      },
    },
    awaitingDigits: {
      timers: { digitsOver: { clause: 'LSSGR: 16-24 s (from memory)', ms: times('trunkFirstDigitMs') } },
      on: {
        ...quiet,
        farOn: theyGiveUp,
        digit: { go: 'collecting', do: ['takeDigit'] },
        malformed,
        release: refuse,
        digitsOver: malformed,
      },
    },
    collecting: {
      timers: { digitsOver: { clause: 'LSSGR (from memory)', ms: times('trunkInterDigitMs') } },
      on: {
        ...quiet,
        farOn: theyGiveUp,
        digit: { go: 'collecting', do: ['takeDigit'], again: true },
        complete: { go: 'offered', do: ['sendAcknowledgement', 'tellDialled'] },
        malformed,
        release: refuse,
        digitsOver: { go: 'offered', do: ['sendAcknowledgement', 'tellDialled'] },
      },
    },
    offered: {
      on: {
        ...quiet,
        farOn: theyGiveUp,
        digit: { go: 'offered', do: ['passDigit'] },
        malformed,
        answer: { go: 'talking', do: ['goOffHook'] },
        release: refuse,
      },
    },
    refusing: { on: { ...quiet, farOn: { go: 'guard', do: ['playNothing'] }, lost: lostUnused } },
    clearing: {
      timers: { clearingOver: { clause: 'GR-506-CORE §11 (from memory)', ms: times('clearingMs') } },
      on: {
        ...quiet,
        farOn: { go: 'guard' },
        clearingOver: { go: 'blocked', do: ['tellBlocked'] },
        lost: lostUnused,
      },
    },
    blocked: { on: { ...quiet, farOn: { go: 'guard' }, lost: lostUnused } },
    guard: {
      timers: { guardOver: { clause: 'GR-506-CORE §11, TIA-464 §5.5 (from memory)', ms: times('trunkGuardMs') } },
      on: { ...quiet, farOff: { go: 'seized' }, guardOver: { go: 'idle' }, lost: lostUnused },
    },
    outOfService: {
      on: { ...quiet, lost: 'ignore', restored: { go: 'clearing', do: ['judgeFarEnd'] }, goOn: { go: 'talking' } },
    },
  },
};
