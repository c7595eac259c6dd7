import type { Log } from '../../src/base/index.js';
import type { Binding, BindingStore } from '../../src/registrar/index.js';
import type { Database } from './database.js';
import type { GroupCommit, Write } from './group-commit.js';
import { type Fields, isFields, jsonFields } from './json-fields.js';

const prefix = 'binding/';
const transports: readonly unknown[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Bindings by token. */
export class BindingRecords implements BindingStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #log: Log;

  constructor(database: Database, commits: GroupCommit, log: Log) {
    this.#database = database;
    this.#commits = commits;
    this.#log = log;
  }

  async load(): Promise<readonly Binding[]> {
    const bindings: Binding[] = [];
    for (const [key, text] of await this.#database.read(prefix)) {
      const value: unknown = jsonFields(text);
      if (isBinding(value)) bindings.push(value);
      else this.#log.warn('stored binding is not readable; it is left on disk', { key });
    }
    return bindings;
  }

  save(changes: { readonly put: readonly Binding[]; readonly remove: readonly string[] }): Promise<void> {
    const writes: Write[] = [];
    for (const binding of changes.put)
      writes.push({ type: 'put', key: prefix + binding.token, value: JSON.stringify(binding) });
    for (const token of changes.remove) writes.push({ type: 'del', key: prefix + token });
    return this.#commits.commit(writes);
  }
}

function isBinding(value: unknown): value is Binding {
  if (!isFields(value) || !isFields(value.flow)) return false;
  const { flow } = value;
  return (
    ['token', 'username', 'contact', 'callId'].every((name) => typeof value[name] === 'string') &&
    ['cseq', 'expiresAtWall'].every((name) => typeof value[name] === 'number') &&
    (value.origin === 'relayed' || value.origin === 'served') &&
    transports.includes(flow.transport) &&
    typeof flow.address === 'string' &&
    typeof flow.port === 'number' &&
    optional(value, 'string', ['aor', 'instance', 'regId', 'userAgent']) &&
    optional(value, 'number', ['q', 'since', 'upstreamExpiresAtWall'])
  );
}

function optional(value: Fields, type: 'string' | 'number', names: readonly string[]): boolean {
  return names.every((name) => value[name] === undefined || typeof value[name] === type);
}
