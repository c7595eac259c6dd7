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
  #opening: Opening;
  #failure: { readonly error: StoreError; readonly atWall: number; lastTryMs: number } | undefined;
  #closed = false;

  private constructor(options: DatabaseOptions, level: Level<string, string>, opening: Opening) {
    this.#options = options;
    this.#level = level;
    this.#opening = opening;
  }

  /** Throws {@link StoreError}: `locked`, `disk-full`, `read-only`, `io`. Damage is repaired, not thrown. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { level, opening } = await openOrRepair(options);
    return new Database(options, level, opening);
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
      const { level, opening } = await repaired(this.#options, error);
      this.#level = level;
      this.#opening = opening;
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
      this.#level = await opened(this.#options.directory);
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

/** A handle opens itself on the next turn: it is made only when the files are ready for it. */
async function opened(directory: string): Promise<Level<string, string>> {
  const level = new Level<string, string>(directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await level.open();
  return level;
}

interface Opened {
  readonly level: Level<string, string>;
  readonly opening: Opening;
}

async function openOrRepair(options: DatabaseOptions): Promise<Opened> {
  const { directory, log } = options;
  const files = await filesIn(directory);
  // LevelDB would make a new, empty database here without a word: its table of contents is gone, its tables are not.
  if (!files.includes('CURRENT') && files.some((name) => /\.(ldb|sst|log)$/.test(name))) {
    return repaired(options, new StoreError('corrupted', `${directory}: its file CURRENT is missing`));
  }
  const kind = files.includes('CURRENT') ? 'opened' : 'created';
  try {
    const level = await opened(directory);
    if (kind === 'created') log.info('store created', { directory });
    return { level, opening: { kind } };
  } catch (thrown) {
    const error = storeErrorOf(thrown, directory);
    // LevelDB reports a missing manifest or table as an I/O error.
    const missing = error.code === 'io' && /No such file|missing files/i.test(error.message);
    if (error.code !== 'corrupted' && !missing) throw error;
    return repaired(options, error);
  }
}

async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await readdir(directory);
  } catch (thrown) {
    throw storeErrorOf(thrown, directory);
  }
}

/** Keeps a copy of the damaged files for good, then saves what can be saved. */
async function repaired(options: DatabaseOptions, error: StoreError): Promise<Opened> {
  const { directory, clock, log } = options;
  const aside = `${directory}.damaged-${Math.round(clock.wall())}`;
  log.error('store is damaged; a copy is kept and the rest repaired', { directory, aside, why: error.message });
  await cp(directory, aside, { recursive: true }).catch((thrown: unknown) => {
    throw storeErrorOf(thrown, directory);
  });
  try {
    await repairFiles(directory);
    const level = await opened(directory);
    const entries = await level.keys({ limit: 1 }).all();
    const kind = entries.length > 0 ? 'repaired' : 'started-empty';
    log.error('store repaired', { directory, aside, outcome: kind });
    return { level, opening: { kind, aside } };
  } catch (thrown) {
    const again = storeErrorOf(thrown, directory);
    if (again.code === 'locked' || again.code === 'disk-full') throw again;
    log.error('store cannot be repaired; it starts empty', { directory, aside, why: again.message });
    await rename(directory, `${aside}-unrepaired`);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return { level: await opened(directory), opening: { kind: 'started-empty', aside } };
  }
}

/** `level` does not declare what its implementation for Node has. */
async function repairFiles(directory: string): Promise<void> {
  if (!('repair' in Level) || typeof Level.repair !== 'function') throw new Error('this LevelDB cannot repair');
  await Level.repair(directory);
}
