import type { Log } from '../../src/base/index.js';
import type { TimelineEntry, TimelineStore } from '../../src/survivability/index.js';
import type { Database } from './database.js';
import type { GroupCommit, Write } from './group-commit.js';
import { isFields, jsonFields } from './json-fields.js';

const prefix = 'timeline/';
/** Enough for years of outages; at 200 bytes each the whole of it stays in memory. */
const kept = 10_000;
const kinds: readonly unknown[] = [
  'mode',
  'fault',
  'force',
  'probe',
  'trunk',
  'restart',
  'directory',
  'config',
  'line',
];

/** The failover timeline: read from memory, written behind; an entry is on disk with the next batch. */
export class TimelineRecords implements TimelineStore {
  readonly #commits: GroupCommit;
  readonly #log: Log;
  readonly #limit: number;
  /** Oldest first. */
  #entries: { readonly sequence: number; readonly entry: TimelineEntry }[] = [];
  #next = 0;

  constructor(commits: GroupCommit, log: Log, limit = kept) {
    this.#commits = commits;
    this.#log = log;
    this.#limit = limit;
  }

  async load(database: Database): Promise<void> {
    for (const [key, text] of await database.read(prefix)) {
      const sequence = Number(key.slice(prefix.length));
      const value: unknown = jsonFields(text);
      this.#next = Math.max(this.#next, sequence + 1);
      if (isTimelineEntry(value)) this.#entries.push({ sequence, entry: value });
    }
  }

  append(entry: TimelineEntry): void {
    const sequence = this.#next++;
    this.#entries.push({ sequence, entry });
    const writes: Write[] = [{ type: 'put', key: keyOf(sequence), value: JSON.stringify(entry) }];
    // In slices, so that an append costs no more at the limit than before it.
    if (this.#entries.length >= this.#limit * 1.1) {
      const surplus = this.#entries.splice(0, this.#entries.length - this.#limit);
      for (const old of surplus) writes.push({ type: 'del', key: keyOf(old.sequence) });
    }
    this.#commits.commit(writes).catch((error: unknown) => this.#log.warn('timeline entry not on disk', { error }));
  }

  /** The last `count` entries, newest first. */
  recent(count: number): readonly TimelineEntry[] {
    if (count <= 0) return [];
    return this.#entries
      .slice(-Math.min(count, this.#limit))
      .map(({ entry }) => entry)
      .reverse();
  }
}

function keyOf(sequence: number): string {
  return prefix + String(sequence).padStart(15, '0');
}

function isTimelineEntry(value: unknown): value is TimelineEntry {
  return (
    isFields(value) &&
    typeof value.atWall === 'number' &&
    typeof value.text === 'string' &&
    kinds.includes(value.kind) &&
    isFields(value.fields)
  );
}
