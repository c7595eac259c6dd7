import type { Log } from '../../src/base/index.js';
import type { Database } from './database.js';
import type { GroupCommit, Write } from './group-commit.js';

const prefix = 'smdr/';
/** A month of a busy branch, 20 MB: then the oldest go. */
const most = 100_000;

/** Lines of call records that nobody has read yet, oldest first; on disk, and their numbers in memory. */
export class WaitingLines {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #log: Log;
  readonly #most: number;
  #first = 0;
  #next = 0;
  #lost = 0;

  constructor(database: Database, commits: GroupCommit, log: Log, limit = most) {
    this.#database = database;
    this.#commits = commits;
    this.#log = log;
    this.#most = limit;
  }

  async load(): Promise<void> {
    const [[first] = []] = await this.#database.read(prefix, { limit: 1 });
    const [[last] = []] = await this.#database.read(prefix, { reverse: true, limit: 1 });
    if (first === undefined || last === undefined) return;
    this.#first = numberOf(first);
    this.#next = numberOf(last) + 1;
  }

  get waiting(): number {
    return this.#next - this.#first;
  }

  /** Lines that nobody will read, since the start: too many waited. */
  get lost(): number {
    return this.#lost;
  }

  /** Resolves when it is on disk. */
  append(text: string): Promise<void> {
    const writes: Write[] = [{ type: 'put', key: keyOf(this.#next++), value: text }];
    if (this.waiting > this.#most) {
      writes.push({ type: 'del', key: keyOf(this.#first++) });
      if (this.#lost++ % 1000 === 0)
        this.#log.warn('call records wait for a reader, and the oldest go', { lost: this.#lost });
    }
    return this.#commits.commit(writes);
  }

  async first(): Promise<{ readonly key: string; readonly text: string } | undefined> {
    const [entry] = await this.#database.read(prefix, { limit: 1 });
    return entry === undefined ? undefined : { key: entry[0], text: entry[1] };
  }

  remove(key: string): Promise<void> {
    this.#first = Math.max(this.#first, numberOf(key) + 1);
    return this.#commits.commit([{ type: 'del', key }]);
  }
}

function keyOf(sequence: number): string {
  return prefix + String(sequence).padStart(15, '0');
}

function numberOf(key: string): number {
  return Number(key.slice(prefix.length));
}
