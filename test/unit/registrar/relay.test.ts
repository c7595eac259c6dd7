import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenge } from '../../../src/sip/index.js';
import { BranchFixture, domain, userCalled } from './branch-fixture.js';
import { grantedFor } from './phone.js';

function inline(...options: ConstructorParameters<typeof BranchFixture>): BranchFixture {
  const branch = new BranchFixture(...options);
  branch.registrar.setPosture('relay');
  return branch;
}

test('the centre authenticates, hears of Holdfast as the contact, and is asked for longer than the phone gets', async () => {
  const branch = inline();
  const alice = branch.phone('alice');
  const answer = await branch.register(alice, { expires: 3600 });
  assert.equal(answer.status, 200);
  const granted = grantedFor(answer, alice.contact) ?? 0;
  assert.ok(granted >= 255 && granted <= 300);
  const [first, second] = branch.centre.heard;
  assert.equal(branch.centre.heard.length, 2);
  assert.equal(first?.request.authorization, undefined);
  const [binding] = branch.registrar.bindingsOf('alice');
  assert.equal(second?.request.contactUri, `sip:alice@198.51.100.1:5060;transport=udp;hf=${binding?.token}`);
  assert.equal(second?.request.expires, 600);
  assert.equal(second?.request.callId, alice.callId);
  assert.equal(binding?.origin, 'relayed');
  const upstreamLeft = (binding?.upstreamExpiresAtWall ?? 0) - (binding?.expiresAtWall ?? 0);
  assert.ok(upstreamLeft >= 300_000, 'the centre outlives the phone');
  assert.equal(branch.store.disk.size, 1);
});

test("a short grant of the centre shortens the phone's", async () => {
  const branch = inline();
  branch.centre.longestS = 120;
  const alice = branch.phone('alice');
  const granted = grantedFor(await branch.register(alice), alice.contact) ?? 0;
  assert.ok(granted <= 120 && granted >= 102, `${granted}`);
});

test("the centre's refusals are passed back and bind nothing", async () => {
  const branch = inline();
  assert.equal((await branch.register(branch.phone('alice', { password: 'guess' }))).status, 403);
  for (const status of [401, 403, 404, 423, 480, 603]) {
    branch.centre.behaviour = {
      kind: 'status',
      status,
      headers: { 'www-authenticate': ['Digest realm="x", nonce="y"'] },
    };
    const answer = await branch.until(branch.registrar.handle(branch.phone('bob', { port: status }).request()));
    assert.equal(answer.status, status);
    await branch.clock.run(1000);
    assert.deepEqual(answer.headers, [['WWW-Authenticate', 'Digest realm="x", nonce="y"']]);
  }
  assert.equal(branch.registrar.all().length, 0);
  assert.equal(branch.troubles.length, 0);
});

test('a centre that wants longer registrations gets them', async () => {
  const branch = inline();
  branch.centre.shortestS = 1800;
  const alice = branch.phone('alice');
  const answer = await branch.register(alice);
  assert.equal(answer.status, 200);
  assert.ok((grantedFor(answer, alice.contact) ?? 0) <= 300);
  assert.equal(branch.centre.heard.at(-1)?.request.expires, 1800);
  const heard = branch.centre.heard.length;
  assert.equal((await branch.register(alice)).status, 200);
  assert.equal(branch.centre.heard.length, heard + 1, 'learnt');
});

test('a user whom only the centre knows registers through it, and nowhere else', async () => {
  const branch = inline();
  const guest = branch.phone('guest');
  branch.centre.behaviour = { kind: 'status', status: 200 };
  assert.equal((await branch.register(guest)).status, 200);
  assert.equal(branch.registrar.bindingsOf('guest').length, 1);
  branch.centre.behaviour = { kind: 'silent', afterMs: 500 };
  const answer = await branch.register(guest);
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.some(([name]) => name === 'Retry-After'));
});

for (const behaviour of [
  { kind: 'silent', afterMs: 700 },
  { kind: 'refuse' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 408 },
] as const) {
  test(`the same request is served here when the centre does not: ${JSON.stringify(behaviour)}`, async () => {
    const branch = inline();
    branch.centre.behaviour = behaviour;
    const alice = branch.phone('alice');
    assert.equal((await branch.register(alice)).status, 200);
    assert.equal(branch.registrar.bindingsOf('alice')[0]?.origin, 'served');
    assert.equal(branch.troubles.length >= 1, true);
    assert.equal((await branch.register(branch.phone('bob', { password: 'guess' }))).status, 403);
    branch.centre.behaviour = { kind: 'serve' };
    await branch.clock.run(120_000);
    assert.equal(branch.centre.located('alice').length, 1, 'and brought to the centre when it serves again');
  });
}

test("a phone that still answers our challenge is served, then the centre's challenge takes over", async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  await branch.register(alice);
  branch.registrar.setPosture('relay');
  await branch.clock.run(5000);
  assert.equal(branch.centre.located('alice').length, 1);
  const heard = branch.centre.heard.length;
  assert.equal((await branch.register(alice)).status, 200);
  assert.equal(branch.registrar.bindingsOf('alice')[0]?.origin, 'served');
  assert.equal(branch.centre.heard.length, heard, 'the centre holds it longer than that');
  await branch.clock.run(301_000);
  const answer = await branch.until(branch.registrar.handle(alice.request()));
  assert.equal(answer.status, 401);
  assert.equal(branch.centre.heard.at(-1)?.request.authorization, undefined, 'the centre would not know our nonce');
  const challenge = parseChallenge(answer.headers[0]?.[1] ?? '');
  assert.ok(challenge.ok && challenge.value.nonce.startsWith('centre-') && challenge.value.stale);
  assert.equal((await branch.register(alice)).status, 200);
  assert.equal(branch.registrar.bindingsOf('alice')[0]?.origin, 'relayed');
});

test('removals go through: one contact, and all of them', async () => {
  const branch = inline();
  const alice = branch.phone('alice');
  const other = branch.phone('alice', { port: 5070 });
  await branch.register(alice);
  await branch.register(other);
  assert.equal(branch.centre.located('alice').length, 2);
  const gone = await branch.register(alice, { expires: 0 });
  assert.equal(gone.status, 200);
  assert.equal(grantedFor(gone, alice.contact), undefined);
  assert.equal(branch.centre.located('alice').length, 1);
  assert.equal((await branch.register(other, { contacts: '*', expires: 0 })).status, 200);
  await branch.clock.run(5000);
  assert.equal(branch.centre.located('alice').length, 0);
  assert.equal(branch.store.disk.size, 0);
  assert.equal(branch.registrar.queue.sent, 0, 'the phones did it all');
});

test('several contacts: the first with the phone, the others behind it', async () => {
  const branch = inline();
  const alice = branch.phone('alice');
  const more = { uri: 'sip:alice@192.0.2.99', params: {} };
  assert.equal((await branch.register(alice, { contacts: [alice.contactOf(), more] })).status, 200);
  await branch.clock.run(3000);
  assert.equal(branch.centre.located('alice').length, 2);
});

test('Path: the contact stays, our URI goes before it', async () => {
  const branch = inline({ contactMode: 'path' });
  const alice = branch.phone('alice');
  alice.challenge = undefined;
  const answer = await branch.until(alice.register(branch.registrar));
  assert.equal(answer.status, 200);
  const [located] = branch.centre.located('alice');
  const [binding] = branch.registrar.bindingsOf('alice');
  assert.equal(located?.contactUri, alice.contact);
  assert.equal(located?.path, `<sip:198.51.100.1:5060;transport=udp;lr;hf=${binding?.token}>`);
  const supporting = { ...alice.request(), supportedPath: true };
  const second = await branch.until(branch.registrar.handle(supporting));
  assert.ok(second.headers.some(([name, value]) => name === 'Path' && value === located?.path));
});

test('with the bucket empty phones are served here, strangers come back later, and the centre hears no more than it can bear', async () => {
  const users = Array.from({ length: 200 }, (_, i) => userCalled(`user${i}`, String(3000 + i)));
  const branch = inline({}, 3, users);
  const phones = users.map(({ username }, i) => branch.phone(username, { port: 10_000 + i }));
  const answers = await branch.until(Promise.all(phones.map((phone) => phone.register(branch.registrar))));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.ok(branch.centre.heard.length <= 6, `${branch.centre.heard.length}`);
  const stranger = await branch.until(branch.registrar.handle(branch.phone('stranger').request()));
  assert.equal(stranger.status, 503);
  await branch.clock.run(20_000);
  for (const { username } of users) assert.equal(branch.centre.located(username).length, 1, username);
  withinBucket(branch, 20, 5);
});

test('Retry-After of the centre is kept by phones and queue alike', async () => {
  const branch = inline();
  branch.centre.behaviour = { kind: 'status', status: 503, headers: { 'retry-after': ['60'] } };
  assert.equal((await branch.register(branch.phone('alice'))).status, 200);
  const heard = branch.centre.heard.length;
  branch.centre.behaviour = { kind: 'serve' };
  assert.equal((await branch.register(branch.phone('bob'))).status, 200);
  await branch.clock.run(59_000);
  assert.equal(branch.centre.heard.length, heard);
  await branch.clock.run(10_000);
  assert.equal(branch.centre.located('bob').length, 1);
});

/** No window of any length holds more requests than the bucket allows. */
function withinBucket(branch: BranchFixture, perSecond: number, burst: number): void {
  const times = branch.centre.heard.map(({ atMs }) => atMs);
  let level = burst;
  let last = times[0] ?? 0;
  for (const at of times) {
    level = Math.min(burst, level + ((at - last) * perSecond) / 1000) - 1;
    last = at;
    assert.ok(level > -0.01, `bucket overdrawn at ${at} ms`);
  }
  assert.equal(branch.centre.realm, domain);
}
