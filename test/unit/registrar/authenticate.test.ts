import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BranchFixture } from './branch-fixture.js';
import type { Phone } from './phone.js';

const uri = 'sip:2002@centre.example';

function ask(branch: BranchFixture, phone: Phone, more: { from?: string; uri?: string; signed?: string } = {}) {
  const authorization = phone.authorization('INVITE', more.signed ?? uri);
  return branch.registrar.authenticate({
    method: 'INVITE',
    uri: more.uri ?? uri,
    from: more.from ?? phone.options.username,
    ...(authorization === undefined ? {} : { authorization }),
  });
}

/** The phone takes up the challenge that it is given. */
function challenged(branch: BranchFixture, phone: Phone): void {
  const answer = ask(branch, phone);
  assert.ok(answer.kind === 'challenge' && answer.status === 407);
  assert.ok(answer.headers.every(([name]) => name === 'Proxy-Authenticate'));
  assert.ok(phone.learn({ status: 407, headers: answer.headers }));
}

for (const posture of ['relay', 'serve'] as const) {
  test(`an INVITE is challenged and its user told: ${posture}`, () => {
    const branch = new BranchFixture();
    branch.registrar.setPosture(posture);
    const alice = branch.phone('alice');
    challenged(branch, alice);
    for (let i = 0; i < 3; i++) {
      const answer = ask(branch, alice);
      assert.ok(answer.kind === 'ok' && answer.user.username === 'alice', 'and the nonce is good for the next one');
    }
    assert.equal(ask(branch, alice, { from: '2001' }).kind, 'ok', 'under the extension too');
    assert.equal(ask(branch, alice, { from: 'anonymous' }).kind, 'ok', 'and hidden');
    assert.deepEqual(ask(branch, alice, { from: 'bob' }), {
      kind: 'refused',
      status: 403,
      reason: 'From Is Not Yours',
    });
    const wrong = branch.phone('alice', { password: 'guess' });
    challenged(branch, wrong);
    assert.equal(ask(branch, wrong).kind, 'refused');
    assert.equal(branch.clock.pending, 1, 'nothing but the directory waits');
  });
}

test('credentials for one call are no use for another', () => {
  const branch = new BranchFixture();
  const alice = branch.phone('alice');
  challenged(branch, alice);
  assert.equal(ask(branch, alice, { uri: 'sip:+19005550100@centre.example' }).kind, 'refused');
  assert.equal(ask(branch, alice, { uri: 'sip:2002@centre.example:5060;transport=udp' }).kind, 'ok');
  assert.equal(ask(branch, alice, { uri: 'sip:2002@CENTRE.example' }).kind, 'ok');
});

test("a user whom the directory does not know is the centre's business inline, and nobody's in an outage", () => {
  const branch = new BranchFixture();
  branch.registrar.setPosture('relay');
  const guest = branch.phone('guest', { algorithm: 'SHA-256' });
  assert.equal(ask(branch, guest).kind, 'unknown');
  branch.registrar.setPosture('serve');
  const answer = ask(branch, guest);
  assert.ok(answer.kind === 'challenge');
  if (guest.learn({ status: 407, headers: answer.headers })) assert.equal(ask(branch, guest).kind, 'refused');
});

test('what is no Digest at all is challenged, what is a broken one refused', () => {
  const branch = new BranchFixture();
  const request = { method: 'INVITE', uri, from: 'alice' };
  assert.equal(branch.registrar.authenticate({ ...request, authorization: 'Basic YTpi' }).kind, 'challenge');
  assert.equal(branch.registrar.authenticate({ ...request, authorization: 'Digest username="alice"' }).kind, 'refused');
});
