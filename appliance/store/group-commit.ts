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
  readonly #now: () => number;
  #collecting: Group | undefined;
  #writing: Group | undefined;
  #batches = 0;
  #writes = 0;
  #slowestMs = 0;

  constructor(database: DurableBatch, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Resolves when all of `writes` are on disk; rejects when their batch failed: then none of them is promised. */
  commit(writes: readonly Write[]): Promise<void> {
    if (this.#collecting === undefined) {
      this.#collecting = newGroup();
      if (this.#writing === undefined) setImmediate(() => void this.#run());
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

  async #run(): Promise<void> {
    if (this.#writing !== undefined) return;
    for (let group = this.#take(); group !== undefined; group = this.#take()) {
      const began = this.#now();
      try {
        await this.#database.write(group.writes);
        this.#batches++;
        this.#writes += group.writes.length;
        group.resolve();
      } catch (error) {
        group.reject(error);
      }
      this.#slowestMs = Math.max(this.#slowestMs, this.#now() - began);
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
