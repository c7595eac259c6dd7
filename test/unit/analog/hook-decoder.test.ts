import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analogCountry, HookDecoder, hookLimits, PulseDialler, pulsesOf } from '../../../src/analog/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function bench(country = '1') {
  const clock = new VirtualClock();
  const told: string[] = [];
  const decoder = new HookDecoder(clock, analogCountry(country), (signal) =>
    told.push(signal.kind === 'pulses' ? `pulses ${signal.count}` : signal.kind),
  );
  /** Lifted, and dial tone heard. */
  const lift = () => {
    decoder.loop(true);
    clock.advance(1000);
  };
  const open = (ms: number, thenMs = 1500) => {
    decoder.loop(false);
    clock.advance(ms);
    decoder.loop(true);
    clock.advance(thenMs);
  };
  const pulses = (count: number, breakMs: number, makeMs: number) => {
    for (let i = 0; i < count; i++) open(breakMs, i === count - 1 ? 0 : makeMs);
    clock.advance(hookLimits.interDigitMs);
  };
  return { clock, told, decoder, lift, open, pulses };
}

test('a loop that is closed for less than 20 ms is no call', () => {
  const { decoder, clock, told } = bench();
  decoder.loop(true);
  clock.advance(19);
  decoder.loop(false);
  clock.advance(1000);
  assert.deepEqual(told, []);
  decoder.loop(true);
  clock.advance(20);
  assert.deepEqual(told, ['offHook']);
});

test('dial pulses from 8 to 20 a second, with every break that a dial may have', () => {
  for (const [breakMs, makeMs] of [
    [61, 39],
    [67, 33],
    [80, 45],
    [30, 20],
    [10, 190],
    [110, 190],
  ] as const)
    for (const count of [1, 2, 5, 9, 10]) {
      const { lift, pulses, told } = bench();
      lift();
      pulses(count, breakMs, makeMs);
      assert.deepEqual(told, ['offHook', `pulses ${count}`], `${count} of ${breakMs}/${makeMs}`);
    }
});

test('the edges of a pulse: 9 ms is a bounce, 10 to 110 ms a pulse, 111 to 299 ms nothing', () => {
  for (const [ms, what] of [
    [9, []],
    [10, ['pulses 1']],
    [110, ['pulses 1']],
    [111, []],
    [299, []],
    [300, ['flash']],
    [1000, ['flash']],
    [1001, ['onHook', 'offHook']],
  ] as const) {
    const { lift, open, told } = bench();
    lift();
    open(ms);
    assert.deepEqual(told, ['offHook', ...what], `${ms} ms`);
  }
});

test('digits are apart after 200 ms, and not before', () => {
  const apart = bench();
  apart.lift();
  apart.open(60, 200);
  apart.open(60, 200);
  assert.deepEqual(apart.told, ['offHook', 'pulses 1', 'pulses 1']);
  const together = bench();
  together.lift();
  together.open(60, 199);
  together.open(60, 200);
  assert.deepEqual(together.told, ['offHook', 'pulses 2']);
});

test('a bounce within a digit is no pulse, and eleven pulses are no digit', () => {
  const bounced = bench();
  bounced.lift();
  bounced.open(60, 30);
  bounced.open(5, 30);
  bounced.open(60, 300);
  assert.deepEqual(bounced.told, ['offHook', 'pulses 2']);
  const eleven = bench();
  eleven.lift();
  eleven.pulses(11, 61, 39);
  assert.deepEqual(eleven.told, ['offHook']);
  eleven.pulses(3, 61, 39);
  assert.deepEqual(eleven.told, ['offHook', 'pulses 3']);
});

test('a hang-up within a digit drops it', () => {
  const { lift, open, decoder, clock, told } = bench();
  lift();
  open(60, 40);
  decoder.loop(false);
  clock.advance(1001);
  assert.deepEqual(told, ['offHook', 'onHook']);
  assert.equal(clock.pending, 0);
});

test('where a flash is as short as a pulse, the call decides which it is', () => {
  const british = bench('44');
  british.lift();
  british.open(90);
  british.decoder.expectDigits(false);
  british.open(90);
  british.open(49);
  british.open(131);
  assert.deepEqual(british.told, ['offHook', 'pulses 1', 'flash']);
  british.decoder.loop(false);
  british.clock.advance(199);
  assert.equal(british.told.includes('onHook'), false);
  british.clock.advance(1);
  assert.equal(british.told.at(-1), 'onHook');
});

test('in an American call a short opening is a hit, not a digit', () => {
  const { lift, open, decoder, told } = bench();
  lift();
  decoder.expectDigits(false);
  open(60);
  assert.deepEqual(told, ['offHook']);
});

test('what our dial sends, our decoder reads: every digit of every map', () => {
  for (const code of ['1', '44', '46', '64']) {
    const country = analogCountry(code);
    const { clock, told, decoder, lift } = bench(code);
    lift();
    let sent = 0;
    const times = { ...country.pulse, interDigitMs: 800 };
    const dialler = new PulseDialler(
      clock,
      times,
      (closed) => decoder.loop(closed),
      () => sent++,
    );
    const counts = [...'0123456789'].map((digit) => pulsesOf(digit, country.pulse.map) ?? 0);
    dialler.dial(counts);
    clock.advance(60_000);
    assert.deepEqual(told, ['offHook', ...counts.map((count) => `pulses ${count}`)], code);
    assert.equal(sent, 1);
    assert.equal(dialler.state, 'resting');
  }
});

test('our dial keeps break, make and the pause between digits to the millisecond; stopped, it closes the loop', () => {
  const clock = new VirtualClock();
  const edges: string[] = [];
  const dialler = new PulseDialler(
    clock,
    { breakMs: 61, makeMs: 39, interDigitMs: 800 },
    (closed) => edges.push(`${clock.now()} ${closed ? 'closed' : 'open'}`),
    () => edges.push(`${clock.now()} sent`),
  );
  dialler.dial([2, 1]);
  clock.advance(5000);
  assert.deepEqual(edges, ['0 open', '61 closed', '100 open', '161 closed', '961 open', '1022 closed', '1822 sent']);
  edges.length = 0;
  dialler.dial([5]);
  clock.advance(30);
  dialler.stop();
  clock.advance(5000);
  assert.deepEqual(edges, ['5000 open', '5030 closed']);
  assert.equal(clock.pending, 0);
});
