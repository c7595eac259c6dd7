/** What a test hears in samples. */
export interface ToneHeard {
  /** Hz, to the whole number. */
  readonly frequency: number;
  /** dB below a sine of full scale, of the tone alone. */
  readonly level: number;
  /** Blocks of 20 ms in which the tone is more than 6 dB below its usual level, or missing. */
  readonly gaps: number;
  readonly blocks: number;
}

/** Level of one frequency in samples, amplitude of a sine 0-32768 (Goertzel), under a window: frequencies beside it do not leak in. */
function amplitudeAt(windowed: Float64Array, frequency: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let last = 0;
  let before = 0;
  for (const sample of windowed) {
    const now = sample + coefficient * last - before;
    before = last;
    last = now;
  }
  const power = last * last + before * before - coefficient * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / windowed.length;
}

function windowed(samples: Int16Array): Float64Array {
  return Float64Array.from(samples, (sample, i) => sample * (1 - Math.cos((2 * Math.PI * (i + 0.5)) / samples.length)));
}

export function decibels(amplitude: number): number {
  return amplitude <= 0 ? -120 : 20 * Math.log10(amplitude / 32_768);
}

/** The tone that is strongest between 200 and 3600 Hz, how loud it is, and whether it is always there. */
export function hearTone(samples: Int16Array, sampleRate: number): ToneHeard {
  const start = Math.floor(samples.length / 4);
  const long = windowed(samples.subarray(start, start + sampleRate / 2));
  const short = windowed(samples.subarray(start, start + sampleRate / 10));
  const strongest = (part: Float64Array, from: number, to: number, step: number): number => {
    let [best, most] = [0, 0];
    for (let f = from; f <= to; f += step) {
      const amplitude = amplitudeAt(part, f, sampleRate);
      if (amplitude > most) [best, most] = [f, amplitude];
    }
    return best;
  };
  const coarse = short.length >= sampleRate / 10 ? strongest(short, 200, 3600, 10) : 0;
  const frequency = coarse === 0 ? 0 : strongest(long, coarse - 10, coarse + 10, 1);
  const block = sampleRate / 50;
  const levels: number[] = [];
  for (let at = 0; at + block <= samples.length; at += block)
    levels.push(amplitudeAt(windowed(samples.subarray(at, at + block)), frequency, sampleRate));
  const usual = [...levels].sort((a, b) => a - b)[levels.length >> 1] ?? 0;
  const gaps = levels.filter((level) => level < usual / 2).length;
  return { frequency, level: decibels(usual), gaps, blocks: levels.length };
}
