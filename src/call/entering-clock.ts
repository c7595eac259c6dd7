import type { Clock } from '../base/index.js';

/** `clock`, whose timers come in by `enter`. */
export function enteringClock(clock: Clock, enter: (fire: () => void) => void): Clock {
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after: (delayMs, fire) => clock.after(delayMs, () => enter(fire)),
  };
}
