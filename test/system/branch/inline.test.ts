import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address } from './branch-network.js';
import { BranchOffice, centreDesk, domain, subscriber } from './branch-office.js';
import { until, wallNow } from './patience.js';
import { Sipp } from './sipp.js';
import { calling, injection, refusedRegistering, registering } from './sipp-scenario.js';

describe('with the WAN up', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({ phones: 4, voices: 3, users: 6 });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(() => office?.close());

  it('phones are registered at the centre, which finds them through Holdfast', () =>
    office.story(async () => {
      const locations = await office.kamailio.locations();
      for (const { username } of office.users.slice(0, 3)) {
        const mine = locations.filter((one) => one.aor === username);
        assert.equal(mine.length, 1, `${username} has ${mine.length} contacts at the centre`);
        assert.match(mine[0]?.contact ?? '', new RegExp(`@${address.holdfastWan}(?::5060)?(?:;|$)`));
      }
      const { phones } = await office.holdfast.status();
      assert.deepEqual(phones.map(({ username, origin }) => `${username} ${origin}`).sort(), [
        'u1001 relayed',
        'u1002 relayed',
        'u1003 relayed',
      ]);
    }));

  it('a phone calls a phone, over the centre, and both hear', () =>
    office.story(async () => {
      const [caller, called] = [office.phone(0), office.phone(1)];
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, called);
      assert.ok(office.network.wanCapture.sipSince(at, /^INVITE /).length > 0, 'the centre did not see the call');
      const end = wallNow();
      await caller.hangUp();
      await called.event('CALL_CLOSED', end, 2000);
      await office.quiet();
    }));

  it('a phone calls a person at the centre', () =>
    office.story(async () => {
      const caller = office.phone(1);
      const at = await caller.dial(`sip:${centreDesk.extension}@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.hears(caller, caller.settings.tone); // who repeats what is said
      await office.quiet();
    }));

  it('a person at the centre calls a phone', () =>
    office.story(async () => {
      const since = wallNow();
      const desk = new Sipp(office.network.centre, office.network.folder, {
        name: 'desk-calls',
        scenario: calling({ domain, called: '1001', talkMs: 2500, authenticate: true }),
        digestUri: `1001@${domain}`,
        target: `${address.centre}:5060`,
        address: address.centreUser,
        port: 5085,
        calls: 1,
        timeoutS: 15,
        users: injection([office.user(3)]),
        echo: true,
      });
      await office.phone(0).event('CALL_ESTABLISHED', since, 4000);
      await office.hears(office.phone(0), office.phone(0).settings.tone);
      assert.equal((await desk.finished()).exitCode, 0, desk.errors());
      await office.quiet();
    }));

  it('a phone calls the telephone network', () =>
    office.story(async () => {
      const caller = office.phone(0);
      const at = await caller.dial(`sip:${subscriber.dialled}@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, office.pstn);
      const end = wallNow();
      await office.pstn.hangUp();
      await caller.event('CALL_CLOSED', end, 2000);
      await office.quiet();
    }));

  it('the telephone network calls a phone', () =>
    office.story(async () => {
      const at = await office.pstn.dial(`sip:${office.user(1).did}@${address.holdfastPstn}`);
      await office.phone(1).event('CALL_ESTABLISHED', at, 3000);
      await office.talk(office.pstn, office.phone(1));
      await office.quiet();
    }));

  it('a call is held and taken back', () =>
    office.story(async () => {
      const [caller, called] = [office.phone(0), office.phone(1)];
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, called);
      await caller.hold();
      await until('the held phone hears nothing', 3000, () => {
        const now = wallNow();
        return office.network.lanCapture.soundTo(called.settings.address, 300).length === 0 && now > at;
      });
      await caller.resume();
      await office.talk(caller, called);
      await office.quiet();
    }));

  it('a call is transferred blind', () =>
    office.story(async () => {
      const [receptionist, caller, colleague] = [office.phone(0), office.phone(1), office.phone(2)];
      const at = await caller.dial(`sip:1001@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await receptionist.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, receptionist);
      const moved = wallNow();
      await receptionist.transfer(`sip:1003@${domain}`);
      await colleague.event('CALL_ESTABLISHED', moved, 4000);
      await office.talk(caller, colleague, 4000);
      await receptionist.event('CALL_CLOSED', moved, 4000);
      await office.quiet();
    }));

  it('a wrong password is refused by the centre, and leaves no binding', () =>
    office.story(async () => {
      const wrong = new Sipp(office.network.phone(3), office.network.folder, {
        name: 'wrong',
        scenario: refusedRegistering({ domain }),
        digestUri: domain,
        target: `${address.holdfast}:5060`,
        address: address.phone(3),
        port: 5090,
        calls: 1,
        timeoutS: 10,
        users: injection([{ username: 'u1004', password: 'guessed' }]),
      });
      assert.equal((await wrong.finished()).exitCode, 0, wrong.errors());
      const { phones } = await office.holdfast.status();
      assert.ok(!phones.some(({ username }) => username === 'u1004'));
    }));

  it('phones register over TCP, and over IPv6', () =>
    office.story(async () => {
      const ways = [
        { user: office.user(4), transport: 'tcp', from: address.phone(3), to: `${address.holdfast}:5060` },
        { user: office.user(5), transport: 'udp', from: address.phoneV6(3), to: `[${address.holdfastV6}]:5060` },
      ] as const;
      for (const { user, transport, from, to } of ways) {
        const phone = new Sipp(office.network.phone(3), office.network.folder, {
          name: `register-${transport}`,
          scenario: registering({ domain, authenticate: true, expires: 300 }),
          digestUri: domain,
          target: to,
          address: from,
          port: 5091,
          transport,
          calls: 1,
          timeoutS: 10,
          users: injection([user]),
        });
        assert.equal((await phone.finished()).exitCode, 0, `${transport} to ${to}: ${phone.errors()}`);
      }
      const { phones } = await office.holdfast.status();
      const seen = phones.map(({ username, transport }) => `${username} ${transport}`);
      assert.ok(seen.includes('u1005 tcp') && seen.includes('u1006 udp'), seen.join(', '));
    }));
});

describe('with a centre that understands Path (RFC 3327)', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({ phones: 2, voices: 2, configuration: { centre: { contact: 'path' } } });
  });
  after(() => office?.close());

  it('the centre knows the phones by their own contacts, and calls them through Holdfast', () =>
    office.story(async () => {
      const locations = await office.kamailio.locations();
      for (const index of [0, 1]) {
        const mine = locations.find((one) => one.aor === office.user(index).username);
        assert.ok(mine, `${office.user(index).username} is not registered at the centre`);
        assert.ok(mine.contact.includes(`@${address.phone(index)}`), `contact ${mine.contact}`);
        assert.ok(mine.path.includes(address.holdfastWan), `path ${mine.path}`);
      }
      const [caller, called] = [office.phone(0), office.phone(1)];
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await office.talk(caller, called);
      assert.ok(office.network.wanCapture.sipSince(at, /^INVITE /).length > 0, 'the centre did not see the call');
      await office.quiet();
    }));
});
