import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SwitchType } from '../../../src/isdn/index.js';
import { Line, setup } from './line.js';

const switches: readonly SwitchType[] = ['ni2', '5ess', 'dms100', '4ess', 'euroisdn', 'qsig'];
const channel = { interface: 0, slot: 3 };

async function withLine(switchType: SwitchType, story: (line: Line) => Promise<void>): Promise<void> {
  const line = new Line(switchType, switchType === 'euroisdn');
  try {
    await line.up();
    await story(line);
  } finally {
    line.stop();
  }
}

for (const switchType of switches) {
  describe(`a D-channel of ${switchType}`, () => {
    it('carries a call from the user with name and number, to its end', () =>
      withLine(switchType, async ({ user, network }) => {
        user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
        const arrived = await network.next('setup');
        assert.deepEqual(arrived.channel, channel);
        assert.equal(arrived.setup.called.digits, '3125551234');
        assert.equal(arrived.setup.called.type, 'national');
        assert.equal(arrived.setup.calling?.number?.digits, '3125550100');
        assert.equal(arrived.setup.calling?.presentation, 'allowed');
        assert.equal(arrived.setup.complete, true);
        assert.equal(arrived.setup.bearer, 'speech');
        network.do({ kind: 'proceeding', call: arrived.call, inBand: false });
        await user.next('proceeding');
        network.do({ kind: 'alerting', call: arrived.call, inBand: true });
        assert.equal((await user.next('alerting')).inBand, true);
        network.do({ kind: 'connect', call: arrived.call });
        await user.next('connect');
        user.do({ kind: 'release', call: 'a', cause: 16 });
        const cleared = await network.next('disconnect');
        assert.equal(cleared.cause, 16);
        network.do({ kind: 'release', call: arrived.call, cause: 16 });
        assert.equal((await user.next('released')).cause, 16);
        assert.equal((await network.next('released')).cause, 16);
        assert.equal(user.channel.calls + network.channel.calls, 0);
      }));

    it('carries a call from the network', () =>
      withLine(switchType, async ({ user, network }) => {
        network.do({ kind: 'setup', call: 'n', channel, exclusive: true, setup });
        const arrived = await user.next('setup');
        assert.equal(arrived.setup.calling?.name, 'Alice Adams');
        user.do({ kind: 'proceeding', call: arrived.call, inBand: false });
        user.do({ kind: 'connect', call: arrived.call });
        await network.next('connect');
        network.do({ kind: 'release', call: 'n', cause: 16 });
        await user.next('disconnect');
        user.do({ kind: 'release', call: arrived.call, cause: 16 });
        await Promise.all([user.next('released'), network.next('released')]);
      }));

    it('says who answered: the number, hidden or not, and the name', () =>
      withLine(switchType, async ({ user, network }) => {
        for (const [from, to] of [
          [user, network],
          [network, user],
        ] as const) {
          for (const presentation of ['allowed', 'restricted'] as const) {
            const call = `${presentation}-${from === user}`;
            from.do({ kind: 'setup', call, channel, exclusive: true, setup });
            const arrived = await to.next('setup');
            to.do({ kind: 'proceeding', call: arrived.call, inBand: false });
            const number = { digits: '3125550199', type: 'national', plan: 'isdn' } as const;
            const connected = { number, presentation, screening: 'network', name: 'Bob' } as const;
            to.do({ kind: 'connect', call: arrived.call, connected });
            // What hides a number hides the name, but QSIG says so of the name itself; EuroISDN users say no name to the network.
            const named =
              switchType === 'qsig' || (presentation === 'allowed' && !(switchType === 'euroisdn' && to === user));
            const { name: _, ...nameless } = connected;
            assert.deepEqual((await from.next('connect')).connected, named ? connected : nameless);
            from.do({ kind: 'release', call, cause: 16 });
            await to.next('disconnect');
            to.do({ kind: 'release', call: arrived.call, cause: 16 });
            await Promise.all([user.next('released'), network.next('released')]);
          }
        }
      }));

    it('takes a number digit by digit, both ways, until the caller says that it is whole', () =>
      withLine(switchType, async (line) => {
        const { user, network } = line;
        for (const [from, to] of [
          [user, network],
          [network, user],
        ] as const) {
          const called = { digits: '', type: 'unknown', plan: 'unknown' } as const;
          const call = from === user ? 'u' : 'n';
          from.do({ kind: 'setup', call, channel, exclusive: true, setup: { ...setup, called, complete: false } });
          const arrived = await to.next('setup');
          assert.deepEqual([arrived.setup.called.digits, arrived.setup.complete], ['', false]);
          to.do({ kind: 'setupAck', call: arrived.call, inBand: true });
          assert.equal((await from.next('setupAck')).inBand, true);
          for (const digit of '31*') {
            from.do({ kind: 'digits', call, digits: digit });
            assert.deepEqual(await to.next('digits'), { kind: 'digits', call: arrived.call, digits: digit });
          }
          // libpri does not say it, but hears it: sending complete (Q.931 §4.5.27) behind an INFORMATION.
          line.alter = (frame) => (frame[8] === 0x7b || frame[9] === 0x7b ? Uint8Array.of(...frame, 0xa1) : frame);
          from.do({ kind: 'digits', call, digits: '2' });
          assert.equal((await to.next('digits')).complete, true);
          line.alter = (frame) => frame;
          to.do({ kind: 'proceeding', call: arrived.call, inBand: false });
          to.do({ kind: 'connect', call: arrived.call });
          await from.next('connect');
          from.do({ kind: 'release', call, cause: 16 });
          await to.next('disconnect');
          to.do({ kind: 'release', call: arrived.call, cause: 16 });
          await Promise.all([user.next('released'), network.next('released')]);
        }
      }));

    it('ends a refused call at once, with its cause', () =>
      withLine(switchType, async ({ user, network }) => {
        user.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
        const { call } = await network.next('setup');
        network.do({ kind: 'release', call, cause: 1 });
        await network.next('released');
        assert.equal((await user.next('released')).cause, 1);
      }));
  });
}
