import { performance } from 'node:perf_hooks';

/** A meter of the event loop: each question gives the share of the time since the last one in which it was not idle. */
export function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
