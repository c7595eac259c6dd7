import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PriorityQueue } from '../../../src/registrar/priority-queue.js';
import { TokenBucket } from '../../../src/registrar/token-bucket.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

test('a burst, then the rate, and waitMs is exact', () => {
  const clock = new VirtualClock();
  const bucket = new TokenBucket(clock, 20, 5);
  assert.deepEqual(
    Array.from({ length: 6 }, () => bucket.take()),
    [true, true, true, true, true, false],
  );
  for (let i = 0; i < 100; i++) {
    const waitMs = bucket.waitMs();
    assert.ok(waitMs > 0 && waitMs <= 50.01);
    clock.advance(waitMs);
    assert.equal(bucket.take(), true);
  }
  assert.ok(clock.now() >= 5000 && clock.now() < 5001);
});

test('a reserve stays behind, but never stops a bucket that holds one token', () => {
  const clock = new VirtualClock();
  const bucket = new TokenBucket(clock, 20, 2);
  assert.equal(bucket.take(1), true);
  assert.equal(bucket.take(1), false);
  assert.equal(bucket.take(), true);
  clock.advance(bucket.waitMs(1));
  assert.equal(bucket.take(1), true);
  assert.equal(new TokenBucket(clock, 20, 1).take(1), true);
});

test('the queue gives the lowest rank, and among equals the first', () => {
  const random = new SeededRandom(5);
  const queue = new PriorityQueue<{ rank: number; order: number }>();
  const items = Array.from({ length: 500 }, (_, order) => ({ rank: Math.floor(random.next() * 20), order }));
  for (const item of items) queue.push(item, item.rank);
  assert.equal(queue.size, 500);
  const popped = Array.from({ length: 500 }, () => queue.pop());
  assert.deepEqual(
    popped,
    [...items].sort((a, b) => a.rank - b.rank || a.order - b.order),
  );
  assert.equal(queue.pop(), undefined);
});
