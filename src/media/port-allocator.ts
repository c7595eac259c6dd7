import { type Clock, cause, err, ok, type Random, type Result } from '../base/index.js';
import type { PortFault } from './media-engine.js';
import type { TransportAddress } from './port-settings.js';

/** Where ports are opened towards one kind of peer. */
export interface MediaNetwork {
  readonly name: string;
  /** Local IPv4 or IPv6 address without brackets. */
  readonly address: string;
  /** First and last UDP port, inclusive. */
  readonly ports: { readonly first: number; readonly last: number };
}

/** RTP on an even port, RTCP on the next one (RFC 3550 §11). */
export interface PortPair {
  readonly rtp: TransportAddress;
  readonly rtcp: TransportAddress;
}

/** What a peer still sends to a closed port must not be heard by the next call on it. */
export const quarantineMs = 2000;
/** Another program holds the port: it will not let go at once. */
export const refusedMs = 60_000;
/** Guesses before every port is looked at in turn: enough unless nearly all are in use. */
const guesses = 16;

/** In use, or free again at a time of the clock. */
type Taken = 'used' | number;

/**
 * Which ports of which addresses are in use. Ports are drawn at random: who cannot guess them cannot send into a call. Networks
 * may share an address, and their ranges may overlap.
 */
export class PortAllocator {
  readonly #clock: Clock;
  readonly #random: Random;
  #networks: ReadonlyMap<string, MediaNetwork>;
  /** By address, then by the even port. */
  readonly #taken = new Map<string, Map<number, Taken>>();

  constructor(networks: readonly MediaNetwork[], clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#networks = byName(networks);
  }

  /** Ports in use stay as they are; what is taken from now on is of these networks. */
  reconfigure(networks: readonly MediaNetwork[]): void {
    this.#networks = byName(networks);
  }

  take(name: string): Result<PortPair, PortFault> {
    const network = this.#networks.get(name);
    if (network === undefined) {
      return err({
        kind: 'unknownNetwork',
        cause: cause.resourceUnavailable,
        why: `there is no media network '${name}'`,
      });
    }
    const { address, ports } = network;
    const first = ports.first + (ports.first % 2);
    const pairs = Math.floor((ports.last - first + 1) / 2);
    const taken = this.#of(address);
    const start = Math.floor(this.#random.next() * pairs);
    for (let i = 0; i < guesses + pairs; i++) {
      const at = i < guesses ? Math.floor(this.#random.next() * pairs) : (start + i) % pairs;
      const port = first + 2 * at;
      if (pairs <= 0 || !this.#isFree(taken, port)) continue;
      taken.set(port, 'used');
      return ok(pairAt(address, port));
    }
    return err({
      kind: 'exhausted',
      cause: cause.resourceUnavailable,
      why: `all ${Math.max(0, pairs)} media ports of network '${name}' are in use`,
    });
  }

  /** Marks a pair that is in use already, of an engine that is older than we are. */
  claim({ rtp }: PortPair): void {
    this.#of(rtp.host).set(rtp.port, 'used');
  }

  /** The name of a network that the pair may be of. */
  networkOf({ rtp }: PortPair): string | undefined {
    for (const { name, address, ports } of this.#networks.values()) {
      if (address === rtp.host && rtp.port >= ports.first && rtp.port < ports.last) return name;
    }
    return undefined;
  }

  release(pair: PortPair): void {
    this.#rest(pair, quarantineMs);
  }

  /** It could not be opened: somebody else has it. */
  refuse(pair: PortPair): void {
    this.#rest(pair, refusedMs);
  }

  /** Pairs that are in use now. */
  get used(): number {
    let count = 0;
    for (const taken of this.#taken.values()) for (const state of taken.values()) if (state === 'used') count++;
    return count;
  }

  #of(address: string): Map<number, Taken> {
    let taken = this.#taken.get(address);
    if (taken === undefined) {
      taken = new Map();
      this.#taken.set(address, taken);
    }
    return taken;
  }

  #rest({ rtp }: PortPair, ms: number): void {
    this.#of(rtp.host).set(rtp.port, this.#clock.now() + ms);
  }

  #isFree(taken: Map<number, Taken>, port: number): boolean {
    const state = taken.get(port);
    if (state === undefined) return true;
    if (state === 'used' || state > this.#clock.now()) return false;
    taken.delete(port);
    return true;
  }
}

function byName(networks: readonly MediaNetwork[]): ReadonlyMap<string, MediaNetwork> {
  return new Map(networks.map((network) => [network.name, network]));
}

function pairAt(host: string, port: number): PortPair {
  return { rtp: { host, port }, rtcp: { host, port: port + 1 } };
}
