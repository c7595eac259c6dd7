import { type SimulatedSound, silence } from '../sound.js';
import { Oscillator, peakOf, sampleRate } from './level.js';
import { noteMs, type Voices } from './melody.js';
import { dtmfOf, mfOf } from './signal-tones.js';

/** Levels of each frequency, dBm0. */
const levels = { tone: -16, digit: -8, mf: -7, data: -13.5, voice: -13 } as const;
/** A digit is a sound with an end; what follows it waits so long. */
const signalMs = { on: 70, off: 50, kpOn: 100 } as const;
const dataBaud = 1200;
const [dataMarkHz, dataSpaceHz] = [1200, 2200];
/** More than anybody dials ahead. */
const mostWaiting = 64;

/** One piece of sound with an end. */
type Piece =
  | { readonly kind: 'signal'; readonly frequencies: readonly number[]; readonly peak: number; left: number }
  | { readonly kind: 'data'; readonly bits: Uint8Array; done: number };

/** Sound as the world tells it, made into samples. */
export class SoundMaker {
  readonly #voices: Voices;
  readonly #oscillators = [0, 1, 2, 3].map(() => new Oscillator());
  readonly #waiting: Piece[] = [];
  #steady: SimulatedSound = silence;
  /** Of a voice: how far it is in its melody. */
  #sung = 0;

  constructor(voices: Voices) {
    this.#voices = voices;
  }

  take(sound: SimulatedSound): void {
    switch (sound.kind) {
      case 'digit':
        this.#signal(dtmfOf(sound.digit), levels.digit, signalMs.on);
        return;
      case 'mf':
        this.#signal(mfOf(sound.signal), levels.mf, sound.signal === 'KP' ? signalMs.kpOn : signalMs.on);
        return;
      case 'data':
        this.#add({ kind: 'data', bits: sound.bits, done: 0 });
        return;
      default:
        // Data that is under way is cut short by whoever speaks, as when a call is answered.
        if (sound.kind !== 'silence' && this.#waiting[0]?.kind === 'data') this.#waiting.shift();
        if (sound.kind === 'voice' && this.#steady !== sound) this.#sung = 0;
        this.#steady = sound;
    }
  }

  /** The next samples; undefined for silence. */
  next(count: number): Int16Array | undefined {
    if (this.#waiting.length === 0 && this.#steady.kind === 'silence') return undefined;
    const samples = new Float64Array(count);
    let at = 0;
    while (at < count && this.#waiting.length > 0) at += this.#piece(samples, at);
    if (at < count) this.#steadily(samples, at);
    return Int16Array.from(samples, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value))));
  }

  #signal(frequencies: readonly number[], level: number, onMs: number): void {
    if (frequencies.length === 0) return;
    this.#add({ kind: 'signal', frequencies, peak: peakOf(level), left: samplesOf(onMs) });
    this.#add({ kind: 'signal', frequencies: [], peak: 0, left: samplesOf(signalMs.off) });
  }

  #add(piece: Piece): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(piece);
  }

  /** How many samples it filled. */
  #piece(samples: Float64Array, at: number): number {
    const [piece] = this.#waiting;
    if (piece === undefined) return 0;
    const room = samples.length - at;
    if (piece.kind === 'data') return this.#data(piece, samples, at);
    const count = Math.min(room, piece.left);
    this.#sing(samples, at, count, piece.frequencies, piece.peak);
    piece.left -= count;
    if (piece.left === 0) this.#waiting.shift();
    return count;
  }

  #data(piece: Extract<Piece, { readonly kind: 'data' }>, samples: Float64Array, from: number): number {
    const end = Math.ceil((piece.bits.length * sampleRate) / dataBaud);
    const peak = peakOf(levels.data);
    let at = from;
    for (; at < samples.length && piece.done < end; at++, piece.done++) {
      const bit = piece.bits[Math.floor((piece.done * dataBaud) / sampleRate)] ?? 1;
      this.#sing(samples, at, 1, [bit === 1 ? dataMarkHz : dataSpaceHz], peak);
    }
    if (piece.done >= end) this.#waiting.shift();
    return at - from;
  }

  #steadily(samples: Float64Array, from: number): void {
    const steady = this.#steady;
    if (steady.kind === 'tone') {
      this.#sing(samples, from, samples.length - from, steady.frequencies, peakOf(levels.tone));
    } else if (steady.kind === 'voice') {
      const melody = this.#voices.notesOf(steady.says);
      const noteSamples = samplesOf(noteMs);
      for (let at = from; at < samples.length; ) {
        const count = Math.min(samples.length - at, noteSamples - (this.#sung % noteSamples));
        const note = melody[Math.floor(this.#sung / noteSamples) % melody.length] ?? 0;
        this.#sing(samples, at, count, [note], peakOf(levels.voice));
        this.#sung += count;
        at += count;
      }
    }
  }

  #sing(samples: Float64Array, at: number, count: number, frequencies: readonly number[], peak: number): void {
    frequencies.forEach((hz, i) => {
      this.#oscillators[i]?.add(samples, at, count, hz, peak);
    });
  }
}

function samplesOf(ms: number): number {
  return (ms * sampleRate) / 1000;
}
