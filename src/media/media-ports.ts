import { type Clock, err, hexToken, type Log, ok, type Random, type Result, type Timer } from '../base/index.js';
import type { LivePortOptions } from './live-port.js';
import { LiveRtpPort } from './live-rtp-port.js';
import { LiveTdmPort } from './live-tdm-port.js';
import type { MediaCommand, RtpPlace, TdmPlace } from './media-command.js';
import type { LineEngine, MediaEngine, MediaPort, PortFault, PortOrder, TdmPort } from './media-engine.js';
import type { ListedPort, MediaEvent } from './media-event.js';
import { MediaFigures, type MediaTotals } from './media-figures.js';
import { type MediaNetwork, PortAllocator } from './port-allocator.js';
import type { PortId } from './port-settings.js';

/** Ports of before our start that no call has claimed by then are nobody's. */
export const orphanGraceMs = 60_000;
/** A leg that ends does not wait longer for the last figures; an engine's own second is enough for a busy one. */
export const closedWithinMs = 2000;
/** How fresh the figures of live ports are. */
export const figuresEveryMs = 5000;

export interface MediaPortsOptions {
  readonly networks: readonly MediaNetwork[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The ports are the engine's again, and what a process before us left can be claimed. */
  readonly onSynced?: () => void;
}

/** How the engine is, for people. */
export interface MediaHealth {
  readonly connected: boolean;
  /** Of the engine that is there or was last. */
  readonly instance?: string;
  readonly realTime: boolean;
  readonly codecs: readonly string[];
  /** Engines that died or were replaced under us. */
  readonly replaced: number;
  readonly pulse?: Extract<MediaEvent, { readonly kind: 'pulse' }>;
  /** Ports of ours. */
  readonly ports: number;
}

/**
 * Every port as it should be, whatever happens to the engine: commands go to the engine that is there, and one that comes is
 * told of the ports that it lacks. A fresh controller takes over the ports that its calls claim, and forgets the others after a grace.
 */
export class MediaPorts implements MediaEngine, LineEngine {
  readonly #options: MediaPortsOptions;
  readonly #allocator: PortAllocator;
  readonly #figures = new MediaFigures();
  readonly #live = new Map<PortId, LiveRtpPort | LiveTdmPort>();
  /** Of a controller before us, and not claimed yet. */
  readonly #orphans = new Map<PortId, ListedPort>();
  #play: number;
  #tell: ((command: MediaCommand) => void) | undefined;
  /** The engine has every port as we want it: what changes is told at once. */
  #synced = false;
  #everSynced = false;
  #hello: Extract<MediaEvent, { readonly kind: 'hello' }> | undefined;
  #replaced = 0;
  #pulse: Extract<MediaEvent, { readonly kind: 'pulse' }> | undefined;
  readonly #timers = new Set<Timer>();

  constructor(options: MediaPortsOptions) {
    this.#options = options;
    this.#allocator = new PortAllocator(options.networks, options.clock, options.random);
    this.#play = this.#word();
    this.#refreshFigures();
  }

  get fingerprint(): string | undefined {
    return this.#hello?.fingerprint;
  }

  get health(): MediaHealth {
    return {
      connected: this.#synced,
      ...(this.#hello === undefined ? {} : { instance: this.#hello.instance }),
      realTime: this.#hello?.realTime ?? false,
      codecs: this.#hello?.codecs ?? [],
      replaced: this.#replaced,
      ...(this.#pulse === undefined || !this.#synced ? {} : { pulse: this.#pulse }),
      ports: this.#live.size,
    };
  }

  get totals(): MediaTotals {
    const live = [...this.#live.values()].flatMap(({ statistics }) => (statistics === undefined ? [] : [statistics]));
    return this.#figures.totals(live);
  }

  reconfigure(networks: readonly MediaNetwork[]): void {
    this.#allocator.reconfigure(networks);
  }

  open({ network, ice }: PortOrder): Result<MediaPort, PortFault> {
    const { random } = this.#options;
    const pair = this.#allocator.take(network);
    if (!pair.ok) return err(pair.error);
    const port = this.#addRtp(hexToken(random, 8), network, {
      ...pair.value,
      ssrc: this.#ssrc(),
      // 96 random bits: nobody can tell that two calls are of one box (RFC 7022 §4.2).
      cname: Buffer.from(random.bytes(12)).toString('base64'),
      ...(ice === undefined ? {} : { ice }),
    });
    if (this.#synced) port.openAgain();
    return ok(port);
  }

  claim(id: PortId): MediaPort | undefined {
    const listed = this.#orphans.get(id);
    if (listed?.rtp === undefined) return undefined;
    this.#orphans.delete(id);
    const { place } = listed.rtp;
    const port = this.#addRtp(id, this.#allocator.networkOf(place) ?? '', place);
    port.reconcile(listed, true);
    return port;
  }

  openTdm(place: TdmPlace): TdmPort {
    this.#closeOrphansAt(place);
    const port = this.#addTdm(hexToken(this.#options.random, 8), place);
    if (this.#synced) port.openAgain();
    return port;
  }

  claimTdm(id: PortId): TdmPort | undefined {
    const listed = this.#orphans.get(id);
    if (listed?.tdm === undefined) return undefined;
    this.#orphans.delete(id);
    const port = this.#addTdm(id, listed.tdm.place);
    port.reconcile(listed, true);
    return port;
  }

  /** A connection to an engine is there; its `hello` follows. */
  attached(tell: (command: MediaCommand) => void): void {
    this.#tell = tell;
    this.#synced = false;
  }

  /** The connection is gone. What is wanted is kept. */
  detached(): void {
    this.#tell = undefined;
    this.#synced = false;
  }

  heard(event: MediaEvent): void {
    switch (event.kind) {
      case 'hello':
        if (this.#hello !== undefined && this.#hello.instance !== event.instance) this.#replaced++;
        this.#hello = event;
        this.#tell?.({ kind: 'list' });
        return;
      case 'ports':
        this.#sync(event.ports);
        return;
      case 'pulse':
        this.#pulse = event;
        return;
      case 'recorded':
        return;
      case 'failed':
        this.#failed(event);
        return;
      default: {
        const port = this.#live.get(event.port);
        port?.heard(event);
        if (event.kind === 'closed' && port !== undefined) this.#remove(port);
      }
    }
  }

  /** Nothing is told or timed any more; the engine's ports stay as they are for the next process. */
  stop(): void {
    this.detached();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #addRtp(id: PortId, network: string, place: RtpPlace): LiveRtpPort {
    const port = new LiveRtpPort({
      ...this.#common(id, (opened) => (opened ? this.#allocator.release(place) : this.#allocator.refuse(place))),
      network,
      place,
      ssrc: () => this.#ssrc(),
    });
    this.#live.set(id, port);
    return port;
  }

  #addTdm(id: PortId, place: TdmPlace): LiveTdmPort {
    const nextPlay = (): number => {
      this.#play = (this.#play + 1) >>> 0;
      return this.#play;
    };
    const port = new LiveTdmPort({ ...this.#common(id, () => undefined), place, nextPlay });
    this.#live.set(id, port);
    return port;
  }

  #common(id: PortId, onGone: LivePortOptions['onGone']): LivePortOptions {
    return {
      id,
      tell: (command) => {
        if (this.#synced) this.#tell?.(command);
      },
      onClose: () => {
        const closed = this.#live.get(id);
        // Without an engine nobody will say `closed`.
        this.#after(this.#synced ? closedWithinMs : 0, () => {
          if (closed === undefined || this.#live.get(id) !== closed) return;
          closed.finish();
          this.#remove(closed);
        });
      },
      onGone,
    };
  }

  #remove(port: LiveRtpPort | LiveTdmPort, opened = true): void {
    this.#live.delete(port.id);
    if (port.statistics !== undefined) this.#figures.add(port.statistics);
    port.gone(opened);
  }

  #sync(listed: readonly ListedPort[]): void {
    const theirs = new Map(listed.map((each) => [each.port, each] as const));
    this.#synced = true;
    for (const [id, each] of theirs) {
      if (this.#live.has(id)) continue;
      // Only a fresh process meets ports of another one; later they are ours, closed while nobody was there to hear it.
      if (!this.#everSynced) {
        this.#orphans.set(id, each);
        if (each.rtp !== undefined) this.#allocator.claim(each.rtp.place);
      } else if (!this.#orphans.has(id)) this.#tell?.({ kind: 'close', port: id });
    }
    for (const id of this.#orphans.keys()) if (!theirs.has(id)) this.#forget(id);
    for (const port of this.#live.values()) {
      const their = theirs.get(port.id);
      if (port.closing) {
        if (their !== undefined) this.#tell?.({ kind: 'close', port: port.id });
      } else if (their !== undefined) port.reconcile(their, false);
      else {
        if (port.statistics !== undefined) this.#figures.add(port.statistics);
        if (port instanceof LiveTdmPort) this.#closeOrphansAt(port.place);
        port.openAgain();
      }
    }
    if (!this.#everSynced && this.#orphans.size > 0) this.#after(orphanGraceMs, () => this.#forgetOrphans());
    this.#everSynced = true;
    this.#options.onSynced?.();
  }

  /** A line can be open once. Who opens it anew has no use for what a process before us did there. */
  #closeOrphansAt({ path }: TdmPlace): void {
    for (const [id, { tdm }] of [...this.#orphans]) {
      if (tdm?.place.path !== path) continue;
      this.#forget(id);
      if (this.#synced) this.#tell?.({ kind: 'close', port: id });
    }
  }

  #forgetOrphans(): void {
    if (this.#orphans.size > 0)
      this.#options.log.warn('media ports that no call claims are closed', { ports: this.#orphans.size });
    for (const id of [...this.#orphans.keys()]) {
      if (this.#synced) this.#tell?.({ kind: 'close', port: id });
      this.#forget(id);
    }
  }

  #forget(id: PortId): void {
    const rtp = this.#orphans.get(id)?.rtp;
    this.#orphans.delete(id);
    if (rtp !== undefined) this.#allocator.release(rtp.place);
  }

  #failed({ port: id, command, why }: Extract<MediaEvent, { readonly kind: 'failed' }>): void {
    this.#options.log.warn('the media engine refuses a command', { command, why, ...(id === undefined ? {} : { id }) });
    const port = id === undefined ? undefined : this.#live.get(id);
    if (port === undefined) return;
    const opened = command !== 'open' && command !== 'openTdm';
    port.refused(opened, why);
    if (!opened) this.#remove(port, false);
  }

  /** 32 bits, not zero. */
  #ssrc(): number {
    return this.#word() || 1;
  }

  #word(): number {
    return Buffer.from(this.#options.random.bytes(4)).readUInt32BE();
  }

  #refreshFigures(): void {
    this.#after(figuresEveryMs, () => {
      for (const port of this.#live.values()) port.askStatistics();
      this.#refreshFigures();
    });
  }

  #after(ms: number, fire: () => void): void {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer);
      fire();
    });
    this.#timers.add(timer);
  }
}
