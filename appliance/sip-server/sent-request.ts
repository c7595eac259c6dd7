import {
  type ClientTransaction,
  type ClientTransactionUser,
  contactUri,
  createResponse,
  cseqNumber,
  Dialog,
  formatMessage,
  type Heard,
  InviteClientTransaction,
  listHas,
  ProvisionalSequence,
  parseRSeq,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  type Source,
  type TransactionLayer,
  tagOf,
  triesNext,
} from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg } from './cdr.js';
import type { Core } from './core.js';
import type { Destination } from './destinations.js';
import { endsSubscription, eventPackage, expiresOf } from './event-headers.js';
import { Session } from './session.js';
import type { Link } from './transport.js';

/** A request that left, for an application or on the server's own account, until its transaction is done. */
export class SentRequest implements ClientTransactionUser {
  readonly core: Core;
  readonly id: string;
  readonly method: string;
  readonly cseq: number;
  readonly callId: string;
  readonly localTag: string;
  /** What the application called the command; empty for requests of the server itself. */
  readonly messageId: string;
  /** Undefined for requests of the server itself, and when the application went. */
  app: App | undefined;
  link: Link | undefined;
  /** The dialog that it was sent in. */
  readonly session: Session | undefined;
  /** ACKs of its 2xx responses by remote tag, for their retransmissions. */
  readonly acks = new Map<string, { readonly bytes: Buffer; readonly link: Link }>();
  /** Told of the final response; for requests of the server itself. */
  settled: ((response: SipResponse) => void) | undefined;
  /** The peer has answered, whatever. */
  heard = false;
  readonly #sentAt: number;
  /** Released with the final response. */
  #request: SipRequest | undefined;
  #transaction: ClientTransaction | undefined;
  /** The way to the next address of the target. */
  #next: (() => Destination) | undefined;
  #heard: Heard = 'nothing';
  /** Where it went, while an answer is due. */
  #asked: Source | undefined;
  /** Dialogs made by its provisional responses. */
  #early: Session[] = [];
  /** The call detail events of an INVITE that begins a call, until its answer. */
  leg: CallLeg | undefined;
  #accepted = false;
  #cancelWished = false;
  #unwanted = false;

  constructor(core: Core, request: SipRequest, app: App | undefined, messageId: string, session: Session | undefined) {
    this.core = core;
    this.id = core.nextId();
    this.method = request.method;
    this.cseq = cseqNumber(request.headers);
    this.callId = request.headers.get('Call-ID') ?? '';
    this.localTag = tagOf(request.headers.get('From') ?? '') ?? '';
    this.app = app;
    this.messageId = messageId;
    this.session = session;
    this.#sentAt = core.clock.now();
    this.#request = request;
    if (session !== undefined && this.method === 'INVITE') session.outgoingInvite = this;
  }

  /** The request while it has no final response. */
  get request(): SipRequest | undefined {
    return this.#request;
  }

  /** Credentials of an accepted INVITE: its ACK repeats them (RFC 3261 §22.1). */
  get credentials(): readonly (readonly [string, string])[] {
    const headers = this.#acceptedRequest?.headers;
    if (headers === undefined) return [];
    return ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
      headers.all(name).map((value): readonly [string, string] => [name, value]),
    );
  }

  /** Puts it on its way; returns its bytes as sent. */
  start(layer: TransactionLayer<Link>, link: Link, next: (() => Destination) | undefined): Buffer {
    const request = this.#request;
    if (request === undefined) throw new Error('a request is started once');
    this.link = link;
    this.#next = next;
    this.core.sent.set(this.id, this);
    if (this.session === undefined && (this.method === 'SUBSCRIBE' || this.method === 'REFER')) {
      this.core.subscribing.set(`${this.callId}|${this.localTag}`, this);
    }
    const transaction = this.#transmit(layer, request, link);
    this.#tellSent(request);
    return transaction.bytes ?? formatMessage(request);
  }

  /** The same request to another address: a new branch, and our contact there. */
  startAgain(layer: TransactionLayer<Link>, link: Link, next: (() => Destination) | undefined): void {
    const request = this.#request;
    if (request === undefined) return;
    if (this.#cancelWished) {
      this.#conclude(487, 'cancelled before it was sent again');
      return;
    }
    request.headers.removeFirst('Via');
    if (this.link !== undefined && request.headers.get('Contact') === this.core.contact(this.link)) {
      request.headers.set('Contact', this.core.contact(link));
    }
    if (this.session !== undefined) this.session.routed = undefined;
    this.link = link;
    this.#next = next;
    this.#heard = 'nothing';
    this.#transmit(layer, request, link);
  }

  #transmit(layer: TransactionLayer<Link>, request: SipRequest, link: Link): ClientTransaction {
    if (this.#asked !== undefined) this.#asked.asked--;
    this.#asked = this.core.guard.sources.of(link.address);
    this.#asked.asked++;
    const transaction = layer.request(request, link, this);
    this.#transaction = transaction;
    return transaction;
  }

  /** RFC 3263 §4.3. False: the outcome is the request's own. */
  #triesNext(outcome: 'timedOut' | 'failed' | number): boolean {
    const next = this.#next;
    if (this.link !== undefined) this.core.destinations.judge(this.link, false);
    if (next === undefined || this.#cancelWished || this.#unwanted) return false;
    if (!triesNext(this.method, this.#heard, outcome)) return false;
    this.#next = undefined;
    return this.core.relaunch(this, next());
  }

  /** It cannot even be sent: the application hears of it as of any other request, then gets a 503. */
  undeliverable(why: string): void {
    this.refused(503, why);
    if (this.#request !== undefined) this.#tellSent(this.#request);
  }

  /** It is not sent at all, because of what the server knows: the application gets that answer. */
  refused(status: number, why: string): void {
    const request = this.#request;
    if (request === undefined) return;
    this.core.echo(this, formatMessage(request), undefined);
    this.core.clock.after(0, () => this.#conclude(status, why));
  }

  /** Cancels an INVITE as soon as it may; false when there is nothing to cancel. */
  cancel(headers: readonly (readonly [string, string])[]): boolean {
    if (!(this.#transaction instanceof InviteClientTransaction) || this.#request === undefined) return false;
    this.#cancelWished = true;
    this.#transaction.cancel(headers);
    return true;
  }

  /** Nobody waits for it any more. */
  orphan(): void {
    this.app = undefined;
    if (this.method !== 'INVITE') return;
    this.#unwanted = true;
    this.cancel([['Reason', 'SIP;cause=503;text="application gone"']]);
  }

  response(response: SipResponse): void {
    this.heard = true;
    if (response.status < 200)
      this.#heard = response.status === 100 && this.#heard !== 'progress' ? 'trying' : 'progress';
    else if (response.status === 503 && this.#request !== undefined && this.#triesNext(503)) return;
    if (response.status !== 503 && this.link !== undefined) this.core.destinations.judge(this.link, true);
    if (response.status < 200) this.#provisional(response);
    else if (response.status >= 300) this.#failure(response);
    else if (this.method === 'INVITE') this.#inviteSuccess(response);
    else this.#success(response);
  }

  timedOut(transaction: ClientTransaction): void {
    if (
      transaction instanceof InviteClientTransaction &&
      transaction.cancellation !== 'idle' &&
      transaction.cancellation !== 'ready'
    ) {
      this.#conclude(487, 'no final response to the cancelled request');
    } else if (!this.#triesNext('timedOut')) {
      this.#conclude(408, `no answer from ${this.link?.address ?? ''}:${this.link?.port ?? ''}`);
    }
  }

  failed(why: string): void {
    if (!this.#triesNext('failed')) this.#conclude(503, why);
  }

  /** What its sending means for call detail events: a leg begins with its INVITE, and ends with the BYE. */
  #tellSent(request: SipRequest): void {
    if (this.method === 'BYE') this.session?.leg?.stop('application', 'normal-release', request);
    else if (this.method === 'INVITE' && this.session === undefined) {
      this.leg = this.core.calls.attempt('application', 'uac', request);
    }
  }

  /** The outcome when no response came: made here, so that it carries no address and says why. */
  #conclude(status: number, why: string): void {
    const request = this.#request;
    if (request === undefined) return;
    const response = createResponse(request, status);
    response.headers.append('Reason', `SIP;cause=${status};text="${why.replace(/["\\\r\n]/g, ' ')}"`);
    this.leg?.stop('application', status === 487 ? 'call-canceled' : 'call-rejected', response);
    this.#finish();
    this.#dropEarly();
    this.core.tellResponse(this, response, undefined, this.session?.dialog.id ?? '');
    this.#afterFinal(request, response);
  }

  #provisional(response: SipResponse): void {
    const request = this.#request;
    if (request === undefined) return;
    const tag = tagOf(response.headers.get('To') ?? '');
    let { session } = this;
    if (this.method === 'INVITE' && response.status > 100 && tag !== undefined) {
      session = session ?? this.#dialogWith(request, response, tag);
      if (this.#reliable(session, response)) return;
      session.offer.responseReceived(response, this, false);
    }
    this.core.tellResponse(this, response, this.link, session?.dialog.id ?? '');
  }

  /** A reliable provisional response goes to the application in the order of its RSeq, once (RFC 3262 §4). */
  #reliable(session: Session, response: SipResponse): boolean {
    const { headers } = response;
    if (!headers.has('RSeq')) return false;
    const rseq = parseRSeq(headers.get('RSeq') ?? '');
    if (rseq === undefined || !listHas(headers, 'Require', '100rel')) {
      // The application would acknowledge it, and the peer would not understand.
      headers.remove('RSeq');
      return false;
    }
    if (session.provisionals?.invite !== this) {
      session.provisionals = { invite: this, sequence: new ProvisionalSequence<SipResponse>() };
      if (this.session === undefined) this.#chooseLink(session, response);
    }
    for (const ready of session.provisionals.sequence.take(rseq, response)) {
      session.offer.responseReceived(ready, this, true);
      this.core.tellResponse(this, ready, this.link, session.dialog.id);
    }
    return true;
  }

  #failure(response: SipResponse): void {
    const request = this.#request;
    if (request === undefined) return;
    const cancelled = response.status === 487 && this.#cancelWished;
    this.leg?.stop('network', cancelled ? 'call-canceled' : 'call-rejected', response);
    this.#finish();
    this.#dropEarly();
    if (this.session === undefined && this.method !== 'INVITE') this.#dropNotified();
    this.core.tellResponse(this, response, this.link, this.session?.dialog.id ?? '');
    this.#afterFinal(request, response);
  }

  #inviteSuccess(response: SipResponse): void {
    const tag = tagOf(response.headers.get('To') ?? '') ?? '';
    const ack = this.acks.get(tag);
    if (ack !== undefined) {
      ack.link.send(ack.bytes);
      return;
    }
    const request = this.#request;
    if (this.#accepted || request === undefined) {
      this.#extraSuccess(response, tag);
      return;
    }
    this.#accepted = true;
    this.#acceptedRequest = request;
    let session = this.session;
    if (session === undefined) {
      session = this.#dialogWith(request, response, tag);
      session.dialog.confirm(response);
      this.#settleForks(session);
    } else {
      session.dialog.refreshTarget(response.headers);
    }
    session.invite = true;
    session.offer.responseReceived(response, this, true);
    // How long a new call rings says nothing of when the peer began to count.
    const sentAt = this.session === undefined ? undefined : this.#sentAt;
    this.core.timers.accepted(session, request, response, sentAt);
    if (session.timer !== undefined) session.remember(request);
    if (this.session === undefined) this.#chooseLink(session, response);
    this.#finish();
    if (this.#unwanted || this.app === undefined) {
      this.leg?.stop('application', 'system-initiated-termination', response);
      if (this.session === undefined) this.core.discard(session, this);
      else this.core.acknowledge(session, this, session.dialog.request('ACK', this.cseq), () => undefined);
      this.settled?.(response);
      return;
    }
    if (this.leg !== undefined) {
      session.leg = this.leg;
      this.leg.start('network', response);
    }
    session.awaitingAck = this;
    session.toldAt = this.core.clock.now();
    this.core.tellResponse(this, response, this.link, session.dialog.id);
  }

  #acceptedRequest: SipRequest | undefined;

  /** A 2xx after the first: the same one again before its ACK, or a fork that nobody knows what to do with. */
  #extraSuccess(response: SipResponse, tag: string): void {
    const request = this.#acceptedRequest;
    const known = this.core.sessions.find(this.callId, this.localTag, tag);
    if (request === undefined || (known !== undefined && known.dialog.state !== 'early')) return;
    const session = this.#dialogWith(request, response, tag);
    session.dialog.confirm(response);
    this.core.discard(session, this);
  }

  #success(response: SipResponse): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#finish();
    let session = this.session;
    if (session === undefined && (this.method === 'SUBSCRIBE' || this.method === 'REFER')) {
      const tag = tagOf(response.headers.get('To') ?? '') ?? '';
      session = this.#dialogWith(request, response, tag);
      session.dialog.confirm(response);
      this.#chooseLink(session, response);
    } else if (session !== undefined && (this.method === 'UPDATE' || this.method === 'SUBSCRIBE')) {
      session.dialog.refreshTarget(response.headers);
    }
    if (session !== undefined && (this.method === 'UPDATE' || this.method === 'PRACK')) {
      session.offer.responseReceived(response, this, true);
      if (this.method === 'UPDATE') this.core.timers.accepted(session, request, response, this.#sentAt);
      if (session.timer !== undefined || this.method === 'PRACK') session.remember(request);
    }
    if (session !== undefined && this.method === 'SUBSCRIBE') {
      this.core.subscribe(session, eventPackage(request), expiresOf(response, expiresOf(request, 3600)));
    } else if (
      session !== undefined &&
      this.method === 'REFER' &&
      !/false/i.test(response.headers.get('Refer-Sub') ?? '')
    ) {
      this.core.subscribe(session, 'refer', 180);
    }
    this.core.tellResponse(this, response, this.link, session?.dialog.id ?? '');
    this.#afterFinal(request, response);
  }

  /** What a final response, or its absence, means for the dialog. */
  #afterFinal(request: SipRequest, response: SipResponse): void {
    const session = this.session;
    if (session === undefined) return;
    session.offer.over(this);
    this.settled?.(response);
    // The application may answer a challenge with another BYE (RFC 3261 §22.2).
    const challenged = this.app !== undefined && (response.status === 401 || response.status === 407);
    if (this.method === 'BYE' && challenged) this.core.linger(session, () => this.core.endInvite(session));
    else if (this.method === 'BYE') this.core.endInvite(session);
    else if (this.method === 'NOTIFY' && (endsSubscription(request) || response.status === 481)) {
      this.core.unsubscribe(session, eventPackage(request));
    }
  }

  #finish(): void {
    this.#request = undefined;
    if (this.#asked !== undefined) this.#asked.asked--;
    this.#asked = undefined;
    this.core.sent.delete(this.id);
    if (this.session?.outgoingInvite === this) this.session.outgoingInvite = undefined;
    this.core.subscribing.delete(`${this.callId}|${this.localTag}`);
  }

  #dialogWith(request: SipRequest, response: SipResponse, tag: string): Session {
    const existing = this.core.sessions.find(this.callId, this.localTag, tag);
    if (existing !== undefined) return existing;
    const link = this.link;
    if (link === undefined) throw new Error('a response without a way that it came by');
    const session = new Session(
      Dialog.asUac(request, response),
      this.app,
      link.listener,
      link.reliable ? link : undefined,
    );
    session.peer = link.address;
    if (this.method === 'INVITE') {
      session.outgoingInvite = this;
      session.offer.requestSent(request, this);
      this.#early.push(session);
    }
    this.core.sessions.add(session);
    return session;
  }

  #dropEarly(): void {
    for (const session of this.#early) this.core.remove(session);
    this.#early = [];
  }

  /** RFC 3261 §13.2.2.4: the other early dialogs may still be answered, for 64*T1. */
  #settleForks(winner: Session): void {
    for (const session of this.#early) {
      session.outgoingInvite = undefined;
      if (session !== winner) this.core.linger(session);
    }
    this.#early = [];
  }

  /** A refused SUBSCRIBE or REFER ends what an early NOTIFY began. */
  #dropNotified(): void {
    for (const session of [...this.core.sessions.withCallId(this.callId)]) {
      if (session.dialog.localTag === this.localTag && !session.invite) this.core.remove(session);
    }
  }

  /**
   * Requests of the dialog go to where the response came from when the peer's contact cannot be reached as it stands:
   * the first route is a private address, or there is no route and the contact names another host.
   */
  #chooseLink(session: Session, response: SipResponse): void {
    const link = this.link;
    if (link === undefined || link.reliable) return;
    const [route] = session.dialog.routeSet;
    const contact = contactUri(response.headers);
    const hop = hostOf(session.dialog.nextHop);
    const nat = /;nat=yes/i.test(contact ?? '') || /;nat=yes/i.test(route ?? '');
    const unreachable = route === undefined ? hop !== link.address : isPrivate(hop) && hop !== link.address;
    if (nat || unreachable) session.link = link;
  }
}

function hostOf(uri: string): string {
  const parsed = parseSipUri(uri);
  return parsed.ok ? parsed.value.host.replace(/^\[|\]$/g, '').toLowerCase() : '';
}

/** RFC 1918. */
export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}
