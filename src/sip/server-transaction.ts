import { Machine } from '../base/index.js';
import type { TransactionGround } from './client-transaction.js';
import {
  type InviteServerAction,
  type InviteServerEvent,
  type InviteServerState,
  inviteServerTable,
} from './invite-server-table.js';
import {
  type NonInviteServerAction,
  type NonInviteServerEvent,
  type NonInviteServerState,
  nonInviteServerTable,
} from './non-invite-server-table.js';
import type { Path } from './path.js';
import { backOff, sixtyFourT1, type TimerContext, type TimerSettings } from './transaction-timers.js';

/** Whoever answers the request. */
export interface ServerTransactionUser {
  /** No answer within 64*T1 (non-INVITE): the client has given up. */
  expired(transaction: ServerTransaction): void;
  /** No ACK to a non-2xx final response. Nothing is to be done (RFC 3261 §17.2.1). */
  ackTimedOut(transaction: ServerTransaction): void;
}

/** The part that INVITE and other server transactions share. */
export abstract class ServerTransaction implements TimerContext {
  readonly reliable: boolean;
  readonly timers: TimerSettings;
  intervalMs: number;
  /** Released with the final response. */
  user: ServerTransactionUser | undefined;
  /** The To tag of our responses, which the answer to a CANCEL repeats (RFC 3261 §9.2). */
  toTag = '';
  /** The status of the last response sent, 0 before the first. */
  status = 0;
  /** What a retransmission of the request is answered with. */
  protected last: Buffer | undefined;
  protected readonly ground: TransactionGround;
  readonly #startedAt: number;

  constructor(
    ground: TransactionGround,
    readonly key: string,
    /** See `mergeKey`; empty for a request inside a dialog. */
    readonly mergeKey: string,
    readonly method: string,
    readonly path: Path,
    protected readonly ended: (transaction: ServerTransaction) => void,
  ) {
    this.ground = ground;
    this.timers = ground.timers;
    this.reliable = path.reliable;
    this.intervalMs = ground.timers.t1Ms;
    this.#startedAt = ground.clock.now();
  }

  /** True once a final response went out. */
  get answered(): boolean {
    return this.status >= 200;
  }

  /** The same request came again. */
  abstract retransmission(): void;
  /** Sends a response; a final one only once (2xx to INVITE may be repeated, RFC 6026 §8.7). */
  abstract respond(status: number, bytes: Buffer): void;
  abstract abandon(): void;
  /** Cancels all timers without telling anybody: the process is closing. */
  abstract stop(): void;
  protected abstract transportError(why: string): void;

  remainingMs(): number {
    return Math.max(0, sixtyFourT1(this) - (this.ground.clock.now() - this.#startedAt));
  }

  /** For the tables' actions only. */
  send(bytes: Buffer): void {
    this.last = bytes;
    this.#transmit(bytes);
  }

  /** For the tables' actions only. */
  resend(): void {
    if (this.last === undefined) return;
    this.ground.retransmitted?.();
    this.#transmit(this.last);
  }

  /** Remembers a 100 that went out with the transaction's making. */
  sendTrying(bytes: Buffer): void {
    this.status = 100;
    this.send(bytes);
  }

  #transmit(bytes: Buffer): void {
    // A datagram that does not leave is like one that is lost: the client repeats its request.
    if (this.reliable) this.path.send(bytes, (why) => this.transportError(why));
    else this.path.send(bytes);
  }
}

export class NonInviteServerTransaction extends ServerTransaction {
  readonly #machine: Machine<
    NonInviteServerState,
    NonInviteServerEvent,
    NonInviteServerAction,
    NonInviteServerTransaction,
    Buffer
  >;
  /** Makes the 100 of RFC 4320 §4.1, when it is due; released once answered. */
  #trying: (() => Buffer) | undefined;

  constructor(
    ground: TransactionGround,
    key: string,
    mergeKey: string,
    method: string,
    path: Path,
    ended: (transaction: ServerTransaction) => void,
    trying: () => Buffer,
  ) {
    super(ground, key, mergeKey, method, path, ended);
    this.#trying = trying;
    this.#machine = new Machine<
      NonInviteServerState,
      NonInviteServerEvent,
      NonInviteServerAction,
      NonInviteServerTransaction,
      Buffer
    >(nonInviteServerTable, {
      clock: ground.clock,
      context: this,
      actions: nonInviteActions,
      log: ground.log,
      onState: nonInviteEntered,
    });
  }

  get state(): NonInviteServerState {
    return this.#machine.state;
  }

  retransmission(): void {
    this.#machine.handle('retransmission');
  }

  respond(status: number, bytes: Buffer): void {
    if (status < 200) return; // RFC 4320 §4.1 allows no other provisional than the table's own 100.
    this.status = status;
    this.#trying = undefined;
    this.user = undefined;
    this.#machine.handle('final', bytes);
  }

  abandon(): void {
    this.#machine.handle('abandon');
  }

  stop(): void {
    this.#machine.stop();
  }

  /** For the tables' actions only. */
  tryLate(): void {
    if (this.#trying !== undefined) this.sendTrying(this.#trying());
  }

  protected transportError(why: string): void {
    this.ground.log.debug('response not delivered', { why, method: this.method });
    this.#machine.handle('transportError');
  }

  /** For the machine only. */
  entered(state: NonInviteServerState): void {
    if (state !== 'terminated') return;
    this.last = undefined;
    this.#trying = undefined;
    this.user = undefined;
    this.ended(this);
  }
}

const nonInviteEntered = (
  state: NonInviteServerState,
  _from: NonInviteServerState,
  t: NonInviteServerTransaction,
): void => t.entered(state);

const nonInviteActions: {
  readonly [action in NonInviteServerAction]: (t: NonInviteServerTransaction, payload: Buffer | undefined) => void;
} = {
  send: (t, bytes) => {
    if (bytes !== undefined) t.send(bytes);
  },
  sendTrying: (t) => t.tryLate(),
  resend: (t) => t.resend(),
  expired: (t) => t.user?.expired(t),
};

export class InviteServerTransaction extends ServerTransaction {
  readonly #machine: Machine<InviteServerState, InviteServerEvent, InviteServerAction, InviteServerTransaction, Buffer>;

  constructor(
    ground: TransactionGround,
    key: string,
    mergeKey: string,
    path: Path,
    ended: (transaction: ServerTransaction) => void,
  ) {
    super(ground, key, mergeKey, 'INVITE', path, ended);
    this.#machine = new Machine<
      InviteServerState,
      InviteServerEvent,
      InviteServerAction,
      InviteServerTransaction,
      Buffer
    >(inviteServerTable, {
      clock: ground.clock,
      context: this,
      actions: inviteActions,
      log: ground.log,
      onState: inviteEntered,
    });
  }

  get state(): InviteServerState {
    return this.#machine.state;
  }

  retransmission(): void {
    this.#machine.handle('retransmission');
  }

  /** The ACK to a non-2xx final response. */
  acknowledge(): void {
    this.#machine.handle('ack');
  }

  respond(status: number, bytes: Buffer): void {
    this.status = status;
    this.#machine.handle(status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure', bytes);
  }

  abandon(): void {
    this.#machine.handle('abandon');
  }

  stop(): void {
    this.#machine.stop();
  }

  protected transportError(why: string): void {
    this.ground.log.debug('response not delivered', { why, method: this.method });
    this.#machine.handle('transportError');
  }

  /** For the machine only. */
  entered(state: InviteServerState): void {
    // Nobody asks for the response again: an accepted INVITE's 2xx is repeated by its owner.
    if (state === 'completed') return;
    this.last = undefined;
    this.user = undefined;
    if (state === 'terminated') this.ended(this);
  }
}

const inviteEntered = (state: InviteServerState, _from: InviteServerState, t: InviteServerTransaction): void =>
  t.entered(state);

const inviteActions: {
  readonly [action in InviteServerAction]: (t: InviteServerTransaction, payload: Buffer | undefined) => void;
} = {
  send: (t, bytes) => {
    if (bytes !== undefined) t.send(bytes);
  },
  resend: (t) => t.resend(),
  resendSlower: (t) => {
    t.resend();
    backOff(t);
  },
  ackTimedOut: (t) => t.user?.ackTimedOut(t),
};
