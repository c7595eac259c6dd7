/** Voice for tests of the engine: tones in G.711, and what is heard in samples. */

/** A sine of 3.14 dBm0 has this peak (G.711 table 5). */
const fullScaleDbm0 = 3.14;
const fullScale = 32_768;

/** ITU-T G.191 ulaw_expand. */
export function decodeMu(code: number): number {
  const inverted = ~code & 0x7f;
  const exponent = inverted >> 4;
  const magnitude = (0x80 << exponent) + (8 << exponent) * (inverted & 0xf) + (4 << exponent) - 132;
  return (code & 0x80) === 0 ? -magnitude : magnitude;
}

/** ITU-T G.191 alaw_expand. */
export function decodeA(code: number): number {
  const bits = (code ^ 0x55) & 0x7f;
  const exponent = bits >> 4;
  let mantissa = bits & 0xf;
  if (exponent > 0) mantissa += 16;
  mantissa = (mantissa << 4) + 8;
  if (exponent > 1) mantissa <<= exponent - 1;
  return (code & 0x80) === 0 ? -mantissa : mantissa;
}

const muValues: readonly number[] = Array.from({ length: 256 }, (_, code) => decodeMu(code));

/** The nearest code. */
export function encodeMu(sample: number): number {
  const negative = sample < 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)) - 7, 0);
  const mantissa = (magnitude >> (exponent + 3)) & 0xf;
  return ~((negative ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

export function muSamples(codes: Uint8Array): number[] {
  return Array.from(codes, (code) => muValues[code] ?? 0);
}

/** Peak of a sine of that level. */
export function amplitudeOf(dbm0: number): number {
  return fullScale * 10 ** ((dbm0 - fullScaleDbm0) / 20);
}

/** Sines of these frequencies, each of that level, from sample `from` on. */
export function tones(frequencies: readonly number[], dbm0: number, count: number, from = 0, rate = 8000): number[] {
  const amplitude = amplitudeOf(dbm0);
  return Array.from({ length: count }, (_, index) => {
    const at = (2 * Math.PI * (from + index)) / rate;
    return Math.round(frequencies.reduce((sum, hz) => sum + amplitude * Math.sin(hz * at), 0));
  });
}

export function toMu(samples: readonly number[]): Uint8Array {
  return Uint8Array.from(samples, encodeMu);
}

/** Level of one frequency, dBm0, under a Hann window: what is 30 Hz away in 200 ms does not count. */
export function levelAt(samples: readonly number[], hz: number, rate = 8000): number {
  let re = 0;
  let im = 0;
  let weight = 0;
  for (const [index, sample] of samples.entries()) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / samples.length);
    const angle = (2 * Math.PI * hz * index) / rate;
    re += window * sample * Math.cos(angle);
    im += window * sample * Math.sin(angle);
    weight += window;
  }
  return levelOfPeak((2 * Math.hypot(re, im)) / weight);
}

/** Level of a sine of the same power, dBm0; -100 is silence. */
export function levelOf(samples: readonly number[]): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(samples.length, 1);
  return levelOfPeak(Math.sqrt(2 * power));
}

function levelOfPeak(peak: number): number {
  return peak < 0.5 ? -100 : Math.max(-100, 20 * Math.log10(peak / fullScale) + fullScaleDbm0);
}

/** Windows of that length, half overlapping. */
export function windows(samples: readonly number[], length: number): readonly number[][] {
  const all: number[][] = [];
  for (let at = 0; at + length <= samples.length; at += Math.floor(length / 2))
    all.push(samples.slice(at, at + length));
  return all;
}

/** A WAV file: mono or stereo, PCM16 or G.711 codes as they are. */
export function wav(
  body: { readonly samples: readonly number[] } | { readonly codes: Uint8Array; readonly law: 'u' | 'a' },
  rate = 8000,
  channels = 1,
): Buffer {
  const pcm = 'samples' in body;
  const data = pcm ? Buffer.from(Int16Array.from(body.samples).buffer) : Buffer.from(body.codes);
  const bytes = pcm ? 2 : 1;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(pcm ? 1 : body.law === 'u' ? 7 : 6, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * bytes, 28);
  header.writeUInt16LE(channels * bytes, 32);
  header.writeUInt16LE(bytes * 8, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** What a PCM16 mono WAV file holds, by its header. */
export function readWav(file: Buffer): { readonly rate: number; readonly samples: number[] } {
  const length = file.readUInt32LE(40);
  const samples = Array.from({ length: length / 2 }, (_, index) => file.readInt16LE(44 + 2 * index));
  return { rate: file.readUInt32LE(24), samples };
}
