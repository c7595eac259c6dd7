import type { Clock, Timer } from '../../src/base/index.js';

const everyMs = 20;
/** Longest that a far end is watched for its next step. */
const forMs = 10_000;

/** Looks at what a line receives where DAHDI tells no event of it: once it is as awaited, that is told, once. */
export class BitWatch {
  readonly #clock: Clock;
  readonly #read: () => number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, read: () => number | undefined) {
    this.#clock = clock;
    this.#read = read;
  }

  /** In place of what was awaited before. */
  await(wanted: number, tell: () => void): void {
    const until = this.#clock.now() + forMs;
    const look = (): void => {
      if (this.#read() === wanted) tell();
      else if (this.#clock.now() < until) this.#timer = this.#clock.after(everyMs, look);
    };
    this.stop();
    look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
