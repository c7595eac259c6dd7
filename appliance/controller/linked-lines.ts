import type { Clock, Log } from '../../src/base/index.js';
import type {
  DChannelPort,
  DChannelSettings,
  DChannels,
  HardwareEvent,
  LineCommand,
  LineHardware,
  LineReport,
} from '../../src/tdm/index.js';
import { DChannelTraces } from './d-channel-traces.js';
import { LinkedDChannel } from './linked-d-channel.js';
import { type LinkedChannel, LinkedSpan } from './linked-span.js';

export interface LinkedLinesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Told of anything that can be seen of the lines. */
  readonly onChange?: () => void;
}

/** Whoever records a span. */
interface Recording {
  readonly hear: (line: string) => void;
  /** The span, or its process, is gone. */
  readonly ended: () => void;
}

type Unusable = Extract<HardwareEvent, { readonly kind: 'unusable' }>;

/** The line process's cards and D-channels, as the controller's other parts use them. Without the process there are none. */
export class LinkedLines implements LineHardware, DChannels {
  readonly #options: LinkedLinesOptions;
  readonly #spans = new Map<string, LinkedSpan>();
  readonly #channels = new Map<string, LinkedChannel>();
  readonly #dChannels = new Map<string, LinkedDChannel>();
  readonly #unusable = new Map<string, Unusable>();
  /** D-channels in words. */
  readonly traces: DChannelTraces;
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  readonly #recordings = new Map<string, Recording>();
  #send: ((command: LineCommand) => void) | undefined;

  constructor(options: LinkedLinesOptions) {
    this.#options = options;
    this.traces = new DChannelTraces(options.clock, (name, on) => this.#dChannels.get(name)?.trace(on));
  }

  get spans(): readonly LinkedSpan[] {
    return [...this.#spans.values()];
  }

  /** By name. */
  get dChannels(): readonly LinkedDChannel[] {
    return [...this.#dChannels.values()];
  }

  get unusable(): readonly Unusable[] {
    return [...this.#unusable.values()];
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#listeners.push(listener);
    for (const event of this.#unusable.values()) listener(event);
    for (const span of this.#spans.values()) listener({ kind: 'plugged', span });
  }

  open(settings: DChannelSettings): DChannelPort {
    const { name } = settings;
    this.#dChannels.get(name)?.close();
    const made = new LinkedDChannel(settings, this.#options.clock, () => {
      if (this.#dChannels.get(name) === made) this.#dChannels.delete(name);
    });
    this.#dChannels.set(name, made);
    if (this.traces.watched(name)) made.trace(true);
    if (this.#send !== undefined) made.attached(this.#send);
    return made;
  }

  /** The line process is not there: nobody goes on with calls of before. */
  giveUp(): void {
    for (const dChannel of this.#dChannels.values()) dChannel.giveUp();
  }

  /** Records what a span's lines tell and are told. Returns the way to stop; undefined: there is no such span, or it is recorded already. */
  record(span: string, recording: Recording): (() => void) | undefined {
    if (!this.#spans.has(span) || this.#recordings.has(span)) return undefined;
    this.#recordings.set(span, recording);
    this.#send?.({ kind: 'record', span, on: true });
    return () => {
      if (this.#recordings.get(span) !== recording) return;
      this.#recordings.delete(span);
      this.#send?.({ kind: 'record', span, on: false });
    };
  }

  /** The line process is there: it tells what is plugged in, and is told what is open. */
  attached(send: (command: LineCommand) => void): void {
    this.#send = send;
    for (const dChannel of this.#dChannels.values()) dChannel.attached(send);
  }

  detached(): void {
    if (this.#send === undefined) return;
    this.#send = undefined;
    this.#unusable.clear();
    for (const dChannel of [...this.#dChannels.values()]) dChannel.detached('the line process is gone');
    for (const id of [...this.#spans.keys()]) this.#unplugged(id);
    this.#options.onChange?.();
  }

  heard(report: LineReport): void {
    switch (report.kind) {
      case 'plugged':
        this.#plugged(report);
        break;
      case 'unplugged':
        this.#unplugged(report.span);
        break;
      case 'unusable':
        this.#unusable.set(report.card, report);
        this.#tell(report);
        break;
      case 'span':
        this.#spans.get(report.span)?.heard(report.event);
        break;
      case 'line':
        this.#channels.get(report.channel)?.heard(report.event);
        break;
      case 'dChannel':
        this.#dChannels.get(report.dChannel)?.heard(report.event);
        if (report.event.kind === 'traced') {
          this.traces.heard(report.dChannel, report.event);
          return;
        }
        break;
      case 'recorded':
        this.#recordings.get(report.span)?.hear(report.line);
        return;
      case 'failed':
        this.#options.log.warn('the line process did not obey', { command: report.command, why: report.why });
        return;
      case 'ready':
      case 'alive':
        return;
    }
    this.#options.onChange?.();
  }

  #plugged(report: Extract<LineReport, { readonly kind: 'plugged' }>): void {
    const { id, location } = report.span;
    this.#unplugged(id);
    this.#unusable.delete(location);
    const span = new LinkedSpan(report, (command) => this.#send?.(command), this.#options.clock);
    this.#spans.set(id, span);
    for (const channel of span.channels) this.#channels.set(channel.id, channel);
    this.#tell({ kind: 'plugged', span });
  }

  #unplugged(id: string): void {
    const span = this.#spans.get(id);
    if (span === undefined) return;
    this.#spans.delete(id);
    for (const channel of span.channels) this.#channels.delete(channel.id);
    span.unplugged();
    const recording = this.#recordings.get(id);
    this.#recordings.delete(id);
    recording?.ended();
    this.#tell({ kind: 'unplugged', id });
  }

  #tell(event: HardwareEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
