import type { Clock } from '../../src/base/index.js';
import type { Alarm } from '../../src/tdm/index.js';
import { alarmsOf } from './dahdi-span.js';
import { errno, errorName, type Kernel } from './kernel.js';
import { requests } from './kernel-codes.js';
import { decodeSpanStatus, decodeVersion, emptyVersion, encodeSpanQuery, type SpanStatus } from './kernel-structs.js';

/** A card that hangs must not hang whoever looks at it. */
const patienceMs = 5000;

export interface SpanAnswer extends SpanStatus {
  readonly standing: readonly Alarm[];
}

/** The driver's control device, for looking: it takes nothing from whoever uses the cards. */
export class CardControl {
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  /** A descriptor, or a negated errno. */
  readonly result: number;

  constructor(kernel: Kernel, clock: Clock) {
    this.#kernel = kernel;
    this.#clock = clock;
    this.result = kernel.open('/dev/dahdi/ctl');
  }

  /** The driver's version; undefined: it does not say. */
  async version(): Promise<string | undefined> {
    const bytes = emptyVersion();
    const result = await this.#ask(requests.getVersion, bytes);
    return result < 0 ? undefined : decodeVersion(bytes) || undefined;
  }

  /** A span by the kernel's number; a text says why not. */
  async span(number: number): Promise<SpanAnswer | string> {
    const bytes = encodeSpanQuery(number);
    const result = await this.#ask(requests.spanStatus, bytes);
    if (result === -errno.EAGAIN) return 'the card does not answer';
    if (result < 0) return `the driver says ${errorName(result)}`;
    const status = decodeSpanStatus(bytes);
    return { ...status, standing: alarmsOf(status.alarms) };
  }

  close(): void {
    if (this.result >= 0) this.#kernel.close(this.result);
  }

  #ask(request: number, argument: Uint8Array): Promise<number> {
    if (this.result < 0) return Promise.resolve(this.result);
    return new Promise((resolve) => {
      const timer = this.#clock.after(patienceMs, () => resolve(-errno.EAGAIN));
      this.#kernel.ioctlLater(this.result, request, argument, (result) => {
        timer.cancel();
        resolve(result);
      });
    });
  }
}
