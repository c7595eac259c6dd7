import type { Clock, Timer } from '../../src/base/index.js';

/** The longest delay that the platform's timers take (2³¹-1 ms); longer ones are cut to it. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Delays that may fire a little late share the platform's timers: a SIP server has tens of thousands of them at a time,
 * nearly all of which are cancelled, and one of the platform's costs more than a message's parsing.
 */
const MEDIUM_MS = 100;
const MEDIUM_GRAIN_MS = 10;
const LONG_MS = 1_000;
const LONG_GRAIN_MS = 50;

/** The machine's own time. Delays from 100 ms on may fire up to 10 ms late, from 1 s on up to 50 ms. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs: number, fire: () => void): Timer {
    if (delayMs < MEDIUM_MS) {
      const handle = setTimeout(fire, Math.max(0, delayMs));
      return { cancel: () => clearTimeout(handle) };
    }
    const grainMs = delayMs < LONG_MS ? MEDIUM_GRAIN_MS : LONG_GRAIN_MS;
    return share(Math.min(delayMs, LONGEST_DELAY_MS - grainMs), grainMs, fire);
  },
};

/** One of many that share one of the platform's timers. */
class SharedTimer implements Timer {
  fire: (() => void) | undefined;
  readonly #slot: Slot;

  constructor(slot: Slot, fire: () => void) {
    this.#slot = slot;
    this.fire = fire;
  }

  cancel(): void {
    if (this.fire === undefined) return;
    this.fire = undefined;
    if (--this.#slot.live === 0) drop(this.#slot);
  }
}

interface Slot {
  readonly key: number;
  readonly timers: SharedTimer[];
  readonly handle: ReturnType<typeof setTimeout>;
  live: number;
}

/** By the time at which they fire and the grain. */
const slots = new Map<number, Slot>();

function share(delayMs: number, grainMs: number, fire: () => void): SharedTimer {
  const now = performance.now();
  const atMs = Math.ceil((now + delayMs) / grainMs) * grainMs;
  // The grain is told apart by the key's fraction.
  const key = atMs + (grainMs === LONG_GRAIN_MS ? 0.5 : 0);
  let slot = slots.get(key);
  if (slot === undefined) {
    const fresh: Slot = { key, timers: [], handle: setTimeout(() => run(fresh), Math.ceil(atMs - now)), live: 0 };
    slots.set(key, fresh);
    slot = fresh;
  }
  const timer = new SharedTimer(slot, fire);
  slot.timers.push(timer);
  slot.live++;
  return timer;
}

function run(slot: Slot): void {
  slots.delete(slot.key);
  for (let i = 0; i < slot.timers.length; i++) {
    const timer = slot.timers[i];
    const fire = timer?.fire;
    if (timer === undefined || fire === undefined) continue;
    timer.fire = undefined;
    slot.live--;
    try {
      fire();
    } catch (error) {
      // As the platform's own timers: the error is the process's, and the others fire all the same.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Nobody waits any more: a process that has nothing else to do may end. */
function drop(slot: Slot): void {
  if (slots.get(slot.key) !== slot) return;
  slots.delete(slot.key);
  clearTimeout(slot.handle);
}
