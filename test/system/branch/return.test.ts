import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address } from './branch-network.js';
import { BranchOffice, domain, type OfficeUser, subscriber } from './branch-office.js';
import { headerOf, hostOf } from './capture.js';
import { sleep, until, wallNow } from './patience.js';
import { Sipp } from './sipp.js';
import { injection, registering } from './sipp-scenario.js';

const voices = 3;
const early = 100;
const during = 20;
const perSecond = 20;
/** What leaves is judged over so long, and may have waited so long for a busy machine. */
const [windowMs, heldUpMs] = [2000, 500];
const burst = 5; // the registrar's bucket may be full when it begins
const holdDownMs = 2000;

describe('when the WAN comes back and flaps', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({
      phones: 4,
      voices,
      users: voices + early + during,
      configuration: {
        survivability: { goodProbes: 3, holdDownSeconds: holdDownMs / 1000, holdDownMaxSeconds: 120 },
        centre: { reRegisterPerSecond: perSecond },
      },
    });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(() => office?.close());

  async function register(name: string, users: readonly OfficeUser[], rate: number): Promise<void> {
    const phones = new Sipp(office.network.phone(3), office.network.folder, {
      name,
      scenario: registering({ domain, authenticate: true, expires: 300 }),
      digestUri: domain,
      target: `${address.holdfast}:5060`,
      address: address.phone(3),
      port: 5090,
      calls: users.length,
      rate,
      timeoutS: 30,
      users: injection(users),
    });
    assert.equal((await phones.finished()).exitCode, 0, phones.errors());
  }

  it('hold-down doubles, no call drops, and the centre ends up with the right phones, within the bucket', (t) =>
    office.story(async () => {
      const many = office.users.slice(voices);
      await register('before', many.slice(0, early), 50);
      const [caller, called, outside] = [office.phone(0), office.phone(1), office.phone(2)];
      const at = await caller.dial(`sip:1002@${domain}`);
      const outsideAt = await outside.dial(`sip:${subscriber.dialled}@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 3000);
      await outside.event('CALL_ESTABLISHED', outsideAt, 3000);

      const totals: number[] = [];
      for (let flap = 0; flap < 4; flap += 1) {
        await office.network.cutCarrier();
        await office.holdfast.reaches('survivable', 6000, ({ mode }) => mode === 'survivable');
        if (flap === 0) {
          await register('again', many.slice(0, early / 2), 50);
          await register('new', many.slice(early), 50);
        }
        await sleep(1500);
        await office.network.restoreCarrier();
        const returning = await office.holdfast.reaches('returning', 10_000, ({ mode }) => mode === 'returning');
        totals.push(returning.holdDown?.totalMs ?? 0);
        if (flap < 3) await sleep(1000);
      }
      const restored = wallNow();
      t.diagnostic(`hold-down: ${totals.map((ms) => `${ms / 1000} s`).join(', ')}`);
      assert.deepEqual(
        totals,
        [1, 2, 4, 8].map((factor) => factor * holdDownMs),
      );

      const back = await office.holdfast.reaches('inline', 40_000, ({ mode }) => mode === 'inline');
      assert.ok(back.sinceWall - restored >= 8 * holdDownMs - 2000, 'back before the hold-down was over');
      await office.holdfast.reaches('no registration waits', 60_000, ({ upstreamQueue }) => upstreamQueue === 0);
      const done = wallNow();

      await office.talk(caller, called);
      await office.talk(outside, office.pstn);
      for (const phone of [caller, called, outside, office.pstn]) {
        assert.ok(
          !phone.events.some((one) => one.type === 'CALL_CLOSED' && one.at > at),
          `${phone.settings.name} lost its call`,
        );
      }

      await until('every phone stands once in the location table, at Holdfast', 5000, async () => {
        const locations = await office.kamailio.locations();
        const wrong = office.users.filter(({ username }) => {
          const mine = locations.filter((one) => one.aor === username);
          return mine.length !== 1 || !(mine[0]?.contact ?? '').includes(`@${address.holdfastWan}`);
        });
        if (wrong.length > 0) throw new Error(`wrong: ${wrong.map(({ username }) => username).join(' ')}`);
        return true;
      });

      const times = registrationTimes(back.sinceWall - 1000);
      const busiest = Math.max(
        ...times.map((start) => times.filter((one) => one >= start && one < start + windowMs).length),
      );
      t.diagnostic(
        `${times.length} upstream registrations in ${((done - back.sinceWall) / 1000).toFixed(1)} s, ` +
          `at most ${busiest} in any ${windowMs / 1000} s; the bucket gives ${perSecond} a second`,
      );
      assert.ok(times.length >= early / 2 + during, `only ${times.length} registrations went to the centre`);
      const most = (perSecond * (windowMs + heldUpMs)) / 1000 + burst + 1;
      assert.ok(busiest <= most, `${busiest} registrations in ${windowMs / 1000} s`);
      await office.quiet();
    }));

  /** When each registration first left the branch: challenges answered and retransmissions are not counted again. */
  function registrationTimes(since: number): readonly number[] {
    const seen = new Map<string, number>();
    for (const { at, text, from } of office.network.wanCapture.sipSince(since, /^REGISTER /)) {
      if (hostOf(from) !== address.holdfastWan) continue;
      const key = headerOf(text, 'Call-ID') ?? '';
      if (!seen.has(key)) seen.set(key, at);
    }
    return [...seen.values()];
  }
});
