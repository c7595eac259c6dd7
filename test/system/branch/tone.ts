const sampleRate = 8000;

/** ITU-T G.711: payload type 0 is µ-law, 8 is A-law; other payloads are left out. */
export function decodeG711(packets: readonly { readonly payloadType: number; readonly payload: Buffer }[]): Int16Array {
  const samples: number[] = [];
  for (const { payloadType, payload } of packets) {
    if (payloadType !== 0 && payloadType !== 8) continue;
    for (const byte of payload) samples.push(payloadType === 0 ? fromMuLaw(byte) : fromALaw(byte));
  }
  return Int16Array.from(samples);
}

function fromMuLaw(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function fromALaw(byte: number): number {
  const toggled = byte ^ 0x55;
  const exponent = (toggled & 0x70) >> 4;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

/** The share (0-1) of the energy of the samples that lies at `frequency` Hz (Goertzel). Silence is 0. */
export function toneShare(samples: Int16Array, frequency: number): number {
  // Blocks of 40 ms: packets may be missing between them, so phase does not run through.
  const block = 320;
  let atFrequency = 0;
  let all = 0;
  for (let start = 0; start + block <= samples.length; start += block) {
    const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
    let previous = 0;
    let beforeThat = 0;
    for (const sample of samples.subarray(start, start + block)) {
      const now = sample + coefficient * previous - beforeThat;
      beforeThat = previous;
      previous = now;
      all += sample * sample;
    }
    const power = previous * previous + beforeThat * beforeThat - coefficient * previous * beforeThat;
    atFrequency += (2 * power) / block;
  }
  return all < samples.length * 100 ? 0 : atFrequency / all; // below 10 units r.m.s. there is nothing to hear
}

/** Samples of a WAV file (PCM16) at 8 kHz: the first channel, every n-th sample. Undefined: it is not complete. */
export function readWav(bytes: Buffer): Int16Array | undefined {
  const data = bytes.indexOf('data');
  if (bytes.length < 44 || data < 0) return undefined;
  const [channels, rate] = [bytes.readUInt16LE(22), bytes.readUInt32LE(24)];
  const end = Math.min(bytes.length, data + 8 + bytes.readUInt32LE(data + 4));
  const step = channels * 2 * Math.round(rate / sampleRate);
  const samples: number[] = [];
  for (let at = data + 8; at + 2 <= end; at += step) samples.push(bytes.readInt16LE(at));
  return Int16Array.from(samples);
}

/** A WAV file (PCM16) of a tone. */
export function writeWav(frequency: number, seconds: number, rate = sampleRate): Buffer {
  const samples = rate * seconds;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n += 1) {
    bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * frequency * n) / rate)), 44 + n * 2);
  }
  return bytes;
}
