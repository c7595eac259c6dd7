import { Machine } from '../base/index.js';
import type { TransactionGround } from './client-transaction.js';
import type { RAck } from './rack.js';
import {
  type ReliableProvisionalAction,
  type ReliableProvisionalContext,
  type ReliableProvisionalEvent,
  type ReliableProvisionalState,
  reliableProvisionalTable,
} from './reliable-provisional-table.js';
import type { TimerSettings } from './transaction-timers.js';

/** One reliable provisional response of ours. `resend` puts it on its way again; `timedOut`: its PRACK never came. */
export class ReliableProvisional implements ReliableProvisionalContext {
  readonly timers: TimerSettings;
  intervalMs: number;
  readonly #machine: Machine<
    ReliableProvisionalState,
    ReliableProvisionalEvent,
    ReliableProvisionalAction,
    ReliableProvisional
  >;

  constructor(
    ground: TransactionGround,
    readonly rseq: number,
    /** Of the INVITE that it answers. */
    readonly cseq: number,
    readonly resend: () => void,
    readonly timedOut: () => void,
  ) {
    this.timers = ground.timers;
    this.intervalMs = ground.timers.t1Ms;
    this.#machine = new Machine<
      ReliableProvisionalState,
      ReliableProvisionalEvent,
      ReliableProvisionalAction,
      ReliableProvisional
    >(reliableProvisionalTable, { clock: ground.clock, context: this, actions, log: ground.log });
  }

  get state(): ReliableProvisionalState {
    return this.#machine.state;
  }

  /** A PRACK for it is still welcome. */
  get outstanding(): boolean {
    return this.state === 'waiting' || this.state === 'superseded';
  }

  /** True when the PRACK is for this response, and the first. */
  acknowledge(rack: RAck): boolean {
    if (!this.outstanding || rack.rseq !== this.rseq || rack.cseq !== this.cseq || rack.method !== 'INVITE')
      return false;
    this.#machine.handle('prack');
    return true;
  }

  /** The INVITE has its final response: nothing is repeated any more. */
  supersede(): void {
    this.#machine.handle('final');
  }

  stop(): void {
    this.#machine.handle('stop');
  }
}

const actions: { readonly [action in ReliableProvisionalAction]: (r: ReliableProvisional) => void } = {
  resend: (r) => {
    r.resend();
    r.intervalMs *= 2;
  },
  prackTimedOut: (r) => r.timedOut(),
};
