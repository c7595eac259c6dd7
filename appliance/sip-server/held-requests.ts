import type { Timer } from '../../src/base/index.js';
import type { SipRequest } from '../../src/sip/index.js';
import type { App } from './app.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';
import type { Session } from './session.js';
import type { Link } from './transport.js';

/** How long a request of a dialog waits for an application to come back. */
const HOLD_MS = 3_000;

interface HeldAck {
  readonly session: Session;
  readonly request: SipRequest;
  readonly link: Link;
  readonly timer: Timer;
}

/** Requests of dialogs whose application is gone, until another one routes their method. */
export class HeldRequests {
  readonly #core: Core;
  readonly #pick: (method: string) => App | undefined;
  readonly #requests = new Set<IncomingRequest>();
  /** An ACK has no answer; with a late offer it holds what the next application needs. */
  readonly #acks = new Set<HeldAck>();

  constructor(core: Core, pick: (method: string) => App | undefined) {
    this.#core = core;
    this.#pick = pick;
  }

  /** Holds the request, or answers 503 where too many wait already. */
  hold(incoming: IncomingRequest): void {
    const core = this.#core;
    if (this.#full) {
      core.refuse(incoming, 503, [core.retryAfter()]);
      return;
    }
    this.#requests.add(incoming);
    incoming.timer = core.clock.after(HOLD_MS, () => {
      core.refuse(incoming, 503, [core.retryAfter()]);
      // The peer has hung up, whatever it makes of the answer.
      if (incoming.method === 'BYE' && incoming.session !== undefined) {
        incoming.session.leg?.stop('network', 'normal-release', incoming.request);
        core.endInvite(incoming.session);
      }
    });
  }

  /** Gives the ACK of our 2xx to the application of its dialog, or to the next one that routes ACK. */
  deliverAck(session: Session, request: SipRequest, link: Link): void {
    const app = session.app?.connected === true ? session.app : this.#pick('ACK');
    if (app !== undefined) {
      this.#tellAck(app, session, request, link);
    } else if (!this.#full) {
      const held: HeldAck = {
        session,
        request,
        link,
        timer: this.#core.clock.after(HOLD_MS, () => this.#acks.delete(held)),
      };
      this.#acks.add(held);
    }
  }

  /** An application has taken a verb: whatever waited for one tries again. */
  retry(): void {
    for (const incoming of [...this.#requests]) {
      if (this.#pick(incoming.method) === undefined) continue;
      this.#requests.delete(incoming);
      incoming.timer?.cancel();
      this.#core.deliver(incoming);
    }
    for (const held of [...this.#acks]) {
      const app = this.#pick('ACK');
      if (app === undefined) return;
      held.timer.cancel();
      this.#acks.delete(held);
      if (held.session.dialog.state !== 'terminated') this.#tellAck(app, held.session, held.request, held.link);
    }
  }

  forget(incoming: IncomingRequest): void {
    this.#requests.delete(incoming);
  }

  stop(): void {
    for (const incoming of this.#requests) {
      incoming.timer?.cancel();
      incoming.leg?.stop('application', 'system-initiated-termination', incoming.request);
    }
    for (const { timer } of this.#acks) timer.cancel();
    this.#requests.clear();
    this.#acks.clear();
  }

  get #full(): boolean {
    return this.#core.guard.refusesHolding(this.#requests.size + this.#acks.size);
  }

  #tellAck(app: App, session: Session, request: SipRequest, link: Link): void {
    session.app = app;
    this.#core.tell(app, request, link, this.#core.nextId(), session.dialog);
  }
}
