import { type Clock, type Log, Machine } from '../base/index.js';
import {
  type CancellationAction,
  type CancellationEvent,
  type CancellationState,
  cancellationTable,
} from './cancellation-table.js';
import {
  type InviteClientAction,
  type InviteClientEvent,
  type InviteClientState,
  inviteClientTable,
} from './invite-client-table.js';
import type { SipRequest, SipResponse } from './message.js';
import {
  type NonInviteClientAction,
  type NonInviteClientEvent,
  type NonInviteClientState,
  nonInviteClientTable,
} from './non-invite-client-table.js';
import type { Path } from './path.js';
import { ackToFailure, cancelFor } from './request-builder.js';
import { formatMessage } from './serializer.js';
import { backOff, sixtyFourT1, type TimerContext, type TimerSettings } from './transaction-timers.js';

/** What every transaction stands on. */
export interface TransactionGround {
  readonly clock: Clock;
  readonly timers: TimerSettings;
  readonly log: Log;
  /** Told of each message that is sent again. */
  readonly retransmitted?: () => void;
}

/** Whoever sent the request. Exactly one of: a final `response`, `timedOut`, `failed`. */
export interface ClientTransactionUser {
  /** Provisional and final responses; more than one 2xx to an INVITE when it forked or its ACK was lost. */
  response(response: SipResponse, transaction: ClientTransaction): void;
  /** No final response: RFC 3261 §8.1.3.1 treats it as a 408. */
  timedOut(transaction: ClientTransaction): void;
  /** The transport could not deliver: RFC 3261 §8.1.3.1 treats it as a 503. */
  failed(why: string, transaction: ClientTransaction): void;
}

type Payload = SipResponse | string;

/** The part that INVITE and other client transactions share. */
export abstract class ClientTransaction implements TimerContext {
  readonly reliable: boolean;
  readonly timers: TimerSettings;
  intervalMs: number;
  /** The request as sent; released with its final response. */
  bytes: Buffer | undefined;
  protected readonly ground: TransactionGround;
  readonly #startedAt: number;

  constructor(
    ground: TransactionGround,
    readonly branch: string,
    readonly method: string,
    readonly path: Path,
    readonly user: ClientTransactionUser,
    bytes: Buffer,
    protected readonly ended: (transaction: ClientTransaction) => void,
  ) {
    this.ground = ground;
    this.timers = ground.timers;
    this.reliable = path.reliable;
    this.intervalMs = ground.timers.t1Ms;
    this.bytes = bytes;
    this.#startedAt = ground.clock.now();
  }

  abstract receive(response: SipResponse): void;
  abstract transportError(why: string): void;
  /** Gives up: `timedOut` is told unless a final response came before. */
  abstract abandon(): void;
  /** Cancels all timers without telling anybody: the process is closing. */
  abstract stop(): void;

  remainingMs(): number {
    return Math.max(0, sixtyFourT1(this) - (this.ground.clock.now() - this.#startedAt));
  }

  /** Puts the request on its path, for the first time or again. */
  transmit(): void {
    if (this.bytes !== undefined) this.path.send(this.bytes, this.onSendError);
  }

  /** For the tables' actions only. */
  retransmit(): void {
    this.ground.retransmitted?.();
    this.transmit();
  }

  /** From the first `transmit` to the final response, the end of the connection is a transport error. */
  watch(): void {
    this.path.watchers?.add(this.onSendError);
  }

  protected unwatch(): void {
    this.path.watchers?.delete(this.onSendError);
  }

  protected readonly onSendError = (why: string): void => this.transportError(why);
}

export class NonInviteClientTransaction extends ClientTransaction {
  readonly #machine: Machine<
    NonInviteClientState,
    NonInviteClientEvent,
    NonInviteClientAction,
    NonInviteClientTransaction,
    Payload
  >;

  constructor(
    ground: TransactionGround,
    branch: string,
    method: string,
    path: Path,
    user: ClientTransactionUser,
    bytes: Buffer,
    ended: (transaction: ClientTransaction) => void,
  ) {
    super(ground, branch, method, path, user, bytes, ended);
    this.#machine = new Machine<
      NonInviteClientState,
      NonInviteClientEvent,
      NonInviteClientAction,
      NonInviteClientTransaction,
      Payload
    >(nonInviteClientTable, {
      clock: ground.clock,
      context: this,
      actions: nonInviteActions,
      log: ground.log,
      onState: nonInviteEntered,
    });
  }

  get state(): NonInviteClientState {
    return this.#machine.state;
  }

  receive(response: SipResponse): void {
    this.#machine.handle(response.status < 200 ? 'provisional' : 'final', response);
  }

  transportError(why: string): void {
    this.#machine.handle('transportError', why);
  }

  abandon(): void {
    this.#machine.handle('abandon');
  }

  stop(): void {
    this.#machine.stop();
  }

  /** For the machine only. */
  entered(state: NonInviteClientState): void {
    if (state === 'proceeding') return;
    this.bytes = undefined;
    this.unwatch();
    if (state === 'terminated') this.ended(this);
  }
}

const nonInviteEntered = (
  state: NonInviteClientState,
  _from: NonInviteClientState,
  t: NonInviteClientTransaction,
): void => t.entered(state);

const nonInviteActions: {
  readonly [action in NonInviteClientAction]: (t: NonInviteClientTransaction, payload: Payload | undefined) => void;
} = {
  retransmit: (t) => {
    t.retransmit();
    backOff(t);
  },
  slowDown: (t) => {
    t.intervalMs = t.timers.t2Ms;
  },
  deliver: (t, payload) => {
    if (payload !== undefined && typeof payload !== 'string') t.user.response(payload, t);
  },
  timedOut: (t) => t.user.timedOut(t),
  transportFailed: (t, payload) => t.user.failed(typeof payload === 'string' ? payload : 'transport error', t),
};

export class InviteClientTransaction extends ClientTransaction {
  readonly #machine: Machine<
    InviteClientState,
    InviteClientEvent,
    InviteClientAction,
    InviteClientTransaction,
    Payload
  >;
  readonly #cancellation: Machine<CancellationState, CancellationEvent, CancellationAction, InviteClientTransaction>;
  readonly #launchCancel: (cancel: SipRequest, of: InviteClientTransaction) => void;
  /** Needed whole for the ACK and the CANCEL; released with the final response. */
  #request: SipRequest | undefined;
  #ack: Buffer | undefined;
  #cancelHeaders: readonly (readonly [string, string])[] = [];

  constructor(
    ground: TransactionGround,
    branch: string,
    path: Path,
    user: ClientTransactionUser,
    bytes: Buffer,
    ended: (transaction: ClientTransaction) => void,
    request: SipRequest,
    launchCancel: (cancel: SipRequest, of: InviteClientTransaction) => void,
  ) {
    super(ground, branch, 'INVITE', path, user, bytes, ended);
    this.#request = request;
    this.#launchCancel = launchCancel;
    this.#machine = new Machine<
      InviteClientState,
      InviteClientEvent,
      InviteClientAction,
      InviteClientTransaction,
      Payload
    >(inviteClientTable, {
      clock: ground.clock,
      context: this,
      actions: inviteActions,
      log: ground.log,
      onState: inviteEntered,
    });
    this.#cancellation = new Machine<CancellationState, CancellationEvent, CancellationAction, InviteClientTransaction>(
      cancellationTable,
      {
        clock: ground.clock,
        context: this,
        actions: cancellationActions,
        log: ground.log,
      },
    );
  }

  get state(): InviteClientState {
    return this.#machine.state;
  }

  get cancellation(): CancellationState {
    return this.#cancellation.state;
  }

  receive(response: SipResponse): void {
    if (response.status < 200) {
      this.#machine.handle('provisional', response);
      this.#cancellation.handle('provisional');
      return;
    }
    this.#cancellation.handle('final');
    this.#machine.handle(response.status < 300 ? 'success' : 'failure', response);
  }

  transportError(why: string): void {
    this.#machine.handle('transportError', why);
  }

  abandon(): void {
    this.#machine.handle('abandon');
  }

  /** Cancels the INVITE as soon as RFC 3261 §9.1 allows; the outcome is the INVITE's own final response. */
  cancel(headers: readonly (readonly [string, string])[] = []): void {
    this.#cancelHeaders = headers;
    this.#cancellation.handle('wish');
  }

  stop(): void {
    this.#machine.stop();
    this.#cancellation.stop();
  }

  /** For the tables' actions only. */
  sendAck(response: SipResponse): void {
    if (this.#ack === undefined && this.#request !== undefined) {
      this.#ack = formatMessage(ackToFailure(this.#request, response));
    }
    if (this.#ack !== undefined) this.path.send(this.#ack, this.onSendError);
  }

  /** For the tables' actions only. */
  sendCancel(): void {
    if (this.#request !== undefined) this.#launchCancel(cancelFor(this.#request, this.#cancelHeaders), this);
  }

  /** For the machine only. */
  entered(state: InviteClientState): void {
    if (state === 'calling' || state === 'proceeding') return;
    this.unwatch();
    this.bytes = undefined;
    this.#request = undefined;
    if (state !== 'terminated') return;
    this.#cancellation.handle('final');
    this.#ack = undefined;
    this.ended(this);
  }
}

const inviteEntered = (state: InviteClientState, _from: InviteClientState, t: InviteClientTransaction): void =>
  t.entered(state);

const inviteActions: {
  readonly [action in InviteClientAction]: (t: InviteClientTransaction, payload: Payload | undefined) => void;
} = {
  retransmit: (t) => {
    t.retransmit();
    t.intervalMs *= 2;
  },
  deliver: (t, payload) => {
    if (payload !== undefined && typeof payload !== 'string') t.user.response(payload, t);
  },
  sendAck: (t, payload) => {
    if (payload !== undefined && typeof payload !== 'string') t.sendAck(payload);
  },
  timedOut: (t) => t.user.timedOut(t),
  transportFailed: (t, payload) => t.user.failed(typeof payload === 'string' ? payload : 'transport error', t),
};

const cancellationActions: { readonly [action in CancellationAction]: (t: InviteClientTransaction) => void } = {
  sendCancel: (t) => t.sendCancel(),
  giveUp: (t) => t.abandon(),
};
