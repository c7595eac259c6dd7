import type { Clock, Log, Timer } from '../../src/base/index.js';
import { type CallRecord, type CallRecordStore, isCallResume } from '../../src/call/index.js';
import type { Database } from './database.js';
import type { GroupCommit } from './group-commit.js';
import { isFields, jsonFields } from './json-fields.js';

const open = 'call/open/';
const closed = 'call/closed/';
const day = 86_400_000;

/** Call detail records: open ones by id, closed ones by the time at which their call began. */
export class CallRecords implements CallRecordStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keptMs: number;
  #purgeTimer: Timer | undefined;
  #stopped = false;

  constructor(database: Database, commits: GroupCommit, clock: Clock, log: Log, keptMs = 90 * day) {
    this.#database = database;
    this.#commits = commits;
    this.#clock = clock;
    this.#log = log;
    this.#keptMs = keptMs;
  }

  open(record: CallRecord): Promise<void> {
    return this.#commits.commit([{ type: 'put', key: open + record.id, value: JSON.stringify(record) }]);
  }

  /** The same record closed twice is kept once. */
  close(record: CallRecord): Promise<void> {
    return this.#commits.commit([
      { type: 'del', key: open + record.id },
      { type: 'put', key: `${closed}${timeKey(record.startedWall)}/${record.id}`, value: JSON.stringify(record) },
    ]);
  }

  /** Records that a process left open: each is gone on with or closed as interrupted, before new calls begin. */
  async unfinished(): Promise<readonly CallRecord[]> {
    return this.#parsed(await this.#database.read(open));
  }

  /** The last `count` closed records, newest first. */
  async recent(count: number): Promise<readonly CallRecord[]> {
    return this.#parsed(await this.#database.read(closed, { reverse: true, limit: count }));
  }

  /** Deletes what is past its time, now and once a day. */
  async keepWithinRetention(): Promise<void> {
    this.#purgeTimer?.cancel();
    try {
      await this.#purge();
    } catch (error) {
      this.#log.warn('old call records could not be deleted', { error });
    }
    if (!this.#stopped) this.#purgeTimer = this.#clock.after(day, () => void this.keepWithinRetention());
  }

  stop(): void {
    this.#stopped = true;
    this.#purgeTimer?.cancel();
  }

  async #purge(): Promise<void> {
    const [newest] = await this.recent(1);
    if (newest === undefined) return;
    // A clock that jumped ahead must not empty the archive: age counts from the newest record, not from the wall alone.
    const cutoff = Math.min(this.#clock.wall(), newest.startedWall + day) - this.#keptMs;
    if (cutoff > 0) await this.#database.clear(closed, timeKey(cutoff));
  }

  #parsed(entries: readonly (readonly [string, string])[]): readonly CallRecord[] {
    const records: CallRecord[] = [];
    for (const [key, text] of entries) {
      const value: unknown = jsonFields(text);
      if (isCallRecord(value)) records.push(readable(value));
      else this.#log.warn('stored call record is not readable; it is left on disk', { key });
    }
    return records;
  }
}

/** What another version wrote to go on with the call is not trusted blindly. */
function readable(record: CallRecord): CallRecord {
  const { resume, ...rest } = record;
  return resume === undefined || isCallResume(resume) ? record : rest;
}

function isCallRecord(value: unknown): value is CallRecord {
  return (
    isFields(value) &&
    typeof value.id === 'string' &&
    typeof value.to === 'string' &&
    typeof value.startedWall === 'number' &&
    isFields(value.from) &&
    Array.isArray(value.steps)
  );
}

/** Sorts as text as it does as a number, until the year 33658. */
function timeKey(wallMs: number): string {
  return String(Math.max(0, Math.trunc(wallMs))).padStart(15, '0');
}
