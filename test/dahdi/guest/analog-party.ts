import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../appliance/io/index.js';
import {
  type AnalogLine,
  analogCountry,
  type LineNotice,
  type LinePorts,
  type LineSignal,
  type LineSound,
  OfficeLine,
  type OfficeSettings,
  ProgressListener,
  StationLine,
  type StationSettings,
} from '../../../src/analog/index.js';
import { soundsOf, toneOfSound } from '../../../src/lines/line-sounds.js';
import { idleTdmSettings, type MediaEvent, type PlayedSound, type PortId, tonesOf } from '../../../src/media/index.js';
import type { Alarm, LineEvent, Signalling } from '../../../src/tdm/index.js';
import { digitSounds, listenedFor, tonePatterns } from '../../../src/trunks/line-sounds.js';
import type { AnalogCard } from './analog-card.js';
import { EventQueue } from './event-queue.js';
import type { HoldfastLines } from './holdfast-lines.js';
import type { SoundBench } from './sound-bench.js';

/** What a party was told, by its machine or its card. */
export type Said =
  | LineNotice
  | { readonly kind: 'alarms'; readonly alarms: readonly Alarm[] }
  | { readonly kind: 'fault'; readonly why: string }
  | { readonly kind: 'signal'; readonly signal: LineSignal }
  | { readonly kind: 'sound'; readonly event: MediaEvent };

export interface LineBench {
  readonly lines: HoldfastLines;
  readonly sound: SoundBench;
  readonly card: AnalogCard;
}

/** One of Holdfast's line machines on a jack of the card, with the media engine as its voice: as the controller joins them. */
abstract class AnalogParty<L extends AnalogLine> {
  readonly said: EventQueue<Said>;
  readonly channel: string;
  readonly line: L;
  protected readonly bench: LineBench;
  readonly #country: string;
  readonly #signalling: Signalling;
  readonly #stops: (() => void)[] = [];
  #port: PortId | undefined;
  #plays = 0;

  constructor(
    bench: LineBench,
    channel: string,
    country: string,
    signalling: Signalling,
    make: (ports: LinePorts) => L,
  ) {
    this.bench = bench;
    this.channel = channel;
    this.#country = country;
    this.#signalling = signalling;
    this.said = new EventQueue(channel);
    this.line = make({
      clock: systemClock,
      order: (order) => bench.lines.do({ kind: 'order', channel: this.channel, order }),
      tell: (notice) => this.#told(notice),
    });
    this.#stops.push(
      bench.lines.listen((report) => {
        if (report.kind === 'line' && report.channel === this.channel) this.#heard(report.event);
      }),
      bench.sound.engine.listen((event) => {
        if (!('port' in event) || event.port !== this.#port) return;
        this.said.push({ kind: 'sound', event });
        if (event.kind === 'failed' && event.command === 'openTdm') this.#port = undefined;
        this.heardSound(event);
      }),
    );
    this.configure();
  }

  configure(): void {
    const settings = { signalling: this.#signalling, law: 'u' } as const;
    this.bench.lines.do({ kind: 'configure', channel: this.channel, settings });
  }

  /** The first of the kind that nobody asked for yet. */
  expect<K extends Said['kind']>(kind: K, seconds = 30): Promise<Extract<Said, { readonly kind: K }>> {
    return this.said.expect(`${kind}, in ${this.line.state}`, seconds, (each) =>
      each.kind === kind ? (each as Extract<Said, { readonly kind: K }>) : undefined,
    );
  }

  expectAlarms(alarms: readonly Alarm[], seconds = 30): Promise<unknown> {
    return this.said.expect(`alarms [${alarms}]`, seconds, (each) =>
      each.kind === 'alarms' && each.alarms.join() === alarms.join() ? each : undefined,
    );
  }

  expectFault(why: string): Promise<unknown> {
    return this.said.expect(`fault ${why}`, 30, (each) =>
      each.kind === 'fault' && each.why === why ? each : undefined,
    );
  }

  async untilIdle(seconds = 30): Promise<void> {
    const until = performance.now() + seconds * 1000;
    while (!this.line.idle) {
      if (performance.now() > until) throw new Error(`${this.channel} stays ${this.line.state}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.closePort();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.line.stop();
    await this.closePort();
  }

  openPort(fsk: 'off' | 'bell202' | 'v23' = 'off'): void {
    if (this.#port !== undefined) return;
    this.#port = randomBytes(8).toString('hex');
    const tones = this.line instanceof OfficeLine ? listenedFor(tonePatterns(tonesOf(this.#country))) : [];
    const listens = { ...idleTdmSettings.listens, digits: true, fsk, tones };
    const place = this.bench.lines.placeOf(this.channel);
    this.bench.sound.engine.tell({
      kind: 'openTdm',
      port: this.#port,
      place,
      settings: { ...idleTdmSettings, listens },
    });
  }

  async closePort(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    if (port !== undefined) await this.bench.sound.engine.close([port]);
  }

  protected play(sounds: readonly PlayedSound[]): void {
    this.openPort();
    this.#plays++;
    if (this.#port !== undefined)
      this.bench.sound.engine.tell({ kind: 'play', port: this.#port, play: this.#plays, sounds });
  }

  protected abstract heardSound(event: MediaEvent): void;
  protected abstract heardSignal(signal: LineSignal): void;

  #told(notice: LineNotice): void {
    this.said.push(notice);
    if (notice.kind === 'play') this.#sound(notice.sound);
  }

  #sound(sound: LineSound): void {
    const tones = tonesOf(this.#country);
    const tone = toneOfSound(sound, tones, tones.congestion);
    if (tone === 'nothing') this.#hear(undefined);
    else if (tone !== undefined) this.#hear(tone);
    else if (sound.kind === 'step') this.play(soundsOf(sound.step));
    else if (sound.kind === 'dtmf' || sound.kind === 'mf') this.play(digitSounds(sound));
  }

  #hear(tone: Exclude<ReturnType<typeof toneOfSound>, 'nothing'>): void {
    if (tone !== undefined) this.openPort();
    if (this.#port === undefined) return;
    const source = tone === undefined ? ({ kind: 'nothing' } as const) : ({ kind: 'tone', tone } as const);
    this.bench.sound.engine.tell({ kind: 'hear', port: this.#port, source });
  }

  #heard(event: LineEvent | { readonly kind: string }): void {
    if (!('signal' in event) && !('alarms' in event) && !('why' in event)) return;
    if (event.kind === 'signal') {
      this.said.push(event);
      this.heardSignal(event.signal);
      this.line.signal(event.signal);
    } else if (event.kind === 'alarms') {
      this.said.push(event);
      if (event.alarms.includes('noBattery') || event.alarms.includes('card')) this.line.lost();
      else this.line.restored();
    } else if (event.kind === 'fault') this.said.push({ kind: 'fault', why: `${event.order}: ${event.why}` });
  }
}

/** The exchange's side: an FXS jack. */
export class Exchange extends AnalogParty<StationLine> {
  constructor(bench: LineBench, channel: string, signalling: StationSettings['signalling'], country = '1') {
    super(bench, channel, country, signalling, (ports) => {
      const settings = { signalling, country: analogCountry(country), hook: 'decoded', lamp: 'neon' } as const;
      return new StationLine({ ...settings, reverseOnAnswer: true }, ports);
    });
  }

  protected heardSound(event: MediaEvent): void {
    if (event.kind === 'digit') this.line.digitHeard(event.digit);
  }

  protected heardSignal(signal: LineSignal): void {
    if (signal.kind === 'offHook') this.openPort();
  }
}

/** The subscriber's side: an FXO jack. */
export class Subscriber extends AnalogParty<OfficeLine> {
  readonly #progress: ProgressListener;
  readonly #fsk: 'bell202' | 'v23';

  constructor(
    bench: LineBench,
    channel: string,
    signalling: OfficeSettings['signalling'],
    { dialling = 'tone', country = '1' }: { readonly dialling?: 'tone' | 'pulse'; readonly country?: string } = {},
  ) {
    super(bench, channel, country, signalling, (ports) => {
      const card = { cardPulses: true, cardCurrent: false, pulseRate: 10 } as const;
      const settings = {
        signalling,
        country: analogCountry(country),
        dialling,
        dialWithoutTone: false,
        ...card,
      } as const;
      return new OfficeLine({ ...settings, answerBy: 'polarity', disconnectByPolarity: false }, ports);
    });
    this.#fsk = country === '1' ? 'bell202' : 'v23';
    this.#progress = new ProgressListener(systemClock, tonePatterns(tonesOf(country)), (tone) =>
      this.line.toneHeard(tone),
    );
  }

  /** Places a call, its ears open. */
  call(number: string): void {
    this.openPort();
    this.#progress.restart();
    const result = this.line.setup(number);
    if (!result.ok) throw new Error(`${this.channel}: ${result.error}`);
  }

  /** A key, in a call. */
  press(digit: string): void {
    this.play(digitSounds({ kind: 'dtmf', digits: digit }));
  }

  override async stop(): Promise<void> {
    this.#progress.stop();
    await super.stop();
  }

  protected heardSound(event: MediaEvent): void {
    if (event.kind === 'tone') this.#progress.hear(event);
    else if (event.kind === 'digit') this.line.digitHeard(event.digit);
    else if (event.kind === 'fsk') for (const bit of event.bits) this.line.bitHeard(Number(bit));
    else if (event.kind === 'played') this.line.digitsSent();
  }

  protected heardSignal(signal: LineSignal): void {
    if ((signal.kind === 'ringOn' || signal.kind === 'polarity') && this.line.idle) this.openPort(this.#fsk);
  }
}
