import type { SimulatedChannel, SimulatedSound } from '../../hw/simulator/index.js';
import {
  type AnalogLine,
  digitTiming,
  type LineNotice,
  type LinePorts,
  type LineSound,
  OfficeLine,
  ProgressListener,
  stepMs,
  type TonePattern,
} from '../../src/analog/index.js';
import type { Clock, Timer } from '../../src/base/index.js';
import type { Signalling } from '../../src/tdm/index.js';

const silence: SimulatedSound = { kind: 'silence' };

/** ITU-T E.180 Supplement 2: United States, as the simulated exchange plays them. */
const patterns: readonly TonePattern[] = [
  { means: 'dial', frequencies: [350, 440], cadence: [] },
  { means: 'ringback', frequencies: [440, 480], cadence: [2000, 4000] },
  { means: 'busy', frequencies: [480, 620], cadence: [500, 500] },
  { means: 'congestion', frequencies: [480, 620], cadence: [250, 250] },
];

/** What stands for each sound of a line, where nobody counts cadences. */
const toneOf: { readonly [kind in 'dialTone' | 'reorder' | 'howler']: readonly number[] } = {
  dialTone: [350, 440],
  reorder: [480, 620],
  howler: [1400, 2060, 2450, 2600],
};

/** Joins a line's machine to a simulated channel, in the places of a leg (events) and of the media engine (sound). */
export class LineDriver<L extends AnalogLine> {
  readonly line: L;
  readonly notices: LineNotice[] = [];
  /** What somebody at the other end said. */
  readonly voices: string[] = [];
  readonly faults: string[] = [];
  readonly #clock: Clock;
  readonly #channel: SimulatedChannel;
  readonly #progress: ProgressListener;
  readonly #playing = new Set<Timer>();
  /** May take a digit for itself, as call waiting does. */
  onDigit: (digit: string) => boolean = () => false;
  onNotice: (notice: LineNotice) => void = () => undefined;

  constructor(clock: Clock, channel: SimulatedChannel, signalling: Signalling, make: (ports: LinePorts) => L) {
    this.#clock = clock;
    this.#channel = channel;
    const line = make({
      clock,
      order: (order) => channel.order(order),
      tell: (notice) => this.#noticed(notice),
    });
    this.line = line;
    this.#progress = new ProgressListener(clock, patterns, (tone) => {
      if (line instanceof OfficeLine) line.toneHeard(tone);
    });
    channel.on((event) => {
      if (event.kind === 'signal') line.signal(event.signal);
      else if (event.kind === 'alarms') event.alarms.length > 0 ? line.lost() : line.restored();
      else if (event.kind === 'fault') this.faults.push(`${event.order}: ${event.why}`);
      else {
        line.lost();
        this.stop();
      }
    });
    channel.onSound((sound) => this.#heard(sound));
    channel.configure({ signalling, law: 'u' });
  }

  get words(): readonly string[] {
    return this.notices.map(({ kind }) => kind);
  }

  play(sound: LineSound): void {
    this.#stopPlaying();
    switch (sound.kind) {
      case 'nothing':
        this.#channel.play(silence);
        return;
      case 'step':
        this.#step(sound.step);
        return;
      case 'dtmf':
        this.#each([...sound.digits], digitTiming.dtmf.onMs, digitTiming.dtmf.offMs, (digit) => ({
          kind: 'digit',
          digit,
        }));
        return;
      case 'mf':
        this.#each(sound.signals, digitTiming.mf.onMs, digitTiming.mf.offMs, (signal) => ({ kind: 'mf', signal }));
        return;
      default:
        this.#channel.play({ kind: 'tone', frequencies: toneOf[sound.kind] });
    }
  }

  speak(says: string): void {
    this.#channel.play({ kind: 'voice', says });
  }

  stop(): void {
    this.#stopPlaying();
    this.#progress.stop();
    this.line.stop();
  }

  #noticed(notice: LineNotice): void {
    this.notices.push(notice);
    if (notice.kind === 'play') this.play(notice.sound);
    if (notice.kind === 'released') this.#progress.restart();
    this.onNotice(notice);
  }

  #heard(sound: SimulatedSound): void {
    this.#progress.hear({ frequencies: sound.kind === 'tone' ? sound.frequencies : [] });
    switch (sound.kind) {
      case 'digit':
        if (!this.onDigit(sound.digit)) this.line.digitHeard(sound.digit);
        return;
      case 'mf':
        this.line.digitHeard(sound.signal);
        return;
      case 'data':
        if (this.line instanceof OfficeLine) for (const bit of sound.bits) this.line.bitHeard(bit);
        return;
      case 'voice':
        this.voices.push(sound.says);
        if (this.line instanceof OfficeLine) this.line.toneHeard('voice');
        return;
      default:
        return;
    }
  }

  #step(step: Extract<LineSound, { readonly kind: 'step' }>['step']): void {
    if (step.kind === 'fsk') this.#channel.play({ kind: 'data', bits: step.bits });
    else if (step.kind === 'tone') this.#channel.play({ kind: 'tone', frequencies: step.frequencies });
    else this.#each([...step.digits], step.onMs, step.offMs, (digit) => ({ kind: 'digit', digit }));
    this.#later(stepMs(step), () => this.#channel.play(silence));
  }

  #each<T>(items: readonly T[], onMs: number, offMs: number, sound: (item: T) => SimulatedSound): void {
    items.forEach((item, at) => {
      this.#later(at * (onMs + offMs), () => this.#channel.play(sound(item)));
      this.#later(at * (onMs + offMs) + onMs, () => this.#channel.play(silence));
    });
    this.#later(items.length * (onMs + offMs), () => {
      if ('digitsSent' in this.line && typeof this.line.digitsSent === 'function') this.line.digitsSent();
    });
  }

  #later(ms: number, fire: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#playing.delete(timer);
      fire();
    });
    this.#playing.add(timer);
  }

  #stopPlaying(): void {
    for (const timer of this.#playing) timer.cancel();
    this.#playing.clear();
  }
}
