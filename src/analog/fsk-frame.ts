import { checksum } from './data-message.js';

/** How bits sound: phase-continuous FSK at 1200 baud. */
export interface FskModulation {
  readonly markHz: number;
  readonly spaceHz: number;
  readonly baud: number;
  /** Of the signal as it leaves, dBm0. */
  readonly level: number;
}

/** GR-30-CORE §2.2: Bell 202; -13.5 dBm at the exchange. */
export const bell202: FskModulation = { markHz: 1200, spaceHz: 2200, baud: 1200, level: -13.5 };
/** ITU-T V.23 mode 2, as EN 300 659-1 §5.2.2 uses it. */
export const v23: FskModulation = { markHz: 1300, spaceHz: 2100, baud: 1200, level: -13.5 };

/** GR-30-CORE §2.3: 300 bits that alternate, then 180 ± 25 of mark; off hook (call waiting) no alternating ones and 80 of mark. */
export const onHookPreamble = { seizureBits: 300, markBits: 180 } as const;
export const offHookPreamble = { seizureBits: 0, markBits: 80 } as const;
/** Mark after the last stop bit, so that a receiver can settle it (GR-30-CORE: 1-10 bits). */
const trailingMarkBits = 4;

/** A message as bits in the order they are sent, 0 space and 1 mark: bytes with start and stop bit, lowest bit first. */
export function encodeFskFrame(
  message: Uint8Array,
  preamble: { readonly seizureBits: number; readonly markBits: number },
): Uint8Array {
  const bits: number[] = [];
  for (let i = 0; i < preamble.seizureBits; i++) bits.push(i & 1);
  for (let i = 0; i < preamble.markBits; i++) bits.push(1);
  for (const byte of message) {
    bits.push(0);
    for (let bit = 0; bit < 8; bit++) bits.push((byte >> bit) & 1);
    bits.push(1);
  }
  for (let i = 0; i < trailingMarkBits; i++) bits.push(1);
  return Uint8Array.from(bits);
}

/** Mark bits that are believed to be the end of a preamble: the shortest in use (BT SIN 227) has 54, and some may be lost. */
const markSeen = 20;
/** EN 300 659-1 allows stretches of mark between bytes; longer ones are the end of a signal that broke off. */
const maxMarkBetween = 20;

/** Finds messages in a stream of received bits. What comes out is complete, with a right checksum. */
export class FskFrameReader {
  #marks = 0;
  #bytes: number[] = [];
  /** The bits of a byte under way; undefined between bytes. */
  #bits: number[] | undefined;
  #synchronised = false;

  /** The message that this bit completed, `checksum` for one that is damaged, `framing` for one that broke off; else undefined. */
  push(bit: number): Uint8Array | 'checksum' | 'framing' | undefined {
    if (this.#bits !== undefined) return this.#inByte(this.#bits, bit);
    if (bit === 1) {
      this.#marks++;
      if (this.#synchronised && this.#bytes.length > 0 && this.#marks > maxMarkBetween) return this.#broken();
      return undefined;
    }
    if (!this.#synchronised) {
      this.#synchronised = this.#marks >= markSeen;
      this.#marks = 0;
      if (!this.#synchronised) return undefined;
    }
    this.#marks = 0;
    this.#bits = [];
    return undefined;
  }

  #inByte(bits: number[], bit: number): Uint8Array | 'checksum' | 'framing' | undefined {
    if (bits.length < 8) {
      bits.push(bit);
      return undefined;
    }
    this.#bits = undefined;
    if (bit !== 1) return this.#broken();
    this.#bytes.push(bits.reduce((byte, value, at) => byte | (value << at), 0));
    const [, length] = this.#bytes;
    if (length === undefined || this.#bytes.length < length + 3) return undefined;
    const bytes = Uint8Array.from(this.#bytes);
    this.#restart();
    return checksum(bytes) === 0 ? bytes : 'checksum';
  }

  #broken(): 'framing' {
    this.#restart();
    return 'framing';
  }

  #restart(): void {
    this.#bytes = [];
    this.#marks = 0;
    this.#synchronised = false;
  }
}
