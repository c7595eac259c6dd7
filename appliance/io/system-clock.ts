import type { Clock, Timer } from '../../src/base/index.js';

/** The longest delay that the platform's timers take (2³¹-1 ms); longer ones are cut to it. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs: number, fire: () => void): Timer {
    const handle = setTimeout(fire, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
    return { cancel: () => clearTimeout(handle) };
  },
};
