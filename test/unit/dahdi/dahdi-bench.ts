import { DahdiHardware, type DahdiOptions, type DahdiSpan } from '../../../hw/dahdi/index.js';
import type { Log, LogFields } from '../../../src/base/index.js';
import type { Channel, ChannelSettings, HardwareEvent, LineEvent, SpanEvent } from '../../../src/tdm/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeKernel } from './fake-kernel.js';
import { type Files, MemorySysfs } from './memory-sysfs.js';

/** The driver over a kernel and a tree of the test's own. */
export class DahdiBench {
  readonly clock = new VirtualClock();
  readonly kernel = new FakeKernel(this.clock);
  readonly sysfs: MemorySysfs;
  readonly events: HardwareEvent[] = [];
  readonly logged: string[] = [];
  readonly hardware: DahdiHardware;

  constructor(files: Files, options: Partial<DahdiOptions> = {}, before: (bench: DahdiBench) => void = () => {}) {
    this.sysfs = new MemorySysfs(files);
    before(this);
    const write = (message: string, fields: LogFields = {}): void =>
      void this.logged.push(`${message} ${JSON.stringify(fields)}`);
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
    const { clock, kernel, sysfs } = this;
    this.hardware = new DahdiHardware({ clock, log, kernel, sysfs, ...options });
    this.hardware.on((event) => this.events.push(event));
    this.clock.advance(200);
  }

  span(id: string): DahdiSpan {
    const found = this.hardware.spans.find((span) => span.description.id === id);
    if (found === undefined)
      throw new Error(`no ${id} among ${this.hardware.spans.map((s) => s.description.id).join()}`);
    return found;
  }

  /** What comes as `kind`, with the ids of its spans. */
  told(kind: HardwareEvent['kind']): readonly string[] {
    return this.events
      .filter((event) => event.kind === kind)
      .map((event) =>
        event.kind === 'plugged'
          ? event.span.description.id
          : event.kind === 'unplugged'
            ? event.id
            : `${event.lacks}: ${event.card}: ${event.install}`,
      );
  }

  /** A channel that is configured and heard. */
  line(id: string, place: number, signalling: ChannelSettings['signalling'], law: 'u' | 'a' = 'u'): HeardLine {
    const channel = this.span(id).channels.find(({ number }) => number === place);
    if (channel === undefined) throw new Error(`no channel ${place}`);
    const events: LineEvent[] = [];
    channel.on((event) => events.push(event));
    channel.configure({ signalling, law });
    this.clock.advance(20);
    return { channel, events };
  }

  heard(span: DahdiSpan): readonly SpanEvent[] {
    const events: SpanEvent[] = [];
    span.on((event) => events.push(event));
    return events;
  }
}

export interface HeardLine {
  readonly channel: Channel;
  readonly events: LineEvent[];
}

/** The signals of a line, in short: `offHook`, `pulses 3` … */
export function signals({ events }: HeardLine): readonly string[] {
  return events.flatMap((event) => {
    if (event.kind !== 'signal') return [];
    const { kind, ...rest } = event.signal;
    return [[kind, ...Object.values(rest)].join(' ')];
  });
}

export function faults({ events }: HeardLine): readonly string[] {
  return events.flatMap((event) => (event.kind === 'fault' ? [`${event.order}: ${event.why}`] : []));
}
