import type { Clock, Timer } from '../../src/base/index.js';

/** Timers of one simulated thing, which end with it. */
export class Errands {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, fire: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      fire();
    });
    this.#timers.add(timer);
  }

  /** Alternately on and off, for ever; `turn` is called at once. */
  cadence(lengths: readonly number[], turn: (on: boolean) => void, at = 0): void {
    turn(at % 2 === 0);
    const ms = lengths[at];
    if (ms !== undefined) this.after(ms, () => this.cadence(lengths, turn, (at + 1) % lengths.length));
  }

  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
