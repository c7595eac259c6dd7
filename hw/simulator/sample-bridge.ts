import type { Clock, Timer } from '../../src/base/index.js';
import type { TdmPlace } from '../../src/tdm/index.js';
import { ChannelSamples } from './channel-samples.js';
import { Voices } from './samples/melody.js';
import type { SimulatedChannel } from './simulated-channel.js';

/** Somebody who reads and writes a channel's samples: the media engine. */
export interface SampleLink {
  /** False: it does not read, and the block is lost. */
  write(block: Uint8Array): boolean;
  close(): void;
}

export interface SampleListener {
  bytes(codes: Uint8Array): void;
  closed(): void;
}

/** Opens places where somebody may connect; how, is the world's business. */
export interface SampleDoors {
  /** Until the returned function is called, each who connects to `path` is handed over. */
  open(path: string, connected: (link: SampleLink) => SampleListener): () => void;
}

export interface SampleBridgeOptions {
  readonly clock: Clock;
  readonly doors: SampleDoors;
  /** 10 or 20. */
  readonly blockMs: number;
  /** `sim/1:5` → the path of its door. */
  readonly pathOf: (channel: string) => string;
}

const samplesPerMs = 8;
/** After a pause of the process no more than half a second is caught up; the rest of the time is lost, as in a slip. */
const mostBlocksAtOnce = 50;

interface Live {
  readonly samples: ChannelSamples;
  readonly link: SampleLink;
}

/**
 * Samples of all channels of a simulated card. It is the clock: each channel that somebody listens to gives a block each beat, and
 * takes what comes. One timer for all, and none while nobody listens.
 */
export class SampleBridge {
  readonly #options: SampleBridgeOptions;
  readonly #voices = new Voices();
  readonly #live = new Map<SimulatedChannel, Live>();
  readonly #doors = new Map<SimulatedChannel, () => void>();
  #timer: Timer | undefined;
  #dueAt = 0;
  /** Blocks that nobody read, or that came too late to be made. */
  slips = 0;

  constructor(options: SampleBridgeOptions) {
    this.#options = options;
  }

  /** How many channels somebody listens to. */
  get live(): number {
    return this.#live.size;
  }

  placeOf(channel: string): TdmPlace {
    return { path: this.#options.pathOf(channel), blockBytes: this.#blockSamples };
  }

  attach(channel: SimulatedChannel): void {
    const { doors, pathOf } = this.#options;
    this.#doors.set(
      channel,
      doors.open(pathOf(channel.id), (link) => this.#connected(channel, link)),
    );
  }

  detach(channel: SimulatedChannel): void {
    this.#doors.get(channel)?.();
    this.#doors.delete(channel);
    this.#live.get(channel)?.link.close();
    this.#end(channel);
  }

  close(): void {
    for (const channel of [...this.#doors.keys()]) this.detach(channel);
  }

  get #blockSamples(): number {
    return this.#options.blockMs * samplesPerMs;
  }

  #connected(channel: SimulatedChannel, link: SampleLink): SampleListener {
    // The last one counts: an engine that started again is there before its predecessor is known to be gone.
    this.#live.get(channel)?.link.close();
    const live: Live = { samples: new ChannelSamples(channel, this.#voices), link };
    this.#live.set(channel, live);
    this.#start();
    return {
      bytes: (codes) => {
        if (this.#live.get(channel) === live) live.samples.heard(codes);
      },
      closed: () => {
        if (this.#live.get(channel) === live) this.#end(channel);
      },
    };
  }

  #end(channel: SimulatedChannel): void {
    const live = this.#live.get(channel);
    if (live === undefined) return;
    this.#live.delete(channel);
    channel.onSound(() => undefined);
    live.samples.hangUp();
    if (this.#live.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#dueAt = this.#options.clock.now();
    this.#arm();
  }

  #arm(): void {
    const { clock, blockMs } = this.#options;
    this.#dueAt += blockMs;
    this.#timer = clock.after(this.#dueAt - clock.now(), () => this.#beat());
  }

  #beat(): void {
    const { clock, blockMs } = this.#options;
    const due = 1 + Math.max(0, Math.floor((clock.now() - this.#dueAt) / blockMs));
    const blocks = Math.min(due, mostBlocksAtOnce);
    if (due > blocks) this.slips += (due - blocks) * this.#live.size;
    for (const { samples, link } of [...this.#live.values()])
      for (let i = 0; i < blocks; i++) if (!link.write(samples.said(this.#blockSamples))) this.slips++;
    this.#dueAt += (due - 1) * blockMs;
    if (this.#live.size > 0) this.#arm();
    else this.#timer = undefined;
  }
}
