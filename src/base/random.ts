/** Chance as an argument: seeded in tests, the kernel's in the appliance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `count` random bytes, unpredictable where the source is the kernel's. */
  bytes(count: number): Uint8Array;
}

/** `bytes` random bytes as lower-case hexadecimal. */
export function hexToken(random: Random, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('hex');
}

/** A version 4 UUID (RFC 9562 §5.4). */
export function uuid(random: Random): string {
  const b = Buffer.from(random.bytes(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const h = b.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}
