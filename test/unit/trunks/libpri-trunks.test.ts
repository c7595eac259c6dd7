import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { DChannel, loadLibpri } from '../../../hw/pri/index.js';
import { cause, silentLog } from '../../../src/base/index.js';
import type { SwitchType } from '../../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, DChannelSettings } from '../../../src/tdm/index.js';
import type { LineTrunkSettingsOf } from '../../../src/trunks/index.js';
import { until } from '../../system/branch/patience.js';
import { answering, bearers, TrunkBench, trunkOf, type WatchedLeg } from './trunk-bench.js';

/** Two boxes whose D-channels really speak: libpri at both ends, in real time. */
const libpri = loadLibpri(() => undefined);

interface Pair {
  readonly user: TrunkBench;
  readonly network: TrunkBench;
  /** The line of a D-channel is dead, at both ends. */
  cut(port: number): void;
}

async function withPair(
  switchType: SwitchType,
  settings: Partial<LineTrunkSettingsOf>,
  story: (pair: Pair) => Promise<void>,
  spans = 1,
): Promise<void> {
  const channels: DChannel[] = [];
  const turns = new Set<NodeJS.Immediate>();
  const dead = new Set<number>();
  const pair = {
    cut: (port: number): void => {
      dead.add(port);
      for (const channel of channels) channel.alarm(port, true);
    },
  };
  const portOf = (at: number, own: DChannelSettings): DChannelPort => {
    let listener: (event: DChannelEvent) => void = () => undefined;
    const channel = new DChannel({
      ...{ switchType, side: own.side, e1: own.e1, nfas: own.nfas, libpri, clock: systemClock, log: silentLog },
      ports: own.channels.map((_, port) => ({
        send: (frame) => {
          const turn = setImmediate(() => {
            turns.delete(turn);
            if (!dead.has(port)) channels[1 - at]?.receive(port, frame);
          });
          turns.add(turn);
        },
      })),
      emit: (event) => listener(event),
    });
    channels.push(channel);
    return {
      settings: own,
      get up() {
        return channel.up;
      },
      do: (command) => channel.do(command),
      trace: () => undefined,
      on: (heard) => {
        listener = heard;
      },
      close: () => channel.stop(),
    };
  };
  const names = Array.from({ length: spans }, (_, at) => `sim/${at + 1}`);
  const members = names.flatMap((span, at) => bearers(span, 3, at));
  const boxes = (['user', 'network'] as const).map((side, at) => {
    const dChannel: DChannelSettings = {
      ...{ name: 'pstn', switchType, side, e1: switchType === 'euroisdn', nfas: spans > 1 },
      channels: names.map((span) => `${span}:24`),
    };
    const box = new TrunkBench([trunkOf(members, { hunt: 'lowest', ...settings })], {
      clock: systemClock,
      groups: [{ dChannel, restarts: true, serviceMessages: true }],
      dChannels: { open: (own) => portOf(at, own) },
      seed: at + 1,
    });
    for (const span of names) box.hardware.plug(span, 24);
    answering(box, 20);
    return box;
  });
  const [user, network] = boxes;
  assert.ok(user !== undefined && network !== undefined);
  const restarted = (box: TrunkBench): true | undefined =>
    box.lines.status('pstn')?.free === members.length ? true : undefined;
  try {
    await until(
      'both ends are up and their channels restarted',
      20_000,
      () => restarted(user) && restarted(network),
      5,
    );
    await story(Object.assign(pair, { user, network }));
  } finally {
    for (const box of boxes) box.lines.stop();
    for (const turn of turns) clearImmediate(turn);
  }
}

async function says(leg: WatchedLeg, kind: string): Promise<void> {
  await until(`${leg.leg.id} says ${kind}, and not only ${leg.kinds.join(' ')}`, 20_000, () =>
    leg.kinds.includes(kind) ? true : undefined,
  );
}

async function rest(pair: Pair): Promise<void> {
  const free = (box: TrunkBench): boolean => box.lines.status('pstn')?.inUse === 0 && box.engine.open.size === 0;
  await until('every channel is free', 20_000, () => (free(pair.user) && free(pair.network) ? true : undefined));
  pair.user.assertRest();
  pair.network.assertRest();
}

for (const switchType of ['ni2', 'euroisdn'] as const) {
  test(`${switchType}: calls both ways at once on one channel (glare), with name, number and who sent them on`, () =>
    withPair(switchType, {}, async (pair) => {
      const diversion = '<sip:+13125550177@branch.example>;reason=no-answer;counter=1;privacy=off';
      answering(pair.network, 20, { number: '+13125550188', displayName: 'Grace', privacy: [] });
      answering(pair.user, 20, { number: '+13125550111', displayName: 'Hidden', privacy: ['id'] });
      const ours = pair.user.place(
        '+13125550123',
        { callingNumber: '+13125550199' },
        { from: { number: '1', displayName: 'Ada' }, carried: [['Diversion', diversion]] },
      );
      const theirs = pair.network.place('+13125550100', { callingNumber: '+13125550142' });
      await Promise.all([says(ours, 'answered'), says(theirs, 'answered')]);
      const arrived = pair.network.arrivals[0]?.setup;
      assert.equal(arrived?.dialled, '+13125550123');
      assert.equal(arrived?.asserted?.number, '+13125550199');
      // EuroISDN users say no name to the network.
      assert.equal(arrived?.asserted?.displayName, switchType === 'ni2' ? 'Ada' : undefined);
      assert.match(arrived?.carried.find(([name]) => name === 'Diversion')?.[1] ?? '', /\+13125550177@.*no-answer/);
      assert.equal(pair.user.arrivals[0]?.setup.asserted?.number, '+13125550142');
      // Each end means the same channels by its two calls.
      assert.deepEqual([...pair.user.engine.open.keys()].toSorted(), [...pair.network.engine.open.keys()].toSorted());
      assert.equal(pair.user.engine.open.size, 2);
      const answer = ours.events.find(({ kind }) => kind === 'answered');
      assert.deepEqual(answer?.kind === 'answered' ? answer.connected : undefined, {
        ...{ number: '+13125550188', displayName: 'Grace' },
        privacy: [],
      });
      const hidden = theirs.events.find(({ kind }) => kind === 'answered');
      assert.deepEqual(hidden?.kind === 'answered' ? hidden.connected : undefined, {
        number: '+13125550111',
        privacy: ['id'],
      });
      pair.user.hangUp(ours);
      pair.network.hangUp(theirs);
      await rest(pair);
    }));
}

test('a channel that the network cannot give is exchanged in its first answer; causes pass; a call makes way by cause 8', () =>
  withPair('euroisdn', {}, async (pair) => {
    const { user, network } = pair;
    // EuroISDN has no service messages: the user learns of it by the answer.
    network.lines.setOutOfService('sim/1:1', true);
    const moved = user.place();
    await says(moved, 'answered');
    assert.deepEqual([...user.engine.open.keys()], [...network.engine.open.keys()]);
    assert.ok(!user.engine.open.has('sim/1:1'));
    const second = user.place();
    await says(second, 'answered');
    network.lines.setOutOfService('sim/1:1', false);
    const third = user.place();
    await says(third, 'answered');
    const help = user.place('911', { emergency: true });
    assert.equal(third.released, cause.preemption);
    await says(help, 'answered');
    const pushed = network.arrivals.find(({ leg }) => leg.released !== undefined);
    assert.equal(pushed?.leg.released, cause.preemption, 'the network’s caller is told why');
    network.onArrival = ({ leg }) => leg.do({ kind: 'release', cause: cause.userBusy });
    user.hangUp(moved);
    await says(moved, 'released');
    await until('its channel is free', 20_000, () => (user.lines.status('pstn')?.free === 1 ? true : undefined));
    const busy = user.place();
    await says(busy, 'released');
    assert.equal(busy.released, cause.userBusy);
    user.hangUp(second);
    user.hangUp(help);
    await rest(pair);
  }));

test('service messages of NI-2 take a channel from both ends, and give it back', () =>
  withPair('ni2', {}, async ({ user, network }) => {
    const free = (count: number): Promise<true> =>
      until(`${count} channels are free at the other end`, 20_000, () =>
        network.lines.status('pstn')?.free === count ? true : undefined,
      );
    user.lines.setOutOfService('sim/1:2', true);
    await free(2);
    user.lines.setOutOfService('sim/1:2', false);
    await free(3);
  }));

test('an NFAS group of two spans keeps its calls when the primary D-channel is lost, and takes new ones', () =>
  withPair(
    'ni2',
    {},
    async (pair) => {
      const { user, network } = pair;
      const kept = [user.place(), user.place(), user.place(), user.place()];
      for (const call of kept) await says(call, 'answered');
      assert.deepEqual([...user.engine.open.keys()], ['sim/1:1', 'sim/1:2', 'sim/1:3', 'sim/2:1']);
      pair.cut(0);
      const [ours, theirs] = [user.place(), network.place()];
      await Promise.all([says(ours, 'answered'), says(theirs, 'answered')]);
      assert.deepEqual([...user.engine.open.keys()].toSorted(), [...network.engine.open.keys()].toSorted());
      assert.equal(user.engine.open.size, 6);
      for (const call of [...kept, ours, theirs]) assert.equal(call.released, undefined);
      for (const call of [...kept, ours]) user.hangUp(call);
      network.hangUp(theirs);
      await rest(pair);
    },
    2,
  ));
