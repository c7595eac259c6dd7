import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followerTimes, LinkFollower } from '../../../appliance/netlink/link-follower.js';
import { LinkReader } from '../../../appliance/netlink/link-reader.js';
import type { Answer } from '../../../appliance/netlink/route-socket.js';
import type { Link } from '../../../appliance/netlink/rtnetlink.js';
import type { LinkState } from '../../../src/wan/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** A kernel with one interface, and a follower of it. */
class Kernel {
  readonly clock = new VirtualClock();
  readonly told: LinkState[] = [];
  readonly ends: string[] = [];
  carrier = true;
  addresses = ['192.0.2.2'];
  defaultRoute = true;
  interruptions = 0;
  answers = true;
  asked = 0;
  alive = 0;
  readonly follower = new LinkFollower({
    clock: this.clock,
    times: followerTimes,
    reader: {
      link: async (): Promise<Link> => {
        this.asked++;
        if (!this.answers) throw new Error('timeout reached');
        return { index: 3, name: 'wan0', carrier: this.carrier };
      },
      read: async () => {
        const { carrier, defaultRoute } = this;
        const state = { interface: 'wan0', carrier, addresses: [...this.addresses], defaultRoute };
        return { state, interrupted: this.interruptions-- > 0 };
      },
    },
    onState: (state) => this.told.push(state),
    onAlive: () => this.alive++,
    onEnd: (why) => this.ends.push(why),
  });

  async started(): Promise<this> {
    this.follower.start();
    await this.clock.run(20);
    return this;
  }

  async news(): Promise<void> {
    this.follower.news();
    await this.clock.run(20);
  }
}

test('an event makes it look, and what it reads is told', async () => {
  const kernel = await new Kernel().started();
  assert.equal(kernel.told.length, 1);
  kernel.carrier = false;
  await kernel.news();
  kernel.defaultRoute = false;
  await kernel.news();
  assert.deepEqual(
    kernel.told.map(({ carrier, defaultRoute }) => [carrier, defaultRoute]),
    [
      [true, true],
      [false, true],
      [false, false],
    ],
  );
});

test('an event without a change is told to nobody', async () => {
  const kernel = await new Kernel().started();
  await kernel.news();
  await kernel.news();
  assert.equal(kernel.told.length, 1);
});

test('a storm of events is read at most every 20 ms, and its last state is told', async () => {
  const kernel = await new Kernel().started();
  for (let i = 0; i < 1000; i++) {
    kernel.carrier = i % 2 === 0;
    kernel.follower.news();
    await kernel.clock.run(1);
  }
  kernel.addresses = ['203.0.113.7'];
  kernel.follower.news();
  await kernel.clock.run(100);
  assert.ok(kernel.asked <= 55, `${kernel.asked} readings in 1.1 s`);
  assert.deepEqual(kernel.told.at(-1)?.addresses, ['203.0.113.7']);
  assert.equal(kernel.alive, 2, 'signs of life throughout, once a second');
});

test('what changed while it was read is read again', async () => {
  const kernel = await new Kernel().started();
  kernel.interruptions = 2;
  kernel.defaultRoute = false;
  kernel.follower.news();
  await kernel.clock.run(70);
  assert.equal(kernel.told.length, 2);
  assert.equal(kernel.asked, 4);
});

test('the self-probe asks ten times a second and sees a carrier before its event', async () => {
  const kernel = await new Kernel().started();
  await kernel.clock.run(10_000);
  assert.equal(kernel.alive, 11);
  kernel.carrier = false;
  await kernel.clock.run(100);
  assert.equal(kernel.told.at(-1)?.carrier, false);
  await kernel.news();
  await kernel.clock.run(20_000);
  assert.deepEqual(kernel.ends, []);
});

test('a self-probe without an answer ends the process', async () => {
  const kernel = await new Kernel().started();
  kernel.answers = false;
  await kernel.clock.run(60_000);
  assert.deepEqual(kernel.ends, ['timeout reached']);
  assert.equal(kernel.clock.pending, 0);
});

test('a change that the resync finds without any event ends the process, after it was told', async () => {
  const kernel = await new Kernel().started();
  kernel.defaultRoute = false;
  await kernel.clock.run(30_000);
  assert.equal(kernel.told.at(-1)?.defaultRoute, false);
  assert.deepEqual(kernel.ends, []);
  await kernel.clock.run(3000);
  assert.deepEqual(kernel.ends, ['a change came without its event']);
});

test('the reader: no interface, and what belongs to others', async () => {
  const none = new LinkReader(
    {
      request: async (): Promise<Answer> => ({ kind: 'error', errno: 19 }),
      dump: async (): Promise<Answer> => ({ kind: 'error', errno: 1 }),
    },
    'wan0',
  );
  assert.equal(await none.link(), undefined);
  assert.deepEqual((await none.read(undefined)).state, {
    interface: 'wan0',
    carrier: false,
    addresses: [],
    defaultRoute: false,
    gateways: [],
  });
  await assert.rejects(none.read({ index: 3, name: 'wan0', carrier: true }), /errno 1/);

  const payloads: Record<number, string> = {
    22: '021880000500000008000100c633640208000200c6336402',
    26: '02000000fe0300010000000008000f00fe00000008000500c00002010800040005000000',
  };
  const foreign = new LinkReader(
    {
      request: async (): Promise<Answer> => ({ kind: 'answer', payloads: [], interrupted: false }),
      dump: async (type): Promise<Answer> => ({
        kind: 'answer',
        payloads: [Buffer.from(payloads[type] ?? '', 'hex')],
        interrupted: type === 26,
      }),
    },
    'wan0',
  );
  const { state, interrupted } = await foreign.read({ index: 3, name: 'wan0', carrier: true });
  assert.deepEqual(state, { interface: 'wan0', carrier: true, addresses: [], defaultRoute: false, gateways: [] });
  assert.equal(interrupted, true);
});
