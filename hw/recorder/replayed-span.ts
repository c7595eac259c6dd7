import type { Clock, Timer } from '../../src/base/index.js';
import {
  type Alarm,
  type Channel,
  type ChannelAbilities,
  type ChannelSettings,
  type LineEvent,
  type LineOrder,
  noCounts,
  type Span,
  type SpanCounters,
  type SpanDescription,
  type SpanEvent,
  type SpanSettings,
} from '../../src/tdm/index.js';
import type { RecordedMoment, Recording } from './recording.js';

/** Says again what a recorded span said, at the same pace, whatever it is told meanwhile. */
export class ReplayedSpan implements Span {
  readonly channels: readonly ReplayedChannel[];
  readonly #recording: Recording;
  readonly #clock: Clock;
  readonly #listeners: ((event: SpanEvent) => void)[] = [];
  #alarms: readonly Alarm[] = [];
  #counters: SpanCounters = noCounts;
  #timer: Timer | undefined;

  constructor(recording: Recording, clock: Clock) {
    this.#recording = recording;
    this.#clock = clock;
    this.channels = recording.head.channels.map(
      ({ id, number, abilities }) => new ReplayedChannel(id, number, abilities),
    );
  }

  get description(): SpanDescription {
    return this.#recording.head.span;
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  get counters(): SpanCounters {
    return this.#counters;
  }

  /** What it was set to was recorded, too; nothing depends on it. */
  configure(_settings: SpanSettings): void {}

  on(listener: (event: SpanEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** From the begin, now. `ended` follows the last event. */
  start(ended: () => void = () => undefined): void {
    this.stop();
    this.#next(0, this.#clock.now(), ended);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(at: number, beganAt: number, ended: () => void): void {
    const moment = this.#recording.moments[at];
    if (moment === undefined) {
      ended();
      return;
    }
    this.#timer = this.#clock.after(beganAt + moment.atMs - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#replay(moment);
      this.#next(at + 1, beganAt, ended);
    });
  }

  #replay(moment: RecordedMoment): void {
    if ('spanEvent' in moment) {
      const { spanEvent: event } = moment;
      if (event.kind === 'alarms') this.#alarms = event.alarms;
      if (event.kind === 'counters') this.#counters = event.counters;
      for (const listener of this.#listeners) listener(event);
    } else if ('event' in moment) this.channels.find(({ id }) => id === moment.channel)?.tell(moment.event);
  }
}

/** A channel that only speaks. What it is told is kept, to be compared with what was recorded. */
export class ReplayedChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities: ChannelAbilities;
  readonly samples = undefined;
  readonly ordered: LineOrder[] = [];
  readonly sent: Uint8Array[] = [];
  #alarms: readonly Alarm[] = [];
  #settings: ChannelSettings | undefined;
  #listener: ((event: LineEvent) => void) | undefined;

  constructor(id: string, number: number, abilities: ChannelAbilities) {
    this.id = id;
    this.number = number;
    this.abilities = abilities;
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  get settings(): ChannelSettings | undefined {
    return this.#settings;
  }

  configure(settings: ChannelSettings): void {
    this.#settings = settings;
  }

  order(order: LineOrder): void {
    this.ordered.push(order);
  }

  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  tell(event: LineEvent): void {
    if (event.kind === 'alarms') this.#alarms = event.alarms;
    this.#listener?.(event);
  }
}
