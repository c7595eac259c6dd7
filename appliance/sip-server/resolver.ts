import { Resolver as DnsResolver, lookup } from 'node:dns/promises';
import type { Clock } from '../../src/base/index.js';

export interface Host {
  readonly address: string;
  /** Undefined: the port is the URI's, or the protocol's default. */
  readonly port?: number;
}

export interface ResolverOptions {
  readonly clock: Clock;
  /** Looks a name up; replaced in tests. An empty list or a rejection is a failure. */
  readonly query?: (host: string, service: string | undefined) => Promise<readonly Host[]>;
}

/** An answer younger than this is taken as it is. */
const FRESH_MS = 30_000;
/** RFC 8767: an old answer is better than none for this long. */
const STALE_MS = 24 * 3_600_000;
/** A name server that says nothing for so long is dead. */
const QUERY_TIMEOUT_MS = 2_500;
const MAX_NAMES = 10_000;

interface Entry {
  hosts: readonly Host[];
  at: number;
  asking: Promise<readonly Host[]> | undefined;
}

/** Names to addresses (RFC 3263 §4): SRV for a name without a port, then A and AAAA. Serves stale answers (RFC 8767). */
export class Resolver {
  readonly #clock: Clock;
  readonly #query: (host: string, service: string | undefined) => Promise<readonly Host[]>;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ResolverOptions) {
    this.#clock = options.clock;
    this.#query = options.query ?? systemQuery;
  }

  /** `service`: `_sip._udp` and the like, where the URI has no port. Calls back at once when an answer is known. */
  resolve(host: string, service: string | undefined, done: (hosts: readonly Host[], why: string) => void): void {
    const key = `${service ?? ''}.${host.toLowerCase()}`;
    const entry = this.#entries.get(key);
    const age = entry === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - entry.at;
    if (entry !== undefined && entry.hosts.length > 0 && age < STALE_MS) {
      if (age >= FRESH_MS) void this.#ask(key, host, service).catch(() => undefined);
      done(entry.hosts, '');
      return;
    }
    this.#ask(key, host, service).then(
      (hosts) => done(hosts, hosts.length === 0 ? `DNS no address for ${host}` : ''),
      (error: unknown) => done([], `DNS ${host}: ${error instanceof Error ? error.message : 'failed'}`),
    );
  }

  #ask(key: string, host: string, service: string | undefined): Promise<readonly Host[]> {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= MAX_NAMES) this.#entries.clear();
      entry = { hosts: [], at: Number.NEGATIVE_INFINITY, asking: undefined };
      this.#entries.set(key, entry);
    }
    if (entry.asking !== undefined) return entry.asking;
    const mine = entry;
    const asking = this.#limited(this.#query(host, service)).then(
      (hosts) => {
        mine.asking = undefined;
        if (hosts.length > 0) {
          mine.hosts = hosts;
          mine.at = this.#clock.now();
        }
        return hosts;
      },
      (error: unknown) => {
        mine.asking = undefined;
        throw error;
      },
    );
    mine.asking = asking;
    return asking;
  }

  #limited<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(QUERY_TIMEOUT_MS, () => reject(new Error('no answer')));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

async function systemQuery(host: string, service: string | undefined): Promise<readonly Host[]> {
  const services = service !== undefined && host.includes('.') ? await srv(`${service}.${host}`) : [];
  if (services.length > 0) {
    const [first] = services;
    if (first !== undefined) {
      const found = await lookup(first.name, { all: true });
      return found.map(({ address }) => ({ address, port: first.port }));
    }
  }
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => ({ address }));
}

async function srv(name: string): Promise<{ name: string; port: number }[]> {
  const resolver = new DnsResolver({ timeout: 1_000, tries: 1 });
  try {
    const records = await resolver.resolveSrv(name);
    return records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
  } catch {
    return [];
  }
}
