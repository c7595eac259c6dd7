import type { Timer } from '../../src/base/index.js';
import type { Dialog, SuccessRetransmission } from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg } from './cdr.js';
import type { IncomingRequest } from './incoming-request.js';
import type { SentRequest } from './sent-request.js';
import type { Link, Transport } from './transport.js';

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
  routed: { readonly hop: string; readonly link: Link } | undefined;
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
  unacknowledged: { readonly cseq: number; readonly retransmission: SuccessRetransmission } | undefined;
  /** The application has hung up: the BYE waits for the ACK of our 2xx (RFC 3261 §15). */
  byeAfterAck: (() => void) | undefined;
  /** The call detail events of its INVITE usage, from the answer on. */
  leg: CallLeg | undefined;
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

  stop(): void {
    this.unacknowledged?.retransmission.stop();
    this.unacknowledged = undefined;
    for (const timer of this.subscriptions.values()) timer.cancel();
    this.subscriptions.clear();
  }
}
