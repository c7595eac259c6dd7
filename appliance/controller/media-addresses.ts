import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock, Timer } from '../../src/base/index.js';
import { type Configuration, inNetworks, type MediaSideSettings } from '../../src/config/index.js';
import type { MediaNetwork } from '../../src/media/index.js';
import { parseSipUri } from '../../src/sip/index.js';
import { localAddressTowards } from '../io/index.js';

type Side = 'phones' | 'centre' | 'trunks';

/** A local address and the network that it is in. */
export interface LocalNetwork {
  readonly address: string;
  /** `address/length`, with the host's bits cleared or not. */
  readonly cidr: string;
}

export interface MediaAddressesOptions {
  /** As configured at this moment. */
  readonly configuration: () => Configuration;
  readonly clock: Clock;
  /** The addresses of this machine; those of its interfaces where absent. */
  readonly local?: () => readonly LocalNetwork[];
  /** What the routing table says, where a peer is in none of our networks. */
  readonly ask?: (host: string) => Promise<string | undefined>;
}

/** How old what is known of addresses and routes may be, ms. */
const refreshMs = 30_000;
/** Hosts whose route is remembered; one more forgets the oldest. */
const rememberedHosts = 1000;
/** Addresses of nobody (RFC 5737, RFC 3849): what leads to them is the default route. */
const nobody = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;

/**
 * By which address of this machine a peer is reached, so that a call need not wait for the kernel's word: the configured one, or the one
 * in the peer's own network, or what the routing table said when it was asked last. Each local address is a network of the
 * media engine's, by its own name.
 */
export class MediaAddresses {
  readonly #options: MediaAddressesOptions;
  readonly #local: () => readonly LocalNetwork[];
  readonly #ask: (host: string) => Promise<string | undefined>;
  readonly #routes = new Map<string, string | undefined>();
  #networks: readonly LocalNetwork[];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: MediaAddressesOptions) {
    this.#options = options;
    this.#local = options.local ?? localNetworks;
    this.#ask = options.ask ?? localAddressTowards;
    this.#networks = this.#local();
  }

  /** Resolves when the routes to the configured peers are known; then they are kept fresh. `changed`: networks may be others now. */
  async start(changed: () => void): Promise<void> {
    await this.#refresh();
    changed();
    const again = (): void => {
      this.#timer = this.#options.clock.after(refreshMs, () => {
        void this.#refresh().then(() => {
          if (this.#stopped) return;
          changed();
          again();
        });
      });
    };
    again();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Where ports may be opened. */
  get networks(): readonly MediaNetwork[] {
    const { media } = this.#options.configuration();
    const set = [media.phones, media.centre, media.trunks].flatMap(({ address }: MediaSideSettings) => address ?? []);
    const addresses = new Set([...this.#networks.map(({ address }) => address), ...set]);
    return [...addresses].map((address) => ({ name: address, address, ports: media.ports }));
  }

  /** The local address, which is the network's name; undefined: nothing leads there. */
  towards(side: Side, host: string): string | undefined {
    const { media } = this.#options.configuration();
    const family = isIP(host) === 6 ? 6 : 4;
    return media[side].address ?? this.#near(host) ?? this.#routed(host) ?? this.#routes.get(nobody[family]);
  }

  #near(host: string): string | undefined {
    const length = ({ cidr }: LocalNetwork): number => Number(cidr.split('/')[1] ?? 0);
    return this.#networks.filter(({ cidr }) => inNetworks(host, [cidr])).toSorted((a, b) => length(b) - length(a))[0]
      ?.address;
  }

  /** Asks for the next time, where nobody asked yet. */
  #routed(host: string): string | undefined {
    if (!this.#routes.has(host)) void this.#learn(host);
    return this.#routes.get(host);
  }

  async #refresh(): Promise<void> {
    this.#networks = this.#local();
    const { centre, trunks } = this.#options.configuration();
    const configured = [...centre.targets, ...trunks.flatMap(({ uri }) => uri ?? [])].flatMap((uri) => {
      const read = parseSipUri(uri);
      return read.ok ? [read.value.host.replace(/^\[|\]$/g, '')] : [];
    });
    const hosts = new Set([nobody[4], nobody[6], ...configured, ...this.#routes.keys()]);
    await Promise.all([...hosts].map((host) => this.#learn(host)));
  }

  async #learn(host: string): Promise<void> {
    const known = this.#routes.get(host);
    this.#routes.set(host, known);
    const [oldest] = this.#routes.keys();
    if (this.#routes.size > rememberedHosts && oldest !== undefined) this.#routes.delete(oldest);
    // Without a route now, the last one is as good as none.
    this.#routes.set(host, (await this.#ask(host)) ?? known);
  }
}

function localNetworks(): readonly LocalNetwork[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ address, cidr }) =>
      cidr === null || /^fe80:/i.test(address) ? [] : [{ address, cidr }],
    ),
  );
}
