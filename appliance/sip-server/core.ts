import type { Clock, Log } from '../../src/base/index.js';
import {
  cancelFor,
  createResponse,
  type Dialog,
  type DialogSet,
  formatMessage,
  type SipRequest,
  type SipResponse,
  SuccessRetransmission,
  type TokenSource,
  type TransactionGround,
  type TransactionLayer,
} from '../../src/sip/index.js';
import type { App } from './app.js';
import { CallEvents, stopReason } from './cdr.js';
import type { Destination, Destinations } from './destinations.js';
import type { Guard } from './guard.js';
import { HeldRequests } from './held-requests.js';
import type { IncomingRequest } from './incoming-request.js';
import { isLarge } from './large-request.js';
import { hostPort } from './listen-address.js';
import { SentRequest } from './sent-request.js';
import type { Session } from './session.js';
import { SessionTimers } from './session-timers.js';
import type { Link } from './transport.js';

/**
 * A BYE right behind the answer reaches the application a moment later: drachtio-srf hands the dialog over by a promise,
 * and a BYE in the same bite of the connection would come before anybody could listen for it.
 */
const SETTLE_MS = 200;
/** How long an application may leave an INVITE without any answer. */
const FIRST_ANSWER_MS = 64_000;

/** What the server knows: transactions, dialogs and requests under way, shared by its parts. */
export interface CoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly tokens: TokenSource;
  readonly ground: TransactionGround;
  readonly guard: Guard;
  readonly nextId: () => string;
  readonly layer: () => TransactionLayer<Link>;
  readonly destinations: () => Destinations;
  readonly sessions: DialogSet<Session>;
  /** The next application in turn for a method. */
  readonly pick: (method: string) => App | undefined;
  /** Shorter session intervals are refused (RFC 4028 §4), seconds. */
  readonly minSeS: number;
  /** Takes a new request for which an application is to be looked for; false when it is for {@link pick}. */
  readonly outbound: (incoming: IncomingRequest) => boolean;
}

export class Core {
  readonly clock: Clock;
  readonly log: Log;
  readonly tokens: TokenSource;
  readonly guard: Guard;
  readonly nextId: () => string;
  readonly sessions: DialogSet<Session>;
  readonly calls: CallEvents;
  readonly ground: TransactionGround;
  readonly timers: SessionTimers;
  /** Requests that an application is to answer, by transaction id. */
  readonly incoming = new Map<string, IncomingRequest>();
  /** Requests of applications that have no final response, by transaction id. */
  readonly sent = new Map<string, SentRequest>();
  /** SUBSCRIBE and REFER under way, by Call-ID and From tag: a NOTIFY may be faster than their answer. */
  readonly subscribing = new Map<string, SentRequest>();
  readonly #options: CoreOptions;
  #timeMs = -1;
  #timeText = '';
  readonly held: HeldRequests;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.log = options.log;
    this.tokens = options.tokens;
    this.guard = options.guard;
    this.nextId = options.nextId;
    this.sessions = options.sessions;
    this.calls = new CallEvents(options.pick, () => this.time());
    this.held = new HeldRequests(this, options.pick);
    this.ground = options.ground;
    this.timers = new SessionTimers(this, options.minSeS);
  }

  get layer(): TransactionLayer<Link> {
    return this.#options.layer();
  }

  get destinations(): Destinations {
    return this.#options.destinations();
  }

  /** HH:MM:SS.uuuuuu UTC, as the control protocol writes it. */
  time(): string {
    const ms = Math.floor(this.clock.wall());
    if (ms === this.#timeMs) return this.#timeText;
    const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
    const clock = `${two((ms / 3_600_000) % 24)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}`;
    this.#timeMs = ms;
    this.#timeText = `${clock}.${String(ms % 1000).padStart(3, '0')}000`;
    return this.#timeText;
  }

  // ---- requests from the network

  /** Some application asked for a method that the server does not know. */
  routes(method: string): boolean {
    return this.#options.pick(method) !== undefined;
  }

  /** Answers at once, without any application. */
  refuse(
    incoming: IncomingRequest,
    status: number,
    headers: readonly (readonly [string, string])[] = [],
    reason?: string,
  ): void {
    const response = createResponse(incoming.request, status, incoming.toTag, reason);
    for (const [name, value] of headers) response.headers.append(name, value);
    incoming.leg?.stop('application', 'call-rejected', response);
    this.forget(incoming);
    if (!incoming.transaction.answered) {
      incoming.transaction.respond(status, formatMessage(response));
      this.guard.answered(incoming.request, response, incoming.link);
    }
    incoming.session?.offer.over(incoming);
    if (incoming.method === 'PRACK') incoming.session?.reliable?.release();
  }

  /** An INVITE ends before its application has answered it: a refusal to the peer, a CANCEL to the application. */
  cancelInvite(invite: IncomingRequest, status: number, why: string, cancel?: SipRequest, link = invite.link): void {
    const { app, session } = invite;
    const told = cancel ?? cancelFor(invite.request, [['Reason', `SIP;cause=${status};text="${why}"`]]);
    invite.leg?.stop(
      status === 487 ? 'network' : 'application',
      status === 487 ? 'call-canceled' : 'call-rejected',
      told,
    );
    this.refuse(invite, status, [], status === 487 ? undefined : why);
    if (session !== undefined && !invite.inDialog) this.retire(session);
    if (app !== undefined) this.tell(app, told, link, invite.id, undefined);
  }

  /** Seconds for Retry-After: short, and not the same for everybody. */
  retryAfter(): readonly [string, string] {
    return ['Retry-After', String(1 + (Number.parseInt(this.tokens.next(2), 16) % 5))];
  }

  /** Gives the request to the application of its dialog, or to the next one in turn for its method. */
  deliver(incoming: IncomingRequest): void {
    const tooSoon = incoming.method === 'BYE' ? settlesInMs(incoming.session, this.clock.now()) : 0;
    if (tooSoon > 0) {
      incoming.timer = this.clock.after(tooSoon, () => this.deliver(incoming));
      return;
    }
    const owner = incoming.session?.app ?? incoming.replaced;
    if (owner?.connected !== true && incoming.session === undefined && this.#options.outbound(incoming)) return;
    const app = owner?.connected === true ? owner : this.#options.pick(incoming.method);
    if (app === undefined) {
      if (incoming.session === undefined) this.refuse(incoming, 503, [this.retryAfter()]);
      else this.held.hold(incoming);
      return;
    }
    this.give(incoming, app);
  }

  /** Gives the request to this application. */
  give(incoming: IncomingRequest, app: App): void {
    if (this.guard.refusesDelivery(app.queuedBytes, incoming.request, incoming.link)) {
      this.refuse(incoming, 503, [this.retryAfter()]);
      return;
    }
    if (incoming.session !== undefined) incoming.session.app = app;
    incoming.app = app;
    this.incoming.set(incoming.id, incoming);
    this.tell(
      app,
      incoming.request,
      incoming.link,
      incoming.id,
      incoming.inDialog ? incoming.session?.dialog : undefined,
    );
    if (incoming.method === 'INVITE') {
      incoming.timer = this.clock.after(FIRST_ANSWER_MS, () => {
        this.log.warn('INVITE was never answered by its application');
        incoming.leg?.stop('application', 'system-error-initiated-termination', incoming.request);
        this.refuse(incoming, 408);
      });
    }
  }

  /** The request is over for its application. */
  forget(incoming: IncomingRequest): void {
    incoming.timer?.cancel();
    incoming.timer = undefined;
    incoming.over();
    this.incoming.delete(incoming.id);
    this.held.forget(incoming);
    incoming.reliable?.finish();
    const session = incoming.session;
    if (session?.incomingInvite === incoming) session.incomingInvite = undefined;
    if (session?.incomingUpdate === incoming) session.incomingUpdate = undefined;
  }

  /** A request as the control protocol hands it to an application. */
  tell(app: App, request: SipRequest, link: Link, transactionId: string, dialog: Dialog | undefined): void {
    const bytes = formatMessage(request);
    const from = `${link.protocol}|${link.address}|${link.port}|${this.time()}`;
    const on = `${link.localAddress}|${link.listener.port}`;
    app.send(`sip|network|${bytes.length}|${from}|${transactionId}|${dialog?.id ?? ''}|${on}`, bytes);
  }

  // ---- requests of applications

  /** Where a request of this dialog goes. */
  route(session: Session, done: (destination: Destination) => void): void {
    if (session.link?.open === true) {
      done({ link: session.link });
      return;
    }
    const hop = session.dialog.nextHop;
    if (session.routed?.hop === hop) {
      done(session.routed.to);
      return;
    }
    this.destinations.find(hop, { listener: session.listener, stay: session.peer }, (destination) => {
      if ('link' in destination && !destination.link.reliable) session.routed = { hop, to: destination };
      done(destination);
    });
  }

  /** Sends a request of ours, with or without an application behind it. */
  launch(sent: SentRequest, destination: Destination): void {
    if ('failure' in destination) {
      sent.undeliverable(destination.failure);
      return;
    }
    const { link } = destination;
    const refused = sent.request === undefined ? undefined : this.guard.refusesSending(sent.request, link);
    if (refused !== undefined) {
      sent.undeliverable(refused);
      return;
    }
    this.destinations.asks(destination);
    this.#fitting(sent, link, (better) => {
      const bytes = sent.start(this.layer, better, destination.next);
      this.echo(sent, bytes, better);
    });
  }

  /** Sends a request of ours to the next address (RFC 3263 §4.3); its application knows of one request only. */
  relaunch(sent: SentRequest, destination: Destination): boolean {
    if ('failure' in destination || sent.request === undefined) return false;
    const { link, next } = destination;
    if (this.guard.refusesSending(sent.request, link) !== undefined) return false;
    this.destinations.asks(destination);
    this.#fitting(sent, link, (better) => sent.startAgain(this.layer, better, next));
    return true;
  }

  #fitting(sent: SentRequest, link: Link, start: (link: Link) => void): void {
    if (link.reliable || sent.request === undefined || !isLarge(sent.request)) start(link);
    else this.destinations.forLarge(link, start);
  }

  /** Tells the application that its request is on the way, before anything else about it. */
  echo(sent: SentRequest, bytes: Buffer, link: Link | undefined): void {
    if (sent.app === undefined || sent.messageId === '') return;
    const to = link === undefined ? 'udp||' : `${link.protocol}|${link.address}|${link.port}`;
    const fields = `application|${bytes.length}|${to}|${this.time()}|${sent.id}|Msg sent:|`;
    sent.app.send(`response|${sent.messageId}|OK|${fields}`, bytes);
  }

  /** A response to an application's request. Without `link` it was made here, and has no address. */
  tellResponse(sent: SentRequest, response: SipResponse, link: Link | undefined, dialogId: string): void {
    if (sent.app === undefined) return;
    const bytes = formatMessage(response);
    const from =
      link === undefined ? `${sent.link?.protocol ?? 'udp'}||` : `${link.protocol}|${link.address}|${link.port}`;
    sent.app.send(`sip|network|${bytes.length}|${from}|${this.time()}|${sent.id}|${dialogId}`, bytes);
  }

  // ---- dialogs

  /** Sends our 2xx again and again until its ACK comes; without one the call ends. */
  awaitAck(session: Session, invite: IncomingRequest, cseq: number, resend: () => void): void {
    session.unacknowledged?.retransmission.stop();
    const retransmission = new SuccessRetransmission(this.#options.ground, resend, () => {
      session.unacknowledged = undefined;
      session.offer.over(invite);
      const bye = session.byeAfterAck;
      if (bye === undefined) this.hangUp(session, 'ACK timeout');
      else bye();
    });
    session.unacknowledged = { cseq, retransmission, invite };
  }

  /** Nothing is in the way of requests that waited any more. */
  freed(session: Session): void {
    for (const action of session.takeLater()) action();
  }

  /** RFC 3261 §14.1: how long to wait after a 491, by who chose the Call-ID. */
  glareDelayMs(session: Session): number {
    const chance = Number.parseInt(this.tokens.next(2), 16) / 0x10000;
    return session.dialog.role === 'uac' ? 2100 + chance * 1900 : chance * 2000;
  }

  /** Ends a call on the server's own account: BYE to the peer, and to the application as unsolicited. */
  hangUp(session: Session, text: string): void {
    const bye = session.dialog.request('BYE');
    bye.headers.append('Reason', `SIP;cause=200;text="${text}"`);
    session.leg?.stop('application', stopReason(text), bye);
    const app = session.app;
    if (app?.connected === true) {
      const bytes = formatMessage(bye);
      const link = session.link;
      const to = link === undefined ? 'udp||' : `${link.protocol}|${link.address}|${link.port}`;
      app.send(`sip|application|${bytes.length}|${to}|${this.time()}|unsolicited|${session.dialog.id}`, bytes);
    }
    const sent = new SentRequest(this, bye, undefined, '', session);
    this.route(session, (destination) => this.launch(sent, destination));
    this.endInvite(session);
  }

  /** Answers a 2xx that nobody wants: ACK, then BYE (RFC 3261 §13.2.2.4). */
  discard(session: Session, invite: SentRequest): void {
    this.acknowledge(session, invite, session.dialog.request('ACK', invite.cseq), () => {
      const bye = session.dialog.request('BYE');
      session.leg?.stop('application', 'system-initiated-termination', bye);
      const sent = new SentRequest(this, bye, undefined, '', session);
      this.route(session, (destination) => this.launch(sent, destination));
      this.endInvite(session);
    });
  }

  /** Sends the ACK of a 2xx and keeps it for retransmissions of that 2xx. */
  acknowledge(
    session: Session,
    invite: SentRequest,
    ack: SipRequest,
    done: (bytes: Buffer, link: Link | undefined) => void,
  ): void {
    if (session.awaitingAck === invite) session.awaitingAck = undefined;
    session.offer.acknowledgementSent(ack, invite, invite);
    session.offer.over(invite);
    if (session.timer !== undefined) session.remember(ack);
    this.route(session, (destination) => {
      if ('failure' in destination) {
        this.log.warn('ACK could not be sent', { why: destination.failure });
        done(formatMessage(ack), undefined);
        return;
      }
      const bytes = this.layer.sendAck(ack, destination.link);
      invite.acks.set(session.dialog.remoteTag, { bytes, link: destination.link });
      done(bytes, destination.link);
    });
  }

  /** However a call came to its end, its events end with it. */
  #stopLeg(session: Session): void {
    const { leg } = session;
    session.leg = undefined;
    if (leg?.stopped === false) leg.stop('application', 'system-initiated-termination', session.dialog.request('BYE'));
  }

  /** The INVITE usage is over; the dialog goes with it unless subscriptions keep it. */
  endInvite(session: Session): void {
    this.#stopLeg(session);
    session.invite = false;
    this.timers.end(session);
    session.unacknowledged?.retransmission.stop();
    session.unacknowledged = undefined;
    const pending = session.incomingInvite;
    if (pending?.inDialog === true) this.refuse(pending, 487);
    // The peer has no more reason to repeat its answer: without a CANCEL a lost one would be awaited for ever.
    const { outgoingInvite } = session;
    if (outgoingInvite?.session === session) outgoingInvite.cancel([]);
    if (session.unused) this.remove(session);
  }

  /** A subscription begins or goes on (RFC 6665): it ends by NOTIFY, or by itself a while after `expiresS`. */
  subscribe(session: Session, event: string, expiresS: number): void {
    session.subscriptions.get(event)?.cancel();
    const timer = this.clock.after((expiresS + 32) * 1000, () => this.unsubscribe(session, event));
    session.subscriptions.set(event, timer);
  }

  unsubscribe(session: Session, event: string): void {
    session.subscriptions.get(event)?.cancel();
    session.subscriptions.delete(event);
    if (session.unused) this.remove(session);
  }

  remove(session: Session): void {
    this.#stopLeg(session);
    session.dialog.state = 'terminated';
    session.byeAfterAck?.();
    session.stop();
    this.sessions.remove(session);
    this.freed(session);
  }

  /** A dialog whose INVITE failed: PRACKs that are on their way still find it (RFC 3262 §3). */
  retire(session: Session): void {
    if (session.reliable?.outstanding !== true) {
      this.remove(session);
      return;
    }
    session.dialog.state = 'terminated';
    this.linger(session);
  }

  /** Removes a dialog that nobody uses any more when no message of it can be on its way: after 64*T1. */
  linger(session: Session, end: () => void = () => this.remove(session)): void {
    session.lingering?.cancel();
    session.lingering = this.clock.after(64 * this.ground.timers.t1Ms, end);
  }

  /** Its requests are answered or passed on, its calls stay up. */
  appGone(app: App): void {
    for (const incoming of [...this.incoming.values()]) {
      if (incoming.app !== app) continue;
      incoming.timer?.cancel();
      incoming.app = undefined;
      this.incoming.delete(incoming.id);
      // A re-INVITE that nothing was said to yet waits like every other request of its dialog.
      if (incoming.method === 'INVITE' && (!incoming.inDialog || incoming.transaction.status > 100)) {
        incoming.leg?.stop('application', 'system-error-initiated-termination', incoming.request);
        this.refuse(incoming, 503, [this.retryAfter()]);
        if (incoming.session !== undefined && !incoming.inDialog) this.retire(incoming.session);
      } else if (app.outbound && incoming.session === undefined) {
        // It was found for this request: to look again would find the same.
        this.refuse(incoming, 480);
      } else {
        this.deliver(incoming);
      }
    }
    for (const sent of [...this.sent.values()]) if (sent.app === app) sent.orphan();
    for (const session of [...this.sessions.values()]) {
      const invite = session.awaitingAck;
      if (session.app !== app || invite === undefined) continue;
      // Nobody is left to acknowledge: a call that just began ends, one that was changed goes on.
      if (invite.session === undefined) this.discard(session, invite);
      else this.acknowledge(session, invite, session.dialog.request('ACK', invite.cseq), () => undefined);
    }
  }

  /** Our own contact on a link: `<sip:host:port>`, with the transport where it is not UDP. */
  contact(link: Link): string {
    const parameter = link.protocol === 'udp' ? '' : `;transport=${link.protocol}`;
    return `<sip:${hostPort(link.localAddress, link.listener.port)}${parameter}>`;
  }

  stop(): void {
    this.held.stop();
    for (const incoming of this.incoming.values()) {
      incoming.timer?.cancel();
      incoming.leg?.stop('application', 'system-initiated-termination', incoming.request);
    }
    for (const sent of this.sent.values()) {
      if (sent.request !== undefined) sent.leg?.stop('application', 'system-initiated-termination', sent.request);
    }
    for (const session of [...this.sessions.values()]) {
      session.byeAfterAck = undefined;
      this.remove(session);
    }
    this.incoming.clear();
    this.sent.clear();
    this.subscribing.clear();
  }
}

/** Until the application can have taken note that its call is up. */
function settlesInMs(session: Session | undefined, now: number): number {
  return session === undefined ? 0 : session.toldAt + SETTLE_MS - now;
}
