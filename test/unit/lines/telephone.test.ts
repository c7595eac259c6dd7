import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analogCountry } from '../../../src/analog/index.js';
import { cause } from '../../../src/base/index.js';
import type { Source, Tone } from '../../../src/media/index.js';
import { settingsOf, TelephoneBench, tones } from './telephone-bench.js';

function tone(source: Source): Tone | undefined {
  return source.kind === 'tone' ? source.tone : undefined;
}

function lastRing(bench: TelephoneBench, number: number): readonly number[] {
  const ring = bench.jack(number).orders.findLast((order) => order.kind === 'ring');
  return ring?.kind === 'ring' ? ring.cadence : [];
}

describe('an analog telephone', () => {
  it('has dial tone, and calls when the number is complete', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    bench.jack(1).lift();
    assert.deepEqual(tone(bench.hears(1)), tones.dial);
    await bench.press(1, '3');
    assert.equal(tone(bench.hears(1)), undefined);
    await bench.press(1, '01');
    assert.equal(bench.begun.length, 1, 'nobody waits for more digits');
    assert.deepEqual(bench.begun[0]?.setup.from, { number: 'u1' });
    bench.far('301').ring();
    assert.deepEqual(tone(bench.hears(1)), tones.ringback);
    bench.far('301').answer();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: bench.far('301').port });
    assert.deepEqual(bench.far('301').hears, { kind: 'port', port: bench.port(1).id });
    assert.deepEqual(
      bench.jack(1).orders.filter(({ kind }) => kind === 'polarity'),
      [{ kind: 'polarity', reversed: true }],
    );
    await bench.assertOver();
    assert.equal(bench.closed[0]?.releasedBy, 'caller');
  });

  it('dials by pulses too, and waits where more digits could come', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    bench.jack(1).lift();
    for (const count of [3, 10]) bench.jack(1).say({ kind: 'pulses', count });
    await bench.clock.run(4000);
    assert.equal(bench.begun.length, 0);
    await bench.clock.run(2000);
    assert.deepEqual(
      bench.begun.map(({ setup }) => setup.dialled),
      ['30'],
    );
    await bench.assertOver();
  });

  it('hears why nobody was reached, then the howler, and is silent until it is put down', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    bench.jack(1).lift();
    await bench.press(1, '302');
    bench.far('302').end({ cause: cause.userBusy });
    await bench.clock.run(10);
    assert.deepEqual(tone(bench.hears(1)), tones.busy);
    await bench.clock.run(31_000);
    assert.deepEqual(tone(bench.hears(1)), tones.howler);
    await bench.clock.run(61_000);
    assert.equal(tone(bench.hears(1)), undefined);
    await bench.press(1, '');
    bench.jack(1).hangUp();
    await bench.clock.run(1000);
    bench.jack(1).lift();
    await bench.press(1, '999');
    await bench.clock.run(10);
    assert.deepEqual(tone(bench.hears(1)), tones.specialInformation);
    await bench.assertOver();
  });

  it('rings with caller ID and cadence, is answered, and hears busy when the far end hangs up', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = bench.callTo(1, '5551234');
    assert.equal(bench.state(1), 'ringing');
    assert.deepEqual(lastRing(bench, 1), [800, 400, 800, 4000], 'from outside');
    bench.jack(1).say({ kind: 'ringOff' });
    await bench.clock.run(1200);
    assert.deepEqual(bench.port(1).played.flat(), [], 'the first silence is too short');
    bench.jack(1).say({ kind: 'ringOff' });
    await bench.clock.run(600);
    const data = bench.port(1).played.flat();
    assert.equal(data[0]?.kind, 'fsk');
    await bench.clock.run(2000);
    assert.ok(
      bench.port(1).played.every((sounds) => sounds.length > 0),
      'an engine that began late is not cut short before the checksum',
    );
    bench.jack(1).lift();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: far.port });
    assert.deepEqual(far.hears, { kind: 'port', port: bench.port(1).id });
    far.end({ cause: cause.normalClearing });
    await bench.clock.run(2000);
    assert.deepEqual(tone(bench.hears(1)), tones.busy);
    await bench.assertOver();
    const inside = bench.callTo(1, '301');
    assert.deepEqual(lastRing(bench, 1), [2000, 4000]);
    inside.end({ cause: cause.normalClearing });
    await bench.assertOver();
    const named = bench.callTo(1, '301', { carried: [['Alert-Info', '<http://127.0.0.1/Bellcore-dr4>']] });
    assert.deepEqual(lastRing(bench, 1), [300, 200, 1000, 200, 300, 4000]);
    named.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('has its card told how long a flash is there, and never less than a hang-up', () => {
    const bench = new TelephoneBench([settingsOf(1), settingsOf(2, { country: analogCountry('44') })]);
    assert.deepEqual(bench.jack(1).settings, { signalling: 'fxs-loop', law: 'u', longestFlashMs: 1000 });
    assert.equal(bench.jack(2).settings?.longestFlashMs, 200);
    bench.telephones.stop();
  });

  it('hears that a call for help took the line, then busy', async () => {
    const bench = new TelephoneBench([settingsOf(1), settingsOf(2, { signalling: 'fxs-kewl' })]);
    for (const number of [1, 2]) {
      const far = await bench.talk(number, '301');
      far.end({ cause: cause.preemption });
      await bench.clock.run(1500);
      assert.deepEqual(tone(bench.hears(number)), tones.preemption);
      assert.deepEqual(tones.preemption.steps[0]?.frequencies, [440, 620]);
      bench.jack(number).hangUp();
      await bench.clock.run(1000);
    }
    assert.ok(bench.closed.every((record) => record.cause === cause.preemption));
    await bench.assertOver();
  });

  it('lets the last bits of a caller ID leave, and cuts it off when the handset is lifted', async () => {
    for (const liftedAfterMs of [2000, 700]) {
      const bench = new TelephoneBench([settingsOf(1)]);
      const far = bench.callTo(1, '5551234');
      bench.jack(1).say({ kind: 'ringOff' });
      bench.jack(1).say({ kind: 'ringOff' });
      await bench.clock.run(liftedAfterMs);
      bench.jack(1).lift();
      await bench.clock.run(10);
      const cut = bench.port(1).played.filter((sounds) => sounds.length === 0).length;
      assert.equal(cut, liftedAfterMs === 700 ? 1 : 0, `lifted after ${liftedAfterMs} ms`);
      far.end({ cause: cause.normalClearing });
      await bench.assertOver();
    }
  });

  it('stops ringing when the caller gives up', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = bench.callTo(1);
    assert.ok(bench.jack(1).ringing);
    far.end({ cause: cause.normalClearing });
    assert.ok(!bench.jack(1).ringing);
    await bench.assertOver();
  });

  it('calls another telephone of the card', async () => {
    const bench = new TelephoneBench([settingsOf(1), settingsOf(2)]);
    bench.jack(1).lift();
    await bench.press(1, '202');
    assert.deepEqual(tone(bench.hears(1)), tones.ringback);
    bench.jack(2).lift();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: bench.port(2).id });
    assert.deepEqual(bench.hears(2), { kind: 'port', port: bench.port(1).id });
    await bench.assertOver();
  });

  it('is busy for a second caller where nothing may wait', async () => {
    const bench = new TelephoneBench([settingsOf(1, { callWaiting: false })]);
    await bench.talk(1, '301');
    const second = bench.callTo(1, '302');
    await bench.clock.run(10);
    assert.equal(second.released, 1);
    await bench.assertOver();
    assert.ok(bench.closed.some((record) => record.cause === cause.userBusy));
  });

  it('goes out of order with its line, and every call with it', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = await bench.talk(1, '301');
    bench.jack(1).alarm('red');
    await bench.clock.run(10);
    assert.equal(far.released, 1);
    const second = bench.callTo(1, '302');
    await bench.clock.run(10);
    assert.equal(second.released, 1);
    bench.jack(1).alarm();
    await bench.assertOver();
    assert.equal(bench.notes.length, 2);
    await bench.talk(1, '303');
    bench.unplug();
    await bench.clock.run(10);
    assert.equal(bench.far('303').released, 1);
    assert.equal(bench.engine.open.size, 0);
    assert.equal(bench.state(1), 'absent');
  });

  it('calls by itself on a hot line, and after a while on a warm one', async () => {
    for (const afterMs of [0, 4000]) {
      const bench = new TelephoneBench([settingsOf(1, { hotline: { number: '301', afterMs } })]);
      bench.jack(1).lift();
      assert.equal(tone(bench.hears(1)) === undefined, afterMs === 0);
      await bench.clock.run(afterMs + 10);
      assert.deepEqual(
        bench.begun.map(({ setup }) => setup.dialled),
        ['301'],
      );
      await bench.assertOver();
    }
  });

  it('passes digits of a call, which are in the sound already', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = await bench.talk(1, '301');
    await bench.press(1, '7');
    assert.deepEqual(far.last('digit'), { kind: 'digit', digit: '7', durationMs: 100, inSound: true });
    bench.jack(1).say({ kind: 'pulses', count: 5 });
    assert.deepEqual(far.last('digit'), { kind: 'digit', digit: '5', durationMs: 100 });
    await bench.assertOver();
  });
});

describe('the hook flash', () => {
  it('holds, gives another dial tone, and takes the call back', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const far = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.ok(far.isHeld);
    assert.deepEqual(far.hears, { kind: 'port', port: '0000000000000000' });
    assert.deepEqual(tone(bench.hears(1)), tones.recallDial);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual(far.hears, { kind: 'port', port: bench.port(1).id });
    assert.deepEqual(bench.hears(1), { kind: 'port', port: far.port });
    await bench.assertOver();
  });

  it('makes a second call, joins the three, and drops the second', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    const second = await bench.talk(1, '302');
    assert.equal(bench.state(1), 'both');
    assert.ok(first.isHeld);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: second.port });
    bench.jack(1).flash();
    await bench.clock.run(10);
    const mix = bench.hears(1);
    assert.equal(mix.kind, 'mix');
    assert.deepEqual(first.hears, mix);
    assert.deepEqual(second.hears, mix);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.equal(second.released, 1);
    assert.deepEqual(first.hears, { kind: 'port', port: bench.port(1).id });
    assert.deepEqual(bench.hears(1), { kind: 'port', port: first.port });
    await bench.assertOver();
  });

  it('transfers by hanging up with two calls', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    const second = await bench.talk(1, '302');
    bench.jack(1).hangUp();
    await bench.clock.run(1000);
    assert.deepEqual([first.released, second.released], [0, 0]);
    assert.deepEqual(first.hears, { kind: 'port', port: second.port });
    assert.deepEqual(second.hears, { kind: 'port', port: first.port });
    assert.equal(bench.state(1), 'resting');
    assert.equal(bench.engine.open.size, 0);
    assert.equal(bench.closed.length, 1);
    first.end({ cause: cause.normalClearing });
    await bench.clock.run(10);
    assert.equal(second.released, 1);
    assert.deepEqual(
      bench.closed.map(({ transferredTo }) => transferredTo),
      [['301'], ['302']],
    );
    await bench.assertOver();
  });

  it('transfers out of a three-way call, and while the target rings', async () => {
    for (const joined of [true, false]) {
      const bench = new TelephoneBench([settingsOf(1)]);
      const first = await bench.talk(1, '301');
      bench.jack(1).flash();
      await bench.clock.run(10);
      if (joined) await bench.talk(1, '302');
      else {
        await bench.press(1, '302');
        bench.far('302').ring();
      }
      if (joined) bench.jack(1).flash();
      await bench.clock.run(10);
      bench.jack(1).hangUp();
      await bench.clock.run(1000);
      const second = bench.far('302');
      if (!joined) {
        second.answer();
        await bench.clock.run(10);
      }
      assert.deepEqual(first.hears, { kind: 'port', port: second.port });
      assert.equal(first.released, 0);
      await bench.assertOver();
    }
  });

  it('lets both go where the transfer cannot be', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    const second = await bench.talk(1, '302');
    first.refusesOffers = true;
    bench.jack(1).hangUp();
    await bench.clock.run(20_000);
    assert.deepEqual([first.released, second.released], [1, 1]);
    await bench.assertOver();
  });

  it('rings for a held call when the user hangs up, and gives it back', async () => {
    for (const answered of [true, false]) {
      const bench = new TelephoneBench([settingsOf(1)]);
      const far = await bench.talk(1, '301');
      bench.jack(1).flash();
      await bench.clock.run(10);
      bench.jack(1).hangUp();
      await bench.clock.run(500);
      assert.ok(bench.jack(1).ringing);
      assert.equal(far.released, 0);
      if (answered) {
        bench.jack(1).lift();
        await bench.clock.run(10);
        assert.deepEqual(far.hears, { kind: 'port', port: bench.port(1).id });
        assert.deepEqual(bench.hears(1), { kind: 'port', port: far.port });
      } else {
        await bench.clock.run(61_000);
        assert.ok(!bench.jack(1).ringing);
        assert.equal(far.released, 1);
      }
      await bench.assertOver();
    }
  });

  it('goes back from a second call that fails', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    await bench.press(1, '302');
    bench.far('302').end({ cause: cause.userBusy });
    await bench.clock.run(10);
    assert.deepEqual(tone(bench.hears(1)), tones.busy);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: first.port });
    assert.ok(!first.isHeld);
    await bench.assertOver();
  });

  it('with a digit swaps, joins, drops and leaves', async () => {
    const bench = new TelephoneBench([settingsOf(1, { flash: 'digits' })]);
    const first = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    const second = await bench.talk(1, '302');
    const choose = async (digit: string): Promise<void> => {
      bench.jack(1).flash();
      await bench.press(1, digit);
      await bench.clock.run(10);
    };
    await choose('2');
    assert.deepEqual([first.isHeld, second.isHeld], [false, true]);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: first.port });
    bench.jack(1).flash();
    assert.deepEqual(tone(bench.hears(1)), tones.recallDial);
    await bench.clock.run(6000);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: first.port }, 'nothing was chosen');
    await choose('3');
    assert.equal(bench.hears(1).kind, 'mix');
    await choose('1');
    assert.equal(first.released, 1, 'the one that was active last is dropped');
    assert.deepEqual(bench.hears(1), { kind: 'port', port: second.port });
    await bench.assertOver();
  });

  it('does nothing on a fax line, which has neither echo canceller nor a buffer that stretches', async () => {
    const bench = new TelephoneBench([settingsOf(1, { use: 'fax' })]);
    const far = await bench.talk(1, '301');
    const { echoCanceller, jitter } = bench.port(1).settings;
    assert.ok(!echoCanceller);
    assert.equal(jitter.minMs, jitter.maxMs);
    assert.deepEqual(
      bench.jack(1).orders.findLast(({ kind }) => kind === 'echoCanceller'),
      { kind: 'echoCanceller', tailMs: 0 },
    );
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.ok(!far.isHeld);
    const second = bench.callTo(1, '302');
    await bench.clock.run(10);
    assert.equal(second.released, 1);
    await bench.assertOver();
  });
});

describe('a call for help', () => {
  it('is neither held by a flash nor knocked at', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const help = await bench.talk(1, '311');
    bench.jack(1).flash();
    const second = bench.callTo(1, '302');
    await bench.clock.run(10);
    assert.ok(!help.isHeld);
    assert.equal(second.released, 1);
    assert.equal(bench.state(1), 'talking');
    await bench.assertOver();
  });
});

describe('call waiting', () => {
  it('knocks, shows who calls, and a flash goes to and fro', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    const second = bench.callTo(1, '302');
    assert.equal(bench.state(1), 'offering');
    assert.equal(bench.port(1).played.length, 1, 'the tone');
    await bench.clock.run(320);
    await bench.clock.run(100);
    await bench.press(1, 'D');
    assert.ok(
      bench
        .port(1)
        .played.flat()
        .some(({ kind }) => kind === 'fsk'),
      'the data after the acknowledgement',
    );
    await bench.clock.run(2000);
    assert.ok(!first.kinds().includes('digit'), 'the acknowledgement is no digit of the call');
    assert.deepEqual(bench.hears(1), { kind: 'port', port: first.port });
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.ok(first.isHeld);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: second.port });
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual([first.isHeld, second.isHeld], [false, true]);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual([first.isHeld, second.isHeld], [true, false]);
    await bench.assertOver();
  });

  it('rings for the call that waits when the user hangs up', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    const second = bench.callTo(1, '302');
    bench.jack(1).hangUp();
    await bench.clock.run(500);
    assert.equal(first.released, 1);
    assert.ok(bench.jack(1).ringing);
    bench.jack(1).lift();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: second.port });
    await bench.assertOver();
  });

  it('goes on without whoever gives up, and takes the one who waits when the other has gone', async () => {
    const bench = new TelephoneBench([settingsOf(1)]);
    const first = await bench.talk(1, '301');
    bench.callTo(1, '302').end({ cause: cause.normalClearing });
    await bench.clock.run(10);
    assert.equal(bench.state(1), 'talking');
    const third = bench.callTo(1, '303');
    first.end({ cause: cause.normalClearing });
    await bench.clock.run(10);
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: third.port });
    await bench.assertOver();
  });
});
