import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrunkPool, type TrunkStatus } from '../../../src/routing/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { configurationOf } from '../config/sample.js';
import { ScriptedProber } from './branch-sample.js';

const three = `trunks:
  - { name: a, uri: 'sip:192.0.2.1', order: 1, weight: 3 }
  - { name: b, uri: 'sip:192.0.2.2', order: 1, weight: 1 }
  - { name: c, uri: 'sip:192.0.2.3', order: 2, maxCalls: 2 }
`;

interface Bench {
  readonly clock: VirtualClock;
  readonly prober: ScriptedProber;
  readonly pool: TrunkPool;
  readonly changes: TrunkStatus[];
}

function bench(yaml: string): Bench {
  const clock = new VirtualClock();
  const prober = new ScriptedProber();
  const changes: TrunkStatus[] = [];
  const { trunks } = configurationOf(yaml);
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(7), onChange: (s) => changes.push(s) });
  pool.start();
  return { clock, prober, pool, changes };
}

const ordinary = { emergency: false };
const emergency = { emergency: true };

test('a lower order comes first; within an order the weight decides how often', () => {
  const { pool } = bench(three);
  let first = 0;
  for (let i = 0; i < 4000; i++) {
    const names = pool.pick(ordinary);
    assert.equal(names.length, 3);
    assert.equal(names[2], 'c');
    if (names[0] === 'a') first++;
  }
  assert.ok(Math.abs(first - 3000) < 150, `${first} of 4000`);
});

test('the same seed picks the same', () => {
  const picks = (): readonly string[] => Array.from({ length: 20 }, () => bench(three).pool.pick(ordinary).join());
  assert.deepEqual(picks(), picks());
});

test('a call may be held to some trunks; an emergency call never', () => {
  const { pool } = bench(three);
  assert.deepEqual(pool.pick({ ...ordinary, among: ['c'] }), ['c']);
  assert.equal(pool.pick({ ...emergency, among: ['c'] }).length, 3);
});

test('a trunk that is down is left out, and comes last for an emergency', () => {
  const { pool } = bench(three);
  pool.reportFailure('a', 'connection refused', 'refused');
  assert.deepEqual(pool.pick(ordinary), ['b', 'c']);
  assert.deepEqual(pool.pick(emergency), ['b', 'c', 'a']);
  pool.reportFailure('b', 'connection refused', 'refused');
  pool.reportFailure('c', 'connection refused', 'refused');
  // With nothing better, a dead trunk is tried: the call has nothing to lose.
  assert.equal(pool.pick(ordinary).length, 3);
});

test('a full trunk is left out, and comes before the dead ones for an emergency', () => {
  const { pool } = bench(three);
  pool.callStarted('c');
  assert.ok(pool.pick(ordinary).includes('c'));
  pool.callStarted('c');
  assert.equal(pool.pick(ordinary).includes('c'), false);
  pool.reportFailure('a', 'test', 'refused');
  assert.deepEqual(pool.pick(emergency), ['b', 'c', 'a']);
  pool.callEnded('c');
  assert.ok(pool.pick(ordinary).includes('c'));
  assert.equal(pool.status().find((t) => t.name === 'c')?.callsUp, 1);
  for (let i = 0; i < 3; i++) pool.callEnded('c');
  assert.equal(pool.status().find((t) => t.name === 'c')?.callsUp, 0);
});

test('three silent calls in a row take a trunk down, an answer in between does not', () => {
  const { pool, changes } = bench(three);
  const state = (): string | undefined => pool.status().find((t) => t.name === 'a')?.state;
  pool.reportFailure('a', 'no answer');
  pool.reportFailure('a', 'no answer');
  pool.reportSuccess('a');
  pool.reportFailure('a', 'no answer');
  pool.reportFailure('a', 'no answer');
  assert.equal(state(), 'up');
  pool.reportFailure('a', 'answered 503', 'failing');
  assert.equal(state(), 'down');
  assert.deepEqual(
    changes.map((c) => [c.name, c.state, c.why]),
    [
      ['a', 'up', 'answers calls'],
      ['a', 'down', 'answered 503'],
    ],
  );
  pool.reportSuccess('a');
  assert.equal(state(), 'up');
});

test('a trunk that nobody knows is reported in vain', () => {
  const { pool } = bench(three);
  pool.reportFailure('x', 'test', 'refused');
  pool.reportSuccess('x');
  pool.callStarted('x');
  assert.equal(pool.settings('x'), undefined);
  assert.equal(pool.status().length, 3);
});

test('new settings keep the health of unchanged trunks, and the calls of all', async () => {
  const { pool, clock, prober } = bench(three);
  pool.reportFailure('a', 'test', 'refused');
  pool.reportFailure('b', 'test', 'refused');
  pool.callStarted('a');
  pool.callStarted('b');
  const changed = three
    .replace('weight: 1', 'weight: 2')
    .replace(/ {2}- { name: c.*\n/, "  - { name: d, uri: 'sip:192.0.2.4' }\n");
  pool.replace(configurationOf(changed).trunks);
  assert.deepEqual(
    pool.status().map((t) => [t.name, t.state, t.callsUp]),
    [
      ['a', 'down', 1],
      ['b', 'unknown', 1],
      ['d', 'unknown', 0],
    ],
  );
  prober.probes.length = 0;
  await clock.run(40_000);
  assert.equal(prober.probes.includes('sip:192.0.2.3'), false);
  assert.ok(prober.probes.includes('sip:192.0.2.4'));
});

test('nothing is left running after stop', async () => {
  const { pool, clock, prober } = bench(three);
  await clock.run(100_000);
  pool.stop();
  assert.equal(clock.pending, 0);
  const sent = prober.probes.length;
  pool.reportFailure('a', 'late', 'refused');
  await clock.run(100_000);
  assert.equal(prober.probes.length, sent);
  assert.equal(clock.pending, 0);
});
