import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesHost, targetAt } from '../../../src/wan/target-uri.js';
import { CentrePath } from './centre-path.js';

const a = 'sip:192.0.2.1';
const b = 'sip:192.0.2.2';
const named = 'sip:centre.example.com;transport=tcp';
const cached = 'sip:192.0.2.7:5060;transport=tcp';

test('up while any target is up, down when all are; calls go to one that answers', async () => {
  const path = await new CentrePath(3, [a, b]).up();
  assert.equal(path.monitor.bestTarget(), a);
  path.way(a).fate = 'dropped';
  await path.clock.run(5000);
  assert.equal(path.monitor.bestTarget(), b);
  assert.equal(path.verdict(), 'up');
  assert.equal(path.monitor.status().state, 'up');
  assert.deepEqual(
    path.monitor.status().targets.map(({ state, best }) => [state, best]),
    [
      ['down', false],
      ['up', true],
    ],
  );
  path.way(b).fate = 'refused';
  await path.clock.run(5000);
  assert.equal(path.verdict(), 'central-refused', 'a refusal says more than silence');
});

test('an earlier target is preferred again after ten good probes', async () => {
  const path = await new CentrePath(3, [a, b]).up();
  path.way(a).fate = 'dropped';
  await path.clock.run(5000);
  path.way(a).fate = 'carried';
  await path.clock.run(14_000);
  assert.equal(path.monitor.bestTarget(), b);
  await path.clock.run(14_000);
  assert.equal(path.monitor.bestTarget(), a);
});

test('a dead second target spoils no streak', async () => {
  const path = new CentrePath(3, [a, b]);
  path.way(b).fate = 'dropped';
  await path.up(60);
  const probes = path.events.flatMap((event) => (event.kind === 'probe' ? [event.good] : []));
  assert.ok(probes.length > 20);
  assert.ok(probes.every((good) => good));
});

test('a link that is lost takes all targets at once and tells it once', async () => {
  const path = await new CentrePath(3, [a, b]).up();
  const whole = { interface: 'wan', carrier: true, addresses: ['192.0.2.9'], defaultRoute: true };
  path.monitor.link(whole);
  path.monitor.link({ ...whole, carrier: false });
  assert.deepEqual(
    path.verdicts().map(({ kind }) => kind),
    ['up', 'down'],
  );
  assert.equal(path.monitor.bestTarget(), a, 'nothing better was left');
  path.monitor.link(whole);
  await path.clock.run(100);
  assert.equal(path.verdict(), 'up');
});

test('a packet of one target says nothing of the other', async () => {
  const path = await new CentrePath(3, [a, b]).up();
  path.way(a).fate = 'dropped';
  path.way(b).fate = 'dropped';
  await path.clock.run(5000);
  path.monitor.heard(path.clock.now(), b);
  assert.deepEqual(
    path.monitor.status().targets.map(({ state }) => state),
    ['down', 'up'],
  );
  assert.equal(path.monitor.bestTarget(), b);
});

test('a name that stops resolving: the last address serves, the fault is told, the path stays up', async () => {
  const path = new CentrePath(5, [named]);
  path.ways.set(cached, { rttMs: 10, loss: 0, status: 200, fate: 'carried' });
  path.way(named).address = '192.0.2.7:5060';
  await path.up();
  path.way(named).fate = 'unresolved';
  await path.clock.run(60_000);
  assert.deepEqual(
    path.verdicts().map(({ kind }) => kind),
    ['up'],
  );
  assert.equal(path.monitor.bestTarget(), cached);
  assert.equal(path.monitor.status().fault, 'dns');
  assert.equal(path.monitor.status().targets[0]?.cachedAddress, '192.0.2.7:5060');
  const faults = path.events.filter((event) => event.kind === 'fault');
  assert.equal(faults.length, 1);
  assert.equal(path.sent.slice(-20).filter(({ target }) => target === named).length, 1, 'the name is tried rarely');
  const probes = path.events.flatMap((event) => (event.kind === 'probe' ? [event.good] : []));
  assert.ok(probes.every((good) => good));
  path.way(named).fate = 'carried';
  await path.clock.run(35_000);
  assert.equal(path.monitor.bestTarget(), named);
  assert.equal(path.monitor.status().fault, undefined);
  assert.equal(path.events.filter((event) => event.kind === 'fault-over').length, 1);
});

test('a resolver that hangs does not make the path look silent', async () => {
  const path = new CentrePath(5, [named]);
  path.ways.set(cached, { rttMs: 10, loss: 0, status: 200, fate: 'carried' });
  path.way(named).address = '192.0.2.7:5060';
  await path.up();
  path.way(named).fate = 'dropped';
  await path.clock.run(60_000);
  assert.equal(path.verdict(), 'up');
  assert.equal(path.monitor.status().fault, 'dns');
  assert.equal(path.monitor.bestTarget(), cached);
  path.way(cached).fate = 'dropped';
  await path.clock.run(6000);
  assert.equal(path.verdict(), 'wan-path');
});

test('a name that never resolved is a fault of DNS', async () => {
  const path = new CentrePath(5, [named]);
  path.way(named).fate = 'unresolved';
  await path.up(5);
  assert.equal(path.verdict(), 'dns');
  path.way(named).fate = 'dropped';
  await path.clock.run(12_000);
  assert.equal(path.verdict(), 'wan-path');
});

test('a first look-up that outlasts its probe, or is read late by a busy process, is still a fault of DNS', async () => {
  const path = new CentrePath(5, [named]);
  Object.assign(path.way(named), { fate: 'unresolved', namelessMs: 700 });
  path.monitor.start();
  await path.clock.run(900);
  path.way(named).namelessMs = 1;
  await path.clock.run(2500);
  assert.deepEqual(
    path.verdicts().map((event) => (event.kind === 'down' ? event.fault : event.kind)),
    ['dns'],
  );
});

test('silence that turns out to be a name without an address is named anew, and one odd probe changes nothing', async () => {
  const path = new CentrePath(5, [named]);
  path.way(named).fate = 'dropped';
  await path.up(5);
  assert.equal(path.verdict(), 'wan-path');
  path.way(named).fate = 'unresolved';
  await path.clock.run(8000);
  assert.equal(path.verdict(), 'dns');
  path.way(named).fate = 'dropped';
  await path.clock.run(2500);
  path.way(named).fate = 'unresolved';
  await path.clock.run(20_000);
  assert.deepEqual(
    path.verdicts().map((event) => (event.kind === 'down' ? event.fault : event.kind)),
    ['wan-path', 'dns'],
  );
});

test('the host of a URI', () => {
  assert.equal(targetAt('sip:centre.example.com', '192.0.2.1:5060'), 'sip:192.0.2.1:5060');
  assert.equal(
    targetAt('sips:ping@a.example:5061;transport=tls', '[2001:db8::1]:5061'),
    'sips:ping@[2001:db8::1]:5061;transport=tls',
  );
  assert.equal(targetAt('sip:a.example?Priority=urgent', '192.0.2.1:5060'), 'sip:192.0.2.1:5060?Priority=urgent');
  assert.equal(namesHost('sip:centre.example.com:5060;transport=tcp'), true);
  assert.equal(namesHost('sip:192.0.2.1:5060'), false);
  assert.equal(namesHost('sip:x@[2001:db8::1]:5060'), false);
  assert.equal(namesHost('sip:3com.example'), true);
});

test('a path needs a target', () => {
  assert.throws(() => new CentrePath(1, []));
});
