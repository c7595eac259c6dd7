import { type Clock, cause, type Timer } from '../base/index.js';
import type { Call, CallRecord } from '../call/index.js';

/** How long the centre has to end the other half by itself: RFC 3261's T2, the longest gap between retransmissions. */
const graceMs = 4000;

/**
 * A call from phone to phone passes Holdfast twice while the centre routes it: out to the centre, and back. RFC 7989's
 * Session-ID shows that the two are one. When one half ends while the centre cannot carry the BYE to the other, the
 * other is ended here; else a person would talk to a dead line until the WAN returns.
 */
export class Twins {
  readonly #clock: Clock;
  /** True while the centre can be trusted to end the other half. */
  readonly #centreAnswers: () => boolean;
  readonly #live = new Map<string, Set<Call>>();
  /** Sessions of which an answered half has ended. */
  readonly #widowed = new Map<string, Timer>();

  constructor(clock: Clock, centreAnswers: () => boolean) {
    this.#clock = clock;
    this.#centreAnswers = centreAnswers;
  }

  add(call: Call): void {
    const session = this.#live.get(call.sessionId);
    if (session === undefined) this.#live.set(call.sessionId, new Set([call]));
    else session.add(call);
  }

  ended(call: Call, record: CallRecord): void {
    const session = this.#live.get(call.sessionId);
    if (session === undefined) return;
    session.delete(call);
    if (session.size === 0) {
      this.#live.delete(call.sessionId);
      this.#widowed.get(call.sessionId)?.cancel();
      this.#widowed.delete(call.sessionId);
      return;
    }
    // A half that was never answered is a fork of the centre's: the others live on.
    if (record.answeredWall === undefined || this.#widowed.has(call.sessionId)) return;
    if (!this.#centreAnswers()) {
      this.#release(call.sessionId);
      return;
    }
    // The centre may carry the BYE; it may also keep the other half on purpose, or fall silent a moment from now.
    const again = (): void => {
      this.#widowed.set(call.sessionId, this.#clock.after(graceMs, again));
      this.check();
    };
    this.#widowed.set(call.sessionId, this.#clock.after(graceMs, again));
  }

  /** Ends what nobody else will end. */
  check(): void {
    if (this.#centreAnswers()) return;
    for (const sessionId of [...this.#widowed.keys()]) this.#release(sessionId);
  }

  stop(): void {
    for (const timer of this.#widowed.values()) timer.cancel();
    this.#widowed.clear();
  }

  #release(sessionId: string): void {
    this.#widowed.get(sessionId)?.cancel();
    this.#widowed.delete(sessionId);
    for (const call of this.#live.get(sessionId) ?? []) call.release(cause.normalClearing);
  }
}
