import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CardPlan, type CentralOfficeSettings, TelephoneWorld } from '../../../hw/simulator/index.js';
import type { OfficeSettings, TrunkSettings } from '../../../src/analog/index.js';
import { cause } from '../../../src/base/index.js';
import type { LineTrunkSettingsOf, TrunkMemberSettings } from '../../../src/trunks/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { WorldHardware, WorldLineEngine } from '../../sim/world-lines.js';
import { loopOffice } from '../simulator/world-bench.js';
import { somebody, TrunkBench, trunkOf } from './trunk-bench.js';

type Line = Omit<OfficeSettings, 'country' | 'cardPulses' | 'cardCurrent'>;

const kewl: Line = {
  signalling: 'fxo-kewl',
  dialling: 'tone',
  pulseRate: 10,
  answerBy: 'polarity',
  disconnectByPolarity: false,
  dialWithoutTone: false,
};

function office(channel: string, line: Partial<Line> = {}): TrunkMemberSettings {
  return {
    kind: 'office',
    channel,
    line: { ...kewl, ...line },
    called: '2000',
    waitsForCallerId: true,
    gains: { gainInDb: 0, gainOutDb: 0 },
  };
}

function bench(
  members: readonly TrunkMemberSettings[],
  cards: readonly CardPlan[],
  settings: Partial<LineTrunkSettingsOf> = {},
) {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({ clock, random: new SeededRandom(1), cards });
  const lines = new WorldLineEngine(clock, world);
  const trunks = new TrunkBench([trunkOf(members, { hunt: 'lowest', ...settings })], {
    clock,
    hardware: new WorldHardware(world),
    lineEngine: lines,
  });
  clock.advance(5000);
  const rest = () => {
    clock.advance(60_000);
    assert.equal(lines.ports.size, 0, 'no port is left');
    assert.deepEqual(
      [trunks.lines.status('pstn')?.inUse, trunks.lines.status('pstn')?.free],
      [0, members.length],
      'every line is at rest',
    );
  };
  return { clock, world, trunks, lines, rest };
}

function jacks(...officeLines: readonly CentralOfficeSettings[]): readonly CardPlan[] {
  return [{ kind: 'analog', id: 'sim/0', telephones: 0, hook: 'raw', officeLines }];
}

describe('exchange lines', () => {
  const officeAt = ({ world }: ReturnType<typeof bench>, channel: string) => {
    const line = world.officeLine(channel);
    assert.ok(line !== undefined);
    return line;
  };

  it('a call goes out: dial tone, digits, in-band progress, answer by reversal, release', () => {
    const it = bench([office('sim/0:1')], jacks(loopOffice));
    const call = it.trunks.place('5550123');
    assert.deepEqual(call.kinds, ['proceeding'], 'a seized line is no silent peer');
    it.clock.advance(10_000);
    assert.deepEqual(call.kinds, ['proceeding', 'progress', 'answered']);
    assert.ok(call.events[1]?.kind === 'progress' && call.events[1].media !== undefined, 'its ring-back is heard');
    it.trunks.hangUp(call);
    assert.equal(call.released, cause.normalClearing);
    it.rest();
  });

  it('an answer without reversal is told by the end of the ringing tone, or taken for granted', () => {
    const noReversal = { ...loopOffice, answerByPolarity: false };
    const byTone = bench([office('sim/0:1', { answerBy: 'tone' })], jacks(noReversal));
    const call = byTone.trunks.place('5550123');
    byTone.clock.advance(30_000);
    assert.equal(call.kinds.at(-1), 'answered');
    byTone.trunks.hangUp(call);
    byTone.rest();
    const dialled = bench([office('sim/0:1', { answerBy: 'dialled' })], jacks(noReversal));
    const sure = dialled.trunks.place('5550123');
    dialled.clock.advance(4000);
    assert.equal(sure.kinds.at(-1), 'answered');
  });

  it('busy and congestion are heard and become causes', () => {
    const it = bench([office('sim/0:1')], jacks(loopOffice));
    for (const [number, why] of [
      ['5550100', cause.userBusy],
      ['5550101', cause.switchingCongestion],
    ] as const) {
      const call = it.trunks.place(number);
      it.clock.advance(20_000);
      assert.equal(call.released, why, number);
    }
    it.rest();
  });

  it('the far end’s hang-up ends the call: open loop, reversal, tone', () => {
    for (const [disconnect, line] of [
      ['openLoop', {}],
      ['polarity', { disconnectByPolarity: true }],
      ['tone', { signalling: 'fxo-loop' }],
    ] as const) {
      const it = bench([office('sim/0:1', line)], jacks({ ...loopOffice, disconnect }));
      const call = it.trunks.place('5550104');
      it.clock.advance(30_000);
      assert.deepEqual(call.kinds.filter((kind) => kind !== 'digit').slice(-2), ['answered', 'released'], disconnect);
      it.rest();
    }
  });

  it('a call comes in with number and name after the first ring, and not before', () => {
    const it = bench([office('sim/0:1')], jacks(loopOffice));
    officeAt(it, 'sim/0:1').ring('3125550142', 'Bob');
    it.clock.advance(2000);
    assert.equal(it.trunks.arrivals.length, 0, 'the first ring says nothing yet');
    it.clock.advance(2500);
    const [arrived] = it.trunks.arrivals;
    assert.deepEqual(arrived?.setup.from, { number: '3125550142', displayName: 'Bob' });
    assert.equal(arrived?.setup.dialled, '2000');
    arrived?.leg.do({ kind: 'alert' });
    arrived?.leg.do({ kind: 'answer', media: somebody });
    it.clock.advance(1000);
    assert.equal(officeAt(it, 'sim/0:1').phase, 'talking');
    officeAt(it, 'sim/0:1').farHangUp();
    it.clock.advance(2000);
    assert.equal(arrived?.leg.released, cause.normalClearing);
    it.rest();
  });

  it('a distinctive ring is waited through: its caller comes in the long silence', () => {
    const it = bench([office('sim/0:1')], jacks(loopOffice));
    officeAt(it, 'sim/0:1').ring('3125550142', 'Bob', [800, 400, 800, 4000]);
    it.clock.advance(2200);
    assert.equal(it.trunks.arrivals.length, 0, 'the second burst is not the second ring');
    it.clock.advance(2000);
    assert.deepEqual(it.trunks.arrivals[0]?.setup.from, { number: '3125550142', displayName: 'Bob' });
    officeAt(it, 'sim/0:1').farHangUp();
  });

  it('a caller who is not told is waited for until the second ring; digits and data ahead of it are there before', () => {
    const silent = bench([office('sim/0:1')], jacks({ ...loopOffice, callerId: 'dataAhead' }));
    officeAt(silent, 'sim/0:1').ring('3125550142');
    silent.clock.advance(4000);
    // Told ahead of the first ring: nobody waits any more.
    assert.equal(silent.trunks.arrivals[0]?.setup.from.number, '3125550142');
    officeAt(silent, 'sim/0:1').farHangUp();
    silent.clock.advance(10_000);
    assert.equal(silent.trunks.arrivals[0]?.leg.released, cause.normalClearing, 'the caller gave up');
    silent.rest();
    const plain = bench([office('sim/0:1')], jacks(loopOffice));
    officeAt(plain, 'sim/0:1').ring();
    plain.clock.advance(6500);
    assert.equal(plain.trunks.arrivals.length, 1);
    plain.trunks.arrivals[0]?.leg.do({ kind: 'release', cause: cause.userBusy });
    assert.equal(plain.trunks.arrivals[0]?.leg.released, cause.userBusy);
    plain.clock.advance(10_000);
    assert.equal(plain.trunks.lines.status('pstn')?.free, 0, 'it rings on, and no call goes out on it');
    officeAt(plain, 'sim/0:1').farHangUp();
    plain.rest();
  });

  it('a dead line, and one without battery, are passed over; a call for help dials without dial tone', () => {
    const it = bench([office('sim/0:1'), office('sim/0:2')], jacks(loopOffice, loopOffice));
    const first = it.world.spans.flatMap(({ channels }) => channels).find(({ id }) => id === 'sim/0:1');
    first?.alarm('noBattery', true);
    it.clock.advance(3000);
    assert.deepEqual([it.trunks.lines.status('pstn')?.state, it.trunks.lines.status('pstn')?.free], ['partly', 1]);
    const call = it.trunks.place('5550123');
    it.clock.advance(10_000);
    assert.equal(call.kinds.at(-1), 'answered');
    assert.equal(officeAt(it, 'sim/0:2').phase, 'talking');
    it.trunks.hangUp(call);
    first?.alarm('noBattery', false);
    it.rest();
    // A card that does not answer: the seizure fails, and the next line is taken in the same call.
    if (first !== undefined) first.deaf = true;
    const second = it.trunks.place('5550123');
    it.clock.advance(15_000);
    assert.equal(second.kinds.at(-1), 'answered');
    it.trunks.hangUp(second);
  });

  it('an ordinary call makes way for one for help, once the exchange has let go of the line', () => {
    const it = bench([office('sim/0:1')], jacks(loopOffice));
    const ordinary = it.trunks.place('5550123');
    it.clock.advance(10_000);
    const help = it.trunks.place('911', { emergency: true });
    assert.equal(ordinary.released, cause.preemption);
    it.clock.advance(15_000);
    assert.equal(help.kinds.at(-1), 'answered');
    it.trunks.hangUp(help);
    it.rest();
  });

  it('glare: who calls out trips a call that comes in; another line is taken', () => {
    const it = bench([office('sim/0:1'), office('sim/0:2')], jacks(loopOffice, loopOffice));
    officeAt(it, 'sim/0:1').ring('3125550142');
    it.clock.advance(50);
    const call = it.trunks.place('5550123');
    it.clock.advance(12_000);
    assert.equal(call.kinds.at(-1), 'answered');
    assert.equal(officeAt(it, 'sim/0:2').phase, 'talking');
  });
});

describe('E&M and emergency trunks', () => {
  const tie = (line: Partial<TrunkSettings> = {}, span = 'sim/1', count = 2): readonly TrunkMemberSettings[] =>
    Array.from({ length: count }, (_, at) => ({
      kind: 'tie',
      channel: `${span}:${at + 1}`,
      line: { signalling: 'em-wink', digits: 'dtmf', onGlare: 'yield', ...line },
    }));
  const exchange: readonly CardPlan[] = [{ kind: 't1', id: 'sim/1', to: 'exchange' }];

  it('a call to a PBX: wink, digits, answer, hang-up', () => {
    const it = bench(tie(), exchange);
    const call = it.trunks.place('2012');
    it.clock.advance(12_000);
    assert.equal(it.world.exchangeTrunk('sim/1:1')?.dialled, '2012');
    assert.deepEqual(call.kinds, ['proceeding', 'progress', 'answered']);
    it.world.exchangeTrunk('sim/1:1')?.hangUp();
    it.clock.advance(2000);
    assert.equal(call.released, cause.normalClearing);
    it.rest();
  });

  it('a call from a PBX: its digits are whole by the dial plan, at once', () => {
    const it = bench(tie(), exchange);
    it.trunks.complete = (number) => number.length === 4;
    it.world.exchangeTrunk('sim/1:2')?.call('2001');
    it.clock.advance(3000);
    const [arrived] = it.trunks.arrivals;
    assert.equal(arrived?.setup.dialled, '2001');
    arrived?.leg.do({ kind: 'answer', media: somebody });
    it.clock.advance(1000);
    assert.equal(it.world.exchangeTrunk('sim/1:2')?.phase, 'talking');
    arrived?.leg.do({ kind: 'release', cause: cause.normalClearing });
    it.clock.advance(100);
    assert.equal(arrived?.leg.released, cause.normalClearing);
    it.clock.advance(5000);
    it.world.exchangeTrunk('sim/1:2')?.hangUp();
    it.rest();
  });

  it('who is refused on a trunk hears reorder until they hang up', () => {
    const it = bench(tie(), exchange);
    it.trunks.complete = (number) => number.length === 4;
    it.world.exchangeTrunk('sim/1:1')?.call('2999');
    it.clock.advance(3000);
    it.trunks.arrivals[0]?.leg.do({ kind: 'release', cause: cause.unallocatedNumber });
    assert.equal(it.trunks.arrivals[0]?.leg.released, cause.unallocatedNumber);
    assert.deepEqual(
      [...it.lines.ports.values()].map(({ settings }) => settings.hears.kind),
      ['tone'],
    );
    it.world.exchangeTrunk('sim/1:1')?.hangUp();
    it.rest();
  });

  it('a call for help over CAMA says who calls when it is asked', () => {
    const it = bench(tie({ signalling: 'cama', digits: 'mf', cama: { kind: 'ten' } }, 'sim/2', 1), [
      { kind: 't1', id: 'sim/2', to: 'emergency' },
    ]);
    const call = it.trunks.place('911', { emergency: true, callingNumber: '+13125550199' });
    it.clock.advance(20_000);
    assert.equal(call.kinds.at(-1), 'answered');
    assert.deepEqual(it.world.tandemTrunk('sim/2:1')?.calls, [{ called: '911', calling: '003125550199' }]);
    it.trunks.hangUp(call);
    it.rest();
  });
});
