import type { MachineTable } from '../base/index.js';

export type IncomingState =
  | 'arrived'
  /** Our 2xx is with the SIP server. */
  | 'answering'
  /** Released in that moment. */
  | 'hangingUp'
  | 'talking'
  | 'over';

export type IncomingEvent =
  | 'alert'
  | 'progress'
  | 'answer'
  | 'release'
  | 'cancelled'
  | 'established'
  | 'unsent'
  | 'dialogEnded';

export type IncomingAction =
  | 'sendAlert'
  | 'sendProgress'
  | 'sendAnswer'
  | 'sendRefusal'
  | 'establish'
  | 'hangUp'
  | 'endReleased'
  | 'endCancelled'
  | 'endUnsent'
  | 'endDialog';

const late = {
  alert: 'ignore',
  progress: 'ignore',
  answer: 'ignore',
  release: 'ignore',
  cancelled: 'ignore',
  established: 'ignore',
  unsent: 'ignore',
  dialogEnded: 'ignore',
} as const;

/** An INVITE that we received, from arrival to release (RFC 3261 §13.3, §9.2). */
export const incomingTable: MachineTable<IncomingState, IncomingEvent, IncomingAction, undefined> = {
  name: 'incoming leg',
  initial: 'arrived',
  states: {
    arrived: {
      on: {
        ...late,
        alert: { go: 'arrived', do: ['sendAlert'] },
        progress: { go: 'arrived', do: ['sendProgress'] },
        answer: { go: 'answering', do: ['sendAnswer'] },
        release: { go: 'over', do: ['sendRefusal', 'endReleased'] },
        cancelled: { go: 'over', do: ['endCancelled'] },
      },
    },
    answering: {
      on: {
        ...late,
        release: { go: 'hangingUp', do: ['endReleased'] },
        cancelled: { go: 'over', do: ['endCancelled'] },
        established: { go: 'talking', do: ['establish'] },
        unsent: { go: 'over', do: ['endUnsent'] },
      },
    },
    hangingUp: {
      on: {
        ...late,
        cancelled: { go: 'over' },
        established: { go: 'over', do: ['establish', 'hangUp'] },
        unsent: { go: 'over' },
      },
    },
    talking: {
      on: {
        ...late,
        release: { go: 'over', do: ['hangUp', 'endReleased'] },
        dialogEnded: { go: 'over', do: ['endDialog'] },
      },
    },
    over: { on: late },
  },
};
