import { randomFillSync } from 'node:crypto';
import type { Random } from '../../src/base/index.js';

/** The kernel is asked for so many bytes at a time: a call of its own for each nonce costs more than the nonce. */
const poolBytes = 4096;
const pool = Buffer.alloc(poolBytes);
let used = poolBytes;

/** `count` fresh bytes; no byte is given twice. */
function take(count: number): Buffer {
  if (count > poolBytes) return randomFillSync(Buffer.alloc(count));
  if (used + count > poolBytes) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  // What was given away must not lie about in memory.
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}

/** The kernel's own chance. */
export const systemRandom: Random = {
  next: () => take(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: take,
};
