import { between, type Clock, type Random } from '../../src/base/index.js';
import type { TransportAddress } from '../../src/media/index.js';

/** RFC 4787: what a NAT maps and lets in. `symmetric` maps for each destination (address and port dependent), the others once. */
export type NatKind = 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric';

export interface NatOptions {
  readonly kind: NatKind;
  readonly outside: string;
  /** Addresses behind it. */
  readonly inside: readonly string[];
  /** A mapping that nothing leaves by is forgotten. */
  readonly forgetsMs: number;
}

interface Mapping {
  readonly inside: TransportAddress;
  readonly port: number;
  /** Where something was sent by it: address, and address with port. */
  readonly sentTo: Set<string>;
  usedAt: number;
}

const key = ({ host, port }: TransportAddress): string => `${host} ${port}`;

class Nat {
  readonly options: NatOptions;
  readonly #mappings = new Map<string, Mapping>();
  #nextPort = 20_000;

  constructor(options: NatOptions) {
    this.options = options;
  }

  out(from: TransportAddress, to: TransportAddress, now: number): TransportAddress {
    const { kind, outside, forgetsMs } = this.options;
    const name = kind === 'symmetric' ? `${key(from)} ${key(to)}` : key(from);
    let mapping = this.#mappings.get(name);
    if (mapping === undefined || now - mapping.usedAt > forgetsMs) {
      mapping = { inside: from, port: this.#nextPort++, sentTo: new Set(), usedAt: now };
      this.#mappings.set(name, mapping);
    }
    mapping.usedAt = now;
    mapping.sentTo.add(to.host).add(key(to));
    return { host: outside, port: mapping.port };
  }

  in(from: TransportAddress, port: number, now: number): TransportAddress | undefined {
    const { kind, forgetsMs } = this.options;
    for (const mapping of this.#mappings.values()) {
      if (mapping.port !== port || now - mapping.usedAt > forgetsMs) continue;
      if (kind === 'full-cone') return mapping.inside;
      if (mapping.sentTo.has(kind === 'restricted' ? from.host : key(from))) return mapping.inside;
    }
    return undefined;
  }
}

export type ReceivePacket = (bytes: Buffer, from: TransportAddress, at: TransportAddress) => void;

export interface NatNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly loss: number;
  readonly delayMs: readonly [least: number, most: number];
}

/** Hosts, some of them behind NATs, and datagrams between them that are lost and delayed by one seed. */
export class NatNetwork {
  readonly #options: NatNetworkOptions;
  readonly #nats: Nat[] = [];
  readonly #hosts = new Map<string, ReceivePacket>();
  sent = 0;
  /** True: everything sent from now on is lost. */
  cut = false;

  constructor(options: NatNetworkOptions) {
    this.#options = options;
  }

  addNat(options: NatOptions): void {
    this.#nats.push(new Nat(options));
  }

  attach(host: string, receive: ReceivePacket): void {
    this.#hosts.set(host, receive);
  }

  send(from: TransportAddress, to: TransportAddress, bytes: Buffer): void {
    const { clock, random, loss, delayMs } = this.#options;
    this.sent++;
    const inside = (host: string): Nat | undefined => this.#nats.find((nat) => nat.options.inside.includes(host));
    const own = inside(from.host);
    const local = own !== undefined && own === inside(to.host);
    // A private address is known only behind its own NAT.
    if (!local && inside(to.host) !== undefined) return;
    const source = own === undefined || local ? from : own.out(from, to, clock.now());
    // Lost behind the NAT, which has seen it.
    if (this.cut || random.next() < loss) return;
    const copy = Buffer.from(bytes);
    clock.after(between(random, delayMs[0], delayMs[1]), () => {
      const nat = this.#nats.find(({ options }) => options.outside === to.host);
      const target = nat === undefined ? to : nat.in(source, to.port, clock.now());
      if (target !== undefined) this.#hosts.get(target.host)?.(copy, source, target);
    });
  }
}
