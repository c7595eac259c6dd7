import { Resolver as DnsResolver, lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { DnsAnswer } from './record-cache.js';
import type { DnsQueries } from './resolver.js';
import { errorCode } from './udp-transport.js';

/** How long a name server may take, and how often each is asked: all of it fits into the cache's own limit. */
const TIMEOUT_MS = 1_000;
const TRIES = 2;
/** Node does not tell the lifetime of NAPTR and SRV records, and the hosts file has none. */
const UNTOLD_TTL_S = 60;
/** RFC 2308: how long "there is none" is believed. Short: somebody may be typing it in. */
const NEGATIVE_TTL_S = 15;

/** What name servers say when there is nothing; everything else is a failure. */
const nothing = new Set(['ENOTFOUND', 'ENODATA']);

/** The hosts file, then the system's name servers, or `servers` (`address:port`). */
export function systemQueries(servers?: readonly string[]): DnsQueries {
  // A new one each time: the system's name servers may have changed.
  const resolver = () => {
    const made = new DnsResolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (servers !== undefined) made.setServers(servers);
    return made;
  };
  return {
    naptr: (name) => asked(resolver().resolveNaptr(name), UNTOLD_TTL_S),
    srv: (name) => asked(resolver().resolveSrv(name), UNTOLD_TTL_S),
    addresses: async (name, family) => {
      const listed = await hostsFile(name, family);
      if (listed.length > 0) return { records: listed, ttlS: UNTOLD_TTL_S };
      const dns = resolver();
      const answer = await asked(
        family === 4 ? dns.resolve4(name, { ttl: true }) : dns.resolve6(name, { ttl: true }),
        UNTOLD_TTL_S,
      );
      if (answer.records.length > 0) {
        const ttlS = Math.min(...answer.records.map(({ ttl }) => ttl));
        return { records: answer.records.map(({ address }) => address), ttlS };
      }
      if (name.includes('.')) return { records: [], ttlS: NEGATIVE_TTL_S };
      return neighbour(name, family);
    },
  };
}

async function asked<T>(work: Promise<readonly T[]>, ttlS: number): Promise<DnsAnswer<T>> {
  try {
    const records = await work;
    return { records, ttlS: records.length > 0 ? ttlS : NEGATIVE_TTL_S };
  } catch (error) {
    const code = error instanceof Error ? errorCode(error) : '';
    if (nothing.has(code)) return { records: [], ttlS: NEGATIVE_TTL_S };
    throw new Error(code === '' ? 'failed' : code);
  }
}

/** A short name may mean one of a search domain, which only the system knows. */
async function neighbour(name: string, family: 4 | 6): Promise<DnsAnswer<string>> {
  try {
    const found = await lookup(name, { all: true, family });
    return { records: found.map(({ address }) => address), ttlS: UNTOLD_TTL_S };
  } catch {
    return { records: [], ttlS: NEGATIVE_TTL_S };
  }
}

async function hostsFile(name: string, family: 4 | 6): Promise<readonly string[]> {
  const text = await readFile('/etc/hosts', 'utf8').catch(() => '');
  return addressesIn(text, name, family);
}

/** The addresses of a name in a hosts file (hosts(5)). */
export function addressesIn(text: string, name: string, family: 4 | 6): readonly string[] {
  const wanted = name.toLowerCase();
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (address.includes(':') !== (family === 6)) continue;
    if (names.some((known) => known.toLowerCase() === wanted)) found.push(address);
  }
  return found;
}
