import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkState } from '../../../src/wan/index.js';
import { CentrePath } from './centre-path.js';

const whole: LinkState = { interface: 'eth1', carrier: true, addresses: ['192.0.2.9'], defaultRoute: true };

test('the first answer brings the path up, ordinary probes follow every 2 s ± 20 %', async () => {
  const path = await new CentrePath().up(200);
  assert.deepEqual(
    path.verdicts().map(({ kind, atMs }) => [kind, atMs]),
    [['up', 10]],
  );
  const gaps = path.sent.slice(1).map(({ atMs }, i) => atMs - (path.sent[i]?.atMs ?? 0));
  // The first gap counts from the answer.
  assert.ok(gaps.every((gap) => gap >= 1600 && gap <= 2410));
  assert.ok(Math.max(...gaps) - Math.min(...gaps) > 400);
  assert.equal(path.monitor.status().state, 'up');
  assert.equal(path.monitor.status().rttP99Ms, 10);
  assert.equal(path.monitor.giveUpMs(), 500);
});

for (const rttMs of [1, 2, 5, 10, 20, 30, 60, 120]) {
  test(`black hole at ${rttMs} ms: down within 2.5 s of the first missed probe, at any moment of the cut`, async () => {
    for (let seed = 0; seed < 25; seed++) {
      const path = new CentrePath(seed);
      path.way().rttMs = rttMs;
      await path.up(seed % 2 === 0 ? 20 : 600);
      await path.clock.run(seed * 97);
      const cutAt = path.clock.now();
      path.way().fate = 'dropped';
      await path.clock.run(6000);
      const down = path.verdicts().at(-1);
      assert.ok(down?.kind === 'down');
      assert.equal(down.fault, 'wan-path');
      const missed = path.sent.find(({ atMs }) => atMs > cutAt - rttMs);
      assert.ok(missed !== undefined);
      const tookMs = down.atMs - missed.atMs;
      assert.ok(tookMs >= 1300 && tookMs <= 2500, `seed ${seed}: ${tookMs} ms after the first missed probe`);
      assert.ok(down.atMs - cutAt >= 1300, 'no verdict without silence');
      assert.ok(path.sent.filter(({ atMs }) => atMs >= missed.atMs && atMs <= down.atMs).length >= 3);
    }
  });
}

test('retries go out every 0.3 s and do not wait for one another', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  const before = path.sent.length;
  await path.clock.run(4500);
  const times = path.sent.slice(before).map(({ atMs }) => atMs);
  const first = times[0] ?? 0;
  assert.deepEqual(
    times.slice(0, 5).map((at) => at - first),
    [0, 500, 800, 1100, 1400],
  );
});

test('down goes back to the ordinary pace', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  await path.clock.run(5000);
  const before = path.sent.length;
  await path.clock.run(60_000);
  assert.ok(path.sent.length - before <= 38);
});

test('the first answer after a black hole brings the path up', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  await path.clock.run(10_000);
  path.way().fate = 'carried';
  await path.clock.run(2500);
  assert.deepEqual(
    path.verdicts().map(({ kind }) => kind),
    ['up', 'down', 'up'],
  );
});

test('any packet of the centre counts as an answer', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  for (let i = 0; i < 600; i++) {
    await path.clock.run(100);
    path.monitor.heard();
  }
  assert.equal(path.verdict(), 'up');
  await path.clock.run(6000);
  assert.equal(path.verdict(), 'wan-path');
  path.monitor.heard();
  assert.equal(path.verdict(), 'up');
});

test('a packet from before the doubt refutes nothing', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  while (path.monitor.status().state === 'up') await path.clock.run(100);
  path.monitor.heard(path.clock.now() - 700);
  assert.equal(path.monitor.status().state, 'suspect');
  path.monitor.heard();
  assert.equal(path.monitor.status().state, 'up');
});

test('a call without any answer makes the monitor probe at once, and alone condemns nothing', async () => {
  const path = await new CentrePath().up();
  const before = path.sent.length;
  const at = path.clock.now();
  path.monitor.callSilent();
  assert.equal(path.sent.length, before + 1);
  assert.equal(path.monitor.status().state, 'suspect');
  await path.clock.run(20);
  assert.equal(path.monitor.status().state, 'up');
  path.way().fate = 'dropped';
  path.monitor.callSilent();
  await path.clock.run(2400);
  assert.equal(path.verdict(), 'wan-path');
  assert.ok((path.verdicts().at(-1)?.atMs ?? 0) - at <= 2400);
});

test('carrier loss is down at once and named', async () => {
  const path = await new CentrePath().up();
  path.monitor.link(whole);
  path.monitor.link({ ...whole, carrier: false });
  assert.equal(path.monitor.status().state, 'down');
  assert.deepEqual(path.verdicts().at(-1), {
    kind: 'down',
    fault: 'wan-link',
    why: 'WAN link eth1 lost carrier',
    atMs: path.clock.now(),
  });
});

test('the loss of the address and of the default route are named', async () => {
  for (const [state, why] of [
    [{ ...whole, addresses: [] }, 'WAN link eth1 lost its address'],
    [{ ...whole, defaultRoute: false }, 'the default route over WAN link eth1 is gone'],
  ] as const) {
    const path = await new CentrePath().up();
    path.monitor.link(whole);
    path.way().fate = 'unreachable';
    path.monitor.link(state);
    assert.equal(path.monitor.status().why, why);
    await path.clock.run(10_000);
    assert.equal(path.verdict(), 'wan-link');
  }
});

test('a link that comes back is probed quickly, and is named anew if the centre stays silent', async () => {
  const path = await new CentrePath().up();
  path.monitor.link(whole);
  path.way().fate = 'dropped';
  path.monitor.link({ ...whole, carrier: false });
  await path.clock.run(30_000);
  assert.equal(path.verdict(), 'wan-link');
  const before = path.sent.length;
  path.monitor.link(whole);
  await path.clock.run(1000);
  assert.equal(path.sent.length - before, 4);
  assert.equal(path.verdict(), 'wan-link');
  await path.clock.run(2000);
  assert.equal(path.verdict(), 'wan-path');
  path.way().fate = 'carried';
  await path.clock.run(2500);
  assert.equal(path.verdict(), 'up');
});

test('an answer that was on its way before the cut proves nothing, one to a later probe does', async () => {
  const path = await new CentrePath().up();
  path.way().rttMs = 200;
  path.monitor.link(whole);
  path.monitor.callSilent();
  path.monitor.link({ ...whole, carrier: false });
  await path.clock.run(1000);
  assert.equal(path.verdict(), 'wan-link');
  await path.clock.run(2000);
  assert.equal(path.verdict(), 'up', 'the centre is reached another way');
  path.monitor.link({ ...whole, carrier: false });
  assert.equal(path.verdict(), 'up', 'the same report again is no news');
});

test('a site without a default route lives; only the loss of one counts', async () => {
  const path = new CentrePath();
  path.monitor.link({ ...whole, defaultRoute: false });
  await path.up();
  assert.equal(path.verdict(), 'up');
  path.monitor.link({ ...whole, defaultRoute: false, carrier: false });
  assert.equal(path.verdict(), 'wan-link');
  path.way().fate = 'dropped';
  path.monitor.link({ ...whole, defaultRoute: false });
  await path.clock.run(3000);
  assert.equal(path.verdict(), 'wan-path', 'whole again as it ever was');
});

test('a boot without carrier is down at once', () => {
  const path = new CentrePath();
  path.monitor.link({ interface: 'eth1', carrier: false, addresses: [], defaultRoute: false });
  path.monitor.start();
  assert.equal(path.verdict(), 'wan-link');
  assert.equal(path.monitor.status().why, 'WAN link eth1 has no carrier');
});

test('a boot into silence is down within 2.5 s', async () => {
  const path = new CentrePath();
  path.way().fate = 'dropped';
  path.monitor.start();
  await path.clock.run(2500);
  assert.equal(path.verdict(), 'wan-path');
});

test('a refusal is down at once', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'refused';
  const before = path.sent.length;
  await path.clock.run(2410);
  const refused = path.sent[before];
  assert.equal(path.verdict(), 'central-refused');
  assert.equal(path.verdicts().at(-1)?.atMs, (refused?.atMs ?? 0) + 10);
  path.monitor.heard();
  assert.equal(path.verdict(), 'central-refused', 'a stray packet is no service');
  path.way().fate = 'dropped';
  await path.clock.run(12_000);
  assert.equal(path.verdict(), 'wan-path');
});

test('one 503 is overload, three in a row are a dead application, at the ordinary pace', async () => {
  const path = await new CentrePath().up();
  path.way().status = 503;
  await path.clock.run(2410);
  path.way().status = 200;
  await path.clock.run(2410);
  path.way().status = 503;
  const before = path.sent.length;
  await path.clock.run(7300);
  assert.equal(path.verdict(), 'central-application');
  const times = path.sent.slice(before).map(({ atMs }) => atMs);
  assert.ok(times.every((at, i) => i === 0 || at - (times[i - 1] ?? 0) >= 1600));
  assert.equal(path.monitor.status().why, 'the centre at 192.0.2.1 answers 503: its telephone service is down');
  path.way().status = 200;
  await path.clock.run(2410);
  assert.equal(path.verdict(), 'up');
});

test('which answers show a serving centre', async () => {
  for (const [status, verdict] of [
    [200, 'up'],
    [401, 'up'],
    [404, 'up'],
    [405, 'up'],
    [483, 'up'],
    [603, 'up'],
    [408, 'central-application'],
    [500, 'central-application'],
    [503, 'central-application'],
  ] as const) {
    const path = new CentrePath();
    path.way().status = status;
    await path.up();
    assert.equal(path.verdict(), verdict, `${status}`);
  }
});

test('a black hole that ends in 503 is named anew at once', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  await path.clock.run(5000);
  path.way().fate = 'carried';
  path.way().status = 503;
  await path.clock.run(2500);
  assert.equal(path.verdict(), 'central-application');
});

test('no route at all is a silence of the path', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'unreachable';
  await path.clock.run(5000);
  assert.equal(path.verdict(), 'wan-path');
});

test('the timeout is four times the 99th percentile, within its bounds', async () => {
  const path = new CentrePath();
  path.way().rttMs = 200;
  await path.up();
  assert.equal(path.monitor.giveUpMs(), 800);
  assert.equal(path.sent.at(-1)?.timeoutMs, 800);
  path.way().rttMs = 450;
  await path.clock.run(600_000);
  assert.equal(path.monitor.giveUpMs(), 1800);
  path.way().rttMs = 1900;
  const far = new CentrePath();
  far.way().rttMs = 499;
  await far.up();
  assert.equal(far.monitor.giveUpMs(), 1996);
});

test('an answer to a retransmission does not stretch the timeout', async () => {
  const path = new CentrePath();
  path.way().rttMs = 150;
  await path.up(600);
  path.way().rttMs = 655;
  await path.clock.run(2410);
  path.way().rttMs = 150;
  await path.clock.run(10_000);
  assert.equal(path.monitor.giveUpMs(), 600);
});

test('stop leaves no timer and says nothing more', async () => {
  const path = await new CentrePath().up();
  path.way().fate = 'dropped';
  await path.clock.run(3000);
  const told = path.events.length;
  path.monitor.stop();
  await path.clock.run(10_000);
  path.monitor.heard();
  path.monitor.callSilent();
  path.monitor.link({ ...whole, carrier: false });
  assert.equal(path.events.length, told);
  assert.equal(path.clock.pending, 0);
});
