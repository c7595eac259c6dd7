import type { MachineTable } from '../base/index.js';

export type NegotiationState =
  | 'idle'
  /** Our re-INVITE is out. */
  | 'offering'
  /** The peer's 2xx brought an offer; our ACK is to bring the answer. */
  | 'lateOffered'
  /** The peer's re-INVITE or UPDATE waits for our word. */
  | 'asked'
  /** Our 2xx is out, the peer's ACK is not in. */
  | 'unacknowledged';

export type NegotiationEvent =
  | 'offer'
  | 'agree'
  /** The same for an UPDATE, which has no ACK. */
  | 'agreeUpdate'
  | 'refuse'
  | 'asked'
  | 'withdrawn'
  | 'acknowledged'
  | 'accepted'
  | 'acceptedLate'
  | 'declined';

export type NegotiationAction =
  | 'sendOffer'
  | 'deferOffer'
  | 'sayBusy'
  | 'tellOffer'
  | 'answerGlare'
  | 'answerLater'
  | 'sendAgreement'
  | 'sendRefusal'
  | 'sendAnswer'
  | 'tellAgreement'
  | 'tellRefusal'
  | 'takeAck';

const quiet = {
  agree: 'ignore',
  agreeUpdate: 'ignore',
  refuse: 'ignore',
  withdrawn: 'ignore',
  acknowledged: 'ignore',
  accepted: 'ignore',
  acceptedLate: 'ignore',
  declined: 'ignore',
} as const;

/** Offer and answer within one dialog (RFC 3261 §14, RFC 6337): one at a time. */
export const negotiationTable: MachineTable<NegotiationState, NegotiationEvent, NegotiationAction, undefined> = {
  name: 'negotiation',
  initial: 'idle',
  states: {
    idle: {
      on: { ...quiet, offer: { go: 'offering', do: ['sendOffer'] }, asked: { go: 'asked', do: ['tellOffer'] } },
    },
    offering: {
      on: {
        ...quiet,
        offer: { go: 'offering', do: ['sayBusy'] },
        asked: { go: 'offering', do: ['answerGlare'] },
        accepted: { go: 'idle', do: ['tellAgreement'] },
        acceptedLate: { go: 'lateOffered', do: ['tellAgreement'] },
        declined: { go: 'idle', do: ['tellRefusal'] },
      },
    },
    lateOffered: {
      on: {
        ...quiet,
        offer: { go: 'lateOffered', do: ['sayBusy'] },
        asked: { go: 'lateOffered', do: ['answerGlare'] },
        agree: { go: 'idle', do: ['sendAnswer'] },
      },
    },
    asked: {
      on: {
        ...quiet,
        offer: { go: 'asked', do: ['sayBusy'] },
        asked: { go: 'asked', do: ['answerLater'] },
        agree: { go: 'unacknowledged', do: ['sendAgreement'] },
        agreeUpdate: { go: 'idle', do: ['sendAgreement'] },
        refuse: { go: 'idle', do: ['sendRefusal'] },
        withdrawn: { go: 'idle' },
      },
    },
    unacknowledged: {
      on: {
        ...quiet,
        offer: { go: 'unacknowledged', do: ['deferOffer'] },
        asked: { go: 'unacknowledged', do: ['answerLater'] },
        acknowledged: { go: 'idle', do: ['takeAck'] },
      },
    },
  },
};
