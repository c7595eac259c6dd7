import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, type GuardOptions } from '../../../appliance/sip-server/guard.js';
import { silentLog } from '../../../src/base/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function guarded(options: Partial<GuardOptions> = {}) {
  const clock = new VirtualClock();
  const guard = new Guard({
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    utilization: () => 1,
    held: { serverTransactions: 0, clientTransactions: 0, dialogs: 0 },
    ...options,
  });
  guard.start();
  return { clock, guard };
}

test('a loop that never rests is overload, slowly', () => {
  const { clock, guard } = guarded();
  clock.advance(3_000);
  assert.ok(guard.overload.level < 0.1);
  clock.advance(60_000);
  assert.ok(guard.overload.level > 1);
  guard.stop();
  assert.equal(clock.pending, 0);
});

test('what is dropped unread does not count: a flood gets nobody’s calls refused', () => {
  const { clock, guard } = guarded();
  for (let i = 0; i < 600; i++) {
    for (let message = 0; message < 10_000; message++) guard.drops.add('banned');
    clock.advance(100);
  }
  assert.equal(guard.overload.level, 0);
});

test('a clock that runs late is overload at once', () => {
  const clock = new VirtualClock();
  let lateMs = 0;
  const late = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after: (ms: number, fire: () => void) => clock.after(ms + lateMs, fire),
  };
  const { guard } = guarded({ clock: late, utilization: () => 0.5 });
  clock.advance(10_000);
  assert.equal(guard.overload.level, 0);
  lateMs = 2_000;
  clock.advance(10_000);
  assert.ok(guard.overload.level > 0.5, `${guard.overload.level}`);
});

test('waiting requests are counted by source and in all, and given back', () => {
  const { guard } = guarded();
  const source = guard.began('INVITE', '203.0.113.7');
  guard.began('REGISTER', '203.0.113.7');
  assert.deepEqual([guard.pending, source.pending], [2, 2]);
  guard.ended('INVITE', source);
  guard.ended('REGISTER', source);
  assert.deepEqual([guard.pending, source.pending], [0, 0]);
});

test('who is trusted may change while sources are known', () => {
  const { guard } = guarded();
  const trunk = guard.sources.of('203.0.113.7');
  for (let i = 0; i < 200; i++) trunk.fault('malformed');
  assert.equal(trunk.banned, true);
  guard.trust(['203.0.113.0/24']);
  assert.equal(trunk.trusted, true);
  assert.equal(guard.shuts('203.0.113.7', Buffer.from('x')), false);
  assert.equal(guard.sources.of('127.0.0.1').trusted, false);
});
