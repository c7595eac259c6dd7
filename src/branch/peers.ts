import type { Configuration } from '../config/index.js';
import { parseUri } from '../sip/index.js';
import type { Prober } from '../wan/index.js';

/**
 * Who a packet comes from, by its source address: the configured addresses of the centre and of the trunks, and those
 * that their names last answered from.
 */
export class Peers {
  /** Addresses by host name of a target. */
  readonly #learned = new Map<string, string>();
  #centre: ReadonlySet<string> = new Set();
  #trunks: readonly { readonly name: string; readonly host: string; readonly port: number | undefined }[] = [];

  constructor(configuration: Configuration) {
    this.reconfigure(configuration);
  }

  reconfigure({ centre, trunks }: Configuration): void {
    this.#centre = new Set(centre.targets.map((target) => hostOf(target).host));
    this.#trunks = trunks.flatMap(({ name, uri }) => (uri === undefined ? [] : [{ name, ...hostOf(uri) }]));
  }

  isCentre(address: string): boolean {
    if (this.#centre.has(address)) return true;
    for (const host of this.#centre) if (this.#learned.get(host) === address) return true;
    return false;
  }

  /** What a host of the configuration is now: its address, where that is known. */
  addressOf(host: string): string {
    return this.#learned.get(host) ?? host;
  }

  /** Of several trunks at one address, the one with that port. */
  trunkAt(address: string, port: number): string | undefined {
    const there = this.#trunks.filter(({ host }) => host === address || this.#learned.get(host) === address);
    return (there.find((trunk) => (trunk.port ?? 5060) === port) ?? there[0])?.name;
  }

  /** `prober`, learning by the way from which address a name answers. */
  learningFrom(prober: Prober): Prober {
    return {
      probe: async (target, timeoutMs) => {
        const outcome = await prober.probe(target, timeoutMs);
        if (outcome.kind === 'answered' && outcome.address !== undefined) {
          this.#learned.set(hostOf(target).host, outcome.address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
        }
        return outcome;
      },
    };
  }
}

function hostOf(uri: string): { readonly host: string; readonly port: number | undefined } {
  const parsed = parseUri(uri);
  if (!parsed.ok || parsed.value.kind !== 'sip') return { host: uri, port: undefined };
  return { host: parsed.value.host.replace(/^\[|\]$/g, '').toLowerCase(), port: parsed.value.port };
}
