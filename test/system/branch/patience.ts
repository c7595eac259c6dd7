/** Real time: these tests drive real processes. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds of the wall clock with microseconds in the fraction: comparable with the times of captured packets. */
export function wallNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Asks until the answer is neither undefined nor false; throws with `what` when `withinMs` have passed.
 * A question that throws is asked again; its last error is told.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 25,
): Promise<T> {
  const start = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() - start > withinMs) {
      throw new Error(`Not within ${withinMs} ms: ${what}${last === undefined ? '' : ` (${String(last)})`}`);
    }
    await sleep(everyMs);
  }
}

/** Asserts that something stays true for a while; throws as soon as it does not. */
export async function holds(
  what: string,
  forMs: number,
  ask: () => boolean | Promise<boolean>,
  everyMs = 100,
): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < forMs) {
    if (!(await ask())) throw new Error(`No longer true after ${Math.round(performance.now() - start)} ms: ${what}`);
    await sleep(everyMs);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
