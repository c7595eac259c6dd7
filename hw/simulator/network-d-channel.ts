import type { Clock } from '../../src/base/index.js';
import type { Channel, ChannelSettings, LineEvent, LineOrder, LineSignal } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';

/** Of a frame on the line. */
const wireMs = 1;

/**
 * The network's end of a D-channel, as a channel of its own: whoever speaks Q.921 for the network sends and hears frames here. It
 * stays while cards on the other end come and go.
 */
export class NetworkDChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities = {
    signalling: ['dChannel'],
    hook: 'raw',
    pulses: false,
    polarity: false,
    current: false,
    neon: false,
    echoTailMs: 0,
  } as const;
  readonly samples = undefined;
  readonly alarms = [];
  readonly #wire: Errands;
  #settings: ChannelSettings | undefined;
  #listener: ((event: LineEvent) => void) | undefined;
  #end: DChannelEnd | undefined;
  /** A fault: frames are lost both ways, while the span looks well. */
  lost = false;

  constructor(clock: Clock, id: string, number: number) {
    this.id = id;
    this.number = number;
    this.#wire = new Errands(clock);
  }

  get settings(): ChannelSettings | undefined {
    return this.#settings;
  }

  /** The other end of the wire, for a card that is plugged in. */
  plug(outlet: LineOutlet): LineEnd {
    const end: DChannelEnd = new DChannelEnd(outlet, (frame) => {
      if (this.#end === end && !this.lost) this.#wire.after(wireMs, () => this.#listener?.({ kind: 'frame', frame }));
    });
    this.#end = end;
    return end;
  }

  configure(settings: ChannelSettings): void {
    this.#settings = settings;
  }

  order(order: LineOrder): void {
    this.#listener?.({ kind: 'fault', order: order.kind, why: 'a D-channel takes no orders' });
  }

  send(frame: Uint8Array): void {
    if (!this.lost) this.#end?.outlet.frame(frame);
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }
}

class DChannelEnd implements LineEnd {
  readonly signalling = ['dChannel'] as const;
  readonly outlet: LineOutlet;
  readonly frame: (frame: Uint8Array) => void;

  constructor(outlet: LineOutlet, frame: (frame: Uint8Array) => void) {
    this.outlet = outlet;
    this.frame = frame;
  }

  order(_order: LineOrder): void {}

  hear(): void {}

  stands(): readonly LineSignal[] {
    return [];
  }

  unplugged(): void {}
}
