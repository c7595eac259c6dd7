import { Headers } from './headers.js';
import { emptyBody, type SipRequest, type SipResponse } from './message.js';
import { firstUri, parseNameAddr, tagOf } from './name-addr.js';
import { cseqNumber } from './request-builder.js';
import { parseSipUri } from './uri.js';

export type DialogState = 'early' | 'confirmed' | 'terminated';

interface DialogParts {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly creatorTag: string;
  readonly localParty: string;
  readonly remoteParty: string;
  readonly remoteTarget: string;
  readonly localContact: string;
  readonly routeSet: readonly string[];
  readonly localCSeq: number;
  readonly remoteCSeq: number | undefined;
}

/** One dialog (RFC 3261 §12): plain state, no timers, no transactions. */
export class Dialog {
  state: DialogState = 'early';
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  /** Empty with a peer of RFC 2543 that sends none. */
  readonly remoteTag: string;
  /** The From tag of the request that made the dialog, the same on both sides. */
  readonly creatorTag: string;
  /** The From value of our requests, its tag included. */
  readonly localParty: string;
  /** The To value of our requests. */
  readonly remoteParty: string;
  /** The Contact value that our target refreshes carry. */
  localContact: string;
  /** The peer's Contact URI: the Request-URI of our requests. */
  remoteTarget: string;
  /** Route values in the order in which they are visited; fixed once the dialog is confirmed (§12.1.2). */
  routeSet: readonly string[];
  localCSeq: number;
  remoteCSeq: number | undefined;
  #distinction = '';

  constructor(parts: DialogParts) {
    this.role = parts.role;
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.creatorTag = parts.creatorTag;
    this.localParty = parts.localParty;
    this.remoteParty = parts.remoteParty;
    this.localContact = parts.localContact;
    this.remoteTarget = parts.remoteTarget;
    this.routeSet = parts.routeSet;
    this.localCSeq = parts.localCSeq;
    this.remoteCSeq = parts.remoteCSeq;
  }

  /** RFC 3261 §12.1.1. `response` carries our To tag and Contact. */
  static asUas(request: SipRequest, response: SipResponse): Dialog {
    const to = response.headers.get('To') ?? '';
    const from = request.headers.get('From') ?? '';
    const fromTag = tagOf(from) ?? '';
    return new Dialog({
      role: 'uas',
      callId: request.headers.get('Call-ID') ?? '',
      localTag: tagOf(to) ?? '',
      remoteTag: fromTag,
      creatorTag: fromTag,
      localParty: to,
      remoteParty: from,
      remoteTarget: contactUri(request.headers) ?? '',
      localContact: response.headers.get('Contact') ?? '',
      routeSet: request.headers.list('Record-Route'),
      localCSeq: 0,
      remoteCSeq: cseqNumber(request.headers),
    });
  }

  /** RFC 3261 §12.1.2. `request` as it was sent. */
  static asUac(request: SipRequest, response: SipResponse): Dialog {
    const from = request.headers.get('From') ?? '';
    const to = response.headers.get('To') ?? '';
    const localTag = tagOf(from) ?? '';
    return new Dialog({
      role: 'uac',
      callId: request.headers.get('Call-ID') ?? '',
      localTag,
      remoteTag: tagOf(to) ?? '',
      creatorTag: localTag,
      localParty: from,
      remoteParty: to,
      remoteTarget: contactUri(response.headers) ?? request.uri,
      localContact: request.headers.get('Contact') ?? '',
      routeSet: [...response.headers.list('Record-Route')].reverse(),
      localCSeq: cseqNumber(request.headers),
      remoteCSeq: undefined,
    });
  }

  /** A NOTIFY that comes before the answer to our SUBSCRIBE or REFER makes the dialog (RFC 6665 §4.4.1). */
  static asSubscriber(request: SipRequest, notify: SipRequest): Dialog {
    const to = notify.headers.get('From') ?? '';
    const from = request.headers.get('From') ?? '';
    const localTag = tagOf(from) ?? '';
    return new Dialog({
      role: 'uac',
      callId: request.headers.get('Call-ID') ?? '',
      localTag,
      remoteTag: tagOf(to) ?? '',
      creatorTag: localTag,
      localParty: from,
      remoteParty: to,
      remoteTarget: contactUri(notify.headers) ?? request.uri,
      localContact: request.headers.get('Contact') ?? '',
      routeSet: notify.headers.list('Record-Route'),
      localCSeq: cseqNumber(request.headers),
      remoteCSeq: undefined,
    });
  }

  /** The name that drachtio-srf knows it by; forks of one INVITE share it. */
  get id(): string {
    return `${this.callId};from-tag=${this.creatorTag}${this.#distinction}`;
  }

  /** Both ends of a dialog can live here, when a proxy sends our own INVITE back: the second gets a name of its own. */
  distinguish(): void {
    this.#distinction = `;role=${this.role}`;
  }

  /**
   * Takes note of a request's CSeq (RFC 3261 §12.2.2). False: it is lower than one before and gets a 500. Not to be
   * asked about ACK and CANCEL, which repeat the number of their INVITE.
   */
  admit(request: SipRequest): boolean {
    const number = cseqNumber(request.headers);
    if (this.remoteCSeq !== undefined && number < this.remoteCSeq) return false;
    this.remoteCSeq = number;
    return true;
  }

  /** RFC 3261 §12.2.1.2, §12.2.2: a target refresh request, or its 2xx, moves the peer's contact. */
  refreshTarget(headers: Headers): void {
    const uri = contactUri(headers);
    if (uri !== undefined) this.remoteTarget = uri;
  }

  /** The 2xx's Record-Route replaces that of the provisional response that made the dialog (RFC 3261 §13.2.2.4). */
  confirm(response?: SipResponse): void {
    if (this.state === 'early') this.state = 'confirmed';
    if (response === undefined) return;
    this.routeSet = [...response.headers.list('Record-Route')].reverse();
    this.refreshTarget(response.headers);
  }

  /** The URI that decides where our requests go: the first route, or the peer itself. */
  get nextHop(): string {
    const [first] = this.routeSet;
    return first === undefined ? this.remoteTarget : uriOf(first);
  }

  /** A request of this dialog with the next CSeq (RFC 3261 §12.2.1.1); ACK repeats `cseq`, that of its INVITE. */
  request(method: string, cseq?: number): SipRequest {
    const number = cseq ?? ++this.localCSeq;
    const headers = new Headers();
    headers.append('Max-Forwards', '70');
    headers.append('From', this.localParty);
    headers.append('To', this.remoteParty);
    headers.append('Call-ID', this.callId);
    headers.append('CSeq', `${number} ${method}`);
    let uri = this.remoteTarget;
    const [first, ...rest] = this.routeSet;
    if (first !== undefined) {
      if (isLoose(first)) {
        for (const route of this.routeSet) headers.append('Route', route);
      } else {
        uri = uriOf(first);
        for (const route of rest) headers.append('Route', route);
        headers.append('Route', `<${this.remoteTarget}>`);
      }
    }
    return { kind: 'request', method, uri, headers, body: emptyBody };
  }
}

/** The URI of the first Contact, if it is a single well-formed one. */
export function contactUri(headers: Headers): string | undefined {
  const value = headers.get('Contact');
  if (value === undefined || value === '*') return undefined;
  return firstUri(value);
}

function uriOf(route: string): string {
  const parsed = parseNameAddr(route);
  return parsed.ok ? parsed.value.uri : route;
}

function isLoose(route: string): boolean {
  const uri = parseSipUri(uriOf(route));
  return uri.ok && uri.value.parameters.has('lr');
}
