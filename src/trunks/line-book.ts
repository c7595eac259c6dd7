import type { Log } from '../base/index.js';
import type {
  Alarm,
  Channel,
  ChannelSettings,
  LeftLine,
  LineEvent,
  LineHardware,
  Span,
  SpanSettings,
} from '../tdm/index.js';

/** Who uses a channel of a card, wherever the card is at the moment. */
export interface LineClaim {
  readonly settings: ChannelSettings;
  /** Everything but alarms and the end of the card, which {@link LineClaim.serves} tells. */
  hear(event: Exclude<LineEvent, { readonly kind: 'alarms' | 'unplugged' }>): void;
  /** Whether calls can be carried, and why not. Told at first, and with each change. */
  serves(serving: boolean, why: string): void;
  /** The line is as another process left it. True: its call goes on, and the line is not configured. */
  goesOn?(left: LeftLine): boolean;
}

export interface LineBookOptions {
  /** How spans that are listed are framed and clocked, by their ids. */
  readonly spans: ReadonlyMap<string, SpanSettings>;
  /** Length of the echo path that cards cancel, as far as they can, ms; 0: none. */
  readonly echoTailMs: number;
}

/** What carries no calls; `yellow`: they do not hear us. */
const hindering: ReadonlySet<Alarm> = new Set(['red', 'yellow', 'blue', 'los', 'loopback', 'noBattery', 'card']);

/** The channels of trunks over cards that come and go: whoever claims one has it as soon as it is there, and again after it was away. */
export class LineBook {
  readonly #log: Log;
  readonly #options: LineBookOptions;
  readonly #claims = new Map<string, LineClaim>();
  readonly #channels = new Map<string, Channel>();

  constructor(hardware: LineHardware, options: LineBookOptions, log: Log) {
    this.#log = log;
    this.#options = options;
    hardware.on((event) => {
      if (event.kind === 'plugged') this.#plugged(event.span);
      else if (event.kind === 'unusable') log.warn('a line card cannot be used', { ...event });
    });
  }

  /** By its id; once for each. */
  claim(id: string, claim: LineClaim): void {
    this.#claims.set(id, claim);
    const channel = this.#channels.get(id);
    if (channel === undefined) claim.serves(false, 'its card is not there');
    else this.#serve(channel, claim);
  }

  channel(id: string): Channel | undefined {
    return this.#channels.get(id);
  }

  /** Echo is to be cancelled, and the card cannot. */
  leavesEcho(id: string): boolean {
    return this.#options.echoTailMs > 0 && this.#channels.get(id)?.abilities.echoTailMs === 0;
  }

  /** A fax or a modem has the channel: its card lets echoes pass, until what is returned is called. */
  passEcho(id: string): () => void {
    const channel = this.#channels.get(id);
    const tailMs = channel === undefined ? 0 : this.#tailMs(channel);
    if (channel === undefined || tailMs === 0) return () => undefined;
    channel.order({ kind: 'echoCanceller', tailMs: 0 });
    return () => {
      // Where it was away meanwhile, it has begun anew.
      if (this.#channels.get(id) === channel) channel.order({ kind: 'echoCanceller', tailMs });
    };
  }

  #tailMs(channel: Channel): number {
    return Math.min(this.#options.echoTailMs, channel.abilities.echoTailMs);
  }

  #plugged(span: Span): void {
    const settings = this.#options.spans.get(span.description.id);
    if (settings !== undefined) span.configure(settings);
    span.on((event) => {
      if (event.kind === 'fault')
        this.#log.warn('a span reports a fault', { span: span.description.id, why: event.why });
    });
    for (const channel of span.channels) {
      this.#channels.set(channel.id, channel);
      const claim = this.#claims.get(channel.id);
      if (claim !== undefined) this.#serve(channel, claim);
    }
  }

  #serve(channel: Channel, claim: LineClaim): void {
    channel.on((event) => {
      if (this.#channels.get(channel.id) !== channel) return;
      switch (event.kind) {
        case 'unplugged':
          this.#channels.delete(channel.id);
          claim.serves(false, 'its card is not there');
          break;
        case 'alarms':
          this.#tell(event.alarms, claim);
          break;
        default:
          claim.hear(event);
      }
    });
    if (this.#goesOn(channel, claim)) channel.goOn?.();
    else {
      channel.configure(claim.settings);
      const tailMs = this.#tailMs(channel);
      if (tailMs > 0) channel.order({ kind: 'echoCanceller', tailMs });
    }
    this.#tell(channel.alarms, claim);
  }

  #goesOn({ left }: Channel, claim: LineClaim): boolean {
    const { signalling, law } = claim.settings;
    if (left?.settings.signalling !== signalling || left.settings.law !== law) return false;
    return claim.goesOn?.(left) === true;
  }

  #tell(alarms: readonly Alarm[], claim: LineClaim): void {
    const standing = alarms.filter((alarm) => hindering.has(alarm));
    claim.serves(standing.length === 0, standing.length === 0 ? '' : `alarm: ${standing.join(', ')}`);
  }
}
