import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { Alarm, Span, SpanCounters, SpanDescription, SpanEvent, SpanSettings } from '../../src/tdm/index.js';
import type { CardCalls } from './card-calls.js';
import type { AssignedSpan, Card } from './card-tree.js';
import { DahdiChannel } from './dahdi-channel.js';
import { errorName, type Kernel } from './kernel.js';
import { alarmBits, lineBits, requests } from './kernel-codes.js';
import { decodeSpanStatus, encodeInt, encodeLineConfig, encodeSpanQuery, type SpanStatus } from './kernel-structs.js';
import { SpanCounts } from './span-counts.js';
import type { Sysfs } from './sysfs.js';

const lookEveryMs = 1000;
/** Looks in a row that fail, or show no samples, until the card counts as dead. */
const deadAfter = 3;

export interface DahdiSpanOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly kernel: Kernel;
  readonly sysfs: Sysfs;
  readonly calls: CardCalls;
  readonly control: () => number;
  readonly id: string;
  readonly card: Card;
  readonly assigned: AssignedSpan;
  readonly socketFolder: string | undefined;
  readonly blockBytes: number;
  readonly longestFlashMs: number;
  readonly echoTailMs: number;
  /** Another kind is wanted: the span has to go and come back. */
  readonly retype: (kind: 't1' | 'e1') => void;
  /** What the card may be set to instead. */
  readonly kinds: readonly ('t1' | 'e1')[];
  readonly gone: () => void;
}

/** A line of a DAHDI card, or all jacks of an analog one. */
export class DahdiSpan implements Span {
  readonly description: SpanDescription;
  readonly channels: readonly DahdiChannel[];
  readonly #options: DahdiSpanOptions;
  readonly #listeners: ((event: SpanEvent) => void)[] = [];
  readonly #counts = new SpanCounts();
  #timer: Timer | undefined;
  #alarms: readonly Alarm[] = [];
  #status: SpanStatus | undefined;
  #stuck = false;
  #failures = 0;
  #silences = 0;
  #looking = false;
  #slips = 0;
  #clockHere = false;
  #started = false;
  #gone = false;

  constructor(options: DahdiSpanOptions) {
    const { assigned, card, id, echoTailMs } = options;
    this.#options = options;
    const kind = kindOf(assigned);
    this.description = {
      id,
      kind,
      name: [card.manufacturer, card.type || assigned.text].filter((part) => part !== '').join(' '),
      location: card.location,
      kinds: options.kinds,
    };
    const channelOf = (each: AssignedSpan['channels'][number]) =>
      new DahdiChannel({
        ...options,
        id: `${id}:${each.place}`,
        assigned: each,
        digital: assigned.digital,
        echoTailMs,
        spanAlarms: () => this.#alarms,
        alarmsChanged: () => this.#look(false),
        gone: options.gone,
      });
    this.channels = assigned.channels.filter(({ choices }) => choices.length > 0).map(channelOf);
    // An analog span has nothing to set; it only has to run.
    if (kind === 'analog') this.#startUp();
    this.#tick();
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  get counters(): SpanCounters {
    return this.#counts.counters;
  }

  on(listener: (event: SpanEvent) => void): void {
    this.#listeners.push(listener);
  }

  configure(settings: SpanSettings): void {
    if (this.#gone) return;
    const { description } = this;
    if (description.kind === 'analog') {
      this.#fault('an analog span has nothing to set');
      return;
    }
    if (settings.kind !== description.kind) {
      if (!description.kinds.includes(settings.kind)) this.#fault(`this span is ${description.kind.toUpperCase()}`);
      else this.#options.retype(settings.kind);
      return;
    }
    for (const channel of this.channels) channel.rest();
    const { calls, control, assigned } = this.#options;
    if (this.#started) calls.ioctl(control(), requests.shutDown, encodeInt(assigned.number));
    this.#started = false;
    const config = encodeLineConfig(assigned.number, lineOf(settings), settings.timing, settings.buildOut);
    calls.ioctl(control(), requests.spanConfig, config, (result) => {
      if (result < 0) this.#fault(`the driver refuses framing or coding: ${errorName(result)}`);
    });
    this.#startUp();
  }

  /** The card does not come back from a call, or does again. */
  setStuck(stuck: boolean): void {
    this.#stuck = stuck;
    this.#judge();
  }

  unplug(): void {
    if (this.#gone) return;
    this.#timer?.cancel();
    for (const channel of this.channels) channel.unplug();
    this.#tell({ kind: 'unplugged' });
    this.#gone = true;
  }

  #startUp(): void {
    this.#started = true;
    const { calls, control, assigned } = this.#options;
    calls.ioctl(control(), requests.startUp, encodeInt(assigned.number), (result) => {
      if (result < 0) this.#fault(`the span does not start: ${errorName(result)}`);
      else this.#look(false);
    });
  }

  #tick(): void {
    this.#look(true);
    if (!this.#gone) this.#timer = this.#options.clock.after(lookEveryMs, () => this.#tick());
  }

  /** `second`: one has gone by since the last. */
  #look(second: boolean): void {
    if (this.#gone) return;
    if (second) this.#listen();
    if (this.#looking) return;
    this.#looking = true;
    const { calls, control, assigned } = this.#options;
    const status = encodeSpanQuery(assigned.number);
    calls.ioctl(control(), requests.spanStatus, status, (result) => {
      this.#looking = false;
      if (this.#gone) return;
      this.#failures = result < 0 ? this.#failures + 1 : 0;
      if (result >= 0) {
        this.#status = decodeSpanStatus(status);
        if (second && this.description.kind !== 'analog') this.#count(this.#status);
      }
      this.#judge();
    });
  }

  /** A card whose interrupts stay away answers all that is asked, but no samples come. */
  #listen(): void {
    for (const channel of this.channels) {
      const bytes = channel.drain();
      if (bytes === undefined) continue;
      this.#silences = bytes === 0 ? this.#silences + 1 : 0;
      return;
    }
    this.#silences = 0;
  }

  #count(status: SpanStatus): void {
    const { sysfs, assigned } = this.#options;
    sysfs.readLater(`proc/dahdi/${assigned.number}`, (text) => {
      if (this.#gone) return;
      this.#slips = Number(/Timing slips: (\d+)/.exec(text ?? '')?.[1] ?? 0);
      if (this.#counts.second(status, this.#slips)) this.#tell({ kind: 'counters', counters: this.counters });
    });
  }

  #judge(): void {
    if (this.#gone) return;
    const dead = this.#stuck || this.#failures >= deadAfter || this.#silences >= deadAfter;
    const alarms: readonly Alarm[] = [...(dead ? (['card'] as const) : []), ...alarmsOf(this.#status?.alarms ?? 0)];
    if (alarms.join() !== this.#alarms.join()) {
      const cardChanged = alarms.includes('card') !== this.#alarms.includes('card');
      this.#alarms = alarms;
      if (cardChanged) this.#logCard(dead);
      this.#tell({ kind: 'alarms', alarms });
      for (const channel of this.channels) channel.tellAlarms();
    }
    const here = this.#status?.clockSource === this.#options.assigned.number;
    if (here !== this.#clockHere) {
      this.#clockHere = here;
      this.#tell({ kind: 'clockSource', here });
    }
  }

  #logCard(dead: boolean): void {
    const { log } = this.#options;
    const fields = { span: this.description.id, hangs: this.#stuck, failures: this.#failures, silent: this.#silences };
    if (dead) log.error('a card does not answer', fields);
    else log.info('a card answers again', fields);
  }

  #fault(why: string): void {
    this.#options.log.warn('a span has a fault', { span: this.description.id, why });
    this.#tell({ kind: 'fault', why });
  }

  #tell(event: SpanEvent): void {
    if (!this.#gone) for (const listener of this.#listeners) listener(event);
  }
}

/** A J1 is a T1 with other framing details, which its card knows; a dynamic span is told by how many slots it has. */
function kindOf({ type, digital, channels }: AssignedSpan): SpanDescription['kind'] {
  if (!digital) return 'analog';
  return type === 'E1' || (type === 'DYNAMIC' && channels.length > 24) ? 'e1' : 't1';
}

function lineOf({ kind, framing, coding, crc4 }: SpanSettings): number {
  const line = { b8zs: lineBits.b8zs, ami: lineBits.ami, hdb3: lineBits.hdb3 }[coding];
  // E1 without CCS is CAS.
  const frame = { esf: lineBits.esf, d4: lineBits.d4, ccs: lineBits.ccs, cas: 0 }[framing];
  return line | frame | (kind === 'e1' && crc4 ? lineBits.crc4 : 0);
}

/** While a card recovers, its far end hears our yellow alarm and no calls can be: to users it is the same red alarm still. */
export function alarmsOf(bits: number): readonly Alarm[] {
  const named: readonly (readonly [number, Alarm])[] = [
    [alarmBits.red | alarmBits.recover | alarmBits.lfa | alarmBits.lmfa, 'red'],
    [alarmBits.yellow, 'yellow'],
    [alarmBits.blue, 'blue'],
    [alarmBits.los, 'los'],
    [alarmBits.loopback, 'loopback'],
  ];
  return named.flatMap(([bit, alarm]) => ((bits & bit) === 0 ? [] : [alarm]));
}
