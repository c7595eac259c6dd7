import type { Clock, Timer } from '../../src/base/index.js';

/** What a name server said: an empty list is its word that there are none. Failures reject. */
export interface DnsAnswer<T> {
  readonly records: readonly T[];
  /** Seconds for which the answer holds. */
  readonly ttlS: number;
}

/** `why` is empty unless the name server could not be asked. */
export type Found<T> = (records: readonly T[], why: string) => void;

/** A name server that says nothing for so long is dead. */
const QUERY_TIMEOUT_MS = 2_500;
/** A lifetime below this would mean a query for each request. */
const MIN_TTL_MS = 1_000;
/** RFC 8767 §4: lifetimes above a week are mistakes. */
const MAX_TTL_MS = 7 * 24 * 3_600_000;
/** RFC 8767 §5: how long an answer is served after its time, where no newer one is to be had. */
const STALE_MS = 24 * 3_600_000;
/** RFC 8767 §5: how long a dead name server is left alone where there is an old answer. */
const RECHECK_MS = 5_000;
/** The same where there is nothing to say instead. */
const FAILURE_MS = 2_000;
/** Part of the lifetime after which an answer in use is asked for again. */
const AHEAD = 0.8;
/** The oldest goes when there are more: names come from the network. */
const MAX_NAMES = 10_000;

interface Entry<T> {
  records: readonly T[];
  why: string;
  freshUntil: number;
  staleUntil: number;
  /** Asked for since it was last refreshed. */
  used: boolean;
  /** Who waits for the answer under way; undefined when none is. */
  waiting: Found<T>[] | undefined;
  timer: Timer | undefined;
}

/**
 * Records of one type by name. An answer that is known is given at once, in its time or after it (RFC 8767); names in
 * use are asked for again before their time is over, so that nobody waits.
 */
export class RecordCache<T> {
  readonly #clock: Clock;
  readonly #query: (name: string) => Promise<DnsAnswer<T>>;
  readonly #optional: boolean;
  readonly #entries = new Map<string, Entry<T>>();

  /**
   * `optional`: a request can do without these records, so that nobody waits twice for them: that there were none, or
   * that nobody said so, is served past its time like any other answer.
   */
  constructor(clock: Clock, query: (name: string) => Promise<DnsAnswer<T>>, optional: boolean) {
    this.#clock = clock;
    this.#query = query;
    this.#optional = optional;
  }

  /** Calls back once: at once when anything is known. */
  find(name: string, done: Found<T>): void {
    const entry = this.#entry(name.toLowerCase());
    const now = this.#clock.now();
    entry.used = true;
    if (now < entry.freshUntil) {
      done(entry.records, entry.why);
    } else if (now < entry.staleUntil) {
      this.#ask(name, entry);
      done(entry.records, entry.why);
    } else {
      this.#ask(name, entry).push(done);
    }
  }

  /** Asks for what is not known, on suspicion. */
  prefetch(name: string): void {
    const entry = this.#entry(name.toLowerCase());
    if (this.#clock.now() >= entry.freshUntil) this.#ask(name, entry);
  }

  stop(): void {
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#entries.clear();
  }

  #entry(key: string): Entry<T> {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const entry: Entry<T> = {
      records: [],
      why: '',
      freshUntil: never,
      staleUntil: never,
      used: false,
      waiting: undefined,
      timer: undefined,
    };
    if (this.#entries.size >= MAX_NAMES) {
      for (const [oldest, { timer }] of this.#entries) {
        timer?.cancel();
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, entry);
    return entry;
  }

  #ask(name: string, entry: Entry<T>): Found<T>[] {
    if (entry.waiting !== undefined) return entry.waiting;
    const waiting: Found<T>[] = [];
    entry.waiting = waiting;
    this.#limited(this.#query(name)).then(
      (answer) => this.#answered(name, entry, answer),
      (error: unknown) => this.#failed(name, entry, error instanceof Error ? error.message : 'failed'),
    );
    return waiting;
  }

  #answered(name: string, entry: Entry<T>, answer: DnsAnswer<T>): void {
    const now = this.#clock.now();
    const ttlMs = Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, answer.ttlS * 1000));
    entry.records = answer.records;
    entry.why = '';
    entry.freshUntil = now + ttlMs;
    entry.staleUntil = entry.freshUntil + (answer.records.length > 0 || this.#optional ? STALE_MS : 0);
    this.#settle(name, entry, AHEAD * ttlMs);
  }

  #failed(name: string, entry: Entry<T>, why: string): void {
    const now = this.#clock.now();
    if (now >= entry.staleUntil) {
      entry.records = [];
      entry.why = why;
      if (this.#optional) entry.staleUntil = now + STALE_MS;
    }
    entry.freshUntil = now + (now < entry.staleUntil ? RECHECK_MS : FAILURE_MS);
    this.#settle(name, entry, RECHECK_MS);
  }

  #settle(name: string, entry: Entry<T>, refreshInMs: number): void {
    entry.timer?.cancel();
    entry.timer = undefined;
    entry.used = false;
    const { waiting = [] } = entry;
    entry.waiting = undefined;
    if (entry.records.length > 0) {
      entry.timer = this.#clock.after(refreshInMs, () => {
        entry.timer = undefined;
        if (entry.used) this.#ask(name, entry);
      });
    }
    for (const done of waiting) {
      entry.used = true;
      done(entry.records, entry.why);
    }
  }

  #limited<R>(work: Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(QUERY_TIMEOUT_MS, () => reject(new Error('no answer')));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
