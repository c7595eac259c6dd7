import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../src/base/index.js';
import type { ProbeOutcome, Prober } from '../../src/wan/index.js';
import { systemClock } from '../io/index.js';

export interface NamedProberOptions {
  readonly prober: Prober;
  readonly clock: Clock;
  /** Between two look-ups of one name, ms. */
  readonly intervalMs: () => number;
  /** Rejects when the name has no address; replaced in tests. */
  readonly resolve?: (host: string, transport: string) => Promise<void>;
}

/** A name server that says nothing for so long is dead, ms. */
const queryTimeoutMs = 1000;
/** /etc/hosts answers at once; a dead name server must not hold a thread that the store needs for longer, ms. */
const hostsFileMs = 200;

interface Name {
  /** Why it does not resolve; undefined: it does, or nothing is known yet. */
  trouble: string | undefined;
  checkedAt: number;
  checking: Promise<void> | undefined;
}

/**
 * Tells a dead DNS from a dead path. The SIP server goes on with old answers (RFC 8767), so a probe by name succeeds
 * long after the name servers have died: names are looked up here, beside the probes and never in the way of a call.
 */
export class NamedProber implements Prober {
  readonly #options: NamedProberOptions;
  readonly #names = new Map<string, Name>();

  constructor(options: NamedProberOptions) {
    this.#options = options;
  }

  async probe(target: string, timeoutMs: number): Promise<ProbeOutcome> {
    const host = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;?]+)/i.exec(target)?.[1] ?? '';
    if (host !== '' && !host.startsWith('[') && isIP(host) === 0) {
      const transport = /;transport=(\w+)/i.exec(target)?.[1]?.toLowerCase() ?? 'udp';
      const trouble = await this.#troubleOf(host, transport);
      if (trouble !== undefined) return { kind: 'unresolved', why: trouble };
    }
    return this.#options.prober.probe(target, timeoutMs);
  }

  /** Waits only for the very first answer; later ones come in the background. */
  async #troubleOf(host: string, transport: string): Promise<string | undefined> {
    const { clock, intervalMs } = this.#options;
    let name = this.#names.get(host);
    if (name === undefined) {
      name = { trouble: undefined, checkedAt: Number.NEGATIVE_INFINITY, checking: undefined };
      this.#names.set(host, name);
      await this.#check(host, transport, name);
    } else if (clock.now() - name.checkedAt >= intervalMs()) {
      void this.#check(host, transport, name);
    }
    return name.trouble;
  }

  #check(host: string, transport: string, name: Name): Promise<void> {
    const { clock, intervalMs, resolve = systemResolve } = this.#options;
    name.checking ??= resolve(host, transport)
      .then(
        () => {
          name.trouble = undefined;
        },
        (error: unknown) => {
          name.trouble = error instanceof Error ? error.message : 'no address';
          // Looked up again without being asked, so that the first probe after it works sees that it does.
          clock.after(intervalMs(), () => void this.#check(host, transport, name));
        },
      )
      .finally(() => {
        name.checking = undefined;
        name.checkedAt = clock.now();
      });
    return name.checking;
  }
}

async function systemResolve(host: string, transport: string): Promise<void> {
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: 1 });
  const asked = [resolver.resolve4(host), resolver.resolve6(host), resolver.resolveSrv(`_sip._${transport}.${host}`)];
  try {
    await Promise.any(asked);
  } catch (failures) {
    const known = await Promise.race([lookup(host).catch(() => undefined), after(hostsFileMs)]);
    if (known !== undefined) return;
    const first: unknown = failures instanceof AggregateError ? failures.errors[0] : failures;
    throw first instanceof Error ? first : new Error('no address');
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    systemClock.after(ms, () => resolve(undefined));
  });
}
