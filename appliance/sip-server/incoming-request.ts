import type { Timer } from '../../src/base/index.js';
import type { ServerTransaction, ServerTransactionUser, SipRequest, Source } from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg } from './cdr.js';
import type { Core } from './core.js';
import type { ReliableProvisionals } from './reliable-provisionals.js';
import type { Session } from './session.js';
import type { Link } from './transport.js';

/** A request from the network between its arrival and its final answer. */
export class IncomingRequest implements ServerTransactionUser {
  readonly id: string;
  /** The application that has it; undefined while none does. */
  app: App | undefined;
  /** Its dialog: the one it came in, or the one that a response to it made. */
  session: Session | undefined;
  /** True for a request that came inside a dialog. */
  readonly inDialog: boolean;
  /** Runs until an application answers anything at all, or while no application is there to take it. */
  timer: Timer | undefined;
  /** Who waits for the answer, while it is due. */
  #source: Source | undefined;
  /** The call detail events of an INVITE that begins a call, until its answer. */
  leg: CallLeg | undefined;
  /** The application of the dialog that it is to replace (RFC 3891). */
  replaced: App | undefined;
  /** An INVITE's provisional responses that want a PRACK. */
  reliable: ReliableProvisionals | undefined;

  constructor(
    readonly core: Core,
    readonly request: SipRequest,
    readonly transaction: ServerTransaction,
    readonly link: Link,
    session: Session | undefined,
  ) {
    this.id = core.nextId();
    this.#source = core.guard.began(request.method, link.address);
    this.session = session;
    this.inDialog = session !== undefined;
    transaction.toTag = session?.dialog.localTag ?? core.tokens.next(8);
  }

  /** The To tag of every response to it. */
  get toTag(): string {
    return this.transaction.toTag;
  }

  set toTag(tag: string) {
    this.transaction.toTag = tag;
  }

  get method(): string {
    return this.request.method;
  }

  /** Nobody waits for an answer any more. */
  over(): void {
    if (this.#source === undefined) return;
    this.core.guard.ended(this.method, this.#source);
    this.#source = undefined;
  }

  expired(): void {
    this.core.log.warn('request was never answered by its application', { method: this.method });
    this.leg?.stop('application', 'system-error-initiated-termination', this.request);
    this.core.forget(this);
    this.session?.offer.over(this);
    if (this.method === 'BYE' && this.session !== undefined) {
      this.session.leg?.stop('network', 'normal-release', this.request);
      this.core.endInvite(this.session);
    } else if (this.method === 'PRACK') {
      this.session?.reliable?.release();
    }
  }

  ackTimedOut(): void {
    // The peer never acknowledged our refusal: there is nothing left to do (RFC 3261 §17.2.1).
  }
}
