import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrunkPool, type TrunkStatus } from '../../../src/routing/index.js';
import type { ProbeOutcome } from '../../../src/wan/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { configurationOf } from '../config/sample.js';
import { ScriptedProber } from './branch-sample.js';

interface Bench {
  readonly clock: VirtualClock;
  readonly prober: ScriptedProber;
  readonly pool: TrunkPool;
  status(): TrunkStatus | undefined;
}

function bench(settings = ''): Bench {
  const clock = new VirtualClock();
  const prober = new ScriptedProber();
  const { trunks } = configurationOf(`trunks: [{ name: a, uri: 'sip:192.0.2.1'${settings} }]\n`);
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(3) });
  pool.start();
  return { clock, prober, pool, status: () => pool.status()[0] };
}

const silent: ProbeOutcome = { kind: 'silent' };
const answered = (status: number): ProbeOutcome => ({ kind: 'answered', status, rttMs: 3 });

test('a trunk is probed within a second of the start, then every 30 s or so', async () => {
  const { clock, prober, status } = bench();
  assert.deepEqual([status()?.state, status()?.why], ['unknown', 'not tried yet']);
  await clock.run(1000);
  assert.deepEqual([prober.probes.length, status()?.state, status()?.why], [1, 'up', 'answers a probe with 200']);
  await clock.run(300_000);
  assert.ok(prober.probes.length >= 9 && prober.probes.length <= 13, `${prober.probes.length}`);
});

for (const status of [100, 200, 301, 401, 403, 404, 405, 408, 480, 486, 500, 501, 504, 603]) {
  test(`any answer is a sign of life: ${status}`, async () => {
    const b = bench();
    b.prober.outcome = answered(status);
    await b.clock.run(1000);
    assert.equal(b.status()?.state, 'up');
  });
}

const failures: readonly ProbeOutcome[] = [
  silent,
  answered(503),
  { kind: 'unreachable', why: 'no route' },
  { kind: 'unresolved', why: 'no such name' },
];

for (const outcome of failures) {
  test(`three probes in a row take the trunk down: ${JSON.stringify(outcome)}`, async () => {
    const b = bench();
    await b.clock.run(1000);
    b.prober.outcome = outcome;
    await b.clock.run(36_000);
    assert.equal(b.status()?.state, 'up');
    await b.clock.run(12_000);
    assert.equal(b.status()?.state, 'down');
    assert.equal(b.status()?.sinceWall === b.clock.wall(), false);
  });
}

test('a refused probe takes the trunk down at once', async () => {
  const { clock, prober, status } = bench();
  prober.outcome = { kind: 'refused', why: 'connection refused' };
  await clock.run(1000);
  assert.deepEqual([status()?.state, status()?.why], ['down', 'refuses a probe: connection refused']);
});

test('a probe that cannot be sent counts as silence', async () => {
  const clock = new VirtualClock();
  const { trunks } = configurationOf("trunks: [{ name: a, uri: 'sip:192.0.2.1', failuresToDown: 1 }]\n");
  const prober = { probe: () => Promise.reject(new Error('no SIP server')) };
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(3) });
  pool.start();
  await clock.run(1000);
  assert.equal(pool.status()[0]?.state, 'down');
});

test('a trunk that is back is in use within 6 s', async () => {
  const { clock, prober, status } = bench();
  prober.outcome = { kind: 'refused', why: 'test' };
  await clock.run(100_000);
  prober.outcome = answered(200);
  await clock.run(6000);
  assert.equal(status()?.state, 'up');
});

test('one probe at a time, however slow the answer', async () => {
  const clock = new VirtualClock();
  let sent = 0;
  const prober = {
    probe: (): Promise<ProbeOutcome> => {
      sent++;
      return new Promise((resolve) => clock.after(20_000, () => resolve(silent)));
    },
  };
  const { trunks } = configurationOf("trunks: [{ name: a, uri: 'sip:192.0.2.1', probeIntervalSeconds: 1 }]\n");
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(3) });
  pool.start();
  await clock.run(19_000);
  assert.equal(sent, 1);
  pool.stop();
});

test('an answer to a probe that comes after stop changes nothing', async () => {
  const clock = new VirtualClock();
  const prober = {
    probe: () => new Promise<ProbeOutcome>((resolve) => clock.after(1500, () => resolve(answered(200)))),
  };
  const { trunks } = configurationOf("trunks: [{ name: a, uri: 'sip:192.0.2.1' }]\n");
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(3) });
  pool.start();
  await clock.run(1000);
  pool.stop();
  await clock.run(10_000);
  assert.deepEqual([pool.status()[0]?.state, clock.pending], ['unknown', 0]);
});

test('a trunk without probes is never probed, and after a failure gets another chance in 30 s', async () => {
  const { clock, prober, pool, status } = bench(', probe: false');
  await clock.run(60_000);
  pool.reportFailure('a', 'test', 'refused');
  assert.equal(status()?.state, 'down');
  await clock.run(29_000);
  assert.equal(status()?.state, 'down');
  await clock.run(1000);
  assert.equal(status()?.state, 'unknown');
  assert.equal(prober.probes.length, 0);
  assert.equal(clock.pending, 0);
});

test('the time of the last change is told', async () => {
  const { clock, pool, status } = bench();
  await clock.run(10_000);
  const up = status()?.sinceWall;
  pool.reportFailure('a', 'no answer');
  assert.equal(status()?.sinceWall, up);
  pool.reportFailure('a', 'reset', 'refused');
  assert.equal(status()?.sinceWall, clock.wall());
});
