import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { PortId } from '../../src/media/index.js';
import { type KernelFlow, type KernelPort, kernelFlows, kernelPairs } from './kernel-flows.js';
import type { PortObserver } from './media-shell.js';
import type { NativeCommand, NativeEvent } from './native-engine.js';
import { addScript, dropScript, makeScript, nftTable, readCounters, removeScript, stopScript } from './nft-script.js';

/** Counters are read, and pairs that settled are taken over, this often. What must go goes at once. */
const tickMs = 1000;
/** A fax that answers says so at once, and one that calls repeats itself every 3.5 s (ITU-T T.30 §4): after this there is none. */
export const faxMs = 30_000;
/** IPv4 without options, and UDP: the kernel counts them, statistics do not. */
const headerBytes = 28;
/** The kernel takes packets and lets none out: another table or a route drops them. */
const swallowedPackets = 50;

export interface KernelPathOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Runs nft; `script` is its standard input. Rejects with what nft said. */
  readonly nft: (words: readonly string[], script: string) => Promise<string>;
  /** Every RTP port there is now. */
  readonly ports: () => ReadonlyMap<PortId, KernelPort>;
  /** Whether an address is one of this machine. */
  readonly isLocal: (host: string) => boolean;
  readonly toNative: (command: Extract<NativeCommand, { readonly kind: 'kernel' | 'kernelCounts' }>) => void;
}

interface Pair {
  readonly ids: readonly [PortId, PortId];
  readonly flows: readonly { readonly id: number; readonly flow: KernelFlow; packets: number; bytes: number }[];
}

/** What the kernel has forwarded for a port, over all pairs that it was part of. */
interface Counts {
  packets: number;
  bytes: number;
  sentPackets: number;
  sentBytes: number;
}

/** Lets the kernel forward what only needs forwarding. Whatever changes of a port takes its pair back first. */
export class KernelPath implements PortObserver {
  readonly #options: KernelPathOptions;
  readonly #pairs = new Map<PortId, Pair>();
  /** Pairs whose fax tones are waited for: since when. */
  #listening = new Map<PortId, number>();
  /** Stopped; their last counts are not read yet. */
  #stopped: Pair[] = [];
  readonly #counts = new Map<PortId, Counts>();
  #last = 0;
  /** One nft at a time, in the order of the changes. */
  #queue: Promise<void> = Promise.resolve();
  #tick: Timer | undefined;
  #ready = false;

  constructor(options: KernelPathOptions) {
    this.#options = options;
  }

  /** Ports that the kernel forwards for now. */
  get forwarded(): number {
    return this.#pairs.size;
  }

  /** Makes the table. Resolves with why the kernel does not forward, or nothing. */
  async start(): Promise<string | undefined> {
    try {
      await this.#options.nft(['-f', '-'], makeScript);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#ready = true;
    this.#next();
    return undefined;
  }

  /** Takes everything back and removes the table. */
  async stop(): Promise<void> {
    this.#ready = false;
    this.#tick?.cancel();
    for (const pair of new Set(this.#pairs.values())) this.#release(pair);
    await this.#run(removeScript);
  }

  changed(port: PortId): void {
    const ports = this.#options.ports();
    const hears = ports.get(port)?.rtp.settings.hears;
    // Somebody else who begins to hear one of a pair needs its packets here.
    const touched = [port, ...(hears?.kind === 'port' ? [hears.port] : [])];
    for (const pair of new Set(touched.map((id) => this.#pairs.get(id)))) {
      if (pair === undefined || this.#isWanted(pair)) continue;
      this.#release(pair);
      this.#stopped.push(pair);
      void this.#run(pair.flows.map(({ flow }) => stopScript(flow)).join(''));
    }
    if (!ports.has(port)) this.#counts.delete(port);
  }

  heard(event: NativeEvent): void {
    if (event.kind === 'latched') this.changed(event.port);
  }

  #isWanted({ ids: [one, other], flows }: Pair): boolean {
    const ports = this.#options.ports();
    const found = kernelPairs(ports).find(([a, b]) => a.id === one && b.id === other);
    const wanted = found === undefined ? undefined : kernelFlows(...found, this.#options.isLocal);
    return JSON.stringify(wanted) === JSON.stringify(flows.map(({ flow }) => flow));
  }

  #next(): void {
    this.#tick = this.#options.clock.after(tickMs, () => {
      void this.#count().then(() => {
        if (!this.#ready) return;
        this.#takeOver();
        this.#next();
      });
    });
  }

  #takeOver(): void {
    const leaving = new Set([...this.#pairs.values()].flatMap(({ flows }) => flows.map(({ flow }) => way(flow))));
    const scripts: string[] = [];
    const taken: Pair[] = [];
    const listening = new Map<PortId, number>();
    for (const [one, other] of kernelPairs(this.#options.ports())) {
      if (this.#pairs.has(one.id) || this.#pairs.has(other.id)) continue;
      const flows = kernelFlows(one, other, this.#options.isLocal);
      // Two calls between the same two sockets cannot be told apart once they leave.
      if (flows === undefined || flows.some((flow) => leaving.has(way(flow)))) continue;
      if (flows.some(({ fax }) => fax)) {
        const since = this.#listening.get(one.id) ?? this.#options.clock.now();
        listening.set(one.id, since);
        if (this.#options.clock.now() - since < faxMs) continue;
      }
      for (const flow of flows) leaving.add(way(flow));
      const pair = {
        ids: [one.id, other.id] as const,
        flows: flows.map((flow) => ({ id: ++this.#last, flow, packets: 0, bytes: 0 })),
      };
      for (const id of pair.ids) this.#pairs.set(id, pair);
      taken.push(pair);
      scripts.push(...pair.flows.map(({ id, flow }) => addScript(id, flow)));
    }
    this.#listening = listening;
    if (scripts.length === 0) return;
    for (const { ids } of taken)
      for (const port of ids) this.#options.toNative({ kind: 'kernel', port, forwards: true });
    this.#run(scripts.join(''));
  }

  /** The pair is the native thread's again. */
  #release(pair: Pair): void {
    const ports = this.#options.ports();
    for (const port of pair.ids) {
      this.#pairs.delete(port);
      if (ports.has(port)) this.#options.toNative({ kind: 'kernel', port, forwards: false });
    }
  }

  async #count(): Promise<void> {
    await this.#queue;
    const stopped = this.#stopped;
    const all = new Set([...this.#pairs.values(), ...stopped]);
    if (all.size === 0 || !this.#ready) return;
    this.#stopped = [];
    const list = ['-j', 'list', 'counters', 'table', ...nftTable.split(' ')];
    const counters = readCounters(await this.#options.nft(list, '').catch(() => ''));
    const ports = this.#options.ports();
    for (const pair of all) {
      for (const each of pair.flows) {
        const [came, left] = [counters.get(`in_${each.id}`), counters.get(`out_${each.id}`)];
        if (came === undefined || left === undefined) continue;
        if (left.packets === 0 && came.packets >= swallowedPackets) {
          this.#giveUp('packets go in and none come out: another table or a missing route drops them');
          return;
        }
        this.#add(each, left.packets, left.bytes - headerBytes * left.packets);
      }
      for (const port of pair.ids) {
        if (ports.has(port)) this.#options.toNative({ kind: 'kernelCounts', port, ...this.#countsOf(port) });
      }
    }
    if (stopped.length > 0)
      void this.#run(stopped.flatMap(({ flows }) => flows.map(({ id }) => dropScript(id))).join(''));
  }

  #add(counted: Pair['flows'][number], packets: number, bytes: number): void {
    const { flow } = counted;
    const more = { packets: packets - counted.packets, bytes: bytes - counted.bytes };
    counted.packets = packets;
    counted.bytes = bytes;
    const [heard, sent] = [this.#countsOf(flow.port), this.#countsOf(flow.other)];
    heard.packets += more.packets;
    heard.bytes += more.bytes;
    sent.sentPackets += more.packets;
    sent.sentBytes += more.bytes;
  }

  #countsOf(port: PortId): Counts {
    let counts = this.#counts.get(port);
    if (counts === undefined) {
      counts = { packets: 0, bytes: 0, sentPackets: 0, sentBytes: 0 };
      this.#counts.set(port, counts);
    }
    return counts;
  }

  /** In order. What fails leaves a table that nobody knows: then all of it goes, and sound passes by the native thread. */
  #run(script: string): Promise<void> {
    this.#queue = this.#queue
      .then(() => this.#options.nft(['-f', '-'], script))
      .then(
        () => undefined,
        (error: unknown) => {
          if (this.#ready) this.#giveUp(error instanceof Error ? error.message : String(error));
        },
      );
    return this.#queue;
  }

  #giveUp(why: string): void {
    this.#options.log.warn('the kernel forwards no more sound', { why });
    void this.stop();
  }
}

function way({ from, to }: KernelFlow): string {
  return `${from.host} ${from.port} ${to.host} ${to.port}`;
}
