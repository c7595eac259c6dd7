import type { Timer } from '../../src/base/index.js';
import {
  type Dialog,
  hasDescription,
  OfferAnswer,
  type ProvisionalSequence,
  type SessionTimer,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SuccessRetransmission,
} from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg } from './cdr.js';
import type { Destination } from './destinations.js';
import type { IncomingRequest } from './incoming-request.js';
import type { ReliableProvisionals } from './reliable-provisionals.js';
import type { SentRequest } from './sent-request.js';
import type { SessionInterval } from './session-timers.js';
import type { Link, Transport } from './transport.js';

/** Requests of an application that wait for the dialog to be free; more than this is a fault of the application. */
const LATER_LIMIT = 8;

const nothing: readonly (() => void)[] = [];

/** A dialog with what the server keeps beside it: its application, its way to the peer, its usages (RFC 5057). */
export class Session {
  readonly dialog: Dialog;
  /** Undefined, or not connected any more, after its application went. */
  app: App | undefined;
  /** The listener that the dialog began on. */
  readonly listener: Transport;
  /** Sends past the dialog's own next hop: a live connection, or where a peer behind NAT really is. */
  link: Link | undefined;
  /** The next hop as last resolved; a dialog stays with the address that it found. */
  routed: { readonly hop: string; readonly to: Destination } | undefined;
  /** The address that answered, or called: of several of a name the dialog keeps to this one (RFC 3263 §4.3). */
  peer: string | undefined;
  /** When the application was told that the call is up. */
  toldAt = Number.NEGATIVE_INFINITY;
  /** There is an INVITE usage, which BYE ends. */
  invite = false;
  /** The peer's (re-)INVITE that is not answered finally. */
  incomingInvite: IncomingRequest | undefined;
  /** Our (re-)INVITE that has no final response yet. */
  outgoingInvite: SentRequest | undefined;
  /** Our INVITE whose 2xx waits for the application's ACK. */
  awaitingAck: SentRequest | undefined;
  /** Our 2xx that waits for the peer's ACK, with the CSeq of its INVITE. */
  unacknowledged:
    | { readonly cseq: number; readonly retransmission: SuccessRetransmission; readonly invite: IncomingRequest }
    | undefined;
  /** The application has hung up: the BYE waits for the ACK of our 2xx (RFC 3261 §15). */
  byeAfterAck: (() => void) | undefined;
  /** The call detail events of its INVITE usage, from the answer on. */
  leg: CallLeg | undefined;
  /** The peer's UPDATE that is not answered. */
  incomingUpdate: IncomingRequest | undefined;
  /** Reliable provisional responses of ours to the last INVITE that had any. */
  reliable: ReliableProvisionals | undefined;
  /** Reliable provisional responses of the peer to the last INVITE of ours that had any. */
  provisionals: { readonly invite: SentRequest; readonly sequence: ProvisionalSequence<SipResponse> } | undefined;
  readonly offer = new OfferAnswer();
  /** The session interval that runs (RFC 4028), and what was agreed on. */
  timer: SessionTimer | undefined;
  interval: SessionInterval | undefined;
  /** A BYE is under way: answers to older requests begin no session interval any more. */
  leaving = false;
  /** The Min-SE that a 422 of the peer named, seconds. */
  minSeS = 0;
  /** A refresh of the server's own that is under way. */
  refresh: SentRequest | undefined;
  /** Ends a dialog that lingers after its INVITE failed or another fork won. */
  lingering: Timer | undefined;
  #later: (() => void)[] | undefined;
  /** Our last session description, for refreshes by re-INVITE. */
  #description: { readonly body: Buffer; readonly type: string } | undefined;
  /** Subscription usages by event package, each with the timer that ends it when nobody else does. */
  readonly subscriptions = new Map<string, Timer>();

  constructor(dialog: Dialog, app: App | undefined, listener: Transport, link: Link | undefined) {
    this.dialog = dialog;
    this.app = app;
    this.listener = listener;
    this.link = link;
  }

  get unused(): boolean {
    return !this.invite && this.subscriptions.size === 0;
  }

  /** Another transaction is in the way of a refresh (RFC 3261 §14.1, RFC 3311 §5.1). */
  get busy(): boolean {
    return (
      this.outgoingInvite !== undefined ||
      this.awaitingAck !== undefined ||
      this.unacknowledged !== undefined ||
      this.incomingInvite !== undefined ||
      this.incomingUpdate !== undefined ||
      this.offer.state !== 'stable'
    );
  }

  /** Keeps what is to be done once the dialog is free; false: too much waits already. */
  later(action: () => void): boolean {
    if (this.#later === undefined) this.#later = [];
    if (this.#later.length >= LATER_LIMIT) return false;
    this.#later.push(action);
    return true;
  }

  takeLater(): readonly (() => void)[] {
    const actions = this.#later ?? nothing;
    this.#later = undefined;
    return actions;
  }

  /** Keeps the description of a message of ours. Its bytes are copied: what they lie in is much larger. */
  remember(message: SipMessage): void {
    if (!hasDescription(message)) return;
    this.#description = { body: Buffer.from(message.body), type: message.headers.get('Content-Type') ?? '' };
  }

  get described(): boolean {
    return this.#description !== undefined;
  }

  /** Gives a refresh our last description. */
  describe(request: SipRequest): void {
    if (this.#description === undefined) return;
    request.headers.set('Content-Type', this.#description.type);
    request.body = this.#description.body;
  }

  stop(): void {
    this.lingering?.cancel();
    this.lingering = undefined;
    this.timer?.stop();
    this.timer = undefined;
    this.reliable?.stop();
    this.unacknowledged?.retransmission.stop();
    this.unacknowledged = undefined;
    for (const timer of this.subscriptions.values()) timer.cancel();
    this.subscriptions.clear();
  }
}
