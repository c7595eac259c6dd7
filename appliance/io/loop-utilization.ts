import { performance } from 'node:perf_hooks';

/**
 * A meter of the event loop: each question gives the share of the time since the last one in which it had work *and* the
 * processor to do it with. A loop that waits for the processor while others have it is late, not busy.
 */
export function loopUtilization(): () => number {
  let loop = performance.eventLoopUtilization();
  let spent = process.cpuUsage();
  let at = performance.now();
  return () => {
    const now = { loop: performance.eventLoopUtilization(), spent: process.cpuUsage(), at: performance.now() };
    const { utilization } = performance.eventLoopUtilization(now.loop, loop);
    const spentMs = (now.spent.user - spent.user + now.spent.system - spent.system) / 1000;
    const elapsedMs = now.at - at;
    ({ loop, spent, at } = now);
    return elapsedMs <= 0 ? 0 : Math.min(1, utilization, spentMs / elapsedMs);
  };
}
