import { performance } from 'node:perf_hooks';
import { restedMs } from './turn.js';

/**
 * A meter of the event loop: each question gives the share of the time since the last one in which it was not idle.
 * The rest of a turn under load is idleness, though the loop itself does not know it.
 */
export function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  let restedBefore = restedMs();
  return () => {
    const now = performance.eventLoopUtilization();
    const rested = restedMs();
    const { idle, active } = performance.eventLoopUtilization(now, last);
    const busy = Math.max(0, active - (rested - restedBefore));
    last = now;
    restedBefore = rested;
    return idle + active > 0 ? busy / (idle + active) : 0;
  };
}
