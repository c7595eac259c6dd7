import { type Clock, type Log, type Random, silentLog } from '../base/index.js';
import {
  type ClientTransaction,
  type ClientTransactionUser,
  InviteClientTransaction,
  NonInviteClientTransaction,
  type TransactionGround,
} from './client-transaction.js';
import type { SipRequest, SipResponse } from './message.js';
import type { Path } from './path.js';
import { cseqMethod } from './request-builder.js';
import { createResponse } from './response-builder.js';
import { formatMessage } from './serializer.js';
import { InviteServerTransaction, NonInviteServerTransaction, type ServerTransaction } from './server-transaction.js';
import { TokenSource } from './token-source.js';
import { topVia } from './top-via.js';
import { clientKey, mergeKey, serverKey } from './transaction-key.js';
import { standardTimers, type TimerSettings } from './transaction-timers.js';
import { branchCookie } from './via.js';

/** The user agent core above. `C` is what the transport says of a message: where from, on which listener. */
export interface TransactionLayerUser<C> {
  /** A request that is no retransmission; an answer is due through `transaction`. */
  request(request: SipRequest, transaction: ServerTransaction, context: C): void;
  /** An ACK that no transaction absorbs: that of a 2xx. */
  ack(request: SipRequest, context: C): void;
  /** `target`: the INVITE's transaction, if there is one. An answer to the CANCEL itself is due. */
  cancel(request: SipRequest, transaction: ServerTransaction, target: ServerTransaction | undefined, context: C): void;
  /** A response that matches nothing. */
  stray(response: SipResponse, context: C): void;
}

export interface TransactionLayerOptions<C> {
  readonly clock: Clock;
  readonly random: Random;
  readonly user: TransactionLayerUser<C>;
  /** Asked of each new request but ACK and CANCEL; false: no transaction is made, whoever said so has answered it. */
  readonly admits?: (request: SipRequest, path: Path, context: C) => boolean;
  /** Parameters that our Via carries on a path, e.g. those of RFC 7339. */
  readonly viaParameters?: (path: Path) => string;
  /** Told of each message that a transaction sends again. */
  readonly retransmitted?: () => void;
  readonly timers?: TimerSettings;
  readonly log?: Log;
}

/** RFC 3261 §17: makes, finds and ends transactions. Pure over the clock, the random source and the paths' `send`. */
export class TransactionLayer<C> {
  readonly #user: TransactionLayerUser<C>;
  readonly #admits: TransactionLayerOptions<C>['admits'];
  readonly #viaParameters: (path: Path) => string;
  /** Requests that came again. */
  repeated = 0;
  readonly #ground: TransactionGround;
  readonly #tokens: TokenSource;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merges = new Map<string, ServerTransaction>();

  constructor(options: TransactionLayerOptions<C>) {
    this.#user = options.user;
    this.#admits = options.admits;
    this.#viaParameters = options.viaParameters ?? (() => '');
    this.#ground = {
      clock: options.clock,
      timers: options.timers ?? standardTimers,
      log: options.log ?? silentLog,
      ...(options.retransmitted === undefined ? {} : { retransmitted: options.retransmitted }),
    };
    this.#tokens = new TokenSource(options.random);
  }

  /** Live transactions. */
  get counts(): { readonly client: number; readonly server: number } {
    return { client: this.#clients.size, server: this.#servers.size };
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  /**
   * Adds our Via to `request` and sends it on `path`. For INVITE the result is an {@link InviteClientTransaction}.
   * `mark` ends the branch: a proxy knows its loops by it.
   */
  request(request: SipRequest, path: Path, user: ClientTransactionUser, mark = ''): ClientTransaction {
    const branch = `${branchCookie}${this.#tokens.next(10)}${mark}`;
    addVia(request, path, branch, this.#viaParameters(path));
    const bytes = formatMessage(request);
    const client =
      request.method === 'INVITE'
        ? new InviteClientTransaction(
            this.#ground,
            branch,
            path,
            user,
            bytes,
            this.#clientEnded,
            request,
            this.#launchCancel,
          )
        : new NonInviteClientTransaction(this.#ground, branch, request.method, path, user, bytes, this.#clientEnded);
    this.#clients.set(branch, client);
    client.watch();
    client.transmit();
    return client;
  }

  /** Sends an ACK for a 2xx, which has no transaction (RFC 3261 §13.2.2.4); returns its bytes for sending it again. */
  sendAck(ack: SipRequest, path: Path): Buffer {
    addVia(ack, path, `${branchCookie}${this.#tokens.next(10)}`, '');
    const bytes = formatMessage(ack);
    path.send(bytes);
    return bytes;
  }

  /** A request from the network, its topmost Via stamped; `path` leads back to its sender. */
  receiveRequest(request: SipRequest, path: Path, context: C): void {
    const via = topVia(request.headers);
    if (via === undefined) return;
    const key = serverKey(request, via);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known instanceof InviteServerTransaction && (known.state === 'completed' || known.state === 'confirmed')) {
        known.acknowledge();
      } else {
        this.#user.ack(request, context);
      }
      return;
    }
    if (known !== undefined) {
      this.repeated++;
      known.retransmission();
      return;
    }
    if (request.method === 'CANCEL') {
      const transaction = this.#serve(request, key, '', path);
      this.#user.cancel(request, transaction, this.#servers.get(serverKey(request, via, 'INVITE')), context);
      return;
    }
    if (this.#admits?.(request, path, context) === false) return;
    const merge = mergeKey(request);
    const seen = merge !== '' && this.#merges.has(merge);
    if (seen && !this.#spirals(request)) {
      const transaction = this.#serve(request, key, '', path);
      transaction.respond(482, formatMessage(createResponse(request, 482, this.#tokens.next(8))));
      return;
    }
    this.#user.request(request, this.#serve(request, key, seen ? '' : merge, path), context);
  }

  /** RFC 3261 §16.3: a request that we have proxied ourselves, and that comes again, is no merged one. */
  #spirals(request: SipRequest): boolean {
    for (const via of request.headers.all('Via')) {
      const at = via.indexOf(`branch=${branchCookie}`);
      if (at < 0) continue;
      const end = via.indexOf(';', at);
      if (this.#clients.has(via.slice(at + 7, end < 0 ? via.length : end))) return true;
    }
    return false;
  }

  /** A response from the network. */
  receiveResponse(response: SipResponse, context: C): void {
    const via = topVia(response.headers);
    const method = cseqMethod(response.headers);
    const client = via === undefined ? undefined : this.#clients.get(clientKey(via.branch, method));
    if (client === undefined || client.method !== method) this.#user.stray(response, context);
    else client.receive(response);
  }

  /** Ends everything silently. */
  stop(): void {
    for (const transaction of this.#clients.values()) transaction.stop();
    for (const transaction of this.#servers.values()) transaction.stop();
    this.#clients.clear();
    this.#servers.clear();
    this.#merges.clear();
  }

  #serve(request: SipRequest, key: string, merge: string, path: Path): ServerTransaction {
    const transaction =
      request.method === 'INVITE'
        ? new InviteServerTransaction(this.#ground, key, merge, path, this.#serverEnded)
        : new NonInviteServerTransaction(this.#ground, key, merge, request.method, path, this.#serverEnded, () =>
            formatMessage(createResponse(request, 100)),
          );
    this.#servers.set(key, transaction);
    if (merge !== '') this.#merges.set(merge, transaction);
    return transaction;
  }

  readonly #launchCancel = (cancel: SipRequest, of: InviteClientTransaction): void => {
    const bytes = formatMessage(cancel);
    const client = new NonInviteClientTransaction(
      this.#ground,
      of.branch,
      'CANCEL',
      of.path,
      cancelUser,
      bytes,
      this.#clientEnded,
    );
    this.#clients.set(clientKey(of.branch, 'CANCEL'), client);
    client.transmit();
  };

  readonly #clientEnded = (transaction: ClientTransaction): void => {
    this.#clients.delete(clientKey(transaction.branch, transaction.method));
  };

  readonly #serverEnded = (transaction: ServerTransaction): void => {
    this.#servers.delete(transaction.key);
    if (transaction.mergeKey !== '') this.#merges.delete(transaction.mergeKey);
  };
}

/** Nobody waits for the answer to a CANCEL: the INVITE's own final response tells. */
const cancelUser: ClientTransactionUser = {
  response() {},
  timedOut() {},
  failed() {},
};

function addVia(request: SipRequest, path: Path, branch: string, parameters: string): void {
  request.headers.prepend('Via', `SIP/2.0/${path.transport} ${path.sentBy};rport;branch=${branch}${parameters}`);
}
