import type { MachineTable } from '../base/index.js';

export type OutgoingState =
  | 'idle'
  /** Given to the SIP server, not yet known to have left. */
  | 'sending'
  | 'calling'
  | 'proceeding'
  | 'talking'
  /** Released before it was known to have left. */
  | 'withdrawing'
  /** CANCEL is out; only a 2xx that crosses it still matters (RFC 3261 §9.1). */
  | 'cancelled'
  | 'over';

export type OutgoingEvent =
  | 'setup'
  | 'sent'
  | 'unsent'
  | 'provisional'
  | 'success'
  /** A final response that asks for the same INVITE with something more: 401, 407, 422. */
  | 'challenged'
  | 'failure'
  | 'release'
  | 'dialogEnded';

export type OutgoingAction =
  | 'send'
  | 'sendAgain'
  | 'cancel'
  | 'tellProvisional'
  | 'establish'
  | 'discardAnswer'
  | 'hangUp'
  | 'endUnsent'
  | 'endFailure'
  | 'endReleased'
  | 'endDialog';

const late = {
  setup: 'ignore',
  sent: 'ignore',
  unsent: 'ignore',
  provisional: 'ignore',
  success: 'ignore',
  challenged: 'ignore',
  failure: 'ignore',
  release: 'ignore',
  dialogEnded: 'ignore',
} as const;

const pending = {
  ...late,
  provisional: { go: 'proceeding', do: ['tellProvisional'] },
  success: { go: 'talking', do: ['establish'] },
  challenged: { go: 'sending', do: ['sendAgain'] },
  failure: { go: 'over', do: ['endFailure'] },
  release: { go: 'cancelled', do: ['cancel', 'endReleased'] },
} as const;

/** An INVITE that we send, from setup to release (RFC 3261 §13.2, §9.1). */
export const outgoingTable: MachineTable<OutgoingState, OutgoingEvent, OutgoingAction, undefined> = {
  name: 'outgoing leg',
  initial: 'idle',
  states: {
    idle: {
      on: { ...late, setup: { go: 'sending', do: ['send'] }, release: { go: 'over', do: ['endReleased'] } },
    },
    sending: {
      on: {
        ...late,
        sent: { go: 'calling' },
        unsent: { go: 'over', do: ['endUnsent'] },
        release: { go: 'withdrawing', do: ['endReleased'] },
      },
    },
    calling: { on: pending },
    proceeding: { on: pending },
    talking: {
      on: {
        ...late,
        release: { go: 'over', do: ['hangUp', 'endReleased'] },
        dialogEnded: { go: 'over', do: ['endDialog'] },
      },
    },
    withdrawing: { on: { ...late, sent: { go: 'cancelled', do: ['cancel'] }, unsent: { go: 'over' } } },
    cancelled: {
      on: {
        ...late,
        success: { go: 'over', do: ['discardAnswer'] },
        challenged: { go: 'over' },
        failure: { go: 'over' },
      },
    },
    over: { on: late },
  },
};
