import { cp, mkdir, readdir, rename } from 'node:fs/promises';
import { Level } from 'level';
import type { Clock, Log } from '../../src/base/index.js';
import type { DurableBatch, Write } from './group-commit.js';
import { StoreError, storeErrorOf } from './store-error.js';

/** A reopening is tried no more often than this while the disk refuses. */
const retryMs = 1000;

/** What opening had to do; anything but `opened` and `created` is for a person to read. */
export type Opening =
  | { readonly kind: 'opened' | 'created' }
  | { readonly kind: 'repaired'; readonly aside: string }
  | { readonly kind: 'started-empty'; readonly aside: string };

export interface DatabaseOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** One LevelDB directory: opened, repaired when damaged, reopened after the disk refused. */
export class Database implements DurableBatch {
  readonly #options: DatabaseOptions;
  #level: Level<string, string>;
  #opening: Opening = { kind: 'opened' };
  #failure: { readonly error: StoreError; readonly atWall: number; lastTryMs: number } | undefined;
  #closed = false;

  private constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#level = this.#handle();
  }

  /** Throws {@link StoreError}: `locked`, `disk-full`, `read-only`, `io`. Damage is repaired, not thrown. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const database = new Database(options);
    await database.#open();
    return database;
  }

  get opening(): Opening {
    return this.#opening;
  }

  /** Why writing fails at present. */
  get failure(): { readonly error: StoreError; readonly atWall: number } | undefined {
    return this.#failure;
  }

  async write(batch: readonly Write[]): Promise<void> {
    if (this.#closed) throw new StoreError('closed', `${this.#options.directory}: the store is closed`);
    await this.#reopenAfterFailure();
    try {
      await this.#level.batch([...batch], { sync: true });
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    if (this.#failure !== undefined) {
      this.#options.log.info('store writes again', { failedForMs: this.#options.clock.wall() - this.#failure.atWall });
      this.#failure = undefined;
    }
  }

  /** Entries with `prefix`, in order of their keys; the newest `limit` in reverse order when `reverse`. */
  async read(
    prefix: string,
    order: { readonly reverse?: boolean; readonly limit?: number } = {},
  ): Promise<[string, string][]> {
    const range = { gte: prefix, lt: after(prefix), reverse: order.reverse ?? false, limit: order.limit ?? -1 };
    try {
      return await this.#level.iterator(range).all();
    } catch (thrown) {
      const error = storeErrorOf(thrown, this.#options.directory);
      if (error.code !== 'corrupted') throw error;
      await this.#level.close();
      await this.#repair(error);
      return await this.#level.iterator(range).all();
    }
  }

  /** Deletes the keys from `prefix` up to `prefix + end`. */
  async clear(prefix: string, end: string): Promise<void> {
    await this.#level.clear({ gte: prefix, lt: prefix + end });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#level.close();
  }

  #handle(): Level<string, string> {
    return new Level<string, string>(this.#options.directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  }

  async #open(): Promise<void> {
    const { directory, log } = this.#options;
    const files = await this.#files();
    // LevelDB would make a new, empty database here without a word: its table of contents is gone, its tables are not.
    const beheaded = !files.includes('CURRENT') && files.some((name) => /\.(ldb|sst|log)$/.test(name));
    if (beheaded) {
      await this.#repair(new StoreError('corrupted', `${directory}: its file CURRENT is missing`));
      return;
    }
    this.#opening = { kind: files.includes('CURRENT') ? 'opened' : 'created' };
    try {
      await this.#level.open();
    } catch (thrown) {
      const error = storeErrorOf(thrown, directory);
      // LevelDB reports a missing manifest or table as an I/O error.
      const damaged =
        error.code === 'corrupted' || (error.code === 'io' && /No such file|missing files/i.test(error.message));
      if (!damaged) throw error;
      await this.#repair(error);
    }
    if (this.#opening.kind === 'created') log.info('store created', { directory });
  }

  async #files(): Promise<readonly string[]> {
    const { directory } = this.#options;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return await readdir(directory);
    } catch (thrown) {
      throw storeErrorOf(thrown, directory);
    }
  }

  /** Keeps a copy of the damaged files for good, then saves what can be saved. */
  async #repair(error: StoreError): Promise<void> {
    const { directory, clock, log } = this.#options;
    const aside = `${directory}.damaged-${Math.round(clock.wall())}`;
    log.error('store is damaged; a copy is kept and the rest repaired', { directory, aside, why: error.message });
    await cp(directory, aside, { recursive: true });
    this.#level = this.#handle();
    try {
      await repairFiles(directory);
      await this.#level.open();
      const entries = await this.#level.keys({ limit: 1 }).all();
      this.#opening = { kind: entries.length > 0 ? 'repaired' : 'started-empty', aside };
    } catch (thrown) {
      const again = storeErrorOf(thrown, directory);
      if (again.code === 'locked') throw again;
      log.error('store cannot be repaired; it starts empty', { directory, aside, why: again.message });
      await rename(directory, `${aside}-unrepaired`);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      this.#level = this.#handle();
      await this.#level.open();
      this.#opening = { kind: 'started-empty', aside };
    }
    log.error('store repaired', { directory, aside, outcome: this.#opening.kind });
  }

  #failed(thrown: unknown): StoreError {
    const error = storeErrorOf(thrown, this.#options.directory);
    if (this.#failure === undefined) {
      this.#options.log.error('store does not write', { code: error.code, why: error.message });
      this.#failure = { error, atWall: this.#options.clock.wall(), lastTryMs: this.#options.clock.now() };
    }
    return error;
  }

  /** After a failed write LevelDB refuses all others until it is opened again. */
  async #reopenAfterFailure(): Promise<void> {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (this.#options.clock.now() - failure.lastTryMs < retryMs) throw failure.error;
    failure.lastTryMs = this.#options.clock.now();
    try {
      await this.#level.close();
      this.#level = this.#handle();
      await this.#level.open();
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }
}

/** The first key after all keys that begin with `prefix`. */
function after(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

/** `level` does not declare what its implementation for Node has. */
async function repairFiles(directory: string): Promise<void> {
  if (!('repair' in Level) || typeof Level.repair !== 'function') throw new Error('this LevelDB cannot repair');
  await Level.repair(directory);
}
