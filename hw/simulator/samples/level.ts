/** Of everything on a line. */
export const sampleRate = 8000;

/** Peak of a sine of 0 dBm0: µ-law's largest value is 3.17 dB above it (ITU-T G.711 table 2a). */
const peakAt0dBm0 = 32_124 / 10 ** (3.17 / 20);

/** Peak of a sine of this level, in samples of 16 bits. */
export function peakOf(dBm0: number): number {
  return peakAt0dBm0 * 10 ** (dBm0 / 20);
}

/** Mean square of a sine of this level. */
export function powerOf(dBm0: number): number {
  return peakOf(dBm0) ** 2 / 2;
}

/** A sine that goes on from block to block without a click, also when its frequency changes. */
export class Oscillator {
  #phase = 0;

  /** Adds `count` samples from `from` on. */
  add(samples: Float64Array, from: number, count: number, frequency: number, peak: number): void {
    const step = (2 * Math.PI * frequency) / sampleRate;
    for (let i = from; i < from + count; i++) {
      samples[i] = (samples[i] ?? 0) + peak * Math.sin(this.#phase);
      this.#phase += step;
    }
    this.#phase %= 2 * Math.PI;
  }
}

/** Energy of one frequency in samples, as a share of all that they hold when they hold nothing else (Goertzel). */
export function shareOf(samples: Float64Array, frequency: number, energy: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let [last, before] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const now = (samples[i] ?? 0) + factor * last - before;
    before = last;
    last = now;
  }
  const magnitude = last * last + before * before - factor * last * before;
  return (2 * magnitude) / (samples.length * energy);
}
