import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, cause } from '../../../src/base/index.js';
import type { LineSignal } from '../../../src/tdm/index.js';
import type { HuntOrder, LineTrunkSettingsOf, TrunkMemberSettings } from '../../../src/trunks/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { somebody, TrunkBench, trunkOf, type WatchedLeg, wiredPair } from './trunk-bench.js';

const orders: readonly HuntOrder[] = ['lowest', 'highest', 'circular', 'leastUsed'];
const channels = 3;

/** People at both ends, who call, answer, refuse and hang up when it pleases them. */
class People {
  readonly #random: SeededRandom;
  readonly #boxes: readonly TrunkBench[];

  constructor(random: SeededRandom, boxes: readonly TrunkBench[]) {
    this.#random = random;
    this.#boxes = boxes;
    for (const box of boxes) {
      box.onArrival = ({ leg }) => {
        const { clock } = box;
        const roll = random.next();
        if (roll < 0.1) leg.do({ kind: 'release', cause: cause.userBusy });
        else if (roll < 0.8) {
          clock.after(between(random, 0, 500), () => leg.do({ kind: 'alert' }));
          clock.after(between(random, 0, 3000), () => leg.do({ kind: 'answer', media: somebody }));
        }
      };
    }
  }

  act(): void {
    const random = this.#random;
    const box = this.#boxes[Math.floor(random.next() * this.#boxes.length)];
    if (box === undefined) return;
    if (random.next() < 0.55) {
      const emergency = random.next() < 0.15;
      box.place(emergency ? '911' : '5550123', { emergency });
      return;
    }
    const live = [...box.placed, ...box.arrivals.map(({ leg }) => leg)].filter((leg) => leg.released === undefined);
    const leg = live[Math.floor(random.next() * live.length)];
    if (leg !== undefined) box.hangUp(leg);
  }

  goHome(): void {
    const all = (box: TrunkBench): readonly WatchedLeg[] => [...box.placed, ...box.arrivals.map(({ leg }) => leg)];
    for (const box of this.#boxes) for (const leg of all(box)) box.hangUp(leg);
  }
}

test('whatever happens on a T1, each leg is released once and every channel comes back', () => {
  let talked = 0;
  let preempted = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    const hunt = orders[seed % orders.length] ?? 'lowest';
    const { user, network, wire, clock } = wiredPair({ hunt, reserve: seed % 2 }, channels);
    const boxes = [user, network];
    const people = new People(random, boxes);
    const trouble = (): void => {
      const box = boxes[Math.floor(random.next() * 2)];
      const id = `sim/1:${1 + Math.floor(random.next() * channels)}`;
      const roll = random.next();
      if (roll < 0.2) wire.up ? wire.fail() : wire.establish();
      else if (roll < 0.3) wire.kill(random.next() < 0.5 ? 0 : 1);
      else if (roll < 0.5) wire.establish();
      else if (roll < 0.6) box?.hardware.channel(id).alarm('red');
      else if (roll < 0.7) box?.hardware.channel(id).alarm();
      else if (roll < 0.8) box?.lines.setOutOfService(id, random.next() < 0.5);
      else if (roll < 0.85) wire.ignoresRestart[random.next() < 0.5 ? 0 : 1] = random.next() < 0.5;
      else if (roll < 0.9) box?.hardware.unplug('sim/1');
      if (box?.hardware.spans.length === 0) box.hardware.plug('sim/1', 24);
    };
    for (let step = 0; step < 120; step++) {
      clock.advance(between(random, 0, 400));
      if (random.next() < 0.95) people.act();
      else trouble();
      for (const box of boxes) {
        const status = box.lines.status('pstn');
        assert.ok((status?.inUse ?? 0) <= channels, `seed ${seed}`);
      }
    }
    people.goHome();
    wire.ignoresRestart[0] = false;
    wire.ignoresRestart[1] = false;
    for (const box of boxes) {
      for (let at = 1; at <= channels; at++) {
        box.hardware.channel(`sim/1:${at}`).alarm();
        box.lines.setOutOfService(`sim/1:${at}`, false);
      }
    }
    if (wire.up) wire.fail();
    wire.establish();
    // Whatever is restarted has its T316 twice, and its ten minutes.
    clock.advance(2_000_000);
    assert.equal(wire.calls.size, 0, `seed ${seed}: calls on the wire`);
    for (const box of boxes) {
      box.assertRest();
      assert.equal(box.lines.status('pstn')?.state, 'up', `seed ${seed}: ${box.lines.status('pstn')?.why}`);
      talked += box.placed.filter(({ kinds }) => kinds.includes('answered')).length;
      preempted += box.placed.filter(({ released }) => released === cause.preemption).length;
      box.lines.stop();
    }
    assert.equal(clock.pending, 0, `seed ${seed}: timers are left`);
  }
  assert.ok(
    talked > 200 && preempted > 10,
    `the stories are rich enough: ${talked} talked, ${preempted} were pre-empted`,
  );
});

/** Two boxes with E&M between them: what one orders the other sees, a moment later. */
function tied(settings: Partial<LineTrunkSettingsOf>, onGlare: readonly ['yield' | 'persist', 'yield' | 'persist']) {
  const clock = new VirtualClock();
  const boxes = onGlare.map((policy, at) => {
    const members = Array.from(
      { length: channels },
      (_, slot): TrunkMemberSettings => ({
        kind: 'tie',
        channel: `sim/1:${slot + 1}`,
        line: { signalling: 'em-wink', digits: 'dtmf', onGlare: policy },
      }),
    );
    const box = new TrunkBench([trunkOf(members, settings)], { clock, seed: at + 1 });
    box.hardware.plug('sim/1', 24);
    box.complete = (number) => number === '5550123' || number === '911';
    return box;
  });
  const [a, b] = boxes;
  assert.ok(a !== undefined && b !== undefined);
  const wire = (from: TrunkBench, to: TrunkBench): void => {
    for (let slot = 1; slot <= channels; slot++) {
      const id = `sim/1:${slot}`;
      const say = (signal: LineSignal): void => void clock.after(5, () => to.hardware.channel(id).signal(signal));
      from.hardware.channel(id).onOrder = (order) => {
        if (order.kind === 'hook') say({ kind: order.offHook ? 'offHook' : 'onHook' });
        else if (order.kind === 'wink') say({ kind: 'wink' });
      };
    }
  };
  wire(a, b);
  wire(b, a);
  // Digits that one end plays are heard at the other.
  const cable = (from: TrunkBench, to: TrunkBench): void => {
    const pass = from.engine.openTdm.bind(from.engine);
    from.engine.openTdm = (place) => {
      const port = pass(place);
      const play = port.play.bind(port);
      port.play = (sounds) => {
        sounds.forEach((sound, at) => {
          const digit = sound.kind === 'tone' ? digitOf(sound.frequencies) : undefined;
          if (digit !== undefined) clock.after(at * 80, () => to.engine.open.get(place.path)?.press(digit));
        });
        return play(sounds);
      };
      return port;
    };
  };
  cable(a, b);
  cable(b, a);
  // Lines whose cards have just come are at rest after their guard.
  clock.advance(2000);
  return { a, b, clock };
}

const keys: Readonly<Record<string, string>> = {
  '941,1336': '0',
  '697,1209': '1',
  '697,1336': '2',
  '697,1477': '3',
  '770,1336': '5',
  '852,1477': '9',
};

function digitOf(frequencies: readonly number[]): string | undefined {
  return keys[`${frequencies}`];
}

test('E&M glare: both ends seize one trunk at once; who yields takes another, and both calls talk', () => {
  const { a, b, clock } = tied({ hunt: 'lowest' }, ['yield', 'persist']);
  for (const box of [a, b]) box.onArrival = ({ leg }) => leg.do({ kind: 'answer', media: somebody });
  const yields = a.place('5550123');
  const persists = b.place('5550123');
  clock.advance(20_000);
  assert.equal(persists.kinds.at(-1), 'answered');
  assert.equal(yields.kinds.at(-1), 'answered');
  a.hangUp(yields);
  b.hangUp(persists);
  clock.advance(60_000);
  a.assertRest();
  b.assertRest();
});

test('whatever happens on E&M trunks, each leg is released once and every trunk comes back', () => {
  let talked = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = new SeededRandom(seed);
    const { a, b, clock } = tied({ hunt: orders[seed % orders.length] ?? 'lowest' }, ['yield', 'persist']);
    const people = new People(random, [a, b]);
    for (let step = 0; step < 60; step++) {
      clock.advance(between(random, 0, 1500));
      if (random.next() < 0.95) people.act();
      else {
        const box = random.next() < 0.5 ? a : b;
        const channel = box.hardware.channel(`sim/1:${1 + Math.floor(random.next() * channels)}`);
        if (channel.alarms.length > 0) channel.alarm();
        else channel.alarm('red');
      }
    }
    people.goHome();
    for (const box of [a, b]) for (let at = 1; at <= channels; at++) box.hardware.channel(`sim/1:${at}`).alarm();
    clock.advance(300_000);
    for (const box of [a, b]) {
      box.assertRest();
      assert.equal(box.lines.status('pstn')?.free, channels, `seed ${seed}: ${box.lines.status('pstn')?.why}`);
      talked += box.placed.filter(({ kinds }) => kinds.includes('answered')).length;
      box.lines.stop();
    }
    assert.equal(clock.pending, 0, `seed ${seed}: timers are left`);
  }
  assert.ok(talked > 100, `${talked} talked`);
});
