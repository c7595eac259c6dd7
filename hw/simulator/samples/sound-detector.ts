import { demodulate } from '../caller-id-modem.js';
import { type SimulatedSound, silence } from '../sound.js';
import { FskReceiver } from './fsk-receiver.js';
import { powerOf, sampleRate, shareOf } from './level.js';
import { MelodyReader, type Voices } from './melody.js';
import { digitOf, dtmfColumns, dtmfRows, knownTones, mfSignalOf, mfTones } from './signal-tones.js';

export interface DetectorOptions {
  readonly voices: Voices;
  /** Which digits are looked for: a register of the R1 kind hears no telephone's keys. */
  readonly digits: 'dtmf' | 'mf';
  /** Caller-ID data. */
  readonly data: boolean;
  readonly tell: (sound: SimulatedSound) => void;
}

/** What is looked at at once: 20 ms, and for tones that are close to one another 60. */
const frameSamples = 160;
const windowSamples = 3 * frameSamples;
const quietest = powerOf(-45);
/** How much of a frame must be what it is taken for. */
const shares = { digit: 0.78, part: 0.12, tone: 0.82, tonePart: 0.1, single: 0.94 } as const;
/** In frames: how long something lasts before it is believed. */
const believed = { silence: 3, silenceAfterVoice: 10, single: 12, digit: 2, digitEnd: 2, somebody: 15 } as const;

type FrameFind =
  | { readonly kind: 'silence' | 'other' }
  | { readonly kind: 'single'; readonly frequency: number }
  | { readonly kind: 'tone'; readonly frequencies: readonly number[] }
  | { readonly kind: 'signal'; readonly name: string };

/** What a person, a register or a modem makes of samples: the sound of the world again, told when it changes. */
export class SoundDetector {
  readonly #options: DetectorOptions;
  readonly #melody: MelodyReader;
  readonly #modem: FskReceiver | undefined;
  readonly #frame = new Float64Array(frameSamples);
  readonly #window = new Float64Array(windowSamples);
  #filled = 0;
  #told: SimulatedSound = silence;
  /** How many frames in a row were of the same kind, and which. */
  #kind = '';
  #run = 0;
  #frequency: number | undefined;
  #signal: string | undefined;

  constructor(options: DetectorOptions) {
    this.#options = options;
    this.#melody = new MelodyReader(options.voices);
    if (options.data) this.#modem = new FskReceiver((bits) => this.#bits(bits));
  }

  take(samples: Int16Array): void {
    this.#modem?.take(samples);
    for (let i = 0; i < samples.length; i++) {
      this.#frame[this.#filled++] = samples[i] ?? 0;
      if (this.#filled === frameSamples) this.#whole();
    }
  }

  /** So many samples of nothing, which cost nothing when nothing was there before. */
  quiet(count: number): void {
    this.#modem?.quiet();
    if (this.#told.kind === 'silence' && this.#run >= believed.silence && this.#kind === 'silence') return;
    for (let left = count; left > 0; ) {
      const some = Math.min(left, frameSamples - this.#filled);
      this.#frame.fill(0, this.#filled, this.#filled + some);
      this.#filled += some;
      left -= some;
      if (this.#filled === frameSamples) this.#whole();
    }
  }

  #whole(): void {
    this.#filled = 0;
    this.#window.copyWithin(0, frameSamples);
    this.#window.set(this.#frame, windowSamples - frameSamples);
    const found = this.#look();
    const name = found.kind === 'signal' ? `signal ${found.name}` : found.kind;
    const goesOn = name === this.#kind && (found.kind !== 'single' || near(found.frequency, this.#frequency));
    this.#run = goesOn ? this.#run + 1 : 1;
    if (found.kind === 'single') this.#frequency = found.frequency;
    this.#kind = name;
    this.#follow(found);
  }

  #follow(found: FrameFind): void {
    const said = this.#melody.frame(found.kind === 'single' ? found.frequency : undefined);
    if (found.kind === 'signal') {
      if (this.#run === believed.digit && this.#signal !== found.name) this.#signalled(found.name);
      return;
    }
    if (this.#signal !== undefined && this.#run >= believed.digitEnd) {
      this.#signal = undefined;
      this.#become(silence);
    }
    if (said !== undefined) this.#become({ kind: 'voice', says: said });
    else if (found.kind === 'tone') this.#become({ kind: 'tone', frequencies: found.frequencies });
    else if (found.kind === 'single' && this.#run >= believed.single)
      this.#become({ kind: 'tone', frequencies: [5 * Math.round(found.frequency / 5)] });
    else if (found.kind === 'silence' && this.#run >= this.#patience) this.#become(silence);
    else if (found.kind === 'other' && this.#run >= believed.somebody)
      this.#become({ kind: 'voice', says: 'somebody' });
  }

  /** A voice may have a gap where packets were lost. */
  get #patience(): number {
    return this.#told.kind === 'voice' ? believed.silenceAfterVoice : believed.silence;
  }

  #signalled(name: string): void {
    this.#signal = name;
    const { tell, digits } = this.#options;
    this.#told = digits === 'dtmf' ? { kind: 'digit', digit: name } : { kind: 'mf', signal: name };
    tell(this.#told);
  }

  #become(sound: SimulatedSound): void {
    if (same(this.#told, sound)) return;
    this.#told = sound;
    if (sound.kind === 'silence') this.#melody.restart();
    this.#options.tell(sound);
  }

  #bits(bits: Uint8Array): void {
    // A melody, too, has moments of mark and space: data is what has a message in it.
    if (demodulate(bits) === undefined) return;
    this.#options.tell({ kind: 'data', bits, sinceMs: Math.ceil((bits.length * 1000) / 1200) });
    this.#told = { kind: 'data', bits };
  }

  #look(): FrameFind {
    const energy = energyOf(this.#frame);
    if (energy < quietest * frameSamples) return { kind: 'silence' };
    const single = singleFrequency(this.#frame, energy);
    if (single !== undefined) return { kind: 'single', frequency: single };
    const name = this.#options.digits === 'dtmf' ? dtmfIn(this.#frame, energy) : mfIn(this.#frame, energy);
    if (name !== undefined) return { kind: 'signal', name };
    const frequencies = knownTone(this.#window);
    return frequencies === undefined ? { kind: 'other' } : { kind: 'tone', frequencies };
  }
}

function same(a: SimulatedSound, b: SimulatedSound): boolean {
  if (a.kind === 'voice') return b.kind === 'voice' && a.says === b.says;
  if (a.kind !== 'tone' || b.kind !== 'tone') return a.kind === b.kind;
  return a.frequencies.length === b.frequencies.length && a.frequencies.every((hz, i) => near(hz, b.frequencies[i]));
}

/** Of an estimate that wanders by a hertz or two. */
function near(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) <= 10;
}

function energyOf(samples: Float64Array): number {
  return samples.reduce((sum, value) => sum + value * value, 0);
}

/** Hz, where a frame is one sine: then each sample is the mean of its neighbours, divided by a cosine. */
function singleFrequency(samples: Float64Array, energy: number): number | undefined {
  let [along, square] = [0, 0];
  for (let i = 1; i < samples.length - 1; i++) {
    const value = samples[i] ?? 0;
    along += value * ((samples[i - 1] ?? 0) + (samples[i + 1] ?? 0));
    square += value * value;
  }
  if (square === 0) return undefined;
  const cosine = along / (2 * square);
  if (Math.abs(cosine) >= 1) return undefined;
  const frequency = (Math.acos(cosine) * sampleRate) / (2 * Math.PI);
  return shareOf(samples, frequency, energy) >= shares.single ? frequency : undefined;
}

function dtmfIn(samples: Float64Array, energy: number): string | undefined {
  const rows = dtmfRows.map((hz) => shareOf(samples, hz, energy));
  const columns = dtmfColumns.map((hz) => shareOf(samples, hz, energy));
  const [low, high] = [Math.max(...rows), Math.max(...columns)];
  if (low + high < shares.digit || low < shares.part || high < shares.part) return undefined;
  return digitOf(rows.indexOf(low), columns.indexOf(high));
}

function mfIn(samples: Float64Array, energy: number): string | undefined {
  const all = mfTones.map((hz) => ({ hz, share: shareOf(samples, hz, energy) }));
  const [first, second] = [...all].sort((a, b) => b.share - a.share);
  if (first === undefined || second === undefined) return undefined;
  if (first.share + second.share < shares.digit || second.share < shares.part) return undefined;
  return mfSignalOf(Math.min(first.hz, second.hz), Math.max(first.hz, second.hz));
}

function knownTone(window: Float64Array): readonly number[] | undefined {
  const energy = energyOf(window);
  let best: { readonly frequencies: readonly number[]; readonly share: number } | undefined;
  for (const frequencies of knownTones) {
    const parts = frequencies.map((hz) => shareOf(window, hz, energy));
    const share = parts.reduce((sum, part) => sum + part, 0);
    if (share < shares.tone || parts.some((part) => part < shares.tonePart)) continue;
    if (best === undefined || share > best.share) best = { frequencies, share };
  }
  return best?.frequencies;
}
