import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atTurnEnd, loopUtilization, systemClock } from '../../../appliance/io/index.js';

test('what leaves in one turn leaves at its end, in order', async () => {
  const left: string[] = [];
  atTurnEnd(() => left.push('first'));
  atTurnEnd(() => left.push('second'));
  assert.deepEqual(left, []);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(left, ['first', 'second']);
});

test('turns that follow one another closely are spaced, a single one is not, and the rest counts as idle', async () => {
  await new Promise((resolve) => systemClock.after(50, () => resolve(undefined)));
  const turns = async (count: number): Promise<number> => {
    const began = systemClock.now();
    for (let i = 0; i < count; i++) {
      atTurnEnd(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return systemClock.now() - began;
  };
  await turns(1);
  const utilization = loopUtilization();
  const ms = await turns(400);
  assert.ok(ms > 300, `400 turns took ${ms} ms: they did not rest`);
  assert.ok(utilization() < 0.9, 'resting is no work');
});
