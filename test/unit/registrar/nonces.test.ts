import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Nonces } from '../../../src/registrar/nonces.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function nc(count: number): string {
  return count.toString(16).padStart(8, '0');
}

test('a nonce is ours until it is stale, and foreign after a restart', () => {
  const clock = new VirtualClock();
  const nonces = new Nonces(clock, new SeededRandom(1), 300_000);
  const nonce = nonces.mint();
  assert.notEqual(nonce, nonces.mint());
  assert.equal(nonces.standing(nonce), 'ours');
  clock.advance(299_999);
  assert.equal(nonces.standing(nonce), 'ours');
  clock.advance(1);
  assert.equal(nonces.standing(nonce), 'stale');
  assert.equal(nonces.use(nonce, nc(1)), false);
  assert.equal(new Nonces(clock, new SeededRandom(2), 300_000).standing(nonce), 'foreign');
});

test('nothing that was not minted passes', () => {
  const nonces = new Nonces(new VirtualClock(), new SeededRandom(1), 300_000);
  const nonce = nonces.mint();
  for (const forged of [
    '',
    '.',
    '..',
    'a.b.c',
    `${nonce}x`,
    nonce.slice(0, -1),
    nonce.replace('.', '.1'),
    `1${nonce}`,
  ]) {
    assert.equal(nonces.standing(forged), 'foreign', forged);
  }
});

test('no count is good twice; counts that overtake one another are good once', () => {
  const nonces = new Nonces(new VirtualClock(), new SeededRandom(1), 300_000);
  const nonce = nonces.mint();
  const used = [1, 1, 5, 3, 3, 5, 4, 2, 1, 40, 8, 7, 39, 39].map((count) => nonces.use(nonce, nc(count)));
  assert.deepEqual(used, [true, false, true, true, false, false, true, true, false, true, true, false, true, false]);
  assert.equal(nonces.use(nonce, nc(72)), true);
  assert.equal(nonces.use(nonce, nc(40)), false, 'the count 32 below the top is remembered');
  assert.equal(nonces.use(nonce, nc(1000)), true);
  assert.equal(nonces.use(nonce, nc(72)), false);
  for (const wrong of ['', '0', '00000000', 'x', '123456789']) assert.equal(nonces.use(nonce, wrong), false);
});

test('every order of counts agrees with a set that remembers', () => {
  const random = new SeededRandom(3);
  for (let run = 0; run < 200; run++) {
    const nonces = new Nonces(new VirtualClock(), random, 300_000);
    const nonce = nonces.mint();
    const seen = new Set<number>();
    let top = 0;
    for (let i = 0; i < 60; i++) {
      const count = 1 + Math.floor(random.next() * 80);
      const fresh = !seen.has(count) && count >= top - 32;
      assert.equal(nonces.use(nonce, nc(count)), fresh, `${count} after ${[...seen].join(' ')}`);
      if (!fresh) continue;
      seen.add(count);
      top = Math.max(top, count);
    }
  }
});

test('without a count a nonce is good once', () => {
  const nonces = new Nonces(new VirtualClock(), new SeededRandom(1), 300_000);
  const nonce = nonces.mint();
  assert.equal(nonces.use(nonce, undefined), true);
  assert.equal(nonces.use(nonce, undefined), false);
  assert.equal(nonces.use(nonce, nc(9)), false);
});

test('memory is bounded, and nothing is replayed when it overflows', () => {
  const clock = new VirtualClock();
  const nonces = new Nonces(clock, new SeededRandom(1), 300_000, 100);
  const used: string[] = [];
  for (let i = 0; i < 1000; i++) {
    clock.advance(10);
    const nonce = nonces.mint();
    assert.equal(nonces.use(nonce, nc(1)), true);
    used.push(nonce);
    assert.ok(nonces.remembered <= 200);
  }
  for (const nonce of used) assert.equal(nonces.use(nonce, nc(1)), false);
  assert.equal(nonces.standing(used[0] ?? ''), 'stale');
  assert.equal(nonces.standing(used.at(-1) ?? ''), 'ours');
});
