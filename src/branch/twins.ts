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
  /** Sessions of which a half has lost its dialog with the centre: no BYE will ever come from there. */
  readonly #adrift = new Set<string>();

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
      this.#adrift.delete(call.sessionId);
      this.#widowed.get(call.sessionId)?.cancel();
      this.#widowed.delete(call.sessionId);
      return;
    }
    // A half that was never answered is a fork of the centre's: the others live on.
    if (record.answeredWall === undefined || this.#widowed.has(call.sessionId)) return;
    if (this.#adrift.has(call.sessionId) || !this.#centreAnswers()) {
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

  /** A half of the session has lost its dialog with the centre. */
  adrift(sessionId: string): void {
    if (this.#live.has(sessionId)) this.#adrift.add(sessionId);
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

/** What tells the halves of one call apart: the session that they share, and the step that answered. */
export interface Half {
  readonly sessionId: string;
  readonly via?: string | undefined;
}

/** For people, a call that went out to the centre and came back to an extension is one call: the half that went out. */
export function outerHalves<T>(calls: readonly T[], half: (call: T) => Half): readonly T[] {
  const out = new Set<string>();
  for (const { sessionId, via } of calls.map(half)) if (via === 'centre') out.add(sessionId);
  return calls.filter((call) => {
    const { sessionId, via } = half(call);
    return !(via?.startsWith('extension ') === true && out.has(sessionId));
  });
}
