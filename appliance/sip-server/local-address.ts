import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../src/base/index.js';
import { inNetworks } from '../../src/config/index.js';

/** How long an answer of the routing table is believed. */
const FRESH_MS = 30_000;

/** The address under which peers beyond an address translator know this machine. */
export interface ExternalAddress {
  readonly address: string;
  /** CIDR networks on this side of the translator: peers there are told our own address. */
  readonly inside: readonly string[];
}

/** The address that this machine would use towards a peer: what a wildcard listener tells that peer of itself. */
export class LocalAddresses {
  readonly #clock: Clock;
  readonly #known = new Map<string, { address: string; at: number }>();

  readonly #external: ExternalAddress | undefined;

  constructor(clock: Clock, external?: ExternalAddress) {
    this.#clock = clock;
    this.#external = external;
  }

  /** What `peer` is told in Via and Contact, where our own address towards it is `own`. */
  shownTo(peer: string, own: string): string {
    const external = this.#external;
    if (external === undefined || external.address.includes(':') !== peer.includes(':')) return own;
    return inNetworks(peer, external.inside) ? own : external.address;
  }

  /** At once: the last answer of the routing table, or a guess from the interfaces while it is being asked. */
  towards(peer: string): string {
    const known = this.#known.get(peer);
    const now = this.#clock.now();
    if (known !== undefined && now - known.at < FRESH_MS) return known.address;
    const address = known?.address ?? guess(peer);
    if (this.#known.size > 10_000) this.#known.clear();
    this.#known.set(peer, { address, at: now });
    this.#ask(peer);
    return address;
  }

  /** A connected datagram socket sends nothing, and its own address is the route's. */
  #ask(peer: string): void {
    const socket = createSocket(peer.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    socket.on('error', () => socket.close());
    socket.connect(9, peer, () => {
      const { address } = socket.address();
      this.#known.set(peer, { address, at: this.#clock.now() });
      socket.close();
    });
  }
}

function guess(peer: string): string {
  const v6 = peer.includes(':');
  if (peer.startsWith('127.')) return '127.0.0.1';
  if (peer === '::1') return '::1';
  const candidates = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((i) => (i.family === 'IPv6') === v6 && !i.internal && !i.address.startsWith('fe80'));
  const near = candidates.find(
    (i) => i.address.split(v6 ? ':' : '.', 3).join() === peer.split(v6 ? ':' : '.', 3).join(),
  );
  return near?.address ?? candidates[0]?.address ?? (v6 ? '::1' : '127.0.0.1');
}
