/** Reads what TLS writes (RFC 8446 §3). Reading past the end gives nothing and is remembered: ask {@link whole} at the end. */
export class OctetReader {
  readonly #bytes: Buffer;
  #at = 0;
  #overrun = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Big-endian, up to six octets. */
  uint(octets: number): number {
    const from = this.#take(octets);
    return from === undefined ? 0 : this.#bytes.readUIntBE(from, octets);
  }

  bytes(count: number): Buffer {
    const from = this.#take(count);
    return from === undefined ? Buffer.alloc(0) : this.#bytes.subarray(from, from + count);
  }

  /** A vector with its length in front. */
  vector(lengthOctets: number): Buffer {
    return this.bytes(this.uint(lengthOctets));
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get overrun(): boolean {
    return this.#overrun;
  }

  /** Everything was there, and nothing is left. */
  get whole(): boolean {
    return !this.#overrun && this.left === 0;
  }

  #take(count: number): number | undefined {
    if (this.#overrun || count > this.left) {
      this.#overrun = true;
      return undefined;
    }
    const from = this.#at;
    this.#at += count;
    return from;
  }
}

export function uint(value: number, octets: number): Buffer {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
}

/** The parts with their length in front. */
export function vector(lengthOctets: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint(body.length, lengthOctets), body]);
}

/** A list of 16-bit numbers; undefined when it is not one. */
export function uint16List(bytes: Buffer): readonly number[] | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(i * 2));
}
