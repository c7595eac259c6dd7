import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { BranchFixture } from './branch-fixture.js';

/** A wall clock that somebody sets. */
class SettableClock extends VirtualClock {
  shiftMs = 0;

  override wall(): number {
    return super.wall() + this.shiftMs;
  }
}

test('bindings are there again after a restart, the expired ones are not', async () => {
  const branch = new BranchFixture({ phonesJitter: 0 });
  const alice = branch.phone('alice');
  await branch.register(alice);
  await branch.clock.run(100_000);
  await branch.register(branch.phone('bob'));
  const before = branch.registrar.all();
  assert.deepEqual(await branch.restart(), { restored: 2, expired: 0 });
  assert.deepEqual(branch.registrar.all(), before);
  assert.ok(branch.registrar.byContact(alice.contact));
  await branch.clock.run(100_000);
  assert.equal((await branch.register(alice)).status, 200, 'with a nonce of before');
  branch.registrar.stop();
  await branch.clock.run(250_000);
  assert.deepEqual(await branch.restart(), { restored: 1, expired: 1 });
  await branch.clock.run(10);
  assert.equal(branch.store.disk.size, 1);
});

test('what was not flushed was not acknowledged, and is gone', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  alice.learn(await branch.until(branch.registrar.handle(alice.request())));
  let answered = false;
  void branch.registrar.handle(alice.request()).then(() => {
    answered = true;
  });
  await branch.clock.run(1);
  await branch.restart();
  await branch.clock.run(100);
  assert.equal(answered, false);
  assert.equal(branch.registrar.all().length, 0);
});

test('a wall clock that went back while we were away does not make bindings immortal', async () => {
  const branch = new BranchFixture();
  await branch.register(branch.phone('alice'));
  for (const [token, binding] of branch.store.disk) {
    branch.store.disk.set(token, { ...binding, expiresAtWall: binding.expiresAtWall + 86_400_000 });
  }
  await branch.restart();
  assert.equal(branch.registrar.all().length, 1);
  await branch.clock.run(301_000);
  assert.equal(branch.registrar.all().length, 0);
});

test('a wall clock that jumps while we run moves no expiry, only its date', async () => {
  const clock = new SettableClock();
  const branch = new BranchFixture({}, 1, undefined, clock);
  const alice = branch.phone('alice');
  await branch.register(alice);
  clock.shiftMs = 86_400_000;
  await branch.clock.run(200_000);
  assert.equal(branch.registrar.bindingsOf('alice').length, 1);
  await branch.register(branch.phone('bob'));
  const [binding] = branch.registrar.bindingsOf('alice');
  const leftMs = (binding?.expiresAtWall ?? 0) - clock.wall();
  assert.ok(leftMs > 0 && leftMs < 100_000, `${leftMs}`);
  clock.shiftMs = -86_400_000;
  assert.equal((await branch.register(alice)).status, 200);
  await branch.clock.run(302_000);
  assert.equal(branch.registrar.all().length, 0);
});
