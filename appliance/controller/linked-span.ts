import type { Clock } from '../../src/base/index.js';
import type {
  Alarm,
  Channel,
  ChannelAbilities,
  ChannelReport,
  ChannelSettings,
  LeftLine,
  LineCommand,
  LineEvent,
  LineOrder,
  LineReport,
  Span,
  SpanCounters,
  SpanDescription,
  SpanEvent,
  SpanSettings,
  TdmPlace,
} from '../../src/tdm/index.js';

/** Commands of a span that is gone, or whose process is, go nowhere. */
type Send = (command: LineCommand) => void;

/** A channel of a card that another process owns. */
export class LinkedChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities: ChannelAbilities;
  readonly samples: TdmPlace | undefined;
  readonly #clock: Clock;
  #send: Send;
  #alarms: readonly Alarm[];
  #settings: ChannelSettings | undefined;
  #listener: ((event: LineEvent) => void) | undefined;
  #ownHook = false;
  #farHook = false;
  #left: LeftLine | undefined;

  constructor(report: ChannelReport, send: Send, clock: Clock) {
    this.id = report.id;
    this.number = report.number;
    this.abilities = report.abilities;
    this.samples = report.samples;
    this.#alarms = report.alarms;
    this.#left = report.left;
    this.#send = send;
    this.#clock = clock;
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  get settings(): ChannelSettings | undefined {
    return this.#settings;
  }

  get left(): LeftLine | undefined {
    return this.#left;
  }

  /** Analog lines and trunks: either end is off hook. */
  get offHook(): boolean {
    return this.#ownHook || this.#farHook;
  }

  configure(settings: ChannelSettings): void {
    this.#settings = settings;
    this.#left = undefined;
    this.#ownHook = false;
    this.#farHook = false;
    this.#send({ kind: 'configure', channel: this.id, settings });
  }

  goOn(): void {
    const left = this.#left;
    if (left === undefined) return;
    this.#settings = left.settings;
    this.#left = undefined;
    this.#ownHook = left.settings.signalling !== 'bearer';
    this.#farHook = this.#ownHook && left.farOffHook;
    this.#send({ kind: 'goOn', channel: this.id });
  }

  order(order: LineOrder): void {
    if (order.kind === 'hook') this.#ownHook = order.offHook;
    this.#send({ kind: 'order', channel: this.id, order });
  }

  /** Frames stay with the process that owns the card. */
  send(): void {
    const why = 'frames are the business of the process that owns the card';
    this.#clock.after(0, () => this.#listener?.({ kind: 'fault', order: 'frame', why }));
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  heard(event: LineEvent): void {
    if (event.kind === 'alarms') this.#alarms = event.alarms;
    if (event.kind === 'signal' && (event.signal.kind === 'offHook' || event.signal.kind === 'onHook'))
      this.#farHook = event.signal.kind === 'offHook';
    this.#listener?.(event);
  }

  unplugged(): void {
    this.#send = () => undefined;
    this.#listener?.({ kind: 'unplugged' });
    this.#listener = undefined;
  }
}

/** A span that another process owns. */
export class LinkedSpan implements Span {
  readonly description: SpanDescription;
  readonly channels: readonly LinkedChannel[];
  readonly #listeners: ((event: SpanEvent) => void)[] = [];
  #send: Send;
  #alarms: readonly Alarm[];
  #alarmsSinceWall: number;
  #counters: SpanCounters;
  #clockSource: boolean;
  #settings: SpanSettings | undefined;
  readonly #clock: Clock;

  constructor(report: Extract<LineReport, { readonly kind: 'plugged' }>, send: Send, clock: Clock) {
    this.description = report.span;
    this.channels = report.channels.map((each) => new LinkedChannel(each, (command) => this.#send(command), clock));
    this.#alarms = report.alarms;
    this.#clock = clock;
    this.#alarmsSinceWall = clock.wall();
    this.#counters = report.counters;
    this.#clockSource = report.clockSource;
    this.#send = send;
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  /** Since when they are these, or there is none, ms since 1970. */
  get alarmsSinceWall(): number {
    return this.#alarmsSinceWall;
  }

  get counters(): SpanCounters {
    return this.#counters;
  }

  /** As it was configured last. */
  get settings(): SpanSettings | undefined {
    return this.#settings;
  }

  /** The box takes its clock from here. */
  get clockSource(): boolean {
    return this.#clockSource;
  }

  configure(settings: SpanSettings): void {
    this.#settings = settings;
    this.#send({ kind: 'configureSpan', span: this.description.id, settings });
  }

  on(listener: (event: SpanEvent) => void): void {
    this.#listeners.push(listener);
  }

  heard(event: SpanEvent): void {
    if (event.kind === 'alarms') {
      this.#alarms = event.alarms;
      this.#alarmsSinceWall = this.#clock.wall();
    }
    if (event.kind === 'counters') this.#counters = event.counters;
    if (event.kind === 'clockSource') this.#clockSource = event.here;
    for (const listener of [...this.#listeners]) listener(event);
  }

  unplugged(): void {
    this.#send = () => undefined;
    for (const channel of this.channels) channel.unplugged();
    for (const listener of this.#listeners.splice(0)) listener({ kind: 'unplugged' });
  }
}
