import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpiryWheel } from '../../../src/registrar/expiry-wheel.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

test('things end within a second of their time, wherever they were moved, and once', () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(11);
  const things = Array.from({ length: 300 }, (_, name) => ({
    name,
    endsAtMs: random.next() * 60_000,
    ended: -1,
    watched: true,
  }));
  const wheel = new ExpiryWheel<(typeof things)[number]>(clock, (ended) => {
    for (const thing of ended) {
      assert.equal(thing.ended, -1, 'once');
      assert.ok(thing.watched, 'a forgotten thing does not end');
      thing.ended = clock.now();
    }
  });
  for (const thing of things) wheel.watch(thing);
  for (let step = 0; step < 400; step++) {
    clock.advance(random.next() * 400);
    const thing = things[Math.floor(random.next() * things.length)];
    if (thing === undefined || thing.ended >= 0 || thing.endsAtMs <= clock.now()) continue;
    const change = random.next();
    if (change < 0.2) {
      wheel.forget(thing);
      thing.watched = false;
    } else {
      thing.endsAtMs = clock.now() + random.next() * 30_000;
      thing.watched = true;
      wheel.watch(thing);
    }
  }
  clock.advance(200_000);
  for (const thing of things.filter(({ watched }) => watched)) {
    assert.ok(
      thing.ended >= thing.endsAtMs && thing.ended <= thing.endsAtMs + 1000,
      `${thing.endsAtMs} ended at ${thing.ended}`,
    );
  }
  assert.equal(wheel.size, 0);
  assert.equal(clock.pending, 0, 'an empty wheel does not turn');
});

test('after the machine slept everything due ends at once', () => {
  const clock = new VirtualClock();
  const ended: string[] = [];
  const wheel = new ExpiryWheel<{ name: string; endsAtMs: number }>(clock, (things) =>
    ended.push(...things.map(({ name }) => name)),
  );
  wheel.watch({ name: 'a', endsAtMs: 10 });
  wheel.watch({ name: 'b', endsAtMs: 5_000_000 });
  clock.advance(4_000_000);
  assert.deepEqual(ended, ['a']);
  clock.advance(1_001_000);
  assert.deepEqual(ended, ['a', 'b']);
  wheel.watch({ name: 'past', endsAtMs: 0 });
  clock.advance(1000);
  assert.deepEqual(ended, ['a', 'b', 'past']);
  wheel.watch({ name: 'never', endsAtMs: clock.now() + 1000 });
  wheel.stop();
  clock.advance(5000);
  assert.equal(ended.length, 3);
});
