import type { MachineTable, State } from '../base/index.js';

export type CallState =
  | 'new'
  | 'hunting'
  | 'ringing'
  /** The called party answered; its answer waits for the record to be durable. */
  | 'answering'
  /** The same, and what came with the answer is an offer (RFC 3264 §5). */
  | 'answeringLate'
  | 'talking'
  /** An offer of one leg is with the other. */
  | 'renegotiating'
  /** One leg asked for an offer; the other is to make it. */
  | 'lateOffering'
  /** That offer is with the leg that asked; its answer is awaited. */
  | 'lateAnswering'
  /** The transfer target is being looked for (RFC 5589 §5). */
  | 'transferring'
  /** The same after the transferor hung up. */
  | 'transferringAlone'
  /** The target answered; its media are being offered to the leg that stays. */
  | 'rejoining'
  | 'rejoiningAlone'
  /** The leg that stays changed its media when it was joined; the target is told. */
  | 'realigning'
  | 'releasing'
  | 'done';

export type CallEvent =
  | 'start'
  | 'alerting'
  | 'progress'
  | 'won'
  | 'wonLate'
  | 'lost'
  | 'recorded'
  | 'offered'
  | 'offeredLate'
  | 'agreed'
  | 'refused'
  | 'digit'
  | 'transferRequested'
  /** One of the two legs is released. */
  | 'gone'
  /** The leg that asked for the running transfer is released. */
  | 'transferorGone'
  | 'realign'
  /** The other party of one leg was taken over by another call. */
  | 'surrendered'
  | 'release'
  | 'expired'
  /** No leg is left. */
  | 'drained';

export type CallAction =
  | 'hunt'
  | 'alert'
  | 'progress'
  | 'adopt'
  | 'openRecord'
  | 'answer'
  | 'answerLate'
  | 'passOffer'
  | 'passLateOffer'
  | 'passAgreement'
  | 'passLateAnswer'
  | 'passRefusal'
  | 'refuseGlare'
  | 'refuseExpired'
  | 'passDigit'
  | 'beginTransfer'
  | 'refuseTransfer'
  | 'tellRinging'
  | 'rejoin'
  | 'failTransfer'
  | 'abandonTransfer'
  | 'failRejoin'
  | 'join'
  | 'offerRealigned'
  | 'releaseAll'
  | 'dropWinner'
  | 'giveUpLegs'
  | 'close';

type Row = State<CallState, CallEvent, CallAction, CallTiming>['on'];

export interface CallTiming {
  /** How long an answer may wait for the disk. */
  readonly recordMs: number;
}

/** Longer than any SIP transaction: the legs' own timers come first. */
const legMs = 40_000;
const legTimer = { clause: 'RFC 3261 §17.1.1.2 timer B and margin', ms: () => legMs };

/** Events that stand in the queue from before are without effect; a hunt is stopped by then, or never began. */
const common = {
  start: 'never',
  alerting: 'ignore',
  progress: 'ignore',
  won: 'ignore',
  wonLate: 'ignore',
  lost: 'ignore',
  recorded: 'ignore',
  offered: 'ignore',
  offeredLate: 'ignore',
  agreed: 'ignore',
  refused: 'ignore',
  digit: 'ignore',
  transferRequested: 'ignore',
  gone: { go: 'releasing', do: ['releaseAll'] },
  transferorGone: 'never',
  realign: 'never',
  surrendered: 'never',
  release: { go: 'releasing', do: ['releaseAll'] },
  expired: 'never',
  drained: 'never',
} as const satisfies Row;

/** Nobody has answered. */
const unanswered = {
  ...common,
  alerting: { go: 'ringing', do: ['alert'] },
  progress: { go: 'ringing', do: ['progress'] },
  won: { go: 'answering', do: ['adopt', 'openRecord'] },
  wonLate: { go: 'answeringLate', do: ['adopt', 'openRecord'] },
  lost: { go: 'releasing', do: ['releaseAll'] },
} as const satisfies Row;

/** Two legs that are not free to negotiate: whatever a leg offers is refused as glare (RFC 3261 §14.1), it tries again. */
function busy<S extends CallState>(state: S) {
  return {
    ...common,
    offered: { go: state, do: ['refuseGlare'] },
    offeredLate: { go: state, do: ['refuseGlare'] },
    digit: { go: state, do: ['passDigit'] },
    transferRequested: { go: state, do: ['refuseTransfer'] },
  } as const satisfies Row;
}

const noDigit = { digit: 'ignore' } as const;

/** A call: two legs and a bridge. */
export const callTable: MachineTable<CallState, CallEvent, CallAction, CallTiming> = {
  name: 'call',
  initial: 'new',
  states: {
    new: { on: { ...common, start: { go: 'hunting', do: ['hunt'] }, drained: 'ignore' } },
    hunting: { on: unanswered },
    ringing: { on: unanswered },
    answering: {
      timers: { recorded: { clause: 'behaviour: a disk never holds up a call', ms: (timing) => timing.recordMs } },
      on: { ...busy('answering'), ...noDigit, recorded: { go: 'talking', do: ['answer'] } },
    },
    answeringLate: {
      timers: { recorded: { clause: 'behaviour: a disk never holds up a call', ms: (timing) => timing.recordMs } },
      on: { ...busy('answeringLate'), ...noDigit, recorded: { go: 'lateAnswering', do: ['answerLate'] } },
    },
    talking: {
      on: {
        ...common,
        offered: { go: 'renegotiating', do: ['passOffer'] },
        offeredLate: { go: 'lateOffering', do: ['passOffer'] },
        digit: { go: 'talking', do: ['passDigit'] },
        transferRequested: { go: 'transferring', do: ['beginTransfer'] },
        realign: { go: 'realigning', do: ['offerRealigned'] },
        surrendered: { go: 'releasing', do: ['releaseAll'] },
      },
    },
    renegotiating: {
      timers: { expired: legTimer },
      on: {
        ...busy('renegotiating'),
        agreed: { go: 'talking', do: ['passAgreement'] },
        refused: { go: 'talking', do: ['passRefusal'] },
        expired: { go: 'talking', do: ['refuseExpired'] },
      },
    },
    lateOffering: {
      timers: { expired: legTimer },
      on: {
        ...busy('lateOffering'),
        agreed: { go: 'lateAnswering', do: ['passLateOffer'] },
        refused: { go: 'talking', do: ['passRefusal'] },
        expired: { go: 'talking', do: ['refuseExpired'] },
      },
    },
    lateAnswering: {
      timers: { expired: legTimer },
      on: {
        ...busy('lateAnswering'),
        agreed: { go: 'talking', do: ['passLateAnswer'] },
        // An acknowledgement without its answer leaves the other side without media.
        refused: { go: 'releasing', do: ['releaseAll'] },
        expired: { go: 'releasing', do: ['releaseAll'] },
      },
    },
    transferring: {
      on: {
        ...busy('transferring'),
        alerting: { go: 'transferring', do: ['tellRinging'] },
        progress: { go: 'transferring', do: ['tellRinging'] },
        won: { go: 'rejoining', do: ['rejoin'] },
        wonLate: { go: 'rejoining', do: ['rejoin'] },
        lost: { go: 'talking', do: ['failTransfer'] },
        gone: { go: 'releasing', do: ['abandonTransfer', 'releaseAll'] },
        transferorGone: { go: 'transferringAlone' },
        release: { go: 'releasing', do: ['abandonTransfer', 'releaseAll'] },
      },
    },
    transferringAlone: {
      on: {
        ...busy('transferringAlone'),
        ...noDigit,
        won: { go: 'rejoiningAlone', do: ['rejoin'] },
        wonLate: { go: 'rejoiningAlone', do: ['rejoin'] },
        lost: { go: 'releasing', do: ['releaseAll'] },
        gone: { go: 'releasing', do: ['releaseAll'] },
      },
    },
    rejoining: {
      timers: { expired: legTimer },
      on: {
        ...busy('rejoining'),
        ...noDigit,
        agreed: { go: 'talking', do: ['join'] },
        refused: { go: 'talking', do: ['failRejoin'] },
        expired: { go: 'talking', do: ['failRejoin'] },
        gone: { go: 'releasing', do: ['abandonTransfer', 'releaseAll'] },
        transferorGone: { go: 'rejoiningAlone' },
        release: { go: 'releasing', do: ['abandonTransfer', 'releaseAll'] },
      },
    },
    rejoiningAlone: {
      timers: { expired: legTimer },
      on: {
        ...busy('rejoiningAlone'),
        ...noDigit,
        agreed: { go: 'talking', do: ['join'] },
        refused: { go: 'releasing', do: ['releaseAll'] },
        expired: { go: 'releasing', do: ['releaseAll'] },
      },
    },
    realigning: {
      timers: { expired: legTimer },
      on: {
        ...busy('realigning'),
        agreed: { go: 'talking' },
        refused: { go: 'talking' },
        expired: { go: 'talking' },
      },
    },
    releasing: {
      timers: { expired: legTimer },
      on: {
        ...common,
        won: { go: 'releasing', do: ['dropWinner'] },
        wonLate: { go: 'releasing', do: ['dropWinner'] },
        gone: 'ignore',
        transferorGone: 'ignore',
        realign: 'ignore',
        release: 'ignore',
        expired: { go: 'done', do: ['giveUpLegs', 'close'] },
        drained: { go: 'done', do: ['close'] },
      },
    },
    done: {
      on: {
        ...common,
        start: 'ignore',
        gone: 'ignore',
        transferorGone: 'ignore',
        realign: 'ignore',
        release: 'ignore',
        expired: 'ignore',
        drained: 'ignore',
      },
    },
  },
};
