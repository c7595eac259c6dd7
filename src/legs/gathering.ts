import type { Clock, Timer } from '../base/index.js';

/** A call does not wait longer for candidates than a person notices, ms. */
const gatherMs = 500;

/** What a leg says waits, in order, until its port's agent has gathered candidates (RFC 8445 §5.1.1), or has had its time. */
export class Gathering {
  readonly #work: (() => void)[] = [];
  #timer: Timer | undefined;

  start(clock: Clock): void {
    this.#timer = clock.after(gatherMs, () => this.done());
  }

  /** At once where nothing is gathered. */
  when(work: () => void): void {
    if (this.#timer === undefined) work();
    else this.#work.push(work);
  }

  done(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) next();
  }

  /** The leg is over. */
  forget(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#work.length = 0;
  }
}
