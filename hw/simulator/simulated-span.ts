import {
  type Alarm,
  noCounts,
  type Span,
  type SpanCounters,
  type SpanDescription,
  type SpanEvent,
  type SpanSettings,
} from '../../src/tdm/index.js';
import { AlarmKeeper } from './alarm-keeper.js';
import type { SimulatedChannel } from './simulated-channel.js';

/** A simulated span, with alarms and counters on demand. */
export class SimulatedSpan implements Span {
  readonly description: SpanDescription;
  readonly channels: readonly SimulatedChannel[];
  readonly #alarms = new AlarmKeeper();
  readonly #listeners: ((event: SpanEvent) => void)[] = [];
  #counters: SpanCounters = noCounts;

  /** `channels` get the span's alarms by the function that is handed to them. */
  constructor(description: SpanDescription, channels: (alarms: () => readonly Alarm[]) => readonly SimulatedChannel[]) {
    this.description = description;
    this.channels = channels(() => this.#alarms.alarms);
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms.alarms;
  }

  get counters(): SpanCounters {
    return this.#counters;
  }

  configure(settings: SpanSettings): void {
    if (this.description.kind === 'analog') this.#tell({ kind: 'fault', why: 'an analog span has nothing to set' });
    else if (settings.kind !== this.description.kind)
      this.#tell({ kind: 'fault', why: `this span is ${this.description.kind.toUpperCase()}` });
    else this.#tell({ kind: 'clockSource', here: settings.timing === 1 });
  }

  on(listener: (event: SpanEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Raises an alarm, or ends it. */
  alarm(alarm: Alarm, stands: boolean): void {
    if (!this.#alarms.set(alarm, stands)) return;
    this.#tell({ kind: 'alarms', alarms: this.alarms });
    for (const channel of this.channels) channel.tellAlarms();
  }

  count(more: Partial<SpanCounters>): void {
    const counters = { ...this.#counters };
    for (const name of countersNamed(more)) counters[name] += more[name] ?? 0;
    this.#counters = counters;
    this.#tell({ kind: 'counters', counters });
  }

  channel(number: number): SimulatedChannel | undefined {
    return this.channels.find((each) => each.number === number);
  }

  unplug(): void {
    for (const channel of this.channels) channel.unplug();
    this.#tell({ kind: 'unplugged' });
  }

  #tell(event: SpanEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function countersNamed(some: Partial<SpanCounters>): readonly (keyof SpanCounters)[] {
  return Object.keys(noCounts).filter((name): name is keyof SpanCounters => name in some);
}
