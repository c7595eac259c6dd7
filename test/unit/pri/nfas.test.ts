import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DChannel } from '../../../hw/pri/index.js';
import { decodeQ921, decodeQ931, frameText, type IsdnEvent } from '../../../src/isdn/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { until } from '../../system/branch/patience.js';
import { Line, libpri, quietLog, setup } from './line.js';

async function onGroup(story: (line: Line) => Promise<void>): Promise<void> {
  const line = new Line('ni2', false, 2);
  try {
    await line.allUp();
    await story(line);
  } finally {
    line.stop();
  }
}

/** The ports on which messages about calls went, in their order, without repeats. */
function spokenOn(line: Line, from = 0): readonly number[] {
  const ports = line.sent.slice(from).flatMap(({ port, frame }) => {
    const decoded = decodeQ921(frame);
    return !('fault' in decoded) && decoded.type === 'I' && !('fault' in decodeQ931(decoded.information)) ? [port] : [];
  });
  return ports.filter((port, at) => port !== ports[at - 1]);
}

async function talking({ user, network }: Line, call: string, channel: { interface: number; slot: number }) {
  user.do({ kind: 'setup', call, channel, exclusive: true, setup });
  const arrived = await network.next('setup');
  assert.deepEqual(arrived.channel, channel);
  network.do({ kind: 'proceeding', call: arrived.call, inBand: false });
  network.do({ kind: 'connect', call: arrived.call });
  await user.next('connect');
  return arrived.call;
}

async function end({ user, network }: Line, atUser: string, atNetwork: string): Promise<void> {
  user.do({ kind: 'release', call: atUser, cause: 16 });
  await network.next('disconnect');
  network.do({ kind: 'release', call: atNetwork, cause: 16 });
  await Promise.all([user.next('released'), network.next('released')]);
}

/** libpri reads the machine's clock; ours may run ahead of it. */
class AheadClock extends VirtualClock {
  override wall(): number {
    return Date.now();
  }
}

describe('an NFAS group with a backup D-channel', () => {
  it('carries calls of every span over the primary, with the interface in the channel', () =>
    onGroup(async (line) => {
      const call = await talking(line, 'a', { interface: 1, slot: 24 });
      const first = line.sent.find(({ frame }) => frame.length > 10);
      assert.match(frameText(first?.frame ?? new Uint8Array()).join(), /exclusive, interface 1, channel 24/);
      await end(line, 'a', call);
      assert.deepEqual(spokenOn(line), [0]);
    }));

  it('keeps its calls when the primary is lost, ends them over the backup, and takes new ones there', () =>
    onGroup(async (line) => {
      const { user, network } = line;
      const [a, b] = [
        await talking(line, 'a', { interface: 0, slot: 3 }),
        await talking(line, 'b', { interface: 1, slot: 3 }),
      ];
      line.cut(0, true);
      const from = line.sent.length;
      await end(line, 'a', a);
      const c = await talking(line, 'c', { interface: 1, slot: 4 });
      network.do({ kind: 'release', call: b, cause: 17 });
      assert.equal((await user.next('disconnect')).cause, 17);
      user.do({ kind: 'release', call: 'b', cause: 17 });
      await Promise.all([user.next('released'), network.next('released')]);
      await end(line, 'c', c);
      assert.deepEqual(spokenOn(line, from), [1]);
      assert.equal(user.channel.calls + network.channel.calls, 0);
      for (const { events } of [user, network]) assert.ok(events.every(({ kind }) => kind !== 'down'));
    }));

  it('restarts channels and takes them out of service on every span, over whichever D-channel serves', () =>
    onGroup(async (line) => {
      const { user, network } = line;
      for (const [dead, channel] of [
        [undefined, { interface: 1, slot: 9 }],
        [0, { interface: 1, slot: 10 }],
      ] as const) {
        if (dead !== undefined) line.cut(dead, true);
        user.do({ kind: 'restart', channel });
        assert.deepEqual((await network.next('restarted')).channel, channel);
        assert.deepEqual((await user.next('restartAcknowledged')).channel, channel);
        user.do({ kind: 'service', channel, inService: false });
        assert.deepEqual(await network.next('service'), { kind: 'service', channel, inService: false });
      }
    }));

  it('stays on the backup when the primary is back, until the other side speaks on the primary', () =>
    onGroup(async (line) => {
      const a = await talking(line, 'a', { interface: 0, slot: 3 });
      line.cut(0, true);
      const b = await talking(line, 'b', { interface: 0, slot: 4 });
      line.cut(0, false);
      const from = line.sent.length;
      await end(line, 'a', a);
      assert.deepEqual(spokenOn(line, from), [1]);
      line.cut(1, true);
      const then = line.sent.length;
      await end(line, 'b', b);
      assert.deepEqual(spokenOn(line, then), [0]);
    }));

  it('follows the other side to the D-channel on which it speaks', () =>
    onGroup(async (line) => {
      const a = await talking(line, 'a', { interface: 0, slot: 3 });
      // Only the network thinks that the primary is lost.
      line.network.channel.alarm(0, true);
      const from = line.sent.length;
      line.network.do({ kind: 'release', call: a, cause: 16 });
      await line.user.next('disconnect');
      line.user.do({ kind: 'release', call: 'a', cause: 16 });
      await Promise.all([line.user.next('released'), line.network.next('released')]);
      assert.deepEqual(spokenOn(line, from), [1]);
    }));

  it('goes over to the backup when the other side takes the primary out of service by a message', () =>
    onGroup(async (line) => {
      const a = await talking(line, 'a', { interface: 0, slot: 3 });
      const serve = async (inService: boolean, count: number): Promise<void> => {
        // A SERVICE message of no B-channel is about the D-channel that carries it.
        line.alter = (frame) => (frame[4] === 0x43 ? frame.subarray(0, 12) : frame);
        const acknowledged = (): readonly unknown[] =>
          line.sent.filter(({ side, frame }) => side === 'user' && frame[4] === 0x43);
        line.network.do({ kind: 'service', channel: { interface: 0, slot: 1 }, inService });
        await until('it is acknowledged', 10_000, () => acknowledged().length === count, 5);
        await new Promise((resolve) => setImmediate(resolve));
        line.alter = (frame) => frame;
      };
      await serve(false, 1);
      const from = line.sent.length;
      const b = await talking(line, 'b', { interface: 1, slot: 3 });
      await end(line, 'a', a);
      assert.deepEqual(spokenOn(line, from), [1]);
      await end(line, 'b', b);
      for (const { events } of [line.user, line.network]) assert.ok(events.every(({ kind }) => kind !== 'down'));
    }));

  it('ends its calls when no D-channel comes back within T309', () => {
    const clock = new AheadClock();
    const events: IsdnEvent[] = [];
    const ends: DChannel[] = [];
    for (const side of ['network', 'user'] as const) {
      const other = 1 - ends.length;
      const ports = [0, 1].map((port) => ({
        send: (frame: Uint8Array) => void clock.after(1, () => ends[other]?.receive(port, frame)),
      }));
      const emit = (event: IsdnEvent): void => void (side === 'user' && events.push(event));
      ends.push(
        new DChannel({ switchType: 'ni2', side, e1: false, nfas: true, ports, libpri, clock, log: quietLog, emit }),
      );
    }
    const [network, user] = ends;
    assert.ok(network !== undefined && user !== undefined);
    clock.advance(100);
    assert.ok(user.up);
    user.do({ kind: 'setup', call: 'a', channel: { interface: 0, slot: 1 }, exclusive: true, setup });
    clock.advance(10);
    assert.equal(network.calls, 1);
    for (const port of [0, 1]) user.alarm(port, true);
    assert.equal(user.up, false);
    clock.advance(89_000);
    assert.equal(user.calls, 1);
    clock.advance(2000);
    assert.deepEqual(events.at(-1), { kind: 'released', call: 'a', cause: 27 });
    for (const each of ends) each.stop();
  });
});
