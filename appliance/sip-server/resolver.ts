import type { Clock, Random } from '../../src/base/index.js';
import {
  type NaptrRecord,
  naptrServices,
  orderServers,
  type SipService,
  type SrvRecord,
  srvService,
} from '../../src/sip/index.js';
import { defaultPort, type Protocol } from './listen-address.js';
import { type DnsAnswer, RecordCache } from './record-cache.js';

/** Questions to the name servers; replaced in tests. An empty answer says that there is nothing; a failure rejects. */
export interface DnsQueries {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  addresses(name: string, family: 4 | 6): Promise<DnsAnswer<string>>;
}

export interface ResolverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly queries: DnsQueries;
  /** Which listeners there are. */
  readonly has: (protocol: Protocol, family: 4 | 6) => boolean;
}

/** A host name of a URI with what the URI says beside it. */
export interface NamedTarget {
  readonly host: string;
  readonly protocol: Protocol | undefined;
  readonly port: number | undefined;
  /** A sips URI. */
  readonly secure: boolean;
}

export interface Address {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

/** Each costs a request up to 64*T1. */
const MAX_ADDRESSES = 8;

type Done = (addresses: readonly Address[], why: string) => void;

/** Names to addresses in the order in which one request tries them (RFC 3263 §4). */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #naptr: RecordCache<NaptrRecord>;
  readonly #srv: RecordCache<SrvRecord>;
  readonly #v4: RecordCache<string>;
  readonly #v6: RecordCache<string>;

  constructor(options: ResolverOptions) {
    const { clock, queries } = options;
    this.#options = options;
    this.#naptr = new RecordCache(clock, (name) => queries.naptr(name), true);
    this.#srv = new RecordCache(clock, (name) => queries.srv(name), true);
    this.#v4 = new RecordCache(clock, (name) => queries.addresses(name, 4), false);
    this.#v6 = new RecordCache(clock, (name) => queries.addresses(name, 6), true);
  }

  /** Calls back at once when the answers are known, in their time or after it. */
  locate(target: NamedTarget, done: Done): void {
    const { host, protocol, port, secure } = target;
    const assumed = protocol ?? (secure ? 'tls' : 'udp');
    if (port !== undefined) {
      this.#addresses(host, assumed, port, done);
      return;
    }
    // A name without a dot is a host of the neighbourhood: no domain has services there.
    const candidates = host.includes('.') ? this.#candidates(target) : [];
    // Whatever may be needed is asked for together: the answers come within the time of one.
    for (const { name } of candidates) this.#srv.prefetch(name);
    if (this.#speaks(assumed, 4)) this.#v4.prefetch(host);
    if (this.#speaks(assumed, 6)) this.#v6.prefetch(host);
    const plain = () => this.#addresses(host, assumed, defaultPort(assumed), done);
    if (protocol !== undefined || candidates.length === 0) {
      this.#services(candidates, done, plain);
      return;
    }
    this.#naptr.find(host, (records) => {
      const named = naptrServices(records, secure, (p) => this.#speaks(p));
      this.#services(named.length > 0 ? named : candidates, done, plain);
    });
  }

  stop(): void {
    for (const cache of [this.#naptr, this.#srv, this.#v4, this.#v6]) cache.stop();
  }

  /** Where SRV is asked for when NAPTR says nothing (RFC 3263 §4.1, §4.2). */
  #candidates(target: NamedTarget): readonly SipService[] {
    const { host, protocol, secure } = target;
    const protocols: readonly Protocol[] =
      protocol !== undefined ? [protocol] : secure ? ['tls'] : ['udp', 'tcp', 'tls'];
    return protocols
      .filter((p) => this.#speaks(p))
      .map((p) => srvService(host, p))
      .filter((service) => service !== undefined);
  }

  /** The first service that has servers is the one (RFC 3263 §4.1); without any, `otherwise`. */
  #services(services: readonly SipService[], done: Done, otherwise: () => void): void {
    const [service, ...rest] = services;
    if (service === undefined) {
      otherwise();
      return;
    }
    this.#srv.find(service.name, (records) => {
      const servers = orderServers(records, this.#options.random).slice(0, MAX_ADDRESSES);
      if (servers.length === 0) {
        this.#services(rest, done, otherwise);
        return;
      }
      gather<Address>(
        servers.map(
          ({ name, port }) =>
            (each) =>
              this.#addresses(name, service.protocol, port, each),
        ),
        done,
      );
    });
  }

  /** IPv4 first: it is what a branch surely has. */
  #addresses(host: string, protocol: Protocol, port: number, done: Done): void {
    const families = ([4, 6] as const).filter((family) => this.#speaks(protocol, family));
    // Without a listener of that kind the name still decides what the failure says.
    const asked = families.length > 0 ? families : ([4] as const);
    gather<string>(
      asked.map((family) => (each) => (family === 4 ? this.#v4 : this.#v6).find(host, each)),
      (found, why) => {
        const addresses = found.slice(0, MAX_ADDRESSES).map((address) => ({ protocol, address, port }));
        if (addresses.length > 0) done(addresses, '');
        else done([], why === '' ? `DNS no address for ${host}` : why.startsWith('DNS') ? why : `DNS ${host}: ${why}`);
      },
    );
  }

  #speaks(protocol: Protocol, family?: 4 | 6): boolean {
    const { has } = this.#options;
    return family === undefined ? has(protocol, 4) || has(protocol, 6) : has(protocol, family);
  }
}

/** Runs several searches and joins what they find, in their order; `why` is the first failure's. */
function gather<T>(
  searches: readonly ((each: (found: readonly T[], why: string) => void) => void)[],
  done: (found: readonly T[], why: string) => void,
): void {
  const results: (readonly T[])[] = searches.map(() => []);
  let left = searches.length;
  let firstWhy = '';
  searches.forEach((search, index) => {
    search((found, why) => {
      results[index] = found;
      if (firstWhy === '') firstWhy = why;
      left--;
      if (left === 0) done(results.flat(), firstWhy);
    });
  });
}
