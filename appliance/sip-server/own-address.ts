import { networkInterfaces } from 'node:os';
import type { Clock } from '../../src/base/index.js';
import { parseSipUri } from '../../src/sip/index.js';
import { defaultPort } from './listen-address.js';
import type { ExternalAddress } from './local-address.js';
import type { Transport } from './transport.js';

/** How long the list of the machine's addresses is believed. */
const FRESH_MS = 30_000;

/** Knows which SIP URIs name this server. */
export class OwnAddresses {
  readonly #transports: readonly Transport[];
  readonly #clock: Clock;
  readonly #external: ExternalAddress | undefined;
  #interfaces: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(transports: readonly Transport[], clock: Clock, external?: ExternalAddress) {
    this.#transports = transports;
    this.#clock = clock;
    this.#external = external;
  }

  /** True when host and port (or the default one) are those of a listener, as bound or as known outside. */
  has(uri: string): boolean {
    const parsed = parseSipUri(uri);
    if (!parsed.ok) return false;
    const { scheme, port } = parsed.value;
    const host = parsed.value.host.replace(/^\[|\]$/g, '').toLowerCase();
    const named = parsed.value.parameters.get('transport')?.toLowerCase();
    const secure = scheme === 'sips' || named === 'tls';
    const assumed =
      named === 'ws' ? (scheme === 'sips' ? 'wss' : 'ws') : named === 'wss' ? 'wss' : secure ? 'tls' : 'udp';
    const wanted = port ?? defaultPort(assumed);
    return this.#transports.some((t) => t.port === wanted && this.#answersTo(t, host));
  }

  #answersTo(transport: Transport, host: string): boolean {
    const { address } = transport;
    if (host === address || host === 'localhost' || host === this.#external?.address) return true;
    if (address !== '0.0.0.0' && address !== '::') return false;
    const now = this.#clock.now();
    if (now - this.#readAt > FRESH_MS) {
      const list = Object.values(networkInterfaces()).flatMap((i) => i ?? []);
      this.#interfaces = new Set(list.map((i) => i.address.toLowerCase()));
      this.#readAt = now;
    }
    return this.#interfaces.has(host);
  }
}
