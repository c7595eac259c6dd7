import type { Clock } from '../base/index.js';

/** For tables without timers: those of SIP's transactions belong to the SIP server. */
export const timeless: Clock = {
  now: () => 0,
  wall: () => 0,
  after: () => {
    throw new Error('a leg has no timers');
  },
};
