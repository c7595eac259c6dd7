import type { Clock, Timer } from '../base/index.js';

const tickMs = 1000;

/**
 * When many things end: a bucket per second, one timer for all of them, constant time per change. A thing that is
 * moved to a later time stays where it is until its old bucket comes round, so a refreshed registration costs nothing.
 */
export class ExpiryWheel<T extends { readonly endsAtMs: number }> {
  readonly #clock: Clock;
  readonly #onEnded: (ended: readonly T[]) => void;
  readonly #buckets = new Map<number, T[]>();
  readonly #placed = new Map<T, number>();
  #timer: Timer | undefined;
  #stopped = false;
  #next: number;

  /** `onEnded` gets all that ended in one tick; they have left the wheel. */
  constructor(clock: Clock, onEnded: (ended: readonly T[]) => void) {
    this.#clock = clock;
    this.#onEnded = onEnded;
    this.#next = this.#bucketAt(clock.now());
  }

  /** Watches `thing`, or looks again at its `endsAtMs` (monotonic) after a change. */
  watch(thing: T): void {
    const bucket = Math.max(this.#bucketAt(thing.endsAtMs), this.#next);
    const placed = this.#placed.get(thing);
    if (placed !== undefined && placed <= bucket) return;
    this.#place(thing, bucket);
    this.#arm();
  }

  forget(thing: T): void {
    this.#placed.delete(thing);
  }

  get size(): number {
    return this.#placed.size;
  }

  /** For good: a write that is confirmed afterwards arms nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#buckets.clear();
    this.#placed.clear();
  }

  #bucketAt(ms: number): number {
    return Math.ceil(ms / tickMs);
  }

  #place(thing: T, bucket: number): void {
    this.#placed.set(thing, bucket);
    const things = this.#buckets.get(bucket);
    if (things === undefined) this.#buckets.set(bucket, [thing]);
    else things.push(thing);
  }

  #arm(): void {
    if (this.#stopped || this.#timer !== undefined || this.#placed.size === 0) return;
    const now = this.#clock.now();
    this.#next = Math.max(this.#next, Math.floor(now / tickMs) + 1);
    this.#timer = this.#clock.after(this.#next * tickMs - now, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    const until = Math.floor(this.#clock.now() / tickMs + 1e-6);
    // After the machine slept, the buckets that exist are fewer than the seconds that passed.
    const due = [...this.#buckets.keys()].filter((bucket) => bucket <= until);
    this.#next = until + 1;
    const ended: T[] = [];
    for (const bucket of due) this.#empty(bucket, ended);
    this.#arm();
    if (ended.length > 0) this.#onEnded(ended);
  }

  #empty(bucket: number, ended: T[]): void {
    const things = this.#buckets.get(bucket) ?? [];
    this.#buckets.delete(bucket);
    for (const thing of things) {
      if (this.#placed.get(thing) !== bucket) continue;
      if (thing.endsAtMs <= this.#clock.now()) {
        this.#placed.delete(thing);
        ended.push(thing);
      } else this.#place(thing, Math.max(this.#bucketAt(thing.endsAtMs), this.#next));
    }
  }
}
