import type { Clock, Timer } from '../../src/base/index.js';
import { errno, type Kernel } from './kernel.js';

/** Nothing that a working card does in an ioctl takes as long: loading the echo canceller's firmware is the slowest, 1-2 s. */
const patienceMs = 10_000;
/** More than a card's channels need at once: 4 spans of 31, a few calls each. */
const mostWaiting = 2000;

interface Call {
  readonly start: (done: (result: number) => void) => void;
  readonly done: (result: number) => void;
}

/**
 * The calls that may sleep in the kernel, of one card: one after another on another thread. So a card that hangs costs one thread and
 * holds up nobody else.
 */
export class CardCalls {
  readonly #clock: Clock;
  readonly #kernel: Kernel;
  readonly #tellStuck: (stuck: boolean) => void;
  readonly #waiting: Call[] = [];
  #running = false;
  #stuck = false;
  #timer: Timer | undefined;
  #closed = false;

  /** `tellStuck`: a call does not come back, and later, that it did. */
  constructor(clock: Clock, kernel: Kernel, tellStuck: (stuck: boolean) => void) {
    this.#clock = clock;
    this.#kernel = kernel;
    this.#tellStuck = tellStuck;
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  ioctl(descriptor: number, request: number, argument: Uint8Array, done: (result: number) => void = () => {}): void {
    this.run((finish) => this.#kernel.ioctlLater(descriptor, request, argument, finish), done);
  }

  /** Anything else that may wait for the card; in the same order. */
  run(start: (done: (result: number) => void) => void, done: (result: number) => void = () => {}): void {
    if (this.#closed) return;
    if (this.#waiting.length >= mostWaiting) {
      done(-errno.EBUSY);
      return;
    }
    this.#waiting.push({ start, done });
    this.#next();
  }

  /** What waits is forgotten. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#timer?.cancel();
  }

  #next(): void {
    const call = this.#running ? undefined : this.#waiting.shift();
    if (call === undefined) return;
    this.#running = true;
    this.#timer = this.#clock.after(patienceMs, () => {
      this.#stuck = true;
      this.#tellStuck(true);
    });
    call.start((result) => {
      this.#running = false;
      this.#timer?.cancel();
      if (this.#closed) return;
      if (this.#stuck) {
        this.#stuck = false;
        this.#tellStuck(false);
      }
      call.done(result);
      this.#next();
    });
  }
}
