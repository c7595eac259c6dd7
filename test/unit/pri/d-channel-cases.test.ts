import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../sim/seeded-random.js';
import { until } from '../../system/branch/patience.js';
import { HandMadeSwitch } from './hand-made-switch.js';
import { Line, setup } from './line.js';

const channel = { interface: 0, slot: 3 };

async function onLine(story: (line: Line) => Promise<void>): Promise<void> {
  const line = new Line('ni2');
  try {
    await line.up();
    await story(line);
  } finally {
    line.stop();
  }
}

/** A call that talks; the ids at both ends. */
async function talking({ user, network }: Line, call = 'a', slot = 3): Promise<string> {
  user.do({ kind: 'setup', call, channel: { interface: 0, slot }, exclusive: true, setup });
  const arrived = await network.next('setup');
  network.do({ kind: 'proceeding', call: arrived.call, inBand: false });
  network.do({ kind: 'connect', call: arrived.call });
  await user.next('connect');
  return arrived.call;
}

describe('a D-channel', () => {
  it('says who sent a call on, and why', () =>
    onLine(async ({ user, network }) => {
      const from = { ...setup.calling, number: { digits: '3125550199', type: 'national', plan: 'isdn' } } as const;
      const redirection = {
        from: { number: from.number, presentation: 'allowed', screening: 'user-passed' },
        reason: 'no-reply',
        count: 1,
      } as const;
      user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup: { ...setup, redirection } });
      const arrived = (await network.next('setup')).setup.redirection;
      assert.equal(arrived?.from.number?.digits, '3125550199');
      assert.equal(arrived?.reason, 'no-reply');
    }));

  it('hides a caller who does not want to be shown', () =>
    onLine(async ({ user, network }) => {
      const calling = { ...setup.calling, presentation: 'restricted', screening: 'user-not-screened' } as const;
      user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup: { ...setup, calling } });
      assert.equal((await network.next('setup')).setup.calling?.presentation, 'restricted');
    }));

  it('takes digits one after another (overlap)', () =>
    onLine(async ({ user, network }) => {
      const called = { ...setup.called, digits: '312' };
      user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup: { ...setup, called, complete: false } });
      const arrived = await network.next('setup');
      assert.equal(arrived.setup.complete, false);
      network.do({ kind: 'setupAck', call: arrived.call, inBand: true });
      assert.equal((await user.next('setupAck')).inBand, true);
      user.do({ kind: 'digits', call: 'a', digits: '55' });
      assert.equal((await network.next('digits')).digits, '5');
      assert.equal((await network.next('digits')).digits, '5');
    }));

  for (const stage of ['has just arrived', 'proceeds', 'talks'] as const) {
    it(`ends a call that ${stage} with each of the 127 causes, before anybody asks again (T303, T308)`, () =>
      onLine(async ({ user, network }) => {
        const values = Array.from({ length: 127 }, (_, at) => at + 1);
        for (const value of values) {
          user.do({ kind: 'setup', call: `c${value}`, channel, exclusive: true, setup });
          const { call } = await network.next('setup');
          if (stage !== 'has just arrived') network.do({ kind: 'proceeding', call, inBand: false });
          if (stage === 'talks') network.do({ kind: 'connect', call });
          network.do({ kind: 'release', call, cause: value });
          user.onEvent = (event) => {
            if (event.kind === 'disconnect') user.do({ kind: 'release', call: event.call, cause: event.cause });
          };
        }
        const left = await until('no call is left', 3000, () =>
          user.channel.calls + network.channel.calls === 0 ? [] : undefined,
        );
        assert.deepEqual(left, []);
        for (const { events } of [user, network]) {
          const ends = events.flatMap((event) => (event.kind === 'released' ? [event.cause] : []));
          assert.deepEqual(
            ends.toSorted((one, other) => one - other),
            values,
          );
        }
        const heard = user.events.flatMap((e) => (e.kind === 'released' ? [[e.call, e.cause]] : []));
        for (const [call, value] of heard) assert.equal(call, `c${value}`);
      }));
  }

  it('keeps a call that talks while the link is lost, and ends it after the link is back', () =>
    onLine(async (line) => {
      const { user, network } = line;
      const call = await talking(line);
      line.connected = false;
      // T200 and N200 find out that nobody answers.
      user.do({ kind: 'service', channel: { interface: 0, slot: 9 }, inService: true });
      await user.next('down');
      assert.equal(user.channel.calls, 1);
      line.connected = true;
      await user.next('up');
      user.do({ kind: 'release', call: 'a', cause: 16 });
      await network.next('disconnect');
      network.do({ kind: 'release', call, cause: 16 });
      await Promise.all([user.next('released'), network.next('released')]);
    }));

  it('is down and up again when the other side begins anew, since what was under way is lost', () =>
    onLine(async ({ user }) => {
      // Whoever spoke last at the start may have begun twice.
      const before = user.events.filter(({ kind }) => kind === 'down').length;
      user.channel.receive(0, Uint8Array.of(0x02, 0x01, 0x7f));
      const ends = user.events.slice(-2).map(({ kind }) => kind);
      assert.deepEqual(ends, ['down', 'up']);
      assert.equal(user.events.filter(({ kind }) => kind === 'down').length, before + 1);
    }));

  for (const [switchType, service] of [
    ['ni2', '43 02 0000 07'],
    ['5ess', '03 02 0000 0f'],
  ] as const) {
    it(`does not stand by at a message of the other side when there is no other D-channel (${switchType})`, async () => {
      const peer = new HandMadeSwitch(switchType);
      try {
        await peer.event('up');
        peer.say(`${service} 0101c2 1802ec80`);
        await peer.message('SERVICE ACKNOWLEDGE', ({ discriminator }) => discriminator !== 8);
        peer.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
        await peer.message('SETUP', ({ type }) => type === 0x05);
      } finally {
        peer.stop();
      }
    });
  }

  it('restarts a channel, and ends the call on it', () =>
    onLine(async (line) => {
      await talking(line);
      line.user.do({ kind: 'restart', channel });
      assert.deepEqual((await line.network.next('restarted')).channel, channel);
      await line.network.next('released');
      assert.deepEqual((await line.user.next('restartAcknowledged')).channel, channel);
    }));

  it('takes channels out of service and back', () =>
    onLine(async ({ user, network }) => {
      user.do({ kind: 'service', channel, inService: false });
      assert.deepEqual(await network.next('service'), { kind: 'service', channel, inService: false });
      user.do({ kind: 'service', channel, inService: true });
      assert.equal((await network.next('service')).inService, true);
    }));

  it('lets both sides seize one channel in the same moment, and each hears of the other', () =>
    onLine(async ({ user, network }) => {
      user.do({ kind: 'setup', call: 'u', channel, exclusive: true, setup });
      network.do({ kind: 'setup', call: 'n', channel, exclusive: true, setup });
      const [atUser, atNetwork] = await Promise.all([user.next('setup'), network.next('setup')]);
      assert.deepEqual(atUser.channel, atNetwork.channel);
      // The network's call stands (Q.931 §5.7): the user gives way.
      network.do({ kind: 'release', call: atNetwork.call, cause: 44 });
      assert.equal((await user.next('released')).cause, 44);
      user.do({ kind: 'connect', call: atUser.call });
      await network.next('connect');
    }));

  it('says at once that a call cannot be placed without a link', async () => {
    const line = new Line('ni2');
    line.connected = false;
    line.user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
    assert.deepEqual(line.user.events, [{ kind: 'released', call: 'a', cause: 38 }]);
    line.stop();
  });

  it('answers a command that fits no call by a fault', () =>
    onLine(async ({ user }) => {
      user.do({ kind: 'alerting', call: 'nobody', inBand: false });
      assert.match((await user.next('fault')).why, /no such call/);
      user.do({ kind: 'release', call: 'nobody', cause: 16 });
      assert.equal(user.events.filter((event) => event.kind === 'fault').length, 1);
    }));

  it('survives frames that are none, and talks on', () =>
    onLine(async (line) => {
      const random = new SeededRandom(20_071_016);
      const call = await talking(line);
      for (let n = 0; n < 3000; n++) {
        const noise = random.bytes(1 + Math.floor(random.next() * 260));
        // Half of them are well addressed unnumbered information with a layer 3 message of noise.
        if (n % 2 === 0) noise.set([0x02, 0x01, 0x03, 0x08, 0x02, 0x80, 0x01].slice(0, noise.length));
        // DISC, DM, SABME and FRMR would rightly end the link.
        if ((noise[2] ?? 0) !== 0x03 && ((noise[2] ?? 0) & 3) === 3) continue;
        line.user.channel.receive(0, noise);
      }
      await until('the link is up', 10_000, () => line.user.channel.up && line.network.channel.up);
      line.user.do({ kind: 'release', call: 'a', cause: 16 });
      line.network.do({ kind: 'release', call, cause: 16 });
      await until('no call is left', 10_000, () => line.user.channel.calls + line.network.channel.calls === 0);
    }));
});
