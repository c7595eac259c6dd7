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

/** Level of one frequency in samples, amplitude of a sine 0-32768 (Goertzel). */
function amplitudeAt(samples: Int16Array, frequency: number, sampleRate: number): number {
  let real = 0;
  let imaginary = 0;
  const step = (2 * Math.PI * frequency) / sampleRate;
  samples.forEach((sample, i) => {
    // A window, so that a frequency beside it does not leak in.
    const weight = 1 - Math.cos((2 * Math.PI * (i + 0.5)) / samples.length);
    real += weight * sample * Math.cos(step * i);
    imaginary += weight * sample * Math.sin(step * i);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

export function decibels(amplitude: number): number {
  return amplitude <= 0 ? -120 : 20 * Math.log10(amplitude / 32_768);
}

/** The tone that is strongest between 200 and 3600 Hz, how loud it is, and whether it is always there. */
export function hearTone(samples: Int16Array, sampleRate: number): ToneHeard {
  const middle = samples.subarray(Math.floor(samples.length / 4), Math.floor(samples.length / 4) + sampleRate / 2);
  let frequency = 0;
  let strongest = 0;
  const search = (from: number, to: number, step: number): void => {
    for (let f = from; f <= to; f += step) {
      const amplitude = amplitudeAt(middle, f, sampleRate);
      if (amplitude > strongest) {
        strongest = amplitude;
        frequency = f;
      }
    }
  };
  if (middle.length > sampleRate / 10) {
    search(200, 3600, 4);
    strongest = 0;
    search(frequency - 4, frequency + 4, 1);
  }
  const block = sampleRate / 50;
  const levels: number[] = [];
  for (let at = 0; at + block <= samples.length; at += block)
    levels.push(amplitudeAt(samples.subarray(at, at + block), frequency, sampleRate));
  const usual = [...levels].sort((a, b) => a - b)[levels.length >> 1] ?? 0;
  const gaps = levels.filter((level) => level < usual / 2).length;
  return { frequency, level: decibels(usual), gaps, blocks: levels.length };
}
