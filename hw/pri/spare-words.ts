import type { Clock, Timer } from '../../src/base/index.js';

/** What somebody reads of a D-channel that is out of order; the network's next hundred messages are as bad. */
const mostLines = 8;
const windowMs = 60_000;

/** Passes on a few lines of what libpri complains of, and then only how many more there were: a hostile line must not fill the log. */
export class SpareWords {
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  readonly #unsaid: (lines: number) => void;
  #lines = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, say: (line: string) => void, unsaid: (lines: number) => void) {
    this.#clock = clock;
    this.#say = say;
    this.#unsaid = unsaid;
  }

  hear(line: string): void {
    this.#timer ??= this.#clock.after(windowMs, () => this.#over());
    this.#lines++;
    if (this.#lines <= mostLines) this.#say(line);
  }

  #over(): void {
    const more = this.#lines - mostLines;
    this.#timer = undefined;
    this.#lines = 0;
    if (more > 0) this.#unsaid(more);
  }
}
