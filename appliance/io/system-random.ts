import { randomBytes } from 'node:crypto';
import type { Random } from '../../src/base/index.js';

/** The kernel's own chance. */
export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (count) => randomBytes(count),
};
