import { formatMessage, type SipMessage } from '../../src/sip/index.js';
import type { App } from './app.js';

/** Who acts as what in a leg; a leg that came in begins as `uas` and may turn into `proxy-uas`. */
export type CallRole = 'uac' | 'uas' | 'proxy-uac' | 'proxy-uas';

/** Where the message of an event came from. */
export type CallSource = 'network' | 'application';

/** Why a leg ended, in drachtio's words. */
export type StopReason =
  /** A final response that is no 2xx, or none at all. */
  | 'call-rejected'
  | 'call-canceled'
  /** BYE by either party. */
  | 'normal-release'
  /** The session timer ran out (RFC 4028). */
  | 'session-expired'
  /** Our 2xx was never acknowledged (RFC 3261 §13.3.1.4). */
  | 'ackbye'
  /** The server closes, gives a call up that nobody wants, or proxied it without Record-Route and sees no more of it. */
  | 'system-initiated-termination'
  /** The application left a call without an answer, or went. */
  | 'system-error-initiated-termination';

/**
 * Call detail events: `cdr:attempt`, `cdr:start` and `cdr:stop` of every INVITE leg, each to one application that asked
 * for it, in turn. An INVITE inside a dialog is no leg of its own.
 */
export class CallEvents {
  readonly #pick: (verb: string) => Pick<App, 'send'> | undefined;
  readonly #time: () => string;

  constructor(pick: (verb: string) => Pick<App, 'send'> | undefined, time: () => string) {
    this.#pick = pick;
    this.#time = time;
  }

  /** An INVITE came in or went out. Whoever holds the leg must stop it. */
  attempt(source: CallSource, role: CallRole, invite: SipMessage): CallLeg {
    this.tell('cdr:attempt', source, '', invite);
    return new CallLeg(this, role);
  }

  /** `detail` follows the time: the role of a start, the reason of a stop. */
  tell(verb: string, source: CallSource, detail: string, message: SipMessage): void {
    const app = this.#pick(verb);
    if (app === undefined) return;
    const fields = `${verb}|${source}|${this.#time()}`;
    app.send(detail === '' ? fields : `${fields}|${detail}`, formatMessage(message));
  }
}

/** One leg between its attempt and its one stop. */
export class CallLeg {
  role: CallRole;
  readonly #events: CallEvents;
  #state: 'attempted' | 'started' | 'stopped' = 'attempted';

  constructor(events: CallEvents, role: CallRole) {
    this.#events = events;
    this.role = role;
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Answered; a second answer changes nothing. */
  start(source: CallSource, answer: SipMessage): void {
    if (this.#state !== 'attempted') return;
    this.#state = 'started';
    this.#events.tell('cdr:start', source, this.role, answer);
  }

  /** Over, by `message`; only the first stop counts, so every way to an end may call it. */
  stop(source: CallSource, reason: StopReason, message: SipMessage): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#events.tell('cdr:stop', source, reason, message);
  }
}

/** Why the server itself hung up, by the text that its BYE gives. */
export function stopReason(text: string): StopReason {
  if (text === 'ACK timeout') return 'ackbye';
  return text === 'Session timer expired' ? 'session-expired' : 'system-initiated-termination';
}
