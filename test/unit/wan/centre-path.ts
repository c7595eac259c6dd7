import { type Random, silentLog } from '../../../src/base/index.js';
import {
  defaultWanSettings,
  type PathEvent,
  PathMonitor,
  type ProbeOutcome,
  type Prober,
  type WanSettings,
} from '../../../src/wan/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** What the way to one target does to probes. */
export interface Way {
  rttMs: number;
  /** Share of packets lost, each way. */
  loss: number;
  status: number;
  /** Cuts in, whatever the rest says. */
  fate: 'carried' | 'dropped' | 'refused' | 'unresolved' | 'unreachable';
  address?: string;
  /** How long the name servers take to say that there is no address. */
  namelessMs?: number;
}

export interface SentProbe {
  readonly target: string;
  readonly atMs: number;
  readonly timeoutMs: number;
}

/** A monitor on the virtual clock, and the ways to its targets. */
export class CentrePath implements Prober {
  readonly clock = new VirtualClock();
  readonly events: (PathEvent & { readonly atMs: number })[] = [];
  readonly sent: SentProbe[] = [];
  readonly ways = new Map<string, Way>();
  readonly monitor: PathMonitor;
  readonly #random: Random;

  constructor(
    seed = 1,
    targets: readonly string[] = ['sip:192.0.2.1'],
    settings: Partial<WanSettings> = {},
    onEvent: (event: PathEvent) => void = () => {},
  ) {
    this.#random = new SeededRandom(seed);
    for (const target of targets) this.ways.set(target, { rttMs: 10, loss: 0, status: 200, fate: 'carried' });
    this.monitor = new PathMonitor({
      clock: this.clock,
      random: new SeededRandom(seed + 1_000_000),
      prober: this,
      settings: { ...defaultWanSettings, ...settings },
      targets,
      onEvent: (event) => {
        this.events.push({ ...event, atMs: this.clock.now() });
        onEvent(event);
      },
      log: silentLog,
    });
  }

  /** Way to the only, or the named, target. */
  way(target = 'sip:192.0.2.1'): Way {
    const way = this.ways.get(target);
    if (way === undefined) throw new Error(`no way to ${target}`);
    return way;
  }

  /** Started, answered, and `seconds` of ordinary life behind it. */
  async up(seconds = 20): Promise<this> {
    this.monitor.start();
    await this.clock.run(seconds * 1000);
    return this;
  }

  verdicts(): (PathEvent & { readonly atMs: number })[] {
    return this.events.filter((event) => event.kind === 'up' || event.kind === 'down');
  }

  /** Names the last verdict: `up`, or the fault. */
  verdict(): string | undefined {
    const last = this.verdicts().at(-1);
    return last?.kind === 'down' ? last.fault : last?.kind;
  }

  probe(target: string, timeoutMs: number): Promise<ProbeOutcome> {
    this.sent.push({ target, atMs: this.clock.now(), timeoutMs });
    const way = this.ways.get(target);
    return new Promise((resolve) => {
      const later = (ms: number, outcome: ProbeOutcome) => this.clock.after(ms, () => resolve(outcome));
      if (way === undefined || way.fate === 'unresolved')
        return later(way?.namelessMs ?? 1, { kind: 'unresolved', why: 'SERVFAIL' });
      if (way.fate === 'unreachable') return later(0, { kind: 'unreachable', why: 'ENETUNREACH' });
      const lost = this.#random.next() < way.loss || this.#random.next() < way.loss;
      if (way.fate === 'refused') return later(way.rttMs, { kind: 'refused', why: 'ECONNREFUSED' });
      if (way.fate === 'dropped' || lost || way.rttMs > timeoutMs) return later(timeoutMs, { kind: 'silent' });
      return this.clock.after(way.rttMs, () => {
        // The link may have been cut while the packet was on its way.
        if (way.fate === 'dropped') return later(timeoutMs - way.rttMs, { kind: 'silent' });
        const address = way.address === undefined ? {} : { address: way.address };
        resolve({ kind: 'answered', status: way.status, rttMs: way.rttMs, ...address });
        return undefined;
      });
    });
  }
}
