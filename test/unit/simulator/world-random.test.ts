import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../sim/seeded-random.js';
import { loopOffice, worldBench } from './world-bench.js';

/** A busy day: everybody does anything at any time. Returns what every line told. */
function day(seed: number, moves: number): readonly string[] {
  const random = new SeededRandom(seed * 7919);
  const { clock, world, channel, mend, station, office, trunk } = worldBench(seed, [
    loopOffice,
    { ...loopOffice, start: 'ground', disconnect: 'tone', callerId: 'dtmfAhead' },
  ]);
  const stations = [station(1), station(2, { warmLine: { number: '911', afterMs: 6000 } })];
  const offices = [office(0), office(1, { answerBy: 'tone' })];
  const trunks = [trunk(1), trunk(2)];
  const all = [...stations, ...offices, ...trunks];
  const one = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(random.next() * from.length)];
    assert.ok(found !== undefined);
    return found;
  };
  const wires = ['sim/0:1', 'sim/0:2', 'sim/0:3', 'sim/0:4', 'sim/1:1', 'sim/1:2'];
  const number = () => one(['5551234', '5551200', '5551201', '5551202', '411', '42']);
  const acts: readonly (() => void)[] = [
    () => one(stations).telephone.lift(),
    () => one(stations).telephone.lift(),
    () => one(stations).telephone.hangUp(),
    () => one(stations).telephone.flash(),
    () => one(stations).telephone.press(number()),
    () => one(stations).telephone.dial(number()),
    () => one(stations).line.setup({ kind: 'call', callerId: { number: '1' } }),
    () => one(stations).line.showMessageWaiting(random.next() < 0.5),
    () => one(offices).line.setup(number()),
    () => one(offices).exchange.ring('2125550100'),
    () => one(offices).exchange.farHangUp(),
    () => one(trunks).line.setup(number()),
    () => one(trunks).exchange.call(number()),
    () => one(trunks).exchange.hangUp(),
    () => one(all).line.answer(),
    () => one(all).line.answer(),
    () => one(all).line.release(),
    () => {
      const { exchange } = one(offices);
      exchange.noDialTone = !exchange.noDialTone;
    },
    () => {
      const wire = one(wires);
      if (channel(wire).deaf) mend(wire);
      else channel(wire).deaf = random.next() < 0.5;
    },
    () => {
      const alarm = one(['red', 'yellow', 'card'] as const);
      const span = one(world.spans);
      span.alarm(alarm, !span.alarms.includes(alarm));
    },
  ];
  for (let i = 0; i < moves; i++) {
    one(acts)();
    clock.advance(Math.floor(random.next() * one([20, 500, 4000, 15_000])));
  }
  for (const span of world.spans) for (const alarm of ['red', 'yellow', 'card'] as const) span.alarm(alarm, false);
  for (const wire of wires) mend(wire);
  for (const { telephone } of stations) telephone.hangUp();
  for (const { exchange } of offices) exchange.farHangUp();
  for (const { exchange } of trunks) exchange.hangUp();
  clock.advance(2000);
  for (const { line } of all) line.release();
  clock.advance(20_000);
  for (const [at, { line }] of all.entries())
    assert.equal(line.idle, true, `seed ${seed}: line ${at} is ${line.state}`);
  for (const { exchange } of [...offices, ...trunks]) assert.equal(exchange.phase, 'idle', `seed ${seed}`);
  assert.equal(clock.pending, 0, `seed ${seed}: timers are left`);
  const faults = all.flatMap(({ driver }) => driver.faults);
  assert.deepEqual(faults, [], `seed ${seed}`);
  assert.equal(channel('sim/0:1').alarms.length, 0);
  return all.flatMap(({ driver }) => driver.notices.map((notice) => JSON.stringify(notice)));
}

test('a hundred and fifty busy days end with every line idle, and no order in vain', () => {
  for (let seed = 1; seed <= 150; seed++) day(seed, 80);
});

test('the same seed makes the same day, another seed another', () => {
  assert.deepEqual(day(5, 150), day(5, 150));
  assert.notDeepEqual(day(5, 150), day(6, 150));
});
