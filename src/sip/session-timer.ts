import { Machine } from '../base/index.js';
import type { TransactionGround } from './client-transaction.js';
import {
  type SessionTimerAction,
  type SessionTimerContext,
  type SessionTimerEvent,
  type SessionTimerState,
  sessionTimerTable,
} from './session-timer-table.js';

/** RFC 4028 §10: the session ends this long before its interval does, or a third of it where that is less. */
const BYE_AHEAD_S = 32;
/** Refused refreshes come no faster than this. */
const LEAST_RETRY_MS = 1_000;

/** One session interval of one dialog; the next agreement makes a new one. */
export class SessionTimer implements SessionTimerContext {
  readonly #ground: TransactionGround;
  readonly #expiresAt: number;
  #refreshAt: number;
  readonly #machine: Machine<SessionTimerState, SessionTimerEvent, SessionTimerAction, SessionTimer>;

  constructor(
    ground: TransactionGround,
    readonly seconds: number,
    /** We refresh; otherwise the peer does. */
    readonly here: boolean,
    readonly refresh: () => void,
    readonly expire: () => void,
    /** When the refresh was sent: the peer counts from its arrival, which may be long before its answer gets here. */
    sentAt = ground.clock.now(),
  ) {
    const now = ground.clock.now();
    this.#ground = ground;
    this.#expiresAt = now + (seconds - Math.min(BYE_AHEAD_S, seconds / 3)) * 1000;
    this.#refreshAt = Math.max(sentAt + seconds * 500, now + LEAST_RETRY_MS / 2);
    this.#machine = new Machine<SessionTimerState, SessionTimerEvent, SessionTimerAction, SessionTimer>(
      sessionTimerTable,
      { clock: ground.clock, context: this, actions, log: ground.log },
    );
    this.#machine.handle(here ? 'refreshHere' : 'refreshThere');
  }

  get state(): SessionTimerState {
    return this.#machine.state;
  }

  /** The refresh has to wait, or was refused; undefined: half of what is left, so that the last word is the peer's. */
  deferred(forMs?: number): void {
    this.#refreshAt = this.#ground.clock.now() + (forMs ?? Math.max(LEAST_RETRY_MS, this.expiryMs() / 2));
    this.#machine.handle('deferred');
  }

  lost(): void {
    this.#machine.handle('lost');
  }

  stop(): void {
    this.#machine.handle('stop');
  }

  refreshMs(): number {
    return Math.max(0, this.#refreshAt - this.#ground.clock.now());
  }

  expiryMs(): number {
    return Math.max(0, this.#expiresAt - this.#ground.clock.now());
  }
}

const actions: { readonly [action in SessionTimerAction]: (t: SessionTimer) => void } = {
  refresh: (t) => t.refresh(),
  expire: (t) => t.expire(),
};
