import { createRequire } from 'node:module';
import type { Decoder, Encoder } from '@evan/opus';
import type { Format } from '../../../src/media/index.js';
import { G722Decoder, G722Encoder } from './g722.js';

// Its ES module has no types that this compiler finds; the CommonJS one has.
const opus: { readonly Decoder: typeof Decoder; readonly Encoder: typeof Encoder } = createRequire(import.meta.url)(
  '@evan/opus',
);

export type VoiceCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16';
export const voiceCodecs: readonly VoiceCodec[] = ['PCMU', 'PCMA', 'G722', 'opus', 'L16'];

/** As negotiated: payload types are each test's own where they are dynamic. */
export const formats: Readonly<Record<VoiceCodec, Format>> = {
  PCMU: { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' },
  PCMA: { payloadType: 8, codec: 'PCMA', clockRate: 8000, channels: 1, parameters: '' },
  G722: { payloadType: 9, codec: 'G722', clockRate: 8000, channels: 1, parameters: '' },
  opus: { payloadType: 111, codec: 'opus', clockRate: 48_000, channels: 2, parameters: 'useinbandfec=1' },
  L16: { payloadType: 97, codec: 'L16', clockRate: 8000, channels: 1, parameters: '' },
};

/** Of the sound that goes in and comes out; Opus is heard as the telephone network hears it. */
export const sampleRates: Readonly<Record<VoiceCodec, { readonly said: number; readonly heard: 8000 | 16_000 }>> = {
  PCMU: { said: 8000, heard: 8000 },
  PCMA: { said: 8000, heard: 8000 },
  G722: { said: 16_000, heard: 16_000 },
  opus: { said: 48_000, heard: 8000 },
  L16: { said: 8000, heard: 8000 },
};

/** Encodes packet by packet; each implementation is apart from the engine's. */
export function encoderOf(codec: VoiceCodec): (samples: Int16Array) => Uint8Array {
  if (codec === 'PCMU') return (samples) => Uint8Array.from(samples, muLaw);
  if (codec === 'PCMA') return (samples) => Uint8Array.from(samples, aLaw);
  if (codec === 'L16') return bigEndian;
  if (codec === 'G722') {
    const encoder = new G722Encoder();
    return (samples) => encoder.encode(samples);
  }
  const encoder = new opus.Encoder({ channels: 1, sample_rate: 48_000, application: 'voip' });
  // A copy: the library's memory is used again.
  return (samples) => Uint8Array.from(encoder.encode(samples));
}

export function decoderOf(codec: VoiceCodec): (payload: Uint8Array) => Int16Array {
  if (codec === 'PCMU') return (payload) => Int16Array.from(payload, fromMuLaw);
  if (codec === 'PCMA') return (payload) => Int16Array.from(payload, fromALaw);
  if (codec === 'L16') return littleEndian;
  if (codec === 'G722') {
    const decoder = new G722Decoder();
    return (payload) => decoder.decode(payload);
  }
  const decoder = new opus.Decoder({ channels: 1, sample_rate: 8000 });
  return (payload) => {
    const bytes = Uint8Array.from(decoder.decode(payload));
    return new Int16Array(bytes.buffer);
  };
}

function bigEndian(samples: Int16Array): Uint8Array {
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, i) => {
    bytes.writeInt16BE(sample, 2 * i);
  });
  return bytes;
}

function littleEndian(payload: Uint8Array): Int16Array {
  const bytes = Buffer.from(payload);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16BE(2 * i));
}

/** ITU-T G.711. */
export function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 0x84;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function aLaw(sample: number): number {
  const magnitude = sample < 0 ? -sample - 1 : sample;
  const exponent = magnitude < 256 ? 0 : Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (exponent === 0 ? magnitude >> 4 : magnitude >> (exponent + 3)) & 0x0f;
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55;
}

export function fromMuLaw(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function fromALaw(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled & 0x70) >> 4;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}
