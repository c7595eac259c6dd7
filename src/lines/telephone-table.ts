import type { MachineTable } from '../base/index.js';

/** What a user has on the line. At most two calls: the active one, and another that is held or waits. */
export type TelephoneState =
  /** No call. The receiver may be off the hook all the same, and hears what the line plays. */
  | 'resting'
  | 'ringing'
  /** Dial tone, or digits: the line collects them. */
  | 'dialling'
  /** The active call is not answered yet. */
  | 'calling'
  | 'talking'
  /** A service was asked for; its tone is heard. */
  | 'served'
  /** After a flash: dial tone, the other call is held. */
  | 'recall'
  /** The active call is not answered yet, the other one is held. */
  | 'consulting'
  /** Talking, the other call is held. */
  | 'both'
  /** Three talk. */
  | 'joined'
  /** The active call is over, which is heard; the other one is held. */
  | 'alone'
  /** On hook; the call that was held rings. */
  | 'reminding'
  /** Talking, another call waits. */
  | 'offering'
  /** The active call is over; another one waits. */
  | 'offeredAlone'
  /** After a flash with two calls: one digit says what is to be done. */
  | 'choosing'
  /** The same where the other call waits. */
  | 'choosingWaiting';

export type TelephoneEvent =
  /** The receiver was lifted, or another dial tone is due. */
  | 'seized'
  /** A number is complete, and a call to it begins. */
  | 'dialled'
  /** A service code is complete. */
  | 'service'
  /** The held call is to be parked. */
  | 'parks'
  /** Ringing was answered. */
  | 'picked'
  | 'flash'
  | 'hungUp'
  /** The line is out of order. */
  | 'lost'
  /** A call that arrives; asked before whether it may. */
  | 'arrives'
  /** The far end of the active call answered. */
  | 'answered'
  | 'activeGone'
  | 'otherGone'
  /** What two calls are for: swap, three-way, drop the active one, be rid of the other, join both and leave. */
  | 'swap'
  | 'join'
  | 'drop'
  | 'reject'
  | 'transfer'
  | 'diallingOver'
  | 'choiceOver'
  | 'remindingOver'
  | 'answerOver'
  /** A call that talked in another process. */
  | 'goOn';

export type TelephoneAction =
  | 'ring'
  | 'stopRing'
  | 'ringWhenIdle'
  | 'beginDialling'
  | 'place'
  | 'placeNext'
  | 'accept'
  | 'tellAnswer'
  | 'dropActive'
  | 'dropOther'
  | 'forgetActive'
  | 'forgetOther'
  | 'hold'
  | 'retrieve'
  | 'swap'
  | 'joinAll'
  | 'split'
  | 'transfer'
  | 'transferUnanswered'
  | 'playRecall'
  | 'playFailure'
  | 'playCall'
  | 'playBusy'
  | 'offerWaiting'
  | 'stopOffering'
  | 'takeWaiting'
  | 'serve'
  | 'endLine'
  | 'remind';

export interface TelephoneTimes {
  readonly times: { readonly diallingMs: number; readonly choiceMs: number; readonly remindingMs: number };
  /** Elevator lines: somebody must answer within this; Infinity for others. */
  readonly answerMs: () => number;
}

type Row = MachineTable<
  TelephoneState,
  TelephoneEvent,
  TelephoneAction,
  TelephoneTimes
>['states'][TelephoneState]['on'];

/** Users do anything at any time; calls end late. What arrives is asked for before, so it never comes where it does not fit. */
const quiet = {
  seized: 'ignore',
  dialled: 'ignore',
  service: 'ignore',
  parks: 'ignore',
  picked: 'ignore',
  flash: 'ignore',
  hungUp: 'ignore',
  lost: 'ignore',
  arrives: 'never',
  answered: 'ignore',
  activeGone: 'ignore',
  otherGone: 'ignore',
  swap: 'ignore',
  join: 'ignore',
  drop: 'ignore',
  reject: 'ignore',
  transfer: 'ignore',
  diallingOver: 'never',
  choiceOver: 'never',
  remindingOver: 'never',
  answerOver: 'never',
  goOn: 'never',
} as const satisfies Row;

const lostOne = { go: 'resting', do: ['dropActive'] } as const;
const lostBoth = { go: 'resting', do: ['dropActive', 'dropOther'] } as const;
const lostOther = { go: 'resting', do: ['dropOther'] } as const;
const back = { go: 'talking', do: ['dropActive', 'retrieve'] } as const;
const joinAndLeave = { go: 'resting', do: ['transfer'] } as const;
const ringsNext = { go: 'ringing', do: ['stopOffering', 'dropActive', 'ringWhenIdle'] } as const;
const failed = { go: 'alone', do: ['forgetActive', 'playFailure'] } as const;

/**
 * What an analog telephone's user does with the hook: hold, second call, swap, three-way, transfer, call waiting (GR-577, GR-571,
 * GR-579 from memory; ETSI EN 300 738 for the digits after a flash). Timers: this product's own, where no clause is named.
 */
export const telephoneTable: MachineTable<TelephoneState, TelephoneEvent, TelephoneAction, TelephoneTimes> = {
  name: 'telephone',
  initial: 'resting',
  states: {
    resting: {
      on: {
        ...quiet,
        seized: { go: 'dialling', do: ['beginDialling'] },
        arrives: { go: 'ringing', do: ['ring'] },
        goOn: { go: 'talking' },
      },
    },
    ringing: {
      on: {
        ...quiet,
        picked: { go: 'talking', do: ['accept'] },
        activeGone: { go: 'resting', do: ['forgetActive', 'stopRing'] },
        hungUp: lostOne,
        lost: lostOne,
        // The user lifted before the telephone could ring for a call that waited: that call is taken.
        seized: { go: 'talking', do: ['accept'] },
      },
    },
    dialling: {
      on: {
        ...quiet,
        seized: { go: 'dialling', do: ['beginDialling'] },
        dialled: { go: 'calling', do: ['place'] },
        service: { go: 'served', do: ['serve'] },
        hungUp: { go: 'resting' },
        lost: { go: 'resting' },
      },
    },
    calling: {
      timers: {
        answerOver: { clause: 'behaviour: elevator lines, answer within 45 s or reroute', ms: (t) => t.answerMs() },
      },
      on: {
        ...quiet,
        answered: { go: 'talking', do: ['tellAnswer'] },
        activeGone: { go: 'resting', do: ['forgetActive', 'endLine'] },
        hungUp: lostOne,
        lost: lostOne,
        answerOver: { go: 'calling', do: ['placeNext'], again: true },
      },
    },
    talking: {
      on: {
        ...quiet,
        flash: { go: 'recall', do: ['hold', 'playRecall'] },
        hungUp: lostOne,
        lost: lostOne,
        activeGone: { go: 'resting', do: ['forgetActive', 'endLine'] },
        arrives: { go: 'offering', do: ['offerWaiting'] },
      },
    },
    served: {
      timers: { diallingOver: { clause: 'as a dial tone without digits', ms: (t) => t.times.diallingMs } },
      on: {
        ...quiet,
        seized: { go: 'dialling', do: ['beginDialling'] },
        hungUp: { go: 'resting' },
        lost: { go: 'resting' },
        diallingOver: { go: 'resting', do: ['endLine'] },
      },
    },
    recall: {
      timers: {
        diallingOver: { clause: 'GR-577 (from memory): as a dial tone without digits', ms: (t) => t.times.diallingMs },
      },
      on: {
        ...quiet,
        dialled: { go: 'consulting', do: ['place'] },
        service: { go: 'alone', do: ['serve'] },
        parks: { go: 'served', do: ['serve'] },
        flash: { go: 'talking', do: ['retrieve'] },
        hungUp: { go: 'reminding', do: ['remind'] },
        lost: lostOther,
        otherGone: { go: 'resting', do: ['forgetOther', 'endLine'] },
        diallingOver: { go: 'alone', do: ['playBusy'] },
      },
    },
    consulting: {
      on: {
        ...quiet,
        answered: { go: 'both', do: ['tellAnswer'] },
        flash: back,
        drop: back,
        activeGone: failed,
        otherGone: { go: 'calling', do: ['forgetOther'] },
        hungUp: { go: 'resting', do: ['transferUnanswered'] },
        transfer: { go: 'resting', do: ['transferUnanswered', 'endLine'] },
        lost: lostBoth,
      },
    },
    both: {
      on: {
        ...quiet,
        flash: { go: 'choosing', do: ['playRecall'] },
        swap: { go: 'both', do: ['swap'] },
        join: { go: 'joined', do: ['joinAll'] },
        drop: back,
        reject: { go: 'talking', do: ['dropOther'] },
        transfer: { go: 'resting', do: ['transfer', 'endLine'] },
        hungUp: joinAndLeave,
        lost: lostBoth,
        activeGone: failed,
        otherGone: { go: 'talking', do: ['forgetOther'] },
      },
    },
    joined: {
      on: {
        ...quiet,
        flash: back,
        drop: back,
        swap: { go: 'both', do: ['split'] },
        transfer: { go: 'resting', do: ['transfer', 'endLine'] },
        hungUp: joinAndLeave,
        lost: lostBoth,
        activeGone: { go: 'talking', do: ['forgetActive', 'retrieve'] },
        otherGone: { go: 'talking', do: ['forgetOther', 'playCall'] },
      },
    },
    alone: {
      on: {
        ...quiet,
        flash: { go: 'talking', do: ['retrieve'] },
        swap: { go: 'talking', do: ['retrieve'] },
        drop: { go: 'talking', do: ['retrieve'] },
        hungUp: { go: 'reminding', do: ['remind'] },
        lost: lostOther,
        otherGone: { go: 'resting', do: ['forgetOther', 'endLine'] },
      },
    },
    reminding: {
      timers: { remindingOver: { clause: 'a held party that nobody comes back to', ms: (t) => t.times.remindingMs } },
      on: {
        ...quiet,
        picked: { go: 'talking', do: ['retrieve'] },
        seized: { go: 'talking', do: ['retrieve'] },
        otherGone: { go: 'resting', do: ['forgetOther', 'stopRing'] },
        hungUp: lostOther,
        lost: lostOther,
        remindingOver: { go: 'resting', do: ['dropOther', 'stopRing'] },
      },
    },
    offering: {
      on: {
        ...quiet,
        flash: { go: 'choosingWaiting', do: ['stopOffering', 'playRecall'] },
        swap: { go: 'both', do: ['stopOffering', 'hold', 'takeWaiting'] },
        drop: { go: 'talking', do: ['stopOffering', 'dropActive', 'takeWaiting'] },
        reject: { go: 'talking', do: ['stopOffering', 'dropOther'] },
        hungUp: ringsNext,
        lost: { go: 'resting', do: ['stopOffering', 'dropActive', 'dropOther'] },
        activeGone: { go: 'offeredAlone', do: ['forgetActive'] },
        otherGone: { go: 'talking', do: ['forgetOther', 'stopOffering'] },
      },
    },
    offeredAlone: {
      on: {
        ...quiet,
        flash: { go: 'talking', do: ['stopOffering', 'takeWaiting'] },
        swap: { go: 'talking', do: ['stopOffering', 'takeWaiting'] },
        drop: { go: 'talking', do: ['stopOffering', 'takeWaiting'] },
        reject: { go: 'resting', do: ['stopOffering', 'dropOther', 'endLine'] },
        hungUp: { go: 'ringing', do: ['stopOffering', 'ringWhenIdle'] },
        lost: { go: 'resting', do: ['stopOffering', 'dropOther'] },
        otherGone: { go: 'resting', do: ['forgetOther', 'stopOffering', 'endLine'] },
      },
    },
    choosing: {
      timers: { choiceOver: { clause: 'EN 300 738 (from memory): nothing was chosen', ms: (t) => t.times.choiceMs } },
      on: {
        ...quiet,
        flash: { go: 'both', do: ['playCall'] },
        choiceOver: { go: 'both', do: ['playCall'] },
        swap: { go: 'both', do: ['swap'] },
        join: { go: 'joined', do: ['joinAll'] },
        drop: back,
        reject: { go: 'talking', do: ['dropOther', 'playCall'] },
        transfer: { go: 'resting', do: ['transfer', 'endLine'] },
        hungUp: joinAndLeave,
        lost: lostBoth,
        activeGone: failed,
        otherGone: { go: 'talking', do: ['forgetOther', 'playCall'] },
      },
    },
    choosingWaiting: {
      timers: { choiceOver: { clause: 'EN 300 738 (from memory): nothing was chosen', ms: (t) => t.times.choiceMs } },
      on: {
        ...quiet,
        flash: { go: 'both', do: ['hold', 'takeWaiting'] },
        swap: { go: 'both', do: ['hold', 'takeWaiting'] },
        choiceOver: { go: 'offering', do: ['playCall', 'offerWaiting'] },
        drop: { go: 'talking', do: ['dropActive', 'takeWaiting'] },
        reject: { go: 'talking', do: ['dropOther', 'playCall'] },
        hungUp: ringsNext,
        lost: lostBoth,
        activeGone: { go: 'offeredAlone', do: ['forgetActive', 'offerWaiting'] },
        otherGone: { go: 'talking', do: ['forgetOther', 'playCall'] },
      },
    },
  },
};
