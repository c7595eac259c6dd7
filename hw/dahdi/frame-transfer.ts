import type { Clock, Log } from '../../src/base/index.js';
import { errno, errorName, type Kernel } from './kernel.js';
import { values } from './kernel-codes.js';

/** Of a frame, with the check sequence that the kernel adds and checks (Q.921 §2.7): address and control at least, and what Q.931 may fill. */
export const frameOctets = { least: 3, most: 300, checkSequence: 2, buffer: 1024 } as const;
const badFramesEveryMs = 1000;

export interface FrameTransferOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly kernel: Kernel;
  /** The channel's. */
  readonly id: string;
}

/** A D-channel's frames, in and out of an open channel. */
export class FrameTransfer {
  readonly #options: FrameTransferOptions;
  readonly #buffer = new Uint8Array(frameOctets.buffer);
  #bad = 0;
  #badToldAt = Number.NEGATIVE_INFINITY;

  constructor(options: FrameTransferOptions) {
    this.#options = options;
  }

  /** The next frame that waits; undefined: none, or an event first, of which we are told; a negated errno where the card is gone. */
  read(descriptor: number): Uint8Array | undefined | number {
    for (;;) {
      const count = this.#options.kernel.read(descriptor, this.#buffer);
      if (count < 0) return count === -errno.ENODEV ? count : undefined;
      const octets = count - frameOctets.checkSequence;
      if (octets >= frameOctets.least) return this.#buffer.slice(0, octets);
      if (count === 0) return undefined;
    }
  }

  /** Why it was not sent. `events`: reads what stands in the way; false: the channel was closed over it. */
  send(descriptor: number, frame: Uint8Array, events: () => boolean): string | undefined {
    if (frame.length < frameOctets.least || frame.length > frameOctets.most) return 'no frame is as long';
    const octets = new Uint8Array(frame.length + frameOctets.checkSequence);
    octets.set(frame);
    const { kernel } = this.#options;
    let result = kernel.write(descriptor, octets);
    if (result === -values.eventWaiting) {
      if (!events()) return undefined;
      result = kernel.write(descriptor, octets);
    }
    if (result === -errno.EAGAIN) return 'all buffers are full';
    return result < 0 ? `the driver says ${errorName(result)}` : undefined;
  }

  /** One was spoilt on the line; a bad line has hundreds a second. */
  spoilt(): void {
    const { clock, log, id } = this.#options;
    this.#bad++;
    const now = clock.now();
    if (now - this.#badToldAt < badFramesEveryMs) return;
    log.warn('frames are spoilt on a D-channel', { channel: id, frames: this.#bad });
    this.#badToldAt = now;
    this.#bad = 0;
  }
}
