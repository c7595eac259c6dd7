import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { featureState, type NumberState, readFeature } from '../../../src/lines/index.js';
import type { Source, Tone } from '../../../src/media/index.js';
import { initialCodes, settingsOf, TelephoneBench, tones } from './telephone-bench.js';

function tone(source: Source): Tone | undefined {
  return source.kind === 'tone' ? source.tone : undefined;
}

async function dial(bench: TelephoneBench, number: number, digits: string, waitMs = 10): Promise<void> {
  bench.jack(number).lift();
  await bench.clock.run(10);
  await bench.press(number, digits);
  await bench.clock.run(waitMs);
}

async function putDown(bench: TelephoneBench, number: number): Promise<void> {
  bench.jack(number).hangUp();
  await bench.clock.run(500);
}

describe('feature codes', () => {
  it('are told apart from one another, and are complete when nothing can follow', () => {
    const number = (digits: string): NumberState => (digits.length < 3 ? 'more' : 'complete');
    const states = [
      ['*', 'more'],
      ['*7', 'more'],
      ['*72', 'more'],
      ['*7230', 'more'],
      ['*72301', 'complete'],
      ['*73', 'complete'],
      ['*8', 'more'],
      ['*8#', 'complete'],
      ['*88', 'possible'],
      ['*88#', 'complete'],
      ['*88203', 'complete'],
      ['*82', 'more'],
      ['*82301', 'complete'],
      ['*68', 'possible'],
      ['*68203', 'complete'],
      ['*44', 'complete'],
      ['301', undefined],
    ] as const;
    for (const [dialled, state] of states) assert.equal(featureState(initialCodes, dialled, number), state, dialled);
    assert.deepEqual(readFeature(initialCodes, '*88203'), { feature: 'pickUp', argument: '203' });
    assert.deepEqual(readFeature(initialCodes, '*68#'), { feature: 'park', argument: '' });
    assert.equal(readFeature({ ...initialCodes, forwardOn: '' }, '*72301'), undefined);
  });

  it('forward every call, and no more', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    await dial(bench, 1, '*72302');
    assert.deepEqual(tone(bench.hears(1)), tones.confirmation);
    await putDown(bench, 1);
    assert.deepEqual(bench.features.get('u1'), { forward: '302' });
    bench.callTo(1, '301');
    await bench.clock.run(10);
    assert.ok(!bench.jack(1).ringing);
    bench.far('302').answer();
    await bench.clock.run(10);
    assert.deepEqual(bench.far('301').hears, { kind: 'port', port: bench.far('302').port });
    await dial(bench, 1, '');
    assert.deepEqual(tone(bench.hears(1)), tones.recallDial, 'the dial tone reminds of it');
    await bench.press(1, '*73');
    await putDown(bench, 1);
    bench.callTo(1, '303');
    assert.ok(bench.jack(1).ringing);
    await bench.assertOver();
  });

  it('forward calls where the user is busy, or does not answer', async () => {
    const bench = new TelephoneBench([settingsOf(1, { callWaiting: false })]);
    for (const code of ['*90302', '*92303']) {
      await dial(bench, 1, code);
      await putDown(bench, 1);
    }
    await bench.talk(1, '305');
    bench.callTo(1, '301');
    await bench.clock.run(10);
    assert.ok(bench.farEnds.has('302'));
    await putDown(bench, 1);
    bench.callTo(1, '304');
    await bench.clock.run(19_000);
    assert.ok(bench.jack(1).ringing);
    await bench.clock.run(2000);
    assert.ok(!bench.jack(1).ringing);
    assert.ok(bench.farEnds.has('303'));
    await bench.assertOver();
  });

  it('leave the user in peace', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    await dial(bench, 1, '*78');
    await putDown(bench, 1);
    bench.callTo(1, '301');
    await bench.clock.run(10);
    assert.equal(bench.closed[0]?.cause, cause.userBusy);
    await dial(bench, 1, '*79');
    await putDown(bench, 1);
    bench.callTo(1, '301');
    assert.ok(bench.jack(1).ringing);
    await bench.assertOver();
  });

  it('hide the number for one call, return the last one, and switch call waiting off', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    await dial(bench, 1, '*67301');
    assert.deepEqual(
      bench.begun.map(({ setup }) => [setup.dialled, setup.privacy]),
      [['301', ['id']]],
    );
    await putDown(bench, 1);
    bench.callTo(1, '302').end({ cause: cause.normalClearing });
    await bench.clock.run(1000);
    await dial(bench, 1, '*69');
    assert.equal(bench.begun[1]?.setup.dialled, '302');
    await putDown(bench, 1);
    await dial(bench, 1, '*70303');
    bench.far('303').answer();
    await bench.clock.run(10);
    const waits = bench.callTo(1, '304');
    await bench.clock.run(10);
    assert.equal(waits.released, 1);
    await putDown(bench, 1);
    await dial(bench, 1, '*44');
    assert.deepEqual(tone(bench.hears(1)), tones.congestion, 'no such code');
    await bench.assertOver();
  });

  it('pick up a call that rings elsewhere', async () => {
    const bench = new TelephoneBench([settingsOf(1), settingsOf(2)]);
    await dial(bench, 2, '*88#');
    assert.deepEqual(tone(bench.hears(2)), tones.busy, 'nothing rings');
    await putDown(bench, 2);
    const far = bench.callTo(1, '301');
    assert.ok(bench.jack(1).ringing);
    await dial(bench, 2, '*88#');
    assert.ok(!bench.jack(1).ringing);
    assert.deepEqual(bench.hears(2), { kind: 'port', port: far.port });
    assert.deepEqual(far.hears, { kind: 'port', port: bench.port(2).id });
    await bench.assertOver();
  });

  it('park a call, and take it at another telephone', async () => {
    const bench = new TelephoneBench([settingsOf(1), settingsOf(2)]);
    const far = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.press(1, '*68#');
    await bench.clock.run(1000);
    assert.deepEqual(tone(bench.hears(1)), tones.confirmation);
    assert.deepEqual(bench.telephones.parked, ['201']);
    assert.ok(far.isHeld);
    await putDown(bench, 1);
    assert.equal(far.released, 0);
    await dial(bench, 2, '*68201');
    await bench.clock.run(1000);
    assert.deepEqual(bench.telephones.parked, []);
    assert.deepEqual(bench.hears(2), { kind: 'port', port: far.port });
    assert.deepEqual(far.hears, { kind: 'port', port: bench.port(2).id });
    await bench.assertOver();
    assert.equal(bench.closed.length, 1, 'it was one call all the time');
  });

  it('call back whoever parked a call that nobody takes', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.press(1, '*68#');
    await putDown(bench, 1);
    await bench.clock.run(61_000);
    assert.ok(bench.jack(1).ringing);
    bench.jack(1).lift();
    await bench.clock.run(1000);
    assert.deepEqual(far.hears, { kind: 'port', port: bench.port(1).id });
    await bench.assertOver();
  });

  it('are refused with a held call that stays', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.press(1, '*78');
    assert.equal(far.released, 0);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: far.port });
    await bench.assertOver();
  });
});

describe('an elevator line', () => {
  const elevator = settingsOf(1, {
    use: 'elevator',
    hotline: { number: '301', afterMs: 0 },
    reroute: ['302'],
    answerMs: 45_000,
  });

  it('calls somebody else where nobody answers in time, or the first is busy', async () => {
    for (const busy of [false, true]) {
      const bench = new TelephoneBench([elevator]);
      bench.jack(1).lift();
      await bench.clock.run(10);
      bench.far('301').ring();
      if (busy) bench.far('301').end({ cause: cause.userBusy });
      else await bench.clock.run(44_000);
      assert.equal(bench.farEnds.has('302'), busy);
      await bench.clock.run(2000);
      assert.equal(bench.far('301').released, 1);
      bench.far('302').answer();
      await bench.clock.run(10);
      assert.deepEqual(bench.hears(1), { kind: 'port', port: bench.far('302').port });
      await bench.clock.run(100_000);
      assert.equal(bench.far('302').released, 0);
      await bench.assertOver();
    }
  });

  it('is tested each day, with a note for people where it fails', async () => {
    const bench = new TelephoneBench([elevator, settingsOf(2)], 1, 3_600_000);
    await bench.clock.run(3_700_000);
    assert.deepEqual(bench.notes, []);
    bench.jack(1).alarm('red');
    await bench.clock.run(3_600_000);
    assert.equal(bench.notes.length, 2);
    assert.match(bench.notes[1] ?? '', /failed its daily test: alarms: red/);
    bench.jack(1).alarm();
    await bench.clock.run(3_600_000);
    assert.match(bench.notes.at(-1) ?? '', /passes its daily test again/);
    bench.jack(1).lift();
    await bench.clock.run(2 * 3_600_000);
    assert.match(bench.notes.at(-1) ?? '', /off the hook for too long/);
    bench.jack(1).hangUp();
    await bench.clock.run(1000);
    bench.telephones.stop();
  });
});
