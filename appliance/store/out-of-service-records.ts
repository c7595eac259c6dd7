import type { Log } from '../../src/base/index.js';
import type { OutOfServiceStore } from '../../src/trunks/index.js';
import type { Database } from './database.js';
import type { GroupCommit } from './group-commit.js';

const prefix = 'out-of-service/';

/** Channels that people took out of service: an engineer at the far end relies on it after a restart, too. */
export class OutOfServiceRecords implements OutOfServiceStore {
  readonly #commits: GroupCommit;
  readonly #log: Log;
  readonly #channels = new Map<string, number>();

  constructor(commits: GroupCommit, log: Log) {
    this.#commits = commits;
    this.#log = log;
  }

  get channels(): ReadonlyMap<string, number> {
    return this.#channels;
  }

  async load(database: Database): Promise<void> {
    for (const [key, text] of await database.read(prefix)) {
      const sinceWall = Number(text);
      if (Number.isSafeInteger(sinceWall)) this.#channels.set(key.slice(prefix.length), sinceWall);
      else this.#log.warn('a channel out of service is not readable; it is left on disk', { key });
    }
  }

  async set(channels: readonly string[], sinceWall: number | undefined): Promise<void> {
    await this.#commits.commit(
      channels.map((id) =>
        sinceWall === undefined
          ? { type: 'del', key: prefix + id }
          : { type: 'put', key: prefix + id, value: String(sinceWall) },
      ),
    );
    for (const id of channels) {
      if (sinceWall === undefined) this.#channels.delete(id);
      else this.#channels.set(id, sinceWall);
    }
  }
}
