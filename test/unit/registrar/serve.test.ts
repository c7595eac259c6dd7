import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegisterAnswer } from '../../../src/registrar/index.js';
import { parseChallenge } from '../../../src/sip/index.js';
import { BranchFixture, userCalled } from './branch-fixture.js';
import { grantedFor } from './phone.js';

function challenges(answer: RegisterAnswer): { readonly algorithm: string; readonly stale: boolean }[] {
  return answer.headers.map(([name, value]) => {
    const parsed = parseChallenge(value);
    assert.ok(name === 'WWW-Authenticate' && parsed.ok);
    assert.equal(parsed.value.realm, 'centre.example');
    assert.deepEqual(parsed.value.qop, ['auth']);
    return { algorithm: parsed.value.algorithm, stale: parsed.value.stale };
  });
}

test('a phone that first appears in the outage registers, and the 200 comes after the disk', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  const first = await branch.until(branch.registrar.handle(alice.request()));
  assert.equal(first.status, 401);
  assert.deepEqual(challenges(first), [
    { algorithm: 'SHA-256', stale: false },
    { algorithm: 'MD5', stale: false },
  ]);
  assert.ok(alice.learn(first));
  let answered = false;
  const second = branch.registrar.handle(alice.request()).then((answer) => {
    answered = true;
    return answer;
  });
  await branch.clock.run(1);
  assert.equal(answered, false, 'not before the flush');
  const answer = await branch.until(second);
  assert.equal(answer.status, 200);
  const granted = grantedFor(answer, alice.contact) ?? 0;
  assert.ok(granted >= 255 && granted <= 300, `${granted}`);
  assert.equal(branch.store.disk.size, 1);
  const [binding] = branch.registrar.bindingsOf('alice');
  assert.equal(binding?.origin, 'served');
  assert.deepEqual(binding?.flow, alice.flow);
  assert.equal(branch.registrar.byToken(binding?.token ?? ''), binding);
  assert.equal(branch.registrar.byContact(alice.contact), binding);
  assert.equal(branch.registrar.byContact(`sip:alice@198.51.100.1:5060;transport=udp;hf=${binding?.token}`), binding);
});

test('both algorithms work, each user is offered what the directory has', async () => {
  const branch = new BranchFixture();
  assert.equal((await branch.register(branch.phone('alice', { algorithm: 'SHA-256' }))).status, 200);
  assert.equal((await branch.register(branch.phone('bob'))).status, 200);
  assert.equal((await branch.register(branch.phone('carol', { algorithm: 'SHA-256' }))).status, 200);
  const bob = await branch.until(branch.registrar.handle(branch.phone('bob').request()));
  assert.deepEqual(
    challenges(bob).map(({ algorithm }) => algorithm),
    ['MD5'],
  );
});

test('a wrong password never registers', async () => {
  const branch = new BranchFixture();
  assert.equal((await branch.register(branch.phone('alice', { password: 'guess' }))).status, 403);
  assert.equal((await branch.register(branch.phone('carol', { password: 'guess', algorithm: 'SHA-256' }))).status, 403);
  // A user who does not exist may look like one without MD5.
  assert.ok([401, 403].includes((await branch.register(branch.phone('mallory'))).status));
  assert.equal(branch.registrar.all().length, 0);
  assert.equal(branch.store.saves, 0);
});

test('nobody registers for another', async () => {
  const branch = new BranchFixture();
  assert.equal((await branch.register(branch.phone('bob', { aor: 'alice' }))).status, 403);
  const alice = branch.phone('alice');
  alice.learn(await branch.until(branch.registrar.handle(alice.request())));
  const answer = await branch.until(branch.registrar.handle({ ...alice.request(), fromUsername: 'bob' }));
  assert.equal(answer.status, 403);
  const stolen = { ...alice.request(), requestUri: 'sip:elsewhere.example' };
  assert.equal((await branch.until(branch.registrar.handle(stolen))).status, 400, 'credentials for another URI');
  assert.equal(branch.registrar.all().length, 0);
});

test('an unknown name is challenged like a known one, and always alike', async () => {
  const all = [userCalled('alice', '1', 'md5'), userCalled('bob', '2', 'md5')];
  const branch = new BranchFixture({}, 1, all);
  for (let i = 0; i < 3; i++) {
    const answer = await branch.until(branch.registrar.handle(branch.phone('nobody').request()));
    assert.deepEqual(challenges(answer), [{ algorithm: 'MD5', stale: false }]);
  }
});

test('a phone may register under its extension or number', async () => {
  const branch = new BranchFixture();
  for (const aor of ['2001', '+13125552001', '13125552001']) {
    const phone = branch.phone('alice', { aor, port: 6000 + aor.length });
    assert.equal((await branch.register(phone)).status, 200, aor);
  }
  assert.deepEqual(
    branch.registrar
      .bindingsOf('alice')
      .map(({ aor }) => aor)
      .sort(),
    ['+13125552001', '13125552001', '2001'],
  );
});

test("the centre's nonce is stale here, and so is one of ours after five minutes", async () => {
  const branch = new BranchFixture();
  branch.registrar.setPosture('relay');
  const alice = branch.phone('alice');
  assert.equal((await branch.register(alice)).status, 200);
  branch.registrar.setPosture('serve');
  const answer = await branch.until(branch.registrar.handle(alice.request()));
  assert.equal(answer.status, 401);
  assert.ok(challenges(answer).every(({ stale }) => stale));
  assert.equal((await branch.register(alice)).status, 200);
  await branch.clock.run(301_000);
  const old = await branch.until(branch.registrar.handle(alice.request()));
  assert.ok(old.status === 401 && challenges(old).every(({ stale }) => stale));
  const wrong = branch.phone('alice', { password: 'guess' });
  wrong.challenge = alice.challenge;
  const guessed = await branch.until(branch.registrar.handle(wrong.request()));
  assert.ok(
    guessed.status === 401 && challenges(guessed).every(({ stale }) => !stale),
    'stale says that the password was right',
  );
});

test('a recorded REGISTER is no use to anybody', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  alice.learn(await branch.until(branch.registrar.handle(alice.request())));
  const recorded = alice.request();
  assert.equal((await branch.until(branch.registrar.handle(recorded))).status, 200);
  const replayed = await branch.until(
    branch.registrar.handle({ ...recorded, cseq: recorded.cseq + 1, callId: 'other' }),
  );
  assert.equal(replayed.status, 401);
});

test('an old client without qop registers, a new nonce each time', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  const old = async (): Promise<number> => {
    if (alice.challenge !== undefined) alice.challenge = { ...alice.challenge, qop: [] };
    const answer = await branch.until(branch.registrar.handle(alice.request()));
    alice.learn(answer);
    return answer.status;
  };
  assert.deepEqual([await old(), await old(), await old(), await old()], [401, 200, 401, 200]);
});

test('queries, removals, and everything at once', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  const desk = { uri: 'sip:alice@192.0.2.10:5060', q: 0.5, params: {} };
  const cell = { uri: 'sip:alice@192.0.2.77;transport=tcp', expires: 90, params: {} };
  const both = await branch.register(alice, { contacts: [desk, cell] });
  assert.equal(both.status, 200);
  assert.ok((grantedFor(both, cell.uri) ?? 0) <= 90 && (grantedFor(both, desk.uri) ?? 0) > 90);
  assert.deepEqual(
    branch.registrar.bindingsOf('alice').map(({ contact }) => contact),
    [cell.uri, desk.uri],
    'the higher q first',
  );
  const query = await branch.register(alice, { contacts: [] });
  assert.equal(query.headers.filter(([name]) => name === 'Contact').length, 2);
  assert.ok(query.headers.some(([, value]) => value.includes(';q=0.5')));
  const removed = await branch.register(alice, { contacts: [{ ...cell, expires: 0 }] });
  assert.equal(grantedFor(removed, cell.uri), undefined);
  assert.equal(branch.store.disk.size, 1);
  const wrong = await branch.register(alice, { contacts: '*', expires: 60 });
  assert.equal(wrong.status, 400);
  const none = await branch.register(alice, { contacts: '*', expires: 0 });
  assert.deepEqual([none.status, none.headers.length, branch.store.disk.size], [200, 0, 0]);
});

test('within one Call-ID only a higher CSeq counts, for all contacts or none', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  await branch.register(alice);
  alice.cseq = 0;
  const other = { uri: 'sip:alice@192.0.2.99', params: {} };
  const late = await branch.register(alice, { contacts: [other, alice.contactOf()] });
  assert.equal(late.status, 500);
  assert.equal(branch.registrar.byContact(other.uri), undefined);
  alice.callId = 'after-restart';
  assert.equal((await branch.register(alice)).status, 200);
});

test('the same request twice at once is one registration with one answer', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  alice.learn(await branch.until(branch.registrar.handle(alice.request())));
  const request = alice.request();
  const [a, b] = await branch.until(
    Promise.all([branch.registrar.handle(request), branch.registrar.handle({ ...request })]),
  );
  assert.equal(a.status, 200);
  assert.deepEqual(a, b);
  assert.equal(branch.store.saves, 1);
  assert.equal(branch.registrar.bindingsOf('alice').length, 1);
});

test('a restarted phone with the same instance replaces itself; without one its URI decides', async () => {
  const branch = new BranchFixture();
  const instance = 'urn:uuid:1';
  await branch.register(branch.phone('alice', { instance, port: 1111 }));
  const token = branch.registrar.bindingsOf('alice')[0]?.token;
  await branch.register(branch.phone('alice', { instance, port: 2222 }));
  assert.equal(branch.registrar.bindingsOf('alice').length, 1);
  assert.equal(branch.registrar.bindingsOf('alice')[0]?.token, token);
  assert.equal(branch.registrar.byContact('sip:alice@192.0.2.10:1111'), undefined);
  assert.equal(branch.registrar.byContact('sip:alice@192.0.2.10:2222')?.token, token);
  const bob = branch.phone('bob');
  await branch.register(bob);
  bob.contact = 'sip:bob@192.0.2.10:5060;line=1';
  await branch.register(bob);
  assert.equal(branch.registrar.bindingsOf('bob').length, 1, 'equal by RFC 3261 §19.1.4');
  bob.contact = 'sip:bob@192.0.2.10';
  await branch.register(bob);
  assert.equal(branch.registrar.bindingsOf('bob').length, 2);
});

test('limits: too brief, too many of one user, too many of all', async () => {
  const branch = new BranchFixture({ bindingsPerUser: 2, bindingsTotal: 3 });
  const brief = await branch.register(branch.phone('alice'), { expires: 59 });
  assert.deepEqual([brief.status, brief.headers], [423, [['Min-Expires', '60']]]);
  for (const port of [1, 2]) assert.equal((await branch.register(branch.phone('alice', { port }))).status, 200);
  const third = await branch.register(branch.phone('alice', { port: 3 }));
  assert.equal(third.status, 503);
  assert.ok(third.headers.some(([name, value]) => name === 'Retry-After' && Number(value) >= 5));
  const bob = branch.phone('bob');
  assert.equal((await branch.register(bob)).status, 200);
  assert.equal((await branch.register(branch.phone('carol', { algorithm: 'SHA-256' }))).status, 503);
  assert.equal((await branch.register(bob)).status, 200, 'a refresh is always welcome');
});

test('a disk that refuses is not hidden, and leaves the state as it was', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  await branch.register(alice);
  const before = branch.registrar.bindingsOf('alice');
  branch.store.failing = true;
  assert.equal((await branch.register(alice)).status, 503);
  assert.equal((await branch.register(alice, { expires: 0 })).status, 503);
  assert.equal((await branch.register(branch.phone('bob'))).status, 503);
  assert.deepEqual(branch.registrar.all(), before);
  branch.store.failing = false;
  assert.equal((await branch.register(alice)).status, 200);
});

test('bindings end by themselves, in memory and on disk', async () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  const granted = grantedFor(await branch.register(alice), alice.contact) ?? 0;
  await branch.clock.run(granted * 1000 - 100);
  assert.equal(branch.registrar.bindingsOf('alice').length, 1);
  await branch.clock.run(100);
  assert.equal(branch.registrar.bindingsOf('alice').length, 0, 'never an expired one, even before the sweep');
  assert.equal(branch.registrar.byContact(alice.contact), undefined);
  await branch.clock.run(1100);
  assert.equal(branch.store.disk.size, 0);
  branch.registrar.stop();
  branch.directory.stop();
  assert.equal(branch.clock.pending, 0);
});
