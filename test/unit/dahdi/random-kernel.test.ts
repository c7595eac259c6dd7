import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errno } from '../../../hw/dahdi/index.js';
import { requests } from '../../../hw/dahdi/kernel-codes.js';
import type { LineOrder, Signalling } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { analogPlan, card, span, t1Plan } from './card-trees.js';
import { DahdiBench, faults, signals } from './dahdi-bench.js';

const seeds = 150;
const steps = 120;
const spanPath = 'sys/bus/dahdi_spans/devices/span-1';

test('whatever kernel, card and owner do, a channel works again when it is configured, and nothing is left at the end', () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = new SeededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const one = <T>(choices: readonly T[]): T => {
      const found = choices[below(choices.length)];
      assert.ok(found !== undefined);
      return found;
    };
    const digital = below(2) === 0;
    const plan = digital ? t1Plan : analogPlan;
    const tree = { ...card(plan.card), ...span(plan.span) };
    const bench = new DahdiBench(tree);
    const id = `dahdi/${plan.card.hardwareId}/1`;
    const signalling: readonly Signalling[] = ['fxs-kewl', 'fxs-ground', 'fxo-kewl', 'em-wink', 'bearer', 'dChannel'];
    const orders: readonly LineOrder[] = [
      { kind: 'hook', offHook: true },
      { kind: 'hook', offHook: false },
      { kind: 'ring', cadence: [2000, 4000] },
      { kind: 'stopRing' },
      { kind: 'wink', durationMs: 200 },
      { kind: 'flash', durationMs: 600 },
      { kind: 'battery', on: false },
      { kind: 'ringGround', on: true },
      { kind: 'pulses', counts: [1, 2, 10], breakMs: 60, makeMs: 40, interDigitMs: 700 },
      { kind: 'echoCanceller', tailMs: 32 },
      { kind: 'onHookTransmission', durationMs: 1000 },
      { kind: 'neon', on: true },
    ];
    const place = () => 1 + below(3);
    const channel = () => bench.hardware.spans[0]?.channels.find(({ number }) => number === place());
    const deeds: readonly (() => void)[] = [
      () => channel()?.configure({ signalling: one(signalling), law: 'u' }),
      () => channel()?.order(one(orders)),
      () => channel()?.order(one(orders)),
      () => channel()?.send(new Uint8Array(below(400))),
      () => bench.kernel.event(place(), below(2) === 0 ? below(32) : below(1 << 20)),
      () => bench.kernel.event(place(), ...Array.from({ length: below(200) }, () => below(24))),
      () => bench.kernel.frame(place(), new Uint8Array(below(300))),
      () =>
        bench.kernel
          .channel(place())
          .answers.set(requests.hook, [one([-errno.EBUSY, -errno.EIO, 0, -errno.EINPROGRESS])]),
      () => bench.kernel.answers.set(one([requests.spanStatus, requests.channelConfig]), one([-errno.EIO, 0])),
      () => {
        bench.kernel.hangs = true;
      },
      () => bench.kernel.comeBack(),
      () => bench.sysfs.remove(spanPath),
      () => bench.sysfs.add(tree),
      () => bench.kernel.pullOut(place()),
      () => bench.clock.advance(below(8000)),
      () => bench.clock.advance(below(50)),
    ];
    for (let step = 0; step < steps; step++) one(deeds)();

    bench.kernel.comeBack();
    bench.kernel.answers.clear();
    bench.sysfs.add(tree);
    bench.clock.advance(30_000);
    for (let number = 1; number <= 3; number++) {
      const fresh = bench.kernel.channel(number);
      fresh.answers.clear();
      fresh.events.length = 0;
      fresh.alive = true;
      fresh.sounds = true;
    }
    const line = bench.line(id, 1, 'fxs-kewl');
    bench.kernel.event(1, 2);
    line.channel.order({ kind: 'hook', offHook: true });
    bench.clock.advance(5000);
    assert.deepEqual([signals(line), faults(line)], [['onHook', 'offHook'], []], `seed ${seed}`);
    assert.deepEqual(bench.span(id).alarms, [], `seed ${seed}`);

    bench.hardware.stop();
    bench.clock.advance(60_000);
    assert.equal(bench.kernel.openFiles, 0, `seed ${seed}: descriptors`);
    assert.equal(bench.clock.pending, 0, `seed ${seed}: timers`);
  }
});
