import type { Clock } from '../base/index.js';

/** At most `burst` at once and `perSecond` in the long run. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #level: number;
  #atMs: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#burst = Math.max(1, burst);
    this.#level = this.#burst;
    this.#atMs = clock.now();
  }

  /** Takes one token if `reserve` others stay behind. */
  take(reserve = 0): boolean {
    this.#fill();
    if (this.#level < 1 + this.#kept(reserve)) return false;
    this.#level -= 1;
    return true;
  }

  /** Milliseconds until {@link take} with the same reserve can succeed; 0 when it can now. */
  waitMs(reserve = 0): number {
    this.#fill();
    const missing = 1 + this.#kept(reserve) - this.#level;
    // One microsecond more than needed, so that rounding never leaves a sliver missing.
    return missing <= 0 ? 0 : missing / this.#perMs + 0.001;
  }

  #kept(reserve: number): number {
    return Math.min(reserve, this.#burst - 1);
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#level = Math.min(this.#burst, this.#level + (now - this.#atMs) * this.#perMs);
    this.#atMs = now;
  }
}
