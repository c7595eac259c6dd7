import type { Clock, Log } from '../../src/base/index.js';
import { silentLog } from '../../src/base/index.js';
import type { BindingStore } from '../../src/registrar/index.js';
import { systemClock } from '../io/index.js';
import { BindingRecords } from './binding-records.js';
import { CallRecords } from './call-records.js';
import { Database, type Opening } from './database.js';
import { FeatureRecords } from './feature-records.js';
import { type CommitFigures, GroupCommit } from './group-commit.js';
import { OutOfServiceRecords } from './out-of-service-records.js';
import { StoreError } from './store-error.js';
import { TimelineRecords } from './timeline-records.js';
import { WaitingLines } from './waiting-lines.js';

/** Written under `meta/schema`; raised when a release reads what an older one cannot. */
const schemaVersion = 1;
const schemaKey = 'meta/schema';

export interface StoreOptions {
  /** Made with mode 700 when missing. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** How long closed call records stay. Initially 90 days. */
  readonly callRecordsKeptMs?: number;
}

export interface StoreHealth extends CommitFigures {
  readonly state: 'ok' | 'failing';
  /** Why writing fails, and since when. */
  readonly why?: string;
  readonly sinceWall?: number;
  /** What opening found; `repaired` and `started-empty` name the copy of the damaged files. */
  readonly opening: Opening;
}

/** Everything that the controller keeps on disk. A promise that resolved is on the platter. */
export class Store {
  readonly bindings: BindingStore;
  readonly callRecords: CallRecords;
  readonly timeline: TimelineRecords;
  readonly features: FeatureRecords;
  readonly outOfService: OutOfServiceRecords;
  /** Of call accounting. */
  readonly waitingLines: WaitingLines;
  readonly #database: Database;
  readonly #commits: GroupCommit;

  private constructor(options: StoreOptions, database: Database) {
    const log = options.log ?? silentLog;
    const { clock } = options;
    this.#database = database;
    this.#commits = new GroupCommit(database, systemClock);
    this.bindings = new BindingRecords(database, this.#commits, log);
    this.callRecords = new CallRecords(database, this.#commits, clock, log, options.callRecordsKeptMs);
    this.timeline = new TimelineRecords(this.#commits, log);
    this.features = new FeatureRecords(this.#commits, log);
    this.outOfService = new OutOfServiceRecords(this.#commits, log);
    this.waitingLines = new WaitingLines(database, this.#commits, log);
  }

  /** Throws {@link StoreError} with what to do about it; a damaged database is repaired, and said so in {@link health}. */
  static async open(options: StoreOptions): Promise<Store> {
    const { directory, clock } = options;
    const database = await Database.open({ directory, clock, log: options.log ?? silentLog });
    try {
      const store = new Store(options, database);
      await store.#checkSchema(directory);
      await store.timeline.load(database);
      await store.features.load(database);
      await store.outOfService.load(database);
      await store.waitingLines.load();
      await store.callRecords.keepWithinRetention();
      return store;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** A key that outlives the process: the one of that name, made by `fresh` the first time. Rejects when the disk refuses. */
  async key(name: string, fresh: () => Uint8Array): Promise<Uint8Array> {
    const at = `key/${name}`;
    const [entry] = await this.#database.read(at);
    if (entry?.[0] === at) return Buffer.from(entry[1], 'hex');
    const made = fresh();
    await this.#commits.commit([{ type: 'put', key: at, value: Buffer.from(made).toString('hex') }]);
    return made;
  }

  health(): StoreHealth {
    const failure = this.#database.failure;
    const { opening } = this.#database;
    const figures = this.#commits.figures();
    if (failure === undefined) return { state: 'ok', opening, ...figures };
    return { state: 'failing', why: failure.error.message, sinceWall: failure.atWall, opening, ...figures };
  }

  /** Writes what was asked for and closes. */
  async close(): Promise<void> {
    this.callRecords.stop();
    await this.#commits.settled();
    await this.#database.close();
  }

  async #checkSchema(directory: string): Promise<void> {
    const [entry] = await this.#database.read(schemaKey);
    const version = entry === undefined ? 0 : Number(entry[1]);
    if (version > schemaVersion) {
      const advice = 'a newer release wrote it: start that release, or configure another store directory';
      throw new StoreError(
        'newer',
        `${directory}: schema ${version} is not known here (${schemaVersion} is): ${advice}`,
      );
    }
    if (version < schemaVersion)
      await this.#commits.commit([{ type: 'put', key: schemaKey, value: String(schemaVersion) }]);
  }
}
