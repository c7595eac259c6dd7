import { Machine } from '../base/index.js';
import type { TransactionGround } from './client-transaction.js';
import {
  type SuccessRetransmissionAction,
  type SuccessRetransmissionContext,
  type SuccessRetransmissionEvent,
  type SuccessRetransmissionState,
  successRetransmissionTable,
} from './success-retransmission-table.js';
import type { TimerSettings } from './transaction-timers.js';

/** Repeats a 2xx to an INVITE until its ACK. `resend` puts it on its way again; `timedOut` ends the session. */
export class SuccessRetransmission implements SuccessRetransmissionContext {
  readonly timers: TimerSettings;
  intervalMs: number;
  readonly resend: () => void;
  readonly timedOut: () => void;
  readonly #machine: Machine<
    SuccessRetransmissionState,
    SuccessRetransmissionEvent,
    SuccessRetransmissionAction,
    SuccessRetransmission
  >;

  /** See `TransactionGround.retransmitted`. */
  readonly retransmitted: (() => void) | undefined;

  constructor(ground: TransactionGround, resend: () => void, timedOut: () => void) {
    this.timers = ground.timers;
    this.retransmitted = ground.retransmitted;
    this.intervalMs = ground.timers.t1Ms;
    this.resend = resend;
    this.timedOut = timedOut;
    this.#machine = new Machine<
      SuccessRetransmissionState,
      SuccessRetransmissionEvent,
      SuccessRetransmissionAction,
      SuccessRetransmission
    >(successRetransmissionTable, {
      clock: ground.clock,
      context: this,
      actions,
      log: ground.log,
    });
  }

  get state(): SuccessRetransmissionState {
    return this.#machine.state;
  }

  acknowledge(): void {
    this.#machine.handle('ack');
  }

  stop(): void {
    this.#machine.handle('stop');
  }
}

const actions: { readonly [action in SuccessRetransmissionAction]: (r: SuccessRetransmission) => void } = {
  resend: (r) => {
    r.retransmitted?.();
    r.resend();
    r.intervalMs = Math.min(2 * r.intervalMs, r.timers.t2Ms);
  },
  ackTimedOut: (r) => r.timedOut(),
};
