import type { Leg } from './leg.js';

/**
 * Behaviour: a call of which one side answers no signalling any more is kept while there is sound, and cleared when both
 * ways have been silent for long, never while it is held.
 */
export class SilenceWatch {
  readonly #limitMs: number;
  readonly #adrift = new Set<Leg>();
  readonly #silentMs = new Map<Leg, number>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  adrift(leg: Leg): void {
    this.#adrift.add(leg);
  }

  /** Sound of `leg` has not come for `silentMs`; 0: it comes again. */
  silent(leg: Leg, silentMs: number): void {
    this.#silentMs.set(leg, silentMs);
  }

  /** Whether a call of these two legs is over. */
  isOver(legs: readonly (Leg | undefined)[], held: boolean): boolean {
    if (held) return false;
    return (
      legs.some((leg) => leg !== undefined && this.#adrift.has(leg)) &&
      legs.every((leg) => leg !== undefined && (this.#silentMs.get(leg) ?? 0) >= this.#limitMs)
    );
  }
}
