/** Under load, turns of the event loop begin this far apart. */
const PERIOD_MS = 2;
/** Load is more turns than one a period, for so many turns on end: a single call is never held up. */
const PATIENCE_TURNS = 16;

const cell = new Int32Array(new SharedArrayBuffer(4));

let waiting: (() => void)[] = [];
let beganAtMs = 0;
/** Turns ahead of one a period: a leaky bucket. */
let ahead = 0;
let rested = 0;

/** How long the process has rested at the end of turns, milliseconds: idle time that no meter of the event loop knows. */
export function restedMs(): number {
  return rested;
}

/**
 * Runs `leave` at the end of this turn of the event loop, once all that arrived with it was handled: what leaves
 * together costs one write and one wake-up of the peer.
 *
 * Under load the process then rests until the turn has lasted two milliseconds. What arrives meanwhile is handled in one go:
 * going to sleep and waking for each message costs a virtual machine more than the message itself (interrupt moderation,
 * as network cards do it). A turn that had so much work rests not at all, so nothing is lost of the rate.
 */
export function atTurnEnd(leave: () => void): void {
  if (waiting.push(leave) > 1) return;
  const now = performance.now();
  ahead = Math.max(0, ahead - (now - beganAtMs) / PERIOD_MS) + 1;
  beganAtMs = now;
  setImmediate(end);
}

function end(): void {
  const leaving = waiting;
  waiting = [];
  for (const leave of leaving) leave();
  if (ahead < PATIENCE_TURNS) return;
  const restsAtMs = performance.now();
  const restMs = PERIOD_MS - (restsAtMs - beganAtMs);
  if (restMs <= 0) return;
  Atomics.wait(cell, 0, 0, restMs);
  rested += performance.now() - restsAtMs;
}
