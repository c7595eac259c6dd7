import type {
  Alarm,
  Channel,
  ChannelSettings,
  HardwareEvent,
  LineEvent,
  LineHardware,
  LineOrder,
  LineSignal,
  Span,
  SpanEvent,
  SpanSettings,
} from '../../../src/tdm/index.js';
import { noCounts } from '../../../src/tdm/index.js';

/** A channel without a world behind it: a script sees its orders and says its signals. */
export class PlainChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities = {
    signalling: ['bearer', 'dChannel', 'em-wink', 'em-immediate', 'em-fgd', 'cama', 'fxo-kewl', 'fxo-loop'],
    hook: 'decoded',
    pulses: true,
    polarity: true,
    current: true,
    neon: false,
    echoTailMs: 128,
  } as const;
  readonly samples: { readonly path: string; readonly blockBytes: number };
  alarms: readonly Alarm[] = [];
  settings: ChannelSettings | undefined;
  readonly orders: LineOrder[] = [];
  onOrder: (order: LineOrder) => void = () => undefined;
  #listener: (event: LineEvent) => void = () => undefined;

  constructor(id: string, number: number) {
    this.id = id;
    this.number = number;
    this.samples = { path: id, blockBytes: 80 };
  }

  configure(settings: ChannelSettings): void {
    this.settings = settings;
  }

  order(order: LineOrder): void {
    this.orders.push(order);
    this.onOrder(order);
  }

  send(): void {
    // No frames here.
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  signal(signal: LineSignal): void {
    this.#listener({ kind: 'signal', signal });
  }

  alarm(...alarms: readonly Alarm[]): void {
    this.alarms = alarms;
    this.#listener({ kind: 'alarms', alarms });
  }

  unplug(): void {
    this.#listener({ kind: 'unplugged' });
  }
}

/** Cards that come and go. */
export class PlainHardware implements LineHardware {
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  readonly #spans = new Map<string, { readonly span: Span; readonly channels: readonly PlainChannel[] }>();

  get spans(): readonly Span[] {
    return [...this.#spans.values()].map(({ span }) => span);
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#listeners.push(listener);
    for (const span of this.spans) listener({ kind: 'plugged', span });
  }

  plug(id: string, count: number, kind: 't1' | 'e1' | 'analog' = 't1'): void {
    const channels = Array.from({ length: count }, (_, at) => new PlainChannel(`${id}:${at + 1}`, at + 1));
    const configured: SpanSettings[] = [];
    const span: Span & { readonly configured: readonly SpanSettings[] } = {
      description: { id, kind, name: id, location: '', kinds: [] },
      channels,
      alarms: [],
      counters: noCounts,
      configured,
      configure: (settings) => configured.push(settings),
      on: (_listener: (event: SpanEvent) => void) => undefined,
    };
    this.#spans.set(id, { span, channels });
    for (const listener of this.#listeners) listener({ kind: 'plugged', span });
  }

  unplug(id: string): void {
    const gone = this.#spans.get(id);
    this.#spans.delete(id);
    for (const channel of gone?.channels ?? []) channel.unplug();
    for (const listener of this.#listeners) listener({ kind: 'unplugged', id });
  }

  channel(id: string): PlainChannel {
    const found = [...this.#spans.values()].flatMap(({ channels }) => channels).find((each) => each.id === id);
    if (found === undefined) throw new Error(`no channel ${id}`);
    return found;
  }
}
