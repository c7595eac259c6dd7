import type { Random } from '../base/index.js';

const BLOCK_BYTES = 4096;

/** Unpredictable hexadecimal tokens (tags, branches, Call-IDs), drawn from the random source in blocks. */
export class TokenSource {
  readonly #random: Random;
  #block = '';
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `bytes` random bytes as lower-case hexadecimal; at most 64. */
  next(bytes: number): string {
    if (this.#at + 2 * bytes > this.#block.length) {
      this.#block = Buffer.from(this.#random.bytes(BLOCK_BYTES)).toString('hex');
      this.#at = 0;
    }
    const token = this.#block.slice(this.#at, this.#at + 2 * bytes);
    this.#at += 2 * bytes;
    return token;
  }
}
