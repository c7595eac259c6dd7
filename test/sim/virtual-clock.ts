import type { Clock, Timer } from '../../src/base/index.js';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  /** Set when cancelled; the heap drops it when it surfaces. */
  done: boolean;
}

/** Time that moves only when told. Timers fire in order of their time, then of their making. */
export class VirtualClock implements Clock {
  readonly #heap: Entry[] = [];
  readonly #epoch: number;
  #now = 0;
  #made = 0;
  #live = 0;

  /** `epochMs`: what `wall()` says at time zero. */
  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epoch = epochMs;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  /** Timers that are armed and not cancelled. */
  get pending(): number {
    return this.#live;
  }

  after(delayMs: number, fire: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), order: this.#made++, fire, done: false };
    this.#live++;
    this.#push(entry);
    return {
      cancel: () => {
        if (entry.done) return;
        entry.done = true;
        this.#live--;
      },
    };
  }

  /** Runs everything due within the next `ms`, without letting promises settle in between. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#peek(); next !== undefined && next.at <= until; next = this.#peek()) this.#fire(next);
    this.#now = until;
  }

  /** Like {@link advance}, letting promises settle before each timer and at the end. */
  async run(ms: number, settled: () => Promise<void> = settle): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let next = this.#peek(); next !== undefined && next.at <= until; next = this.#peek()) {
      this.#fire(next);
      await settled();
    }
    this.#now = until;
    await settled();
  }

  #fire(entry: Entry): void {
    this.#pop();
    this.#now = entry.at;
    entry.done = true;
    this.#live--;
    entry.fire();
  }

  #peek(): Entry | undefined {
    while (this.#heap[0]?.done === true) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !earlier(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const left = heap[child];
      const right = heap[child + 1];
      if (left !== undefined && right !== undefined && earlier(right, left)) child++;
      const smaller = heap[child];
      if (smaller === undefined || !earlier(smaller, last)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Longer chains of promises than this are rare; they go on beside the next timer, and in the same order each time. */
const chainLength = 24;

/** {@link settle} for code that waits for nothing but promises: ten times as fast, since no event loop turns. */
export async function settleChains(): Promise<void> {
  for (let i = 0; i < chainLength; i++) await undefined;
}
