import {
  createResponse,
  cseqNumber,
  Dialog,
  formatMessage,
  listHas,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '../../src/sip/index.js';
import type { App } from './app.js';
import { type AppMessage, addAppHeaders, withContactHost } from './app-message.js';
import type { CallLeg } from './cdr.js';
import type { SipCommand } from './control-server.js';
import type { Core } from './core.js';
import { endsSubscription, eventPackage, expiresOf } from './event-headers.js';
import type { IncomingRequest } from './incoming-request.js';
import { hostPort } from './listen-address.js';
import { rememberConnection } from './registered-connection.js';
import { ReliableProvisionals } from './reliable-provisionals.js';
import { isPrivate } from './sent-request.js';
import { Session } from './session.js';
import { addTag, removeTag, type SessionInterval } from './session-timers.js';

type AppResponse = Extract<AppMessage, { kind: 'response' }>;

/** Methods whose 2xx carries a Contact because it makes or refreshes a dialog (RFC 3261 §12.1.1, §12.2). */
const targetRefresh = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE', 'NOTIFY']);

/** Responses of applications: completed, sent, and echoed with what srf builds its Dialog from. */
export class Answers {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  answer(app: App, command: SipCommand, message: AppResponse): void {
    const incoming = this.#core.incoming.get(command.transactionId);
    const fault = incoming === undefined ? 'transaction not found, or already answered' : refusal(incoming, message);
    if (incoming === undefined || fault !== undefined) {
      app.nok(command.messageId, fault ?? '');
      return;
    }
    const response = this.#build(incoming, message);
    if (typeof response === 'string') {
      app.nok(command.messageId, response);
      return;
    }
    incoming.app = app;
    incoming.timer?.cancel();
    incoming.timer = undefined;
    if (incoming.method !== 'INVITE' || !this.#inTurn(app, command, incoming, response)) {
      this.#send(app, command, incoming, response);
    }
  }

  /** True: the response is reliable, or waits for the PRACK of one (RFC 3262 §3), and is sent in its turn. */
  #inTurn(app: App, command: SipCommand, incoming: IncomingRequest, response: SipResponse): boolean {
    const { status } = response;
    const reliably = status > 100 && status < 200 && asksForPrack(incoming.request, response);
    if (!reliably && (incoming.reliable === undefined || status < 200)) return false;
    const answer = {
      response,
      send: () => this.#send(app, command, incoming, response),
      drop: (why: string) => app.nok(command.messageId, why),
    };
    if (incoming.reliable === undefined) incoming.reliable = new ReliableProvisionals(this.#core, incoming);
    if (!reliably) return incoming.reliable.final(answer);
    incoming.reliable.provisional(answer);
    return true;
  }

  #send(app: App, command: SipCommand, incoming: IncomingRequest, response: SipResponse): Buffer {
    const { status } = response;
    const interval = beginsSession(incoming.method, status) ? this.#core.timers.answer(incoming, response) : undefined;
    const bytes = formatMessage(response);
    const dialogId = this.#dialogAfter(incoming, response, app);
    if (status >= 200) this.#core.forget(incoming);
    if (status > 100) incoming.transaction.respond(status, bytes);
    if (incoming.leg !== undefined && status >= 200) this.#tellOutcome(incoming.leg, incoming, response);
    const { link } = incoming;
    if (status >= 200) this.#core.guard.answered(incoming.request, response, link);
    const to = `${link.protocol}|${link.address}|${link.port}|${this.#core.time()}`;
    app.send(
      `response|${command.messageId}|OK|application|${bytes.length}|${to}|${incoming.id}|${dialogId}||Msg sent:|`,
      bytes,
    );
    if (status >= 200) this.#afterFinal(incoming, response, bytes, interval);
    return bytes;
  }

  #build(incoming: IncomingRequest, message: AppResponse): SipResponse | string {
    const { request, link, method } = incoming;
    const { status } = message;
    const host = hostPort(link.localAddress, link.listener.port);
    if (!incoming.inDialog && incoming.session === undefined) {
      incoming.toTag = tagOf(message.headers.get('To') ?? '') ?? incoming.toTag;
    }
    const response = createResponse(
      request,
      status,
      incoming.toTag,
      message.reason === '' ? undefined : message.reason,
    );
    const h = response.headers;
    const creates = status > 100 && status < 300 && targetRefresh.has(method);
    if (creates) for (const route of request.headers.all('Record-Route')) h.append('Record-Route', route);
    const contacts = message.headers.all('Contact');
    for (const contact of contacts) h.append('Contact', withContactHost(contact, host, link.protocol));
    if (creates && contacts.length === 0)
      h.append('Contact', incoming.session?.dialog.localContact || this.#core.contact(link));
    const body = addAppHeaders(h, message, host);
    if (!body.ok) return body.error;
    response.body = message.body;
    return response;
  }

  #tellOutcome(leg: CallLeg, incoming: IncomingRequest, response: SipResponse): void {
    if (response.status >= 300 || incoming.session === undefined) {
      leg.stop('application', 'call-rejected', response);
      return;
    }
    incoming.session.leg = leg;
    leg.start('application', response);
  }

  /** Makes, confirms or ends the dialog; returns its id for the application, empty when there is none. */
  #dialogAfter(incoming: IncomingRequest, response: SipResponse, app: App): string {
    const { request, method } = incoming;
    const { status } = response;
    let session = incoming.session;
    const creates =
      (method === 'INVITE' && status > 100 && status < 300) ||
      ((method === 'SUBSCRIBE' || method === 'REFER') && status >= 200 && status < 300);
    if (session === undefined && creates) {
      session = this.#newSession(incoming, response, app);
      incoming.session = session;
      if (method === 'INVITE') session.incomingInvite = incoming;
    }
    if (session === undefined) return '';
    if (status >= 300 && !incoming.inDialog) {
      incoming.reliable?.finish();
      this.#core.retire(session);
      return '';
    }
    if (method === 'INVITE')
      session.offer.responseSent(response, incoming, status >= 200 || response.headers.has('RSeq'));
    session.app = app;
    if (status >= 200 && status < 300) {
      session.dialog.confirm();
      if (incoming.inDialog && targetRefresh.has(method)) session.dialog.refreshTarget(request.headers);
      if (method === 'INVITE') session.invite = true;
      if (incoming.inDialog && response.headers.has('Contact')) {
        session.dialog.localContact = response.headers.get('Contact') ?? session.dialog.localContact;
      }
    }
    return session.dialog.id;
  }

  #newSession(incoming: IncomingRequest, response: SipResponse, app: App): Session {
    const { request, link } = incoming;
    const dialog = Dialog.asUas(request, response);
    // A private contact seen from a public address: the peer is behind NAT, and only where it came from reaches it.
    const contact = parseSipUri(dialog.nextHop);
    const host = contact.ok ? contact.value.host : '';
    const nat = dialog.routeSet.length === 0 && isPrivate(host) && host !== link.address && !isPrivate(link.address);
    const session = new Session(dialog, app, link.listener, link.reliable || nat ? link : undefined);
    session.peer = link.address;
    if (incoming.method === 'INVITE') session.offer.requestReceived(request, incoming);
    this.#core.sessions.add(session);
    return session;
  }

  #afterFinal(
    incoming: IncomingRequest,
    response: SipResponse,
    bytes: Buffer,
    interval: SessionInterval | undefined,
  ): void {
    const { request, method, session } = incoming;
    const success = response.status < 300;
    if (success && (method === 'REGISTER' || method === 'SUBSCRIBE'))
      rememberConnection(this.#core.destinations, incoming.request, response, incoming.link);
    if (session === undefined) return;
    if (success && beginsSession(method, response.status)) {
      if (interval !== undefined || session.timer !== undefined) this.#core.timers.begin(session, interval);
      if (session.timer !== undefined) session.remember(response);
    }
    if (!success || method !== 'INVITE') session.offer.over(incoming);
    switch (method) {
      case 'INVITE':
        if (success) {
          session.toldAt = this.#core.clock.now();
          const { transaction } = incoming;
          const { status } = response;
          const resend = () => transaction.respond(status, bytes);
          this.#core.awaitAck(session, incoming, cseqNumber(request.headers), resend);
        }
        return;
      case 'PRACK':
        session.reliable?.release();
        return;
      case 'BYE':
        session.leg?.stop('network', 'normal-release', request);
        this.#core.endInvite(session);
        return;
      case 'SUBSCRIBE':
        if (success)
          this.#core.subscribe(session, eventPackage(request), expiresOf(response, expiresOf(request, 3600)));
        return;
      case 'REFER':
        if (success && !/false/i.test(response.headers.get('Refer-Sub') ?? ''))
          this.#core.subscribe(session, 'refer', 180);
        else if (success && session.unused) this.#core.remove(session);
        return;
      case 'NOTIFY':
        if (endsSubscription(request)) this.#core.unsubscribe(session, eventPackage(request));
        return;
      default:
    }
  }
}

/** Why a response cannot be sent at all. */
function refusal(incoming: IncomingRequest, message: AppResponse): string | undefined {
  if (incoming.reliable?.concluding === true) return 'transaction already answered: the response waits for a PRACK';
  if (message.status >= 200) return undefined;
  return incoming.method === 'INVITE' ? undefined : 'a provisional response to a request that is no INVITE (RFC 4320)';
}

/** True for a response that begins a session interval, or begins it anew (RFC 4028 §9). */
function beginsSession(method: string, status: number): boolean {
  return status >= 200 && status < 300 && (method === 'INVITE' || method === 'UPDATE');
}

/**
 * Makes a provisional response reliable where the caller insists or the application wishes it and the caller can; takes
 * the application's wish off it where the caller cannot (RFC 3262 §3).
 */
function asksForPrack(request: SipRequest, response: SipResponse): boolean {
  const { headers } = response;
  const wished = listHas(headers, 'Require', '100rel');
  if (!wished && !request.headers.has('Require')) return false;
  const required = listHas(request.headers, 'Require', '100rel');
  if (required || (wished && listHas(request.headers, 'Supported', '100rel'))) {
    addTag(headers, 'Require', '100rel');
    return true;
  }
  removeTag(headers, 'Require', '100rel');
  return false;
}
