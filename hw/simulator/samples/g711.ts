/** ITU-T G.711 as ITU-T G.191's reference has it: samples of 16 bits, of which µ-law fills 14 and A-law 13. */
export type Law = 'u' | 'a';

const [expandedMu, expandedA] = [table(expandMu), table(expandA)];
const compressed: { readonly [law in Law]: Uint8Array } = {
  u: Uint8Array.from({ length: 65_536 }, (_, at) => compressMu(at - 32_768)),
  a: Uint8Array.from({ length: 65_536 }, (_, at) => compressA(at - 32_768)),
};
const idleCodes: { readonly [law in Law]: readonly number[] } = { u: [0xff, 0x7f], a: [0xd5, 0x55] };

export function decodeG711(law: Law, codes: Uint8Array): Int16Array {
  const expanded = law === 'u' ? expandedMu : expandedA;
  const samples = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) samples[i] = expanded[codes[i] ?? 0] ?? 0;
  return samples;
}

export function encodeG711(law: Law, samples: Int16Array): Uint8Array {
  const codeOf = compressed[law];
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) codes[i] = codeOf[(samples[i] ?? 0) + 32_768] ?? 0;
  return codes;
}

/** Nothing but the smallest values: a line at rest. */
export function isIdle(law: Law, codes: Uint8Array): boolean {
  const [plus, minus] = idleCodes[law];
  return codes.every((code) => code === plus || code === minus);
}

export function idleBlock(law: Law, count: number): Uint8Array {
  return new Uint8Array(count).fill(idleCodes[law][0] ?? 0);
}

function table(expand: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => expand(code));
}

function expandMu(code: number): number {
  const inverted = ~code & 0x7f;
  const exponent = inverted >> 4;
  const magnitude = ((((inverted & 0xf) << 1) + 33) << (exponent + 2)) - 132;
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

function expandA(code: number): number {
  const bits = (code ^ 0x55) & 0x7f;
  const exponent = bits >> 4;
  const mantissa = bits & 0xf;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1);
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

function compressMu(sample: number): number {
  const magnitude = Math.min((sample < 0 ? ~sample >> 2 : sample >> 2) + 33, 0x1fff);
  const segment = 27 - Math.clz32(magnitude);
  const code = ((8 - segment) << 4) | (0xf - ((magnitude >> segment) & 0xf));
  return sample >= 0 ? code | 0x80 : code;
}

function compressA(sample: number): number {
  let code = sample < 0 ? ~sample >> 4 : sample >> 4;
  if (code > 15) {
    const exponent = 28 - Math.clz32(code);
    code = (code >> (exponent - 1)) + (exponent << 4) - 16;
  }
  return (sample >= 0 ? code | 0x80 : code) ^ 0x55;
}
