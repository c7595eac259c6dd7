import {
  answerSessionExpires,
  cseqMethod,
  formatSessionExpires,
  type Headers,
  listHas,
  minSeOf,
  parseRetryAfter,
  type Refresher,
  SessionTimer,
  type SipRequest,
  type SipResponse,
  sessionExpiresOf,
} from '../../src/sip/index.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';
import { SentRequest } from './sent-request.js';
import type { Session } from './session.js';

/** A refresh that meets another transaction of its dialog comes back after so long. */
const BUSY_MS = 2_000;

/** What both sides agreed on. */
export interface SessionInterval {
  readonly seconds: number;
  /** We refresh. */
  readonly here: boolean;
  /** The peer takes UPDATE (RFC 3311), which refreshes without touching the media. */
  readonly byUpdate: boolean;
  /** The peer knows no session timers: any answer to a refresh shows that it is there. */
  readonly alone: boolean;
}

/** RFC 4028, owned by the server: agrees on session intervals, refreshes them, and ends what is not refreshed. */
export class SessionTimers {
  readonly #core: Core;
  readonly #minSeS: number;

  constructor(core: Core, minSeS: number) {
    this.#core = core;
    this.#minSeS = minSeS;
  }

  /** The Min-SE for a 422, when a request asks for an interval that is too short; else undefined. */
  tooShort(request: SipRequest): string | undefined {
    const asked = sessionExpiresOf(request.headers);
    if (asked === undefined || asked.seconds >= this.#minSeS) return undefined;
    // RFC 4028 §9: who does not know session timers cannot make anything of a 422; a proxy asked in its stead.
    const knows = listHas(request.headers, 'Supported', 'timer') || listHas(request.headers, 'Require', 'timer');
    return knows ? String(this.#minSeS) : undefined;
  }

  /** Completes a 2xx of an application to INVITE or UPDATE; returns the interval that begins when it is sent. */
  answer(incoming: IncomingRequest, response: SipResponse): SessionInterval | undefined {
    const h = response.headers;
    const request = incoming.request.headers;
    const timer = incoming.session?.timer;
    const own = sessionExpiresOf(h);
    // What an application took over from its other leg is not this peer's.
    removeTag(h, 'Require', 'timer');
    if (own === undefined && timer === undefined && !request.has('Session-Expires')) return undefined;
    const current =
      timer === undefined
        ? undefined
        : { seconds: incoming.session?.interval?.seconds ?? timer.seconds, refresher: roleOf(!timer.here) };
    const agreed = answerSessionExpires(request, own, current, this.#minSeS);
    h.remove('Session-Expires');
    if (agreed === undefined) return undefined;
    h.append('Session-Expires', formatSessionExpires(agreed.seconds, agreed.refresher));
    if (agreed.require) addTag(h, 'Require', 'timer');
    return {
      seconds: agreed.seconds,
      here: agreed.refresher === 'uas',
      byUpdate:
        incoming.method === 'UPDATE' ||
        listHas(request, 'Allow', 'update') ||
        incoming.session?.interval?.byUpdate === true,
      alone: !agreed.require,
    };
  }

  /** Completes a request of an application, or of ours, that makes or refreshes a session. */
  ask(request: SipRequest, session: Session | undefined): void {
    const h = request.headers;
    const timer = session?.timer;
    if (timer !== undefined && !h.has('Session-Expires')) {
      h.append(
        'Session-Expires',
        formatSessionExpires(session?.interval?.seconds ?? timer.seconds, roleOf(timer.here)),
      );
    }
    if (!h.has('Session-Expires')) return;
    if (session !== undefined && session.minSeS > 0) h.set('Min-SE', String(session.minSeS));
    addTag(h, 'Supported', 'timer');
  }

  /** A 2xx to an INVITE or UPDATE that left here: the interval begins, begins anew, or there is none (RFC 4028 §7.2). */
  accepted(session: Session, request: SipRequest, response: SipResponse, sentAt?: number): void {
    const agreed = sessionExpiresOf(response.headers);
    const asked = agreed === undefined ? sessionExpiresOf(request.headers) : undefined;
    if (agreed === undefined && asked === undefined && session.timer === undefined) return;
    // A peer that knows no session timers can be refreshed all the same, where we said that we would (RFC 4028 §4).
    const alone = asked !== undefined && asked.refresher === 'uac' ? asked : undefined;
    const seconds = agreed?.seconds ?? alone?.seconds;
    if (seconds === undefined) {
      this.begin(session, undefined);
      return;
    }
    const refresher: Refresher = agreed?.refresher ?? 'uac';
    const interval = {
      seconds: Math.max(seconds, 1),
      here: refresher === 'uac',
      byUpdate:
        request.method === 'UPDATE' ||
        listHas(response.headers, 'Allow', 'update') ||
        session.interval?.byUpdate === true,
      alone: agreed === undefined,
    };
    this.begin(session, interval, sentAt);
  }

  /** Starts an interval in place of the one before; undefined: session timers are off. */
  begin(session: Session, interval: SessionInterval | undefined, sentAt?: number): void {
    session.timer?.stop();
    session.timer = undefined;
    session.interval = interval;
    if (interval === undefined || session.leaving) return;
    const timer = new SessionTimer(
      this.#core.ground,
      interval.seconds,
      interval.here,
      () => this.#refresh(session, timer),
      () => this.#core.hangUp(session, 'Session timer expired'),
      sentAt,
    );
    session.timer = timer;
  }

  /** A BYE goes out, or has come. */
  end(session: Session): void {
    session.leaving = true;
    session.timer?.stop();
    session.timer = undefined;
  }

  #refresh(session: Session, timer: SessionTimer): void {
    // Without a description of ours a re-INVITE would ask for an offer, which nobody here could answer.
    const byUpdate = session.interval?.byUpdate === true || !session.described;
    if (session.busy) {
      timer.deferred(Math.min(BUSY_MS, timer.expiryMs() / 2));
      return;
    }
    const { dialog } = session;
    const request = dialog.request(byUpdate ? 'UPDATE' : 'INVITE');
    if (dialog.localContact !== '') request.headers.append('Contact', dialog.localContact);
    this.ask(request, session);
    if (!byUpdate) session.describe(request);
    const sent = new SentRequest(this.#core, request, undefined, '', session);
    sent.settled = (response) => this.#settled(session, timer, response, sent.heard);
    session.refresh = sent;
    if (!byUpdate) session.offer.requestSent(request, sent);
    this.#core.route(session, (destination) => this.#core.launch(sent, destination));
  }

  /** A success has begun a new interval already. */
  #settled(session: Session, timer: SessionTimer, response: SipResponse, heard: boolean): void {
    session.refresh = undefined;
    const { status, headers } = response;
    if (status === 408 || status === 481) {
      timer.lost();
    } else if (status >= 300 && heard && session.interval?.alone === true && session.timer === timer) {
      const byUpdate = session.interval.byUpdate && status !== 405 && status !== 501;
      this.begin(session, { ...session.interval, byUpdate });
    } else if (status === 422 && session.interval !== undefined) {
      // The peer's floor: the same interval would be refused again (RFC 4028 §7.4).
      session.minSeS = minSeOf(headers, this.#minSeS);
      const wider = session.minSeS > session.interval.seconds;
      if (wider) session.interval = { ...session.interval, seconds: session.minSeS };
      timer.deferred(wider ? 0 : undefined);
    } else if (status === 491) {
      timer.deferred(Math.min(this.#core.glareDelayMs(session), timer.expiryMs() / 2));
    } else if (status >= 300) {
      if ((status === 405 || status === 501) && cseqMethod(headers) === 'UPDATE' && session.interval !== undefined) {
        session.interval = { ...session.interval, byUpdate: false };
        timer.deferred(0);
      } else {
        const retryAfterS = status === 500 ? parseRetryAfter(headers.get('Retry-After') ?? '') : undefined;
        timer.deferred(retryAfterS === undefined ? undefined : Math.min(retryAfterS * 1000, timer.expiryMs() / 2));
      }
    }
    this.#core.freed(session);
  }
}

/** The refresher, seen from the transaction of a request of ours (`ours`) or of the peer. */
function roleOf(ours: boolean): Refresher {
  return ours ? 'uac' : 'uas';
}

/** Adds an option tag to Supported or Require, once. */
export function addTag(headers: Headers, name: string, tag: string): void {
  if (!headers.has(name)) headers.append(name, tag);
  else if (!listHas(headers, name, tag)) headers.set(name, [...headers.list(name), tag].join(', '));
}

export function removeTag(headers: Headers, name: string, tag: string): void {
  if (!listHas(headers, name, tag)) return;
  const kept = headers.list(name).filter((member) => member.toLowerCase() !== tag);
  if (kept.length === 0) headers.remove(name);
  else headers.set(name, kept.join(', '));
}
