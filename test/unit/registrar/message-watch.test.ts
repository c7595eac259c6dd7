import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../sim/seeded-random.js';
import { BranchFixture, domain, userCalled, usersOf } from './branch-fixture.js';
import { FakeNotifier } from './fake-notifier.js';

const users = [userCalled('alice', '2001'), userCalled('bob', '2002')];

/** A registrar that has `alice` on a line and `bob` on a telephone of his own; the centre's users never change. */
function fixture(seed = 1) {
  const messages = new Map<string, boolean>();
  const told: string[] = [];
  const branch = new BranchFixture({}, seed, users, undefined, {
    subscriptions: (clock) => {
      return new FakeNotifier(clock, usersOf(users), domain);
    },
    onMessages: (username, waiting) => {
      messages.set(username, waiting);
      told.push(`${username} ${waiting}`);
    },
  });
  const { notifier } = branch;
  assert.ok(notifier !== undefined);
  return { branch, notifier, messages, told };
}

async function subscribed(seed = 1) {
  const all = fixture(seed);
  all.branch.registrar.keepLines(['alice']);
  all.branch.registrar.setPosture('relay');
  await all.branch.clock.run(5000);
  const [dialog] = all.notifier.of('alice');
  assert.ok(dialog !== undefined, 'alice is subscribed');
  return { ...all, dialog };
}

describe('the mailbox of a user on a line', () => {
  it('is subscribed to once the centre has the user, the challenge answered, and refreshed in its dialog', async () => {
    const { branch, notifier, dialog } = await subscribed();
    assert.deepEqual(
      notifier.heard.map(({ username, dialog: within, proxyAuthorization }) => [
        username,
        within,
        proxyAuthorization !== undefined,
      ]),
      [
        ['alice', undefined, false],
        ['alice', undefined, true],
      ],
    );
    assert.match(notifier.heard[0]?.contactUri ?? '', /^sip:alice@198\.51\.100\.1:5060;.*hf=/);
    for (let at = 0; at < 3600; at += 10) {
      await branch.clock.run(10_000);
      assert.deepEqual(notifier.of('alice'), [dialog], `after ${at} s`);
    }
    assert.ok(notifier.heard.length < 30, `${notifier.heard.length} requests in an hour`);
  });

  it('is told by NOTIFY, with a dialog or unasked, to our address or by way of us', async () => {
    const { branch, notifier, dialog, told } = await subscribed();
    assert.deepEqual(branch.registrar.notified(notifier.notice(dialog, true)), { status: 200 });
    const { dialog: _dialog, state: _state, ...unasked } = notifier.notice(dialog, false);
    assert.deepEqual(branch.registrar.notified(unasked), { status: 200 });
    assert.deepEqual(branch.registrar.notified({ ...unasked, uri: 'sip:alice@line.invalid' }), { status: 200 });
    assert.deepEqual(branch.registrar.notified({ ...unasked, uri: 'sip:2001@198.51.100.1' }), { status: 200 });
    assert.deepEqual(branch.registrar.notified({ ...unasked, body: '', contentType: '' }), { status: 200 });
    assert.deepEqual(told, ['alice true', 'alice false', 'alice false', 'alice false']);
  });

  it('is not believed of others, of other events, or where it cannot be read', async () => {
    const { branch, notifier, dialog, told } = await subscribed();
    const { dialog: _dialog, ...notice } = notifier.notice(dialog, true);
    const answers = [
      [{ ...notice, uri: 'sip:bob@198.51.100.1' }, { status: 404 }],
      [{ ...notice, uri: 'tel:2001' }, { status: 404 }],
      [
        { ...notice, event: 'presence' },
        { status: 489, allowEvents: 'message-summary' },
      ],
      [{ ...notice, event: 'refer', dialog: 'x' }, { status: 481 }],
      [
        { ...notice, contentType: 'text/plain' },
        { status: 415, accept: 'application/simple-message-summary' },
      ],
      [{ ...notice, body: 'Voice-Message: 1/0' }, { status: 400 }],
    ] as const;
    for (const [asked, answer] of answers) assert.deepEqual(branch.registrar.notified(asked), answer);
    assert.deepEqual(told, []);
    assert.deepEqual(branch.registrar.notified({ ...notice, dialog: 'of a process before' }), { status: 481 });
    assert.deepEqual(told, ['alice true'], 'what it says is true all the same');
  });

  it('is subscribed to anew where the centre forgot the dialog, or ended it for a while', async () => {
    const { branch, notifier, dialog } = await subscribed();
    notifier.dialogs.delete(dialog);
    await branch.clock.run(600_000);
    const [second = ''] = notifier.of('alice');
    assert.notEqual(second, '', '481 to a refresh');
    for (const reason of ['timeout', 'deactivated', undefined]) {
      const [current = ''] = notifier.of('alice');
      const state = { value: 'terminated', ...(reason === undefined ? {} : { reason }) };
      assert.deepEqual(branch.registrar.notified(notifier.notice(current, true, state)), { status: 200 });
      notifier.dialogs.delete(current);
      await branch.clock.run(60_000);
      assert.equal(notifier.of('alice').length, 1, String(reason));
    }
  });

  it('is left alone for long where the centre keeps none', async () => {
    const { branch, notifier } = fixture();
    notifier.status = 489;
    branch.registrar.keepLines(['alice']);
    branch.registrar.setPosture('relay');
    await branch.clock.run(3_600_000);
    assert.ok(notifier.heard.length >= 2 && notifier.heard.length <= 5, `${notifier.heard.length} requests in an hour`);
  });

  it('waits as long as the centre says, and learns its shortest time', async () => {
    const { branch, notifier } = fixture();
    notifier.status = 503;
    notifier.headers = { 'retry-after': ['600'] };
    branch.registrar.keepLines(['alice']);
    branch.registrar.setPosture('relay');
    await branch.clock.run(300_000);
    assert.equal(notifier.heard.length, 1);
    notifier.status = undefined;
    notifier.shortestS = 7200;
    await branch.clock.run(600_000);
    assert.equal(notifier.of('alice').length, 1);
    assert.equal(notifier.heard.at(-1)?.expires, 7200);
  });

  it('is let go of when its user has no telephone here, also one who left the directory', async () => {
    const { branch, notifier } = await subscribed();
    branch.directory.replace(users.slice(1));
    branch.registrar.keepLines([]);
    await branch.clock.run(5000);
    assert.deepEqual(notifier.of('alice'), []);
    assert.deepEqual(branch.centre.located('alice'), [], 'nor is the user registered any more');
  });

  it('is nobody’s business in an outage, and asked for anew afterwards', async () => {
    const { branch, notifier } = await subscribed();
    branch.registrar.setPosture('serve');
    const before = notifier.heard.length;
    await branch.clock.run(3_600_000);
    assert.equal(notifier.heard.length, before);
    branch.registrar.setPosture('relay');
    await branch.clock.run(5000);
    assert.equal(notifier.of('alice').length, 1);
  });

  it('is asked for anew where the SIP server was gone, with every dialog', async () => {
    const { branch, notifier, dialog } = await subscribed();
    branch.registrar.centreBack();
    await branch.clock.run(5000);
    assert.equal(notifier.of('alice').filter((each) => each !== dialog).length, 1);
    branch.registrar.setPosture('serve');
    const before = notifier.heard.length;
    branch.registrar.centreBack();
    await branch.clock.run(5000);
    assert.equal(notifier.heard.length, before);
  });

  it('comes right by itself whatever the centre did, over a hundred seeds', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new SeededRandom(seed);
      const { branch, notifier, messages } = fixture(seed);
      branch.registrar.keepLines(['alice']);
      branch.registrar.setPosture('relay');
      const deeds = [
        () => (notifier.status = 500),
        () => (notifier.status = undefined),
        () => (notifier.silent = !notifier.silent),
        () => notifier.dialogs.clear(),
        () => branch.registrar.setPosture('serve'),
        () => branch.registrar.setPosture('relay'),
        () => branch.registrar.keepLines([]),
        () => branch.registrar.keepLines(['alice']),
        () => branch.registrar.centreBack(),
        () => {
          const [dialog = 'none'] = notifier.of('alice');
          const value = random.next() < 0.5 ? 'terminated' : 'active';
          branch.registrar.notified(notifier.notice(dialog, random.next() < 0.5, { value, reason: 'probation' }));
        },
      ];
      for (let at = 0; at < 30; at++) {
        deeds[Math.floor(random.next() * deeds.length)]?.();
        await branch.clock.run(random.next() * 20_000);
      }
      notifier.status = undefined;
      notifier.silent = false;
      branch.registrar.keepLines(['alice']);
      branch.registrar.setPosture('relay');
      await branch.clock.run(2_000_000);
      const [dialog] = notifier.of('alice');
      assert.ok(dialog !== undefined, `seed ${seed}`);
      branch.registrar.notified(notifier.notice(dialog, true));
      assert.equal(messages.get('alice'), true, `seed ${seed}`);
      assert.equal(notifier.heard.at(-1)?.username, 'alice');
      branch.registrar.stop();
      assert.equal(branch.clock.pending, 1, `seed ${seed}: nothing but the directory waits`);
    }
  });
});
