import { between, type Random } from '../../src/base/index.js';
import {
  contactUri,
  createResponse,
  cseqNumber,
  Dialog,
  formatMessage,
  Headers,
  hasDescription,
  knownMethods,
  ProxiedRequest,
  parseRAck,
  parseReplaces,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type TransactionLayerUser,
  tagOf,
  uriScheme,
} from '../../src/sip/index.js';
import type { Core } from './core.js';
import { eventPackage } from './event-headers.js';
import { IncomingRequest } from './incoming-request.js';
import type { ProxyCore } from './proxy-core.js';
import { Session } from './session.js';
import type { Link } from './transport.js';

/** What the server lets applications do; for Allow. */
const allow = [...knownMethods].join(', ');

/** Methods that make no sense outside a dialog. */
const dialogOnly = new Set(['BYE', 'UPDATE', 'PRACK']);

/** Option tags that an application may honour by itself; others are refused (RFC 3261 §8.2.2.3). */
const passedOptionTags = new Set([
  ...['path', 'outbound', 'gruu', 'replaces', 'tdialog', 'norefersub', 'join', 'eventlist', 'histinfo', 'from-change'],
  ...[
    'answermode',
    'early-session',
    'geolocation',
    'ice',
    'multiple-refer',
    'pref',
    'privacy',
    'recipient-list-invite',
  ],
  // The server's own part.
  ...['100rel', 'timer'],
  ...['resource-priority', 'sdp-anat', 'sec-agree', 'siprec', 'target-dialog', 'trickle-ice', 'uui', 'precondition'],
]);

/** Requests from the network: the checks of RFC 3261 §8.2 and §12.2.2, then on to an application. */
export class Inbound implements TransactionLayerUser<Link> {
  readonly #core: Core;
  readonly #random: Random;
  readonly #proxy: ProxyCore;

  constructor(core: Core, random: Random, proxy: ProxyCore) {
    this.#core = core;
    this.#random = random;
    this.#proxy = proxy;
  }

  request(request: SipRequest, transaction: ServerTransaction, link: Link): void {
    const fromTag = tagOf(request.headers.get('From') ?? '') ?? '';
    const toTag = tagOf(request.headers.get('To') ?? '');
    const callId = request.headers.get('Call-ID') ?? '';
    const inside = toTag !== undefined && request.method !== 'REGISTER';
    const session = inside ? this.#core.sessions.find(callId, toTag, fromTag) : undefined;
    const incoming = new IncomingRequest(this.#core, request, transaction, link, session);
    transaction.user = incoming;
    if (request.method === 'INVITE' && !inside) incoming.leg = this.#core.calls.attempt('network', 'uas', request);
    const scheme = uriScheme(request.uri);
    if (scheme !== 'sip' && scheme !== 'sips' && scheme !== 'tel' && !isServiceUrn(request.uri))
      this.#core.refuse(incoming, 416);
    else if (callId.includes('|') || fromTag.includes('|')) this.#core.refuse(incoming, 400, [], 'Unusable Call-ID');
    else if (inside && this.#proxy.passes(incoming)) return;
    else if (session !== undefined) this.#inside(incoming, session);
    else if (!inside) this.#outside(incoming);
    else if (request.method === 'NOTIFY') this.#earlyNotify(incoming, toTag);
    else this.#core.refuse(incoming, 481);
  }

  /** The ACK of a 2xx of ours. */
  ack(request: SipRequest, link: Link): void {
    if (this.#proxy.passesAck(request)) return;
    const h = request.headers;
    const session = this.#core.sessions.find(
      h.get('Call-ID') ?? '',
      tagOf(h.get('To') ?? '') ?? '',
      tagOf(h.get('From') ?? '') ?? '',
    );
    const waiting = session?.unacknowledged;
    if (session === undefined || waiting === undefined || waiting.cseq !== cseqNumber(h)) return;
    waiting.retransmission.acknowledge();
    session.unacknowledged = undefined;
    session.offer.acknowledgementReceived(request, waiting.invite, waiting.invite);
    session.offer.over(waiting.invite);
    this.#core.held.deliverAck(session, request, link);
    session.byeAfterAck?.();
    this.#core.freed(session);
  }

  cancel(request: SipRequest, transaction: ServerTransaction, target: ServerTransaction | undefined, link: Link): void {
    if (target === undefined) {
      transaction.respond(481, formatMessage(createResponse(request, 481, this.#core.tokens.next(8))));
      return;
    }
    transaction.respond(200, formatMessage(createResponse(request, 200, target.toTag)));
    // RFC 3261 §9.2: once a final response went out, CANCEL has no effect.
    const invite = target.user;
    if (target.answered) return;
    if (invite instanceof IncomingRequest) this.#core.cancelInvite(invite, 487, 'cancelled', request, link);
    else if (invite instanceof ProxiedRequest) {
      invite.cancel(request.headers.all('Reason').map((reason): readonly [string, string] => ['Reason', reason]));
    }
  }

  stray(response: SipResponse, link: Link): void {
    this.#core.log.debug('response without a transaction', { status: response.status, address: link.address });
  }

  #outside(incoming: IncomingRequest): void {
    const { request, method } = incoming;
    const h = request.headers;
    if (dialogOnly.has(method)) {
      this.#core.refuse(incoming, 481);
    } else if (!knownMethods.has(method) && !this.#core.routes(method)) {
      this.#core.refuse(incoming, 501, [['Allow', allow]]);
    } else if (h.get('Max-Forwards') === '0' && method !== 'OPTIONS' && method !== 'REGISTER') {
      this.#core.refuse(incoming, 483);
    } else if (this.#refusedExtension(incoming)) {
      return;
    } else if ((method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER') && contactUri(h) === undefined) {
      this.#core.refuse(incoming, 400, [], 'Missing or Unusable Contact');
    } else if (method === 'INVITE' && (this.#tooShort(incoming) || this.#replaces(incoming))) {
      return;
    } else {
      this.#trying(incoming);
      this.#core.deliver(incoming);
    }
  }

  #inside(incoming: IncomingRequest, session: Session): void {
    const { request, method } = incoming;
    if (session.dialog.state === 'terminated' && method !== 'PRACK') {
      this.#core.refuse(incoming, 481);
      return;
    }
    if (!session.dialog.admit(request)) {
      this.#core.refuse(incoming, 500, [this.#soon()], 'CSeq Out of Order');
      return;
    }
    if (!knownMethods.has(method)) {
      this.#core.refuse(incoming, 501, [['Allow', allow]]);
      return;
    }
    if (this.#refusedExtension(incoming)) return;
    if (incoming.link.reliable) session.link = incoming.link;
    if (method === 'INVITE' || method === 'UPDATE') {
      if (!this.#mayChange(incoming, session)) return;
    } else if (method === 'PRACK') {
      if (!this.#prack(incoming, session)) return;
    } else if (method === 'BYE' && session.dialog.state === 'early') {
      if (session.dialog.role === 'uas') this.#byeBeforeAnswer(incoming, session);
      else this.#byeFromCallee(incoming, session);
      return;
    } else if (method === 'BYE') {
      // The call is over, whenever the application comes to say so.
      this.#core.timers.end(session);
      session.unacknowledged?.retransmission.stop();
    }
    this.#core.deliver(incoming);
  }

  /** One change of the session at a time (RFC 3261 §14.2, RFC 3311 §5.2). */
  #mayChange(incoming: IncomingRequest, session: Session): boolean {
    const { request, method } = incoming;
    // RFC 3261 §15.1.1: with our BYE the session is over.
    if (session.leaving) return this.#notNow(incoming, 481);
    if (method === 'UPDATE') {
      if (session.incomingUpdate !== undefined) return this.#notNow(incoming, 500);
    } else if (session.incomingInvite !== undefined || session.dialog.state === 'early') {
      return this.#notNow(incoming, 500);
    } else if (session.outgoingInvite !== undefined || session.awaitingAck !== undefined) {
      return this.#notNow(incoming, 491);
    }
    const { verdict } = session.offer;
    if (verdict !== 0 && hasDescription(request)) return this.#notNow(incoming, verdict);
    if (this.#tooShort(incoming)) return false;
    session.offer.requestReceived(request, incoming);
    if (method === 'UPDATE') {
      session.incomingUpdate = incoming;
    } else {
      session.incomingInvite = incoming;
      this.#trying(incoming);
    }
    return true;
  }

  #notNow(incoming: IncomingRequest, status: 481 | 491 | 500): false {
    this.#core.refuse(incoming, status, status === 500 ? [this.#soon()] : []);
    return false;
  }

  /** RFC 4028 §9: 422, where the session interval is too short. */
  #tooShort(incoming: IncomingRequest): boolean {
    const minSe = this.#core.timers.tooShort(incoming.request);
    if (minSe === undefined) return false;
    this.#core.refuse(incoming, 422, [['Min-SE', minSe]]);
    return true;
  }

  /** RFC 3262 §3. True: the application is to answer it. */
  #prack(incoming: IncomingRequest, session: Session): boolean {
    const { request } = incoming;
    const rack = parseRAck(request.headers.get('RAck') ?? '');
    const { reliable } = session;
    if (rack === undefined) {
      this.#core.refuse(incoming, 400, [], 'Missing or Malformed RAck');
      return false;
    }
    if (reliable?.acknowledge(rack) !== true) {
      this.#core.refuse(incoming, 481);
      return false;
    }
    // Its INVITE is answered: to the application there is nothing left to acknowledge, unless an offer comes with it.
    if (session.dialog.state === 'terminated' || (session.incomingInvite === undefined && request.body.length === 0)) {
      this.#core.refuse(incoming, 200);
      return false;
    }
    session.offer.acknowledgementReceived(request, session.incomingInvite ?? incoming, incoming);
    return true;
  }

  /**
   * RFC 3891 §3: an INVITE that is to replace a dialog goes to the application that has it. What matches nothing here
   * is the applications' business: the dialog may be one that they proxied. True: refused.
   */
  #replaces(incoming: IncomingRequest): boolean {
    const { headers } = incoming.request;
    if (!headers.has('Replaces')) return false;
    const wanted = headers.all('Replaces').length === 1 ? parseReplaces(headers.get('Replaces') ?? '') : undefined;
    if (wanted === undefined) {
      this.#core.refuse(incoming, 400, [], 'Malformed Replaces');
      return true;
    }
    const session = this.#core.sessions.find(wanted.callId, wanted.localTag, wanted.remoteTag);
    if (session === undefined) return false;
    const { state, role } = session.dialog;
    const inviteless = state === 'confirmed' && !session.invite;
    const status =
      state === 'terminated'
        ? 603
        : inviteless || (state === 'early' && role === 'uas')
          ? 481
          : state === 'confirmed' && wanted.earlyOnly
            ? 486
            : 0;
    if (status !== 0) {
      this.#core.refuse(incoming, status);
      return true;
    }
    incoming.replaced = session.app;
    return false;
  }

  /** The caller may hang up before the answer (RFC 3261 §15): for the application that is a CANCEL. */
  #byeBeforeAnswer(bye: IncomingRequest, session: Session): void {
    const invite = session.incomingInvite;
    this.#core.refuse(bye, 200);
    if (invite === undefined) return;
    const headers = new Headers([...bye.request.headers.entries()].filter(([name]) => name !== 'CSeq'));
    headers.append('CSeq', `${cseqNumber(invite.request.headers)} CANCEL`);
    const cancel: SipRequest = { ...bye.request, method: 'CANCEL', uri: invite.request.uri, headers };
    this.#core.cancelInvite(invite, 487, 'cancelled', cancel, bye.link);
  }

  /** A callee must not (RFC 3261 §15), but its wish is plain: its early dialog ends, and with the last one the call. */
  #byeFromCallee(bye: IncomingRequest, session: Session): void {
    this.#core.refuse(bye, 200);
    const invite = session.outgoingInvite;
    this.#core.remove(session);
    const forks = this.#core.sessions.withId(session.dialog.id);
    if (!forks.some((fork) => fork.outgoingInvite === invite)) invite?.cancel([]);
  }

  /** RFC 6665 §4.4.1: the first NOTIFY may come before the answer to our SUBSCRIBE or REFER. */
  #earlyNotify(incoming: IncomingRequest, toTag: string): void {
    const { request, link } = incoming;
    const sent = this.#core.subscribing.get(`${request.headers.get('Call-ID')}|${toTag}`);
    const original = sent?.request;
    if (sent === undefined || original === undefined) {
      this.#core.refuse(incoming, 481);
      return;
    }
    const dialog = Dialog.asSubscriber(original, request);
    dialog.confirm();
    dialog.admit(request);
    const session = new Session(dialog, sent.app, link.listener, link.reliable ? link : undefined);
    this.#core.sessions.add(session);
    this.#core.subscribe(session, sent.method === 'REFER' ? 'refer' : eventPackage(original), 3600);
    incoming.over();
    const inside = new IncomingRequest(this.#core, request, incoming.transaction, link, session);
    incoming.transaction.user = inside;
    this.#core.deliver(inside);
  }

  #trying(incoming: IncomingRequest): void {
    if (incoming.method === 'INVITE') {
      incoming.transaction.sendTrying(formatMessage(createResponse(incoming.request, 100)));
    }
  }

  #refusedExtension(incoming: IncomingRequest): boolean {
    const required = incoming.request.headers.list('Require');
    if (required.length === 0) return false;
    const unsupported = required.filter((tag) => !passedOptionTags.has(tag.toLowerCase()));
    if (unsupported.length === 0) return false;
    this.#core.refuse(incoming, 420, [['Unsupported', unsupported.join(', ')]]);
    return true;
  }

  /** RFC 3261 §14.2: a random 0 to 10 s. */
  #soon(): readonly [string, string] {
    return ['Retry-After', String(Math.floor(between(this.#random, 0, 11)))];
  }
}

/** RFC 5031: a call for a service, above all for help. */
function isServiceUrn(uri: string): boolean {
  return uri.length < 100 && uri.slice(0, 12).toLowerCase() === 'urn:service:';
}
