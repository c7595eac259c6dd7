import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';

function elapsed(delayMs: number): Promise<number> {
  const began = systemClock.now();
  return new Promise((resolve) => systemClock.after(delayMs, () => resolve(systemClock.now() - began)));
}

test('a delay lasts its time, whatever timers it shares', async () => {
  const delays = [0, 5, 99, 100, 101, 105, 137, 999, 1000, 1001, 1033];
  const took = await Promise.all(delays.map(elapsed));
  // The platform counts from the begin of the turn, which a busy machine makes long.
  for (const [i, ms] of took.entries()) assert.ok(ms >= (delays[i] ?? 0) - 20, `${delays[i]} ms fired after ${ms}`);
});

test('timers fire in the order of their times, and a cancelled one does not', async () => {
  const fired: string[] = [];
  const late = systemClock.after(130, () => fired.push('cancelled'));
  systemClock.after(160, () => fired.push('second'));
  systemClock.after(110, () => {
    fired.push('first');
    late.cancel();
    late.cancel();
  });
  await elapsed(250);
  assert.deepEqual(fired, ['first', 'second']);
});

test('one timer of a slot may cancel another of it', async () => {
  const fired: string[] = [];
  const timers = ['a', 'b', 'c'].map((name) => systemClock.after(120, () => fired.push(name)));
  timers[0]?.cancel();
  systemClock.after(100, () => timers[2]?.cancel());
  await elapsed(200);
  assert.deepEqual(fired, ['b']);
});
