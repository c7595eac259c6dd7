import { err, limits, ok, type Result } from '../../src/base/index.js';

/** Digits of a frame's length: 5 reach past the cap. */
const LENGTH_DIGITS = 6;

/**
 * Cuts a byte stream into frames `<length>#<message>`, the length in bytes. A wrong length leaves the stream without
 * meaning: the error says why, and the connection must be closed.
 */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);
  readonly #longest: number;

  constructor(longestBytes: number = limits.controlFrameBytes) {
    this.#longest = longestBytes;
  }

  push(chunk: Buffer): Result<readonly string[], string> {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const frames: string[] = [];
    let at = 0;
    while (at < bytes.length) {
      const hash = bytes.indexOf(35, at);
      const digitsTo = hash < 0 ? bytes.length : hash;
      const length = decimal(bytes, at, digitsTo);
      if (length < 0) return err('a frame does not begin with its length');
      if (length > this.#longest) return err(`a frame of more than ${this.#longest} bytes`);
      if (hash < 0) break;
      if (hash === at || length === 0) return err('a frame without length');
      if (bytes.length < hash + 1 + length) break;
      frames.push(bytes.toString('utf8', hash + 1, hash + 1 + length));
      at = hash + 1 + length;
    }
    this.#held = at === bytes.length ? Buffer.alloc(0) : at === 0 ? bytes : Buffer.from(bytes.subarray(at));
    return ok(frames);
  }
}

/** The number in `[from, to)`, 0 for nothing, -1 for anything else. */
function decimal(bytes: Buffer, from: number, to: number): number {
  if (to - from > LENGTH_DIGITS) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}

/** Collects frames and gives them out as one piece of bytes. */
export class FrameWriter {
  readonly #parts: (string | Buffer)[] = [];
  #bytes = 0;

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** `leader` becomes the first line; `sip` follows it after CRLF. */
  frame(leader: string, sip?: Buffer): void {
    const leaderBytes = Buffer.byteLength(leader);
    const length = sip === undefined ? leaderBytes : leaderBytes + 2 + sip.length;
    const head = sip === undefined ? `${length}#${leader}` : `${length}#${leader}\r\n`;
    this.#parts.push(head);
    this.#bytes += Buffer.byteLength(head);
    if (sip === undefined) return;
    this.#parts.push(sip);
    this.#bytes += sip.length;
  }

  take(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      if (typeof part === 'string') at += bytes.write(part, at);
      else {
        bytes.set(part, at);
        at += part.length;
      }
    }
    this.#parts.length = 0;
    this.#bytes = 0;
    return bytes;
  }
}
