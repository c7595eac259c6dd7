import type { Clock } from '../../src/base/index.js';

/** Batches begin at least this far apart: flushing the disk costs as much for one write as for a hundred. */
const APART_MS = 4;

/** One change of the database; values are text. */
export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

/** The one thing that a group commit asks of a database: all of it on disk, in order, or an error. */
export interface DurableBatch {
  write(batch: readonly Write[]): Promise<void>;
}

interface Group {
  readonly writes: Write[];
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitFigures {
  readonly batches: number;
  readonly writes: number;
  readonly waiting: number;
  readonly slowestMs: number;
}

/**
 * Many writers, one fsync: what arrives in one turn, or while a batch is on its way to the disk, goes together in the
 * next. Batches follow one another, so writes take effect in the order in which they were asked for.
 */
export class GroupCommit {
  readonly #database: DurableBatch;
  readonly #clock: Clock;
  #collecting: Group | undefined;
  #writing: Group | undefined;
  #batches = 0;
  #writes = 0;
  #slowestMs = 0;
  #beganAtMs = Number.NEGATIVE_INFINITY;

  /** `clock` paces the disk: the machine's own, whatever the records are dated by. */
  constructor(database: DurableBatch, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Resolves when all of `writes` are on disk; rejects when their batch failed: then none of them is promised. */
  commit(writes: readonly Write[]): Promise<void> {
    if (this.#collecting === undefined) {
      this.#collecting = newGroup();
      if (this.#writing === undefined) this.#soon();
    }
    const group = this.#collecting;
    for (const write of writes) group.writes.push(write);
    return group.done;
  }

  /** Resolves when everything asked for so far has been answered. */
  async settled(): Promise<void> {
    await (this.#collecting ?? this.#writing)?.done.catch(() => undefined);
  }

  figures(): CommitFigures {
    const waiting = this.#collecting?.writes.length ?? 0;
    return { batches: this.#batches, writes: this.#writes, waiting, slowestMs: this.#slowestMs };
  }

  /** At the end of this turn, or when the last batch is long enough ago. */
  #soon(): void {
    const waitMs = this.#beganAtMs + APART_MS - this.#clock.now();
    if (waitMs <= 0) setImmediate(() => void this.#run());
    else this.#clock.after(waitMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    const group = this.#writing === undefined ? this.#take() : undefined;
    if (group !== undefined) {
      this.#beganAtMs = this.#clock.now();
      try {
        await this.#database.write(group.writes);
        this.#batches++;
        this.#writes += group.writes.length;
        group.resolve();
      } catch (error) {
        group.reject(error);
      }
      this.#slowestMs = Math.max(this.#slowestMs, this.#clock.now() - this.#beganAtMs);
      this.#writing = undefined;
      if (this.#collecting !== undefined) this.#soon();
    }
  }

  #take(): Group | undefined {
    this.#writing = this.#collecting;
    this.#collecting = undefined;
    return this.#writing;
  }
}

function newGroup(): Group {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Writers that do not wait (the timeline) must not turn a full disk into an unhandled rejection.
  done.catch(() => undefined);
  return { writes: [], done, resolve, reject };
}
