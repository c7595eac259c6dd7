import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../sim/seeded-random.js';
import type { VirtualClock } from '../../sim/virtual-clock.js';
import { loopOffice, type Office, type Station, worldBench } from './world-bench.js';

/** A busy day: everybody does anything at any time. Returns what every line told. */
function day(seed: number, moves: number): readonly string[] {
  const random = new SeededRandom(seed * 7919);
  const { clock, world, channel, mend, station, office, trunk, emergency } = worldBench(
    seed,
    [loopOffice, { ...loopOffice, start: 'ground', disconnect: 'tone', callerId: 'dtmfAhead' }],
    seed % 2 === 0 ? 'raw' : 'decoded',
  );
  const stations = [station(1), station(2, { warmLine: { number: '911', afterMs: 6000 } })];
  const offices = [office(0), office(1, { answerBy: 'tone' })];
  const trunks = [trunk(1), trunk(2)];
  const help = emergency();
  const all = [...stations, ...offices, ...trunks, help];
  const one = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(random.next() * from.length)];
    assert.ok(found !== undefined);
    return found;
  };
  const wires = ['sim/0:1', 'sim/0:2', 'sim/0:3', 'sim/0:4', 'sim/1:1', 'sim/1:2', 'sim/2:1'];
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
    () => help.line.setup('911', '2125550100'),
    () => help.tandem.hangUp(),
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
  for (const wire of wires.filter((each) => channel(each).deaf)) mend(wire);
  for (const { telephone } of stations) telephone.hangUp();
  for (const { exchange } of offices) exchange.farHangUp();
  for (const { exchange } of trunks) exchange.hangUp();
  help.tandem.hangUp();
  clock.advance(2000);
  for (const { line } of all) line.release();
  clock.advance(20_000);
  for (const [at, { line }] of all.entries())
    assert.equal(line.idle, true, `seed ${seed}: line ${at} is ${line.state}`);
  for (const { exchange } of [...offices, ...trunks]) assert.equal(exchange.phase, 'idle', `seed ${seed}`);
  assert.equal(help.tandem.phase, 'idle', `seed ${seed}`);
  assert.equal(clock.pending, 0, `seed ${seed}: timers are left`);
  works(seed, clock, stations, offices);
  const faults = all.flatMap(({ driver }) => driver.faults);
  assert.deepEqual(faults, [], `seed ${seed}`);
  assert.equal(channel('sim/0:1').alarms.length, 0);
  return all.flatMap(({ driver }) => driver.notices.map((notice) => JSON.stringify(notice)));
}

/** An idle line is one that can be used: dial tone at once, and a call out. */
function works(seed: number, clock: VirtualClock, stations: readonly Station[], offices: readonly Office[]): void {
  for (const { telephone, line, driver } of stations) {
    telephone.lift();
    clock.advance(100);
    assert.equal(line.state, 'dialTone', `seed ${seed}: a dead telephone`);
    assert.equal(telephone.earpiece.kind, 'tone', `seed ${seed}: no dial tone`);
    telephone.hangUp();
    clock.advance(20_000);
    assert.equal(driver.words.at(-1), 'idle');
  }
  for (const { line, exchange } of offices) {
    exchange.noDialTone = false;
    assert.equal(line.setup('5551202').ok, true);
    clock.advance(12_000);
    assert.equal(exchange.dialled, '5551202', `seed ${seed}: a dead line`);
    line.release();
    clock.advance(20_000);
    assert.equal(exchange.phase, 'idle');
  }
  assert.equal(clock.pending, 0, `seed ${seed}: timers are left`);
}

test('eighty busy days end with every line idle, and no order in vain', () => {
  for (let seed = 1; seed <= 80; seed++) day(seed, 80);
});

test('the same seed makes the same day, another seed another', () => {
  assert.deepEqual(day(5, 150), day(5, 150));
  assert.notDeepEqual(day(5, 150), day(6, 150));
});
