import { readFileSync, writeFileSync } from 'node:fs';

/** PCM16, one channel. */
export function writeWave(path: string, samples: Int16Array, sampleRate: number): void {
  const header = Buffer.alloc(44);
  const bytes = samples.length * 2;
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes, 40);
  const data = Buffer.alloc(bytes);
  samples.forEach((sample, i) => {
    data.writeInt16LE(sample, 2 * i);
  });
  writeFileSync(path, Buffer.concat([header, data]));
}

/** `amplitude` of 32,767. */
export function toneSamples(frequency: number, seconds: number, sampleRate = 8000, amplitude = 10_000): Int16Array {
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  for (let i = 0; i < samples.length; i += 1)
    samples[i] = Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
  return samples;
}

export function writeToneFile(path: string, { frequency, seconds }: { frequency: number; seconds: number }): void {
  writeWave(path, toneSamples(frequency, seconds), 8000);
}

/** The samples of a PCM16 file with one channel. */
export function readWave(path: string): { readonly samples: Int16Array; readonly sampleRate: number } {
  const bytes = readFileSync(path);
  const data = bytes.indexOf('data', 12, 'latin1');
  const sampleRate = bytes.readUInt32LE(24);
  const length = Math.min(bytes.readUInt32LE(data + 4), bytes.length - data - 8) >> 1;
  const samples = new Int16Array(length);
  for (let i = 0; i < length; i += 1) samples[i] = bytes.readInt16LE(data + 8 + 2 * i);
  return { samples, sampleRate };
}
