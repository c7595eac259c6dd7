import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { IsdnCallId } from '../../src/isdn/index.js';
import type {
  Channel,
  ChannelReport,
  ChannelSettings,
  DChannelSettings,
  HardwareEvent,
  LineCommand,
  LineEvent,
  LineHardware,
  LineReport,
  Span,
  SpanSettings,
} from '../../src/tdm/index.js';
import { DChannelGroup, type LaunchDChannel } from './d-channel-group.js';
import { readLineCommand } from './line-command-reader.js';
import { LineUse } from './line-use.js';

export interface LineServerOptions {
  readonly hardware: LineHardware;
  readonly launch: LaunchDChannel;
  /** Records a span, or ends it; false: there is no such span. Absent: nothing can be recorded. */
  readonly record?: (span: string, write: ((line: string) => void) | undefined) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

type Tell = (report: LineReport) => void;

/** The controller's sign that this process lives. */
const aliveMs = 1000;
/**
 * What a lost controller left in use stays for so long: a controller that died is back within seconds, on a slow machine too, and who talks
 * to a silent line hangs up by then. Anew once a controller is there, to go on with what it is told of.
 */
export const keepMs = 30_000;
/** A D-channel that a new controller has not opened by then is not wanted any more. */
const adoptMs = 60_000;
/** The other end confirms a release in much less, where it lives. */
const goodbyeMs = 500;
const goodbyeStepMs = 20;
/** A box has fewer spans. */
const maxDChannels = 64;

/** Owns the cards and the D-channels for one controller at a time. */
export class LineServer {
  readonly #options: LineServerOptions;
  readonly #spans = new Map<string, Span>();
  readonly #spanSettings = new Map<string, SpanSettings>();
  /** Those that the box takes its clock from. */
  readonly #clockSources = new Set<string>();
  readonly #channels = new Map<string, Channel>();
  readonly #uses = new Map<string, LineUse>();
  readonly #unusable = new Map<string, Extract<HardwareEvent, { readonly kind: 'unusable' }>>();
  readonly #groups = new Map<string, DChannelGroup>();
  /** Those that the controller of now has opened. */
  readonly #opened = new Set<string>();
  #tell: Tell | undefined;
  #alive: Timer | undefined;
  #adoption: Timer | undefined;
  #keeping: Timer | undefined;

  constructor(options: LineServerOptions) {
    this.#options = options;
    options.hardware.on((event) => this.#hardware(event));
  }

  /** A controller is there, in the place of the one before; it is told all that is plugged in. */
  connected(tell: Tell): void {
    if (this.#tell !== undefined) this.#leave();
    this.#tell = tell;
    for (const event of this.#unusable.values()) tell(event);
    for (const span of this.#spans.values()) tell(this.#spanReport(span));
    tell({ kind: 'ready' });
    this.#beat();
    if (this.#keeping !== undefined) this.#keep();
    this.#adoption?.cancel();
    this.#adoption = this.#options.clock.after(adoptMs, () => this.#forget());
  }

  disconnected(tell: Tell): void {
    if (this.#tell !== tell) return;
    this.#tell = undefined;
    this.#alive?.cancel();
    this.#adoption?.cancel();
    this.#leave();
  }

  /** As it came over the socket. */
  command(value: unknown): void {
    const read = readLineCommand(value);
    if (!read.ok) {
      this.#options.log.warn('a command cannot be read', { ...read.error });
      this.#report({ kind: 'failed', ...read.error });
      return;
    }
    const why = this.#do(read.value);
    if (why !== undefined) this.#report({ kind: 'failed', command: read.value.kind, why });
  }

  /** Lines are put to rest; D-channels are silent once their calls are released. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    this.#alive?.cancel();
    this.#adoption?.cancel();
    this.#leave();
    this.#rest();
    const until = clock.now() + goodbyeMs;
    const waits = (): boolean => [...this.#groups.values()].some((group) => group.calls > 0) && clock.now() < until;
    while (waits()) await new Promise<void>((resolve) => clock.after(goodbyeStepMs, resolve));
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
  }

  /** Why not. */
  #do(command: LineCommand): string | undefined {
    switch (command.kind) {
      case 'configureSpan': {
        const span = this.#spans.get(command.span);
        if (span === undefined) return `there is no span ${command.span}`;
        // It is so already: calls that were left on it go on.
        if (sameSpan(this.#spanSettings.get(command.span), command.settings)) return undefined;
        this.#spanSettings.set(command.span, command.settings);
        span.configure(command.settings);
        // That ended whatever its channels did; a D-channel is a line's business here, and nobody else would begin it again.
        for (const channel of span.channels) this.#groupOf(channel.id)?.plugged(channel);
        return undefined;
      }
      case 'configure':
      case 'goOn':
      case 'order': {
        const channel = this.#channels.get(command.channel);
        if (channel === undefined) return `there is no channel ${command.channel}`;
        if (this.#groupOf(command.channel) !== undefined) return `${command.channel} is a D-channel`;
        const use = this.#useOf(channel.id);
        if (command.kind === 'configure') this.#configure(channel, command.settings);
        else if (command.kind === 'order') {
          use.ordered(command.order);
          channel.order(command.order);
        } else if (!use.isLeft) return `${channel.id} was not left in use`;
        else use.goOn();
        return undefined;
      }
      case 'openDChannel':
        return this.#open(command.settings, command.goesOn ?? []);
      case 'record': {
        const { span, on } = command;
        const write = (line: string): void => this.#report({ kind: 'recorded', span, line });
        const known = this.#options.record?.(span, on ? write : undefined) === true;
        return known ? undefined : `there is no span ${span} to record`;
      }
      case 'closeDChannel':
        this.#close(command.dChannel);
        return undefined;
      case 'isdn':
      case 'trace': {
        const group = this.#opened.has(command.dChannel) ? this.#groups.get(command.dChannel) : undefined;
        if (group === undefined) return `there is no D-channel ${command.dChannel}`;
        if (command.kind === 'isdn') group.do(command.command);
        else group.trace(command.on);
        return undefined;
      }
    }
  }

  #configure(channel: Channel, settings: ChannelSettings): void {
    this.#useOf(channel.id).configured(settings);
    channel.configure(settings);
  }

  #useOf(channel: string): LineUse {
    const use = this.#uses.get(channel) ?? new LineUse(this.#options.clock);
    this.#uses.set(channel, use);
    return use;
  }

  #open(settings: DChannelSettings, goesOn: readonly IsdnCallId[]): string | undefined {
    const { name } = settings;
    const before = this.#groups.get(name);
    if (before !== undefined && sameSettings(before.settings, settings)) {
      this.#opened.add(name);
      before.adopt(goesOn);
      return undefined;
    }
    this.#close(name);
    if (this.#groups.size >= maxDChannels) return `there are ${maxDChannels} D-channels already`;
    if (settings.channels.length === 0) return 'a D-channel has a channel at least';
    const taken = settings.channels.find((channel) => this.#groupOf(channel) !== undefined);
    if (taken !== undefined) return `${taken} belongs to another D-channel`;
    const { clock, log, launch } = this.#options;
    const group = new DChannelGroup({
      ...{ settings, clock, log, launch },
      tell: (event) => this.#report({ kind: 'dChannel', dChannel: name, event }),
    });
    this.#groups.set(name, group);
    this.#opened.add(name);
    group.adopt(goesOn);
    for (const id of settings.channels) {
      const channel = this.#channels.get(id);
      if (channel !== undefined) group.plugged(channel);
    }
    return undefined;
  }

  #close(name: string): void {
    this.#groups.get(name)?.close();
    this.#groups.delete(name);
    this.#opened.delete(name);
  }

  #hardware(event: HardwareEvent): void {
    switch (event.kind) {
      case 'plugged':
        this.#plugged(event.span);
        return;
      case 'unplugged':
        this.#unplugged(event.id);
        return;
      case 'unusable':
        this.#unusable.set(event.card, event);
        this.#options.log.warn('a line card cannot be used', { card: event.card, why: event.lacks });
        this.#report(event);
    }
  }

  #plugged(span: Span): void {
    const { id, location } = span.description;
    if (this.#spans.has(id)) this.#unplugged(id);
    this.#unusable.delete(location);
    this.#spans.set(id, span);
    this.#options.log.info('a span is there', { span: id, name: span.description.name });
    span.on((event) => {
      if (event.kind === 'unplugged' || this.#spans.get(id) !== span) return;
      if (event.kind === 'clockSource') this.#clockSources[event.here ? 'add' : 'delete'](id);
      if (event.kind === 'alarms') this.#options.log.info('alarms of a span', { span: id, alarms: event.alarms });
      this.#report({ kind: 'span', span: id, event });
    });
    for (const channel of span.channels) {
      this.#channels.set(channel.id, channel);
      channel.on((event) => this.#line(channel, event));
    }
    this.#report(this.#spanReport(span));
    for (const channel of span.channels) this.#groupOf(channel.id)?.plugged(channel);
  }

  #unplugged(id: string): void {
    const span = this.#spans.get(id);
    if (span === undefined) return;
    this.#options.log.warn('a span is gone', { span: id });
    this.#spans.delete(id);
    this.#spanSettings.delete(id);
    this.#clockSources.delete(id);
    for (const channel of span.channels) {
      this.#channels.delete(channel.id);
      this.#uses.delete(channel.id);
      this.#groupOf(channel.id)?.heard(channel.id, { kind: 'unplugged' });
    }
    this.#report({ kind: 'unplugged', span: id });
  }

  #line(channel: Channel, event: LineEvent): void {
    // The span says it for all of its channels.
    if (event.kind === 'unplugged' || this.#channels.get(channel.id) !== channel) return;
    this.#groupOf(channel.id)?.heard(channel.id, event);
    if (event.kind === 'signal') this.#useOf(channel.id).signal(event.signal);
    if (event.kind !== 'frame') this.#report({ kind: 'line', channel: channel.id, event });
  }

  #groupOf(channel: string): DChannelGroup | undefined {
    for (const group of this.#groups.values()) if (group.owns(channel)) return group;
    return undefined;
  }

  /** Its controller is gone. What may talk stays as it is for the next one; other lines rest, and calls without an answer are released. */
  #leave(): void {
    for (const id of this.#spans.keys()) this.#options.record?.(id, undefined);
    this.#opened.clear();
    for (const group of this.#groups.values()) group.disown();
    for (const channel of this.#lines) if (!this.#useOf(channel.id).leave()) this.#restLine(channel);
    this.#keep();
  }

  #keep(): void {
    this.#keeping?.cancel();
    this.#keeping = this.#options.clock.after(keepMs, () => this.#rest());
  }

  /** Nobody went on with it in time: every line that is still left as it was after `configure`, calls released; the links of D-channels stay. */
  #rest(): void {
    this.#keeping?.cancel();
    this.#keeping = undefined;
    for (const group of this.#groups.values()) group.giveUp();
    for (const channel of this.#lines) if (this.#useOf(channel.id).isLeft) this.#restLine(channel);
  }

  #restLine(channel: Channel): void {
    if (channel.settings !== undefined) this.#configure(channel, channel.settings);
  }

  /** All channels but those of D-channels. */
  get #lines(): readonly Channel[] {
    return [...this.#channels.values()].filter(({ id }) => this.#groupOf(id) === undefined);
  }

  #forget(): void {
    for (const name of [...this.#groups.keys()]) if (!this.#opened.has(name)) this.#close(name);
  }

  #beat(): void {
    this.#alive?.cancel();
    this.#alive = this.#options.clock.after(aliveMs, () => {
      this.#report({ kind: 'alive' });
      this.#beat();
    });
  }

  #spanReport(span: Span): LineReport {
    const { description, alarms, counters } = span;
    const channels = span.channels.map(({ id, number, abilities, samples, alarms: own }): ChannelReport => {
      const left = this.#uses.get(id)?.left;
      return {
        ...{ id, number, abilities, alarms: own },
        ...(samples === undefined ? {} : { samples }),
        ...(left === undefined ? {} : { left }),
      };
    });
    const clockSource = this.#clockSources.has(description.id);
    return { kind: 'plugged', span: description, channels, alarms, counters, clockSource };
  }

  #report(report: LineReport): void {
    this.#tell?.(report);
  }
}

function sameSpan(a: SpanSettings | undefined, b: SpanSettings): boolean {
  return (
    a?.kind === b.kind &&
    a.framing === b.framing &&
    a.coding === b.coding &&
    a.crc4 === b.crc4 &&
    a.timing === b.timing &&
    a.buildOut === b.buildOut
  );
}

function sameSettings(a: DChannelSettings, b: DChannelSettings): boolean {
  const { channels, ...rest } = a;
  return (
    channels.join() === b.channels.join() &&
    rest.switchType === b.switchType &&
    rest.side === b.side &&
    rest.e1 === b.e1 &&
    rest.nfas === b.nfas
  );
}
