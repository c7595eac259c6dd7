import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address } from './branch-network.js';
import { BranchOffice, domain, subscriber } from './branch-office.js';
import { holds, sleep, until, wallNow } from './patience.js';
import { Sipp } from './sipp.js';
import { calling, injection, refusedRegistering } from './sipp-scenario.js';

describe('telephones through an outage', () => {
  let office: BranchOffice;
  before(async () => {
    const survivability = { goodProbes: 2, holdDownSeconds: 1, holdDownMaxSeconds: 1 };
    office = await BranchOffice.open({ phones: 4, voices: 3, users: 5, configuration: { survivability } });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(() => office?.close());

  it('calls in progress stay up through cut and restore, and end normally', (t) =>
    office.story(async () => {
      const [caller, called, outside] = [office.phone(0), office.phone(1), office.phone(2)];
      const at = await caller.dial(`sip:1002@${domain}`);
      const outsideAt = await outside.dial(`sip:${subscriber.dialled}@${domain}`);
      await Promise.all([
        caller.event('CALL_ESTABLISHED', at, 3000),
        called.event('CALL_ESTABLISHED', at, 3000),
        outside.event('CALL_ESTABLISHED', outsideAt, 3000),
      ]);
      await office.talk(caller, called);
      await office.talk(outside, office.pstn);

      await office.network.blackHole();
      await office.holdfast.reaches('survivable', 6000, ({ mode }) => mode === 'survivable');
      await office.talk(caller, called);
      await office.talk(outside, office.pstn);
      await sleep(3000);
      await office.network.heal();
      await office.holdfast.reaches('inline again', 20_000, ({ mode }) => mode === 'inline');
      await office.talk(caller, called);
      await office.talk(outside, office.pstn);
      for (const phone of [caller, called, outside, office.pstn]) {
        assert.ok(
          !phone.events.some((one) => one.type === 'CALL_CLOSED' && one.at > at),
          `${phone.settings.name} lost its call`,
        );
      }

      const end = wallNow();
      await caller.hangUp();
      await office.pstn.hangUp();
      const closed = await Promise.all([
        called.event('CALL_CLOSED', end, 2000),
        outside.event('CALL_CLOSED', end, 2000),
      ]);
      t.diagnostic(
        `ended at the other side after ${closed.map((one) => `${(one.at - end).toFixed(0)} ms`).join(' and ')}`,
      );
      await office.quiet();
    }));

  it('a call that began over the centre ends for both while the centre is gone', (t) =>
    office.story(async () => {
      const [caller, called] = [office.phone(0), office.phone(1)];
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.network.blackHole();
      await office.holdfast.reaches('survivable', 6000, ({ mode }) => mode === 'survivable');
      const end = wallNow();
      await caller.hangUp();
      const closed = await called.event('CALL_CLOSED', end, 5000);
      t.diagnostic(`the other phone is told after ${(closed.at - end).toFixed(0)} ms`);
    }));

  // From here on the WAN stays down.

  it('a phone that restarts in the outage registers with its password and is called', () =>
    office.story(async () => {
      await office.network.cutCarrier();
      await office.holdfast.reaches('survivable', 6000, ({ mode }) => mode === 'survivable');
      const phone = office.phone(1);
      await phone.powerOff();
      const since = wallNow();
      await phone.start();
      assert.equal(await office.registration(phone, since), 200);
      const { phones } = await office.holdfast.status();
      assert.ok(phones.some(({ username, origin }) => username === 'u1002' && origin === 'served'));
      const at = await office.phone(0).dial(`sip:1002@${domain}`);
      await office.phone(0).event('CALL_ESTABLISHED', at, 3000);
      await office.talk(office.phone(0), phone);
      await office.quiet();
    }));

  it('a wrong password is refused, before and after the right one', () =>
    office.story(async () => {
      const first = wallNow();
      const phone = await office.plugIn(3);
      assert.equal(await office.registration(phone, first), 200);
      await phone.powerOff();
      const since = wallNow();
      await phone.start('guessed');
      assert.match(String(await office.registration(phone, since)), /40[13]/);
      const wrong = new Sipp(office.network.phone(3), office.network.folder, {
        name: 'wrong',
        scenario: refusedRegistering({ domain }),
        digestUri: domain,
        target: `${address.holdfast}:5060`,
        address: address.phone(3),
        port: 5090,
        calls: 1,
        timeoutS: 10,
        users: injection([{ username: 'u1005', password: 'guessed' }]),
      });
      assert.equal((await wrong.finished()).exitCode, 0, wrong.errors());
      const { phones } = await office.holdfast.status();
      assert.ok(!phones.some(({ username }) => username === 'u1005'));
    }));

  it('911 goes out on the local line from a phone that is not registered', (t) =>
    office.story(async () => {
      const since = wallNow();
      const phone = new Sipp(office.network.phone(3), office.network.folder, {
        name: 'emergency',
        scenario: calling({ domain, called: '911', talkMs: 1500, authenticate: false }),
        target: `${address.holdfast}:5060`,
        address: address.phone(3),
        port: 5092,
        calls: 1,
        timeoutS: 15,
        users: injection([{ username: 'lobby', password: '' }]),
      });
      await office.pstn.event('CALL_ESTABLISHED', since, 3000);
      const invite = await until('an INVITE for 911 is on the local line', 1000, () =>
        office.network.pstnCapture.sipSince(since, /^INVITE sip:911@/).at(0),
      );
      t.diagnostic(`911: on the local line ${(invite.at - since).toFixed(0)} ms after the phone program was started`);
      assert.ok(
        (await office.holdfast.status()).calls.some((one) => one.emergency),
        'the status shows no emergency call',
      );
      assert.equal((await phone.finished()).exitCode, 0, phone.errors());
      await office.quiet();
    }));

  it('a telephone that is banned for sending garbage reaches help by urn:service:sos, and hangs up', () =>
    office.story(async () => {
      const space = office.network.phone(3);
      // An address where nobody has registered: who has is never banned.
      const guest = address.phone(33);
      await space.ip(`addr add ${guest}/24 dev eth0`);
      const noise = `const s = require('node:dgram').createSocket('udp4');
        s.bind(0, '${guest}', () => {
          for (let i = 0; i < 300; i++) s.send('OPTIONS sip:x SIP/2.0\\r\\n\\r\\n', 5060, '${address.holdfast}');
          setTimeout(() => s.close(), 300);
        });`;
      await space.run(process.execPath, ['-e', noise]);
      const server = JSON.parse((await office.holdfast.http('/api/sip')).body);
      assert.equal(server.sources.banned, 1);
      const since = wallNow();
      const phone = new Sipp(space, office.network.folder, {
        name: 'banned',
        scenario: calling({ domain, called: '911', talkMs: 500, authenticate: false }).replaceAll(
          'sip:911@[$domain]',
          'urn:service:sos',
        ),
        target: `${address.holdfast}:5060`,
        address: guest,
        port: 5094,
        calls: 1,
        timeoutS: 15,
        users: injection([{ username: 'lobby', password: '' }]),
      });
      await office.pstn.event('CALL_ESTABLISHED', since, 3000);
      assert.equal((await phone.finished()).exitCode, 0, phone.errors());
      await office.quiet();
    }));

  it('911 goes out on the local line with the WAN up, too', () =>
    office.story(async () => {
      await office.network.heal();
      await office.network.restoreCarrier();
      await office.holdfast.reaches('inline again', 20_000, ({ mode }) => mode === 'inline');
      const caller = office.phone(0);
      const at = await caller.dial(`sip:911@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, office.pstn);
      assert.equal(
        office.network.wanCapture.sipSince(at, /^INVITE /).length,
        0,
        'the emergency call went over the WAN',
      );
      await holds('the call stays', 500, () => caller.inCall);
      await office.quiet();
    }));
});
