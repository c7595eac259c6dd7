import type { Clock } from '../../src/base/index.js';
import type {
  Alarm,
  Channel,
  ChannelAbilities,
  ChannelSettings,
  LineEvent,
  LineOrder,
  Span,
  SpanCounters,
  SpanDescription,
  SpanEvent,
  SpanSettings,
  TdmPlace,
} from '../../src/tdm/index.js';
import { formatMoment, type RecordedMoment, type RecordingHead } from './recording.js';

/** A moment without its time. */
type Happened = RecordedMoment extends infer M ? (M extends RecordedMoment ? Omit<M, 'atMs'> : never) : never;

/**
 * A span that does what another does, and writes down what its lines told and were told. Dialled digits are among it:
 * a recording is as private as a call record.
 */
export class RecordedSpan implements Span {
  readonly channels: readonly Channel[];
  readonly #span: Span;
  readonly #clock: Clock;
  /** Undefined while nobody records. */
  #write: ((line: string) => void) | undefined;
  #beganAt = 0;
  #settings: SpanSettings | undefined;
  readonly #listeners: ((event: SpanEvent) => void)[] = [];

  constructor(span: Span, clock: Clock) {
    this.#span = span;
    this.#clock = clock;
    this.channels = span.channels.map((channel) => new RecordedChannel(channel, (happened) => this.#note(happened)));
    span.on((event) => {
      this.#note({ spanEvent: event });
      for (const listener of this.#listeners) listener(event);
    });
  }

  /** `write` gets one line at a time, without its end: first the head, and how the span is; undefined ends the recording. */
  record(write: ((line: string) => void) | undefined): void {
    this.#write = write;
    if (write === undefined) return;
    this.#beganAt = this.#clock.now();
    const { description, alarms, channels } = this.#span;
    const head: RecordingHead = {
      recording: 1,
      span: description,
      channels: channels.map(({ id, number, abilities }) => ({ id, number, abilities })),
    };
    write(JSON.stringify(head));
    if (this.#settings !== undefined) this.#note({ spanSettings: this.#settings });
    if (alarms.length > 0) this.#note({ spanEvent: { kind: 'alarms', alarms } });
    for (const { id, settings } of channels) if (settings !== undefined) this.#note({ channel: id, settings });
  }

  get description(): SpanDescription {
    return this.#span.description;
  }

  get alarms(): readonly Alarm[] {
    return this.#span.alarms;
  }

  get counters(): SpanCounters {
    return this.#span.counters;
  }

  configure(settings: SpanSettings): void {
    this.#settings = settings;
    this.#note({ spanSettings: settings });
    this.#span.configure(settings);
  }

  on(listener: (event: SpanEvent) => void): void {
    this.#listeners.push(listener);
  }

  #note(happened: Happened): void {
    this.#write?.(formatMoment({ atMs: this.#clock.now() - this.#beganAt, ...happened }));
  }
}

class RecordedChannel implements Channel {
  readonly #channel: Channel;
  readonly #note: (happened: Happened) => void;
  #listener: ((event: LineEvent) => void) | undefined;

  constructor(channel: Channel, note: (happened: Happened) => void) {
    this.#channel = channel;
    this.#note = note;
    channel.on((event) => {
      note({ channel: channel.id, event });
      this.#listener?.(event);
    });
  }

  get id(): string {
    return this.#channel.id;
  }

  get number(): number {
    return this.#channel.number;
  }

  get abilities(): ChannelAbilities {
    return this.#channel.abilities;
  }

  get samples(): TdmPlace | undefined {
    return this.#channel.samples;
  }

  get alarms(): readonly Alarm[] {
    return this.#channel.alarms;
  }

  get settings(): ChannelSettings | undefined {
    return this.#channel.settings;
  }

  configure(settings: ChannelSettings): void {
    this.#note({ channel: this.id, settings });
    this.#channel.configure(settings);
  }

  order(order: LineOrder): void {
    this.#note({ channel: this.id, order });
    this.#channel.order(order);
  }

  send(frame: Uint8Array): void {
    this.#note({ channel: this.id, frame });
    this.#channel.send(frame);
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }
}
