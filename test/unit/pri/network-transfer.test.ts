import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Q931Message, SwitchType } from '../../../src/isdn/index.js';
import { until } from '../../system/branch/patience.js';
import { HandMadeSwitch } from './hand-made-switch.js';
import { Line, setup } from './line.js';

const facility = 0x62;

/** Two answered calls: one that arrived (reference 5, channel 3) and one that we placed (our reference 1, channel 4). */
async function withTwoCalls(
  switchType: SwitchType,
  story: (peer: HandMadeSwitch) => Promise<void>,
  more = '',
): Promise<void> {
  const peer = new HandMadeSwitch(switchType);
  try {
    await peer.event('up');
    peer.say('08 02 0005 05 04038090a2 1803a98383 7008 80 35353530313030');
    const arrived = await peer.event('setup');
    peer.do({ kind: 'proceeding', call: arrived.call, inBand: false });
    peer.do({ kind: 'connect', call: arrived.call });
    await peer.message('CONNECT', ({ type }) => type === 0x07);
    peer.say('08 02 0005 0f');
    peer.do({ kind: 'setup', call: 'placed', channel: { interface: 0, slot: 4 }, exclusive: true, setup });
    await peer.message('SETUP', ({ type }) => type === 0x05);
    peer.say(`08 02 8001 07 1803a98384 ${more}`);
    await peer.event('connect');
    await story(peer);
  } finally {
    peer.stop();
  }
}

function facilityOf(message: Q931Message): string {
  return Buffer.from(message.elements.find(({ identifier }) => identifier === 0x1c)?.content ?? []).toString('hex');
}

async function transfer(peer: HandMadeSwitch): Promise<string> {
  peer.do({ kind: 'transfer', call: 'in-1', to: 'placed' });
  return facilityOf(await peer.message('FACILITY', ({ type }) => type === facility));
}

/** ROSE (X.229) in a facility element of the remote-operations profile (Q.932 §8.2.3). */
const invoke = new RegExp(
  [
    '^91', // supplementary service applications
    'a111', // invoke
    '0201..', // its id
    '06072a8648ce150008', // GR-2865: 1.2.840.10005.0.8, transfer of two B-channels
    '3003020101$', // the link is the other call, by our reference 1
  ].join(''),
);

/** Nortel's release link trunk: operations 1 (the switch names the call) and 2 (it is to be joined to another). */
const rlt = {
  asked: '11bea106020101020101',
  given: '11be a20e 020101 3009 020101 8004 00000005',
  // Third party: the call's name as it was given, no reason for redirection.
  invoke: '11bea10e020102020102 3006 800105 810100'.replaceAll(' ', ''),
};

describe('a transfer in the network', () => {
  for (const switchType of ['ni2', '5ess', '4ess'] as const) {
    it(`is asked for as GR-2865 has it (${switchType}), and both calls end when the network has joined them`, () =>
      withTwoCalls(switchType, async (peer) => {
        assert.match(await transfer(peer), invoke);
        // Return result, then the network clears both.
        peer.say('08 02 0005 62 1c06 91 a203 020101');
        peer.say('08 02 0005 45 08028090');
        peer.say('08 02 8001 45 08028090');
        for (const { call, cause } of [await peer.event('disconnect'), await peer.event('disconnect', 2)]) {
          peer.do({ kind: 'release', call, cause });
        }
        await peer.message('RELEASE of one', ({ type, callReference }) => type === 0x4d && callReference === 5);
        await peer.message('RELEASE of the other', ({ type, callReference }) => type === 0x4d && callReference === 1);
        peer.say('08 02 0005 5a');
        peer.say('08 02 8001 5a');
        await peer.event('released', 2);
        assert.equal(peer.user.calls, 0);
      }));
  }

  for (const [how, component] of [
    ['a return error', 'a30606 01 01 02 01 01'],
    ['a reject', 'a406 020101 810102'],
  ] as const) {
    it(`leaves both calls as they are when the network says no by ${how}`, () =>
      withTwoCalls('ni2', async (peer) => {
        await transfer(peer);
        const content = `91${component.replaceAll(' ', '')}`;
        peer.say(`08 02 0005 62 1c${(content.length / 2).toString(16).padStart(2, '0')} ${content}`);
        // Both still end as calls do.
        for (const call of ['in-1', 'placed']) peer.do({ kind: 'release', call, cause: 16 });
        await peer.message('DISCONNECT of one', ({ type, callReference }) => type === 0x45 && callReference === 5);
        await peer.message(
          'DISCONNECT of the other',
          ({ type, callReference }) => type === 0x45 && callReference === 1,
        );
        assert.equal(peer.events.filter(({ kind }) => kind === 'disconnect' || kind === 'released').length, 0);
        assert.equal(peer.user.calls, 2);
      }));
  }

  it('is asked for as DMS-100 has it (release link trunk), with the name that the switch gave the call', () =>
    withTwoCalls(
      'dms100',
      async (peer) => {
        const offered = await peer.message('SETUP', ({ type }) => type === 0x05);
        assert.equal(facilityOf(offered), rlt.asked);
        assert.equal(await transfer(peer), rlt.invoke);
        assert.equal(peer.user.calls, 2);
      },
      `1c12 ${rlt.given}`,
    ));

  it('is refused by libpri as an exchange, and both calls stay (EuroISDN, explicit call transfer)', async () => {
    const line = new Line('euroisdn', true);
    try {
      await line.up();
      const { user, network } = line;
      for (const slot of [3, 4]) {
        user.do({ kind: 'setup', call: `u${slot}`, channel: { interface: 0, slot }, exclusive: true, setup });
        const { call } = await network.next('setup');
        network.do({ kind: 'proceeding', call, inBand: false });
        network.do({ kind: 'connect', call });
        await user.next('connect');
      }
      const from = line.sent.length;
      user.do({ kind: 'transfer', call: 'u3', to: 'u4' });
      // ETS 300 369-1: the exchange has a return error (0xa3) for the request.
      const said = await until('the exchange answers', 10_000, () =>
        line.sent.slice(from).find(({ side, frame }) => side === 'network' && frame[8] === facility),
      );
      assert.equal(said.frame[12], 0xa3, Buffer.from(said.frame).toString('hex'));
      assert.equal(user.channel.calls + network.channel.calls, 4);
    } finally {
      line.stop();
    }
  });

  it('is refused here by DMS-100 when the switch has not offered it', () =>
    withTwoCalls('dms100', async (peer) => {
      peer.do({ kind: 'transfer', call: 'in-1', to: 'placed' });
      assert.match((await peer.event('fault')).why, /transfer/);
      assert.equal(peer.user.calls, 2);
    }));
});
