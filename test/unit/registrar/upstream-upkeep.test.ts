import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BranchFixture, userCalled } from './branch-fixture.js';

function many(count: number): ReturnType<typeof userCalled>[] {
  return Array.from({ length: count }, (_, i) => userCalled(`user${i}`, String(3000 + i)));
}

test('after an outage everybody is registered again within a minute, by digest, one message each', async () => {
  const users = many(1000);
  const branch = new BranchFixture({}, 1, users);
  for (const [i, { username }] of users.entries()) {
    assert.equal((await branch.register(branch.phone(username, { port: 1000 + i }))).status, 200);
  }
  assert.equal(branch.centre.heard.length, 0);
  const began = branch.clock.now();
  branch.registrar.setPosture('relay');
  await branch.clock.run(1000);
  assert.ok(branch.registrar.queue.waiting > 900);
  await branch.clock.run(54_000);
  for (const { username } of users) assert.equal(branch.centre.located(username).length, 1, username);
  assert.equal(branch.registrar.queue.waiting, 0);
  const { sent } = branch.registrar.queue;
  assert.equal(sent, branch.centre.heard.length);
  assert.ok(sent <= 1010, `${sent} messages: the challenge is answered ahead`);
  const last = branch.centre.heard.at(-1)?.atMs ?? 0;
  assert.ok(last - began <= 60_000 && last - began >= 45_000);
  assert.ok(
    branch.registrar
      .all()
      .every(({ upstreamExpiresAtWall = 0, expiresAtWall }) => upstreamExpiresAtWall >= expiresAtWall),
  );
});

test('SHA-256 towards the centre, and a centre that knows another password', async () => {
  const branch = new BranchFixture();
  branch.centre.algorithm = 'SHA-256';
  await branch.register(branch.phone('alice'));
  await branch.register(branch.phone('bob'));
  branch.registrar.setPosture('relay');
  await branch.clock.run(10_000);
  assert.equal(branch.centre.located('alice').length, 1);
  assert.equal(branch.centre.located('bob').length, 0, 'the directory has only MD5 for him');
  const heard = branch.centre.heard.length;
  await branch.clock.run(200_000);
  assert.equal(branch.centre.heard.length, heard, 'and that does not change by asking again');
});

test('those whom the centre still lists longest come last, and those who need nothing are left alone', async () => {
  const branch = new BranchFixture({}, 1, many(4));
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => branch.phone(`user${i}`, { port: 5000 + i }));
  assert.ok(a && b && c && d);
  branch.registrar.setPosture('relay');
  branch.centre.longestS = 250;
  await branch.register(a);
  await branch.clock.run(5000);
  await branch.register(b);
  branch.registrar.setPosture('serve');
  await branch.clock.run(100_000);
  for (const phone of [b, c, a]) await branch.register(phone);
  branch.centre.longestS = 3600;
  branch.registrar.setPosture('relay');
  await branch.clock.run(10_000);
  const order = branch.centre.heard.filter(
    ({ request }) => request.callId.includes('-') && !request.callId.includes('@'),
  );
  assert.deepEqual([...new Set(order.map(({ request }) => request.username))], ['user2', 'user0', 'user1']);
  branch.registrar.setPosture('serve');
  const heard = branch.centre.heard.length;
  branch.registrar.setPosture('relay');
  await branch.clock.run(10_000);
  assert.equal(branch.centre.heard.length, heard);
});

test('removals made in the outage are told to the centre, after a restart too', async () => {
  const branch = new BranchFixture();
  branch.registrar.setPosture('relay');
  const [alice, bob] = [branch.phone('alice'), branch.phone('bob')];
  await branch.register(alice);
  await branch.register(bob);
  branch.registrar.setPosture('serve');
  assert.equal((await branch.register(alice, { expires: 0 })).status, 200);
  assert.equal((await branch.register(bob, { contacts: '*', expires: 0 })).status, 200);
  assert.equal(branch.registrar.all().length, 0);
  assert.equal(branch.centre.located('alice').length, 1);
  await branch.restart();
  assert.equal(branch.registrar.all().length, 0);
  branch.registrar.setPosture('relay');
  await branch.clock.run(2000);
  assert.equal(branch.centre.located('alice').length, 0);
  assert.equal(branch.centre.located('bob').length, 0);
  assert.equal(branch.store.disk.size, 0);
});

test('a phone that comes back before its removal was told stays', async () => {
  const branch = new BranchFixture();
  branch.registrar.setPosture('relay');
  const alice = branch.phone('alice');
  await branch.register(alice);
  branch.registrar.setPosture('serve');
  await branch.register(alice, { expires: 0 });
  await branch.register(alice);
  branch.registrar.setPosture('relay');
  await branch.clock.run(5000);
  assert.equal(branch.centre.located('alice').length, 1);
  assert.equal(branch.registrar.bindingsOf('alice').length, 1);
});

test('a phone that vanished is taken off the list of the centre, or forgotten when its time there is over', async () => {
  const branch = new BranchFixture();
  branch.registrar.setPosture('relay');
  await branch.register(branch.phone('alice'));
  await branch.clock.run(302_000);
  assert.equal(branch.registrar.all().length, 0);
  assert.equal(branch.centre.located('alice').length, 0);
  assert.equal(branch.store.disk.size, 0);
  await branch.register(branch.phone('bob'));
  branch.registrar.setPosture('serve');
  await branch.clock.run(302_000);
  assert.equal(branch.store.disk.size, 1, 'the centre has yet to be told');
  await branch.clock.run(301_000);
  assert.equal(branch.store.disk.size, 0);
});

test('failures back off as RFC 5626 says, at most half an hour, and each user for himself', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  await branch.register(alice);
  branch.centre.behaviour = { kind: 'silent', afterMs: 500 };
  branch.registrar.setPosture('relay');
  const refresh = async (ms: number): Promise<void> => {
    for (let waited = 0; waited < ms; waited += 200_000) {
      await branch.clock.run(200_000);
      branch.registrar.setPosture('relay');
      const [binding] = branch.registrar.bindingsOf('alice');
      assert.ok(binding, 'still bound');
      const heard = branch.centre.heard.length;
      branch.registrar.authenticate({ method: 'INVITE', uri: 'sip:x', from: 'alice' });
      alice.challenge = undefined;
      // Its own tries are not the queue's.
      await branch.register(alice);
      branch.centre.heard.splice(heard);
    }
  };
  await refresh(12_000_000);
  const own = branch.centre.heard.filter(({ request }) => !request.callId.includes('@')).map(({ atMs }) => atMs);
  const gaps = own.slice(1).map((at, i) => at - (own[i] ?? 0));
  assert.ok(own.length >= 6 && own.length <= 20, `${own.length} tries`);
  assert.ok((gaps[0] ?? 0) >= 30_000 && (gaps[0] ?? 0) <= 61_000, `${gaps}`);
  assert.ok(
    gaps.every((gap) => gap <= 1_801_000),
    `${gaps}`,
  );
  assert.ok(
    gaps.slice(-1).every((gap) => gap >= 900_000),
    `${gaps}`,
  );
});

test('Retry-After outlives a return to serving', async () => {
  const branch = new BranchFixture();
  await branch.register(branch.phone('alice'));
  branch.centre.behaviour = { kind: 'status', status: 503, headers: { 'retry-after': ['200'] } };
  branch.registrar.setPosture('relay');
  await branch.clock.run(1000);
  branch.registrar.setPosture('serve');
  branch.centre.behaviour = { kind: 'serve' };
  const heard = branch.centre.heard.length;
  branch.registrar.setPosture('relay');
  await branch.clock.run(190_000);
  assert.equal(branch.centre.heard.length, heard);
  await branch.clock.run(20_000);
  assert.equal(branch.centre.located('alice').length, 1);
});

test('nothing is sent any more when the outage comes back', async () => {
  const branch = new BranchFixture({}, 1, many(100));
  for (let i = 0; i < 100; i++) await branch.register(branch.phone(`user${i}`, { port: 1000 + i }));
  branch.registrar.setPosture('relay');
  await branch.clock.run(1000);
  branch.registrar.setPosture('serve');
  const heard = branch.centre.heard.length;
  await branch.clock.run(10_000);
  assert.equal(branch.centre.heard.length, heard);
  assert.equal(branch.registrar.queue.waiting, 0);
  branch.registrar.setPosture('relay');
  await branch.clock.run(10_000);
  for (let i = 0; i < 100; i++) assert.equal(branch.centre.located(`user${i}`).length, 1);
});

test('a centre that grants little is asked again before it forgets', async () => {
  const branch = new BranchFixture();
  branch.centre.longestS = 100;
  await branch.register(branch.phone('alice'));
  branch.registrar.setPosture('relay');
  for (let at = 0; at < 250; at += 10) {
    await branch.clock.run(10_000);
    if (branch.registrar.bindingsOf('alice').length === 0) break;
    assert.equal(branch.centre.located('alice').length, 1, `after ${at} s`);
  }
});

test('users of telephones on lines are registered by Holdfast itself, as long as they have them', async () => {
  const branch = new BranchFixture();
  branch.centre.longestS = 300;
  branch.registrar.keepLines(['alice', 'carol', 'nobody']);
  await branch.clock.run(5000);
  assert.equal(branch.centre.heard.length, 0, 'in an outage nobody is asked');
  assert.ok(!branch.registrar.lineIsAtCentre('alice'));
  branch.registrar.setPosture('relay');
  await branch.clock.run(5000);
  const [alice] = branch.centre.located('alice');
  assert.match(alice?.contactUri ?? '', /^sip:alice@198\.51\.100\.1:5060;/);
  assert.ok(branch.registrar.lineIsAtCentre('alice'));
  assert.equal(branch.registrar.all().length, 0, 'they are nobody’s telephones');
  await branch.clock.run(900_000);
  assert.equal(branch.centre.located('alice').length, 1, 'renewed');
  await branch.restart();
  branch.registrar.keepLines(['alice']);
  await branch.clock.run(5000);
  assert.deepEqual(
    branch.centre.located('alice').map(({ contactUri }) => contactUri),
    [alice?.contactUri],
    'by the same name after a restart',
  );
  branch.registrar.keepLines([]);
  await branch.clock.run(5000);
  assert.equal(branch.centre.located('alice').length, 0);
  assert.ok(!branch.registrar.lineIsAtCentre('alice'));
});

test('with Path the centre calls the user of a line by way of us', async () => {
  const branch = new BranchFixture({ contactMode: 'path' });
  branch.registrar.keepLines(['alice']);
  branch.registrar.setPosture('relay');
  await branch.clock.run(5000);
  const [alice] = branch.centre.located('alice');
  assert.equal(alice?.contactUri, 'sip:alice@line.invalid');
  assert.match(alice?.path ?? '', /^<sip:198\.51\.100\.1:5060;/);
});
