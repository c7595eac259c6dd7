import type { Clock } from '../../src/base/index.js';
import type { TracedFrame } from '../io/index.js';

/** Some fifty calls. */
const framesKept = 500;

type Hear = (frame: TracedFrame) => void;

/** Frames of D-channels in words, while somebody watches; the last ones are kept for who comes later. */
export class DChannelTraces {
  readonly #clock: Clock;
  /** Whether a D-channel is to tell its frames. */
  readonly #trace: (dChannel: string, on: boolean) => void;
  readonly #watchers = new Map<string, Set<Hear>>();
  readonly #kept = new Map<string, TracedFrame[]>();

  constructor(clock: Clock, trace: (dChannel: string, on: boolean) => void) {
    this.#clock = clock;
    this.#trace = trace;
  }

  /** `hear` is told what is kept, then what comes. Returns the way to stop. */
  watch(dChannel: string, hear: Hear): () => void {
    const watchers = this.#watchers.get(dChannel) ?? new Set();
    this.#watchers.set(dChannel, watchers);
    for (const frame of this.#kept.get(dChannel) ?? []) hear(frame);
    // The same function may watch twice.
    const own: Hear = (frame) => hear(frame);
    watchers.add(own);
    if (watchers.size === 1) this.#trace(dChannel, true);
    return () => {
      if (!watchers.delete(own) || watchers.size > 0) return;
      this.#watchers.delete(dChannel);
      this.#trace(dChannel, false);
    };
  }

  watched(dChannel: string): boolean {
    return this.#watchers.has(dChannel);
  }

  heard(
    dChannel: string,
    { channel, sent, text }: { readonly channel: string; readonly sent: boolean; readonly text: string },
  ) {
    const frame = { atWall: this.#clock.wall(), channel, sent, lines: text.split('\n') };
    const kept = this.#kept.get(dChannel) ?? [];
    this.#kept.set(dChannel, kept);
    kept.push(frame);
    if (kept.length > framesKept) kept.shift();
    for (const hear of [...(this.#watchers.get(dChannel) ?? [])]) hear(frame);
  }
}
