import type { Log } from '../../src/base/index.js';
import type { UserFeatureStore, UserFeatures } from '../../src/lines/index.js';
import type { Database } from './database.js';
import type { GroupCommit } from './group-commit.js';
import { isFields, jsonFields } from './json-fields.js';

const prefix = 'feature/';

/** What users set at their telephones, by user; in memory too, because every call asks. */
export class FeatureRecords implements UserFeatureStore {
  readonly #commits: GroupCommit;
  readonly #log: Log;
  readonly #features = new Map<string, UserFeatures>();

  constructor(commits: GroupCommit, log: Log) {
    this.#commits = commits;
    this.#log = log;
  }

  async load(database: Database): Promise<void> {
    for (const [key, text] of await database.read(prefix)) {
      const value: unknown = jsonFields(text);
      if (isUserFeatures(value)) this.#features.set(key.slice(prefix.length), value);
      else this.#log.warn('stored features are not readable; they are left on disk', { key });
    }
  }

  get(username: string): UserFeatures {
    return this.#features.get(username) ?? {};
  }

  async set(username: string, features: UserFeatures): Promise<void> {
    const before = this.get(username);
    // What a user set holds from this moment, and is taken back where the disk refuses.
    this.#features.set(username, features);
    const none = Object.keys(features).length === 0;
    const key = prefix + username;
    try {
      await this.#commits.commit([none ? { type: 'del', key } : { type: 'put', key, value: JSON.stringify(features) }]);
    } catch (error) {
      if (this.#features.get(username) === features) this.#features.set(username, before);
      throw error;
    }
  }
}

function isUserFeatures(value: unknown): value is UserFeatures {
  if (!isFields(value)) return false;
  const numbers = ['forward', 'forwardBusy', 'forwardNoAnswer'];
  const switches = ['doNotDisturb', 'hidden', 'messagesWait'];
  return (
    numbers.every((name) => value[name] === undefined || typeof value[name] === 'string') &&
    switches.every((name) => value[name] === undefined || value[name] === true)
  );
}
