import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Losses, RoundTrips, WINDOW_SAMPLES } from '../../../src/wan/sample-window.js';
import { CentrePath } from './centre-path.js';

/**
 * A link that loses 5 % each way loses a probe and its answer with p = 1 - 0.95² = 0.0975. Before the latest verdict
 * (2.3 s) seven probes have had their answer's time: sent at 0, 0.5, 0.8, 1.1, 1.4, 1.7 and 2.0 s. An accident needs all
 * of them lost: p⁷ = 8.4·10⁻⁸ per ordinary probe, 1.5·10⁻⁴ in an hour's 1,800: once in 280 days. Three misses alone
 * would be 1.7 an hour. Retransmissions of SIP, which this link does not simulate, make it rarer still.
 */
const seeds = 40;

test(`a link that loses 5 % each way does not flap: ${seeds} seeded hours`, async () => {
  let suspicions = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const path = new CentrePath(seed);
    path.way().loss = 0.05;
    path.way().rttMs = 1 + (seed % 30);
    await path.up(3600);
    assert.deepEqual(
      path.verdicts().map(({ kind }) => kind),
      ['up'],
      `seed ${seed}`,
    );
    suspicions += path.events.filter((event) => event.kind === 'probe' && !event.good).length;
    const loss = path.monitor.status().targets[0]?.loss ?? 0;
    assert.ok(loss > 0.03 && loss < 0.19, `seed ${seed}: measured loss ${loss}`);
    path.monitor.stop();
  }
  assert.ok(suspicions > seeds * 100, 'the link did lose probes');
});

test('a lossy link is still found dead within 2.5 s of the first missed probe', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const path = new CentrePath(seed);
    path.way().loss = 0.05;
    await path.up(600 + seed);
    const cutAt = path.clock.now();
    path.way().fate = 'dropped';
    await path.clock.run(8000);
    const down = path.verdicts().at(-1);
    const missed = path.sent.find(({ atMs }) => atMs > cutAt - 10);
    assert.ok(down?.kind === 'down' && missed !== undefined);
    assert.ok(down.atMs - missed.atMs <= 2500, `seed ${seed}: ${down.atMs - missed.atMs} ms`);
  }
});

test('the worse the link, the more misses are asked for', () => {
  const clean = new Losses();
  const lossy = new Losses();
  assert.equal(clean.missesBeyondChance(1e-7), 24, 'nothing known: the latest verdict decides');
  for (let i = 0; i < WINDOW_SAMPLES; i++) {
    clean.add(false);
    lossy.add(i % 10 === 0);
  }
  assert.equal(clean.missesBeyondChance(1e-7), 3);
  assert.equal(lossy.missesBeyondChance(1e-7), 8);
  assert.ok(Math.abs(lossy.share - 0.1) < 0.01);
  for (let i = 0; i < WINDOW_SAMPLES; i++) lossy.add(false);
  assert.equal(lossy.share, 0, 'the window forgets');
});

test('the 99th percentile of a bounded window', () => {
  const trips = new RoundTrips();
  assert.equal(trips.p99Ms, undefined);
  for (let i = 1; i <= 100; i++) trips.add(i);
  assert.equal(trips.p99Ms, 99);
  for (let i = 0; i < WINDOW_SAMPLES; i++) trips.add(7);
  assert.equal(trips.p99Ms, 7);
  trips.add(507);
  trips.add(507);
  trips.add(507);
  assert.equal(trips.p99Ms, 7, 'T1 later may answer a retransmission');
});
