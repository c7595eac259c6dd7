import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureGroupD, lineTimes, mfField, TrunkLine, type TrunkSettings } from '../../../src/analog/index.js';
import { LineBench } from './line-bench.js';

function bench(settings: Partial<TrunkSettings> = {}) {
  const made = new LineBench();
  const line = new TrunkLine({ signalling: 'em-wink', digits: 'dtmf', onGlare: 'persist', ...settings }, made.ports);
  const { clock } = made;
  const far = (offHook: boolean) => line.signal({ kind: offHook ? 'offHook' : 'onHook' });
  /** As a card shows a wink that does not decode them. */
  const rawWink = (ms = 200) => {
    far(true);
    clock.advance(ms);
    far(false);
  };
  return { made, line, clock, far, rawWink };
}

test('wink start, out: seizure, wink, digits, answer, the far end hangs up', () => {
  for (const raw of [true, false]) {
    const { made, line, clock, far, rawWink } = bench();
    line.setup('4711');
    if (raw) rawWink();
    else line.signal({ kind: 'wink' });
    clock.advance(lineTimes.winkToDigitsMs);
    assert.deepEqual(made.taken(), { orders: ['off hook'], notices: ['dtmf 4711'] });
    line.digitsSent();
    far(true);
    assert.deepEqual(made.taken().notices, ['proceeding', 'answered']);
    far(false);
    clock.advance(lineTimes.trunkDisconnectMs - 1);
    far(true);
    clock.advance(1000);
    assert.deepEqual(made.taken().notices, []);
    far(false);
    clock.advance(lineTimes.trunkDisconnectMs + lineTimes.trunkGuardMs);
    assert.deepEqual(made.taken(), { orders: ['on hook'], notices: ['play nothing', 'released 16', 'idle'] });
    assert.equal(clock.pending, 0);
  }
});

test('wink start, in: our wink, digits, answer, we hang up and wait for the far end', () => {
  const { made, line, clock, far } = bench();
  far(true);
  clock.advance(lineTimes.winkDelayMs);
  assert.deepEqual(made.taken(), { orders: ['wink 200'], notices: ['seized'] });
  for (const digit of '123') line.digitHeard(digit);
  line.complete();
  assert.deepEqual(made.taken().notices, ['digit 1', 'digit 2', 'digit 3', 'dialled 123']);
  line.answer();
  line.release();
  assert.deepEqual(made.taken(), { orders: ['off hook', 'on hook'], notices: ['released 16'] });
  clock.advance(lineTimes.clearingMs);
  assert.deepEqual(made.taken().notices, ['blocked']);
  assert.deepEqual(line.setup('1'), { ok: false, error: 'busy' });
  far(false);
  clock.advance(lineTimes.trunkGuardMs);
  assert.deepEqual(made.taken().notices, ['idle']);
});

test('immediate start, both ways', () => {
  const out = bench({ signalling: 'em-immediate' });
  out.line.setup('12');
  out.clock.advance(lineTimes.startDelayMs);
  assert.deepEqual(out.made.taken(), { orders: ['off hook'], notices: ['dtmf 12'] });
  const incoming = bench({ signalling: 'em-immediate' });
  incoming.far(true);
  incoming.clock.advance(lineTimes.seizureMs);
  incoming.line.signal({ kind: 'pulses', count: 10 });
  incoming.clock.advance(lineTimes.trunkInterDigitMs);
  assert.deepEqual(incoming.made.taken(), { orders: [], notices: ['seized', 'digit 0', 'dialled 0'] });
});

test('no wink, no answer, a hit instead of a seizure', () => {
  const silent = bench();
  silent.line.setup('1');
  silent.clock.advance(lineTimes.winkWaitMs);
  assert.deepEqual(silent.made.taken(), { orders: ['off hook', 'on hook'], notices: ['released 27'] });
  silent.clock.advance(lineTimes.trunkGuardMs);
  assert.equal(silent.line.idle, true);
  const hit = bench();
  hit.far(true);
  hit.clock.advance(lineTimes.winkDelayMs - 1);
  hit.far(false);
  hit.clock.advance(60_000);
  assert.deepEqual(hit.made.taken(), { orders: [], notices: ['idle'] });
});

test('glare: one end gives way and takes the other’s call, the other goes on when the trunk is free', () => {
  const yields = bench({ onGlare: 'yield' });
  yields.line.setup('1');
  yields.far(true);
  yields.clock.advance(lineTimes.longestWinkMs + lineTimes.winkDelayMs);
  assert.deepEqual(yields.made.taken(), {
    orders: ['off hook', 'on hook', 'wink 200'],
    notices: ['released 44', 'seized'],
  });
  for (const signalling of ['em-wink', 'em-immediate'] as const) {
    const persists = bench({ signalling });
    persists.line.setup('1');
    persists.far(true);
    persists.clock.advance(1000);
    persists.far(false);
    if (signalling === 'em-wink') persists.line.signal({ kind: 'wink' });
    persists.clock.advance(lineTimes.winkToDigitsMs);
    assert.deepEqual(persists.made.taken(), { orders: ['off hook'], notices: ['dtmf 1'] }, signalling);
  }
  const stuck = bench();
  stuck.line.setup('1');
  stuck.far(true);
  stuck.clock.advance(lineTimes.longestWinkMs + lineTimes.winkWaitMs);
  assert.equal(stuck.line.state, 'clearing');
  assert.deepEqual(stuck.made.taken().notices, ['released 27']);
});

test('feature group D, out: both fields, the acknowledging wink, the answer', () => {
  const { made, line, clock, far, rawWink } = bench({ signalling: 'em-fgd' });
  line.setup('8005551212', '2125550100');
  rawWink();
  clock.advance(lineTimes.winkToDigitsMs);
  const address = { called: '8005551212', calling: '2125550100', informationDigits: '00' };
  assert.deepEqual(made.taken().notices, [`mf ${featureGroupD(address).join(' ')}`]);
  line.digitsSent();
  assert.deepEqual(made.taken().notices, []);
  rawWink();
  assert.deepEqual(made.taken().notices, ['proceeding']);
  far(true);
  assert.deepEqual(made.taken().notices, ['answered']);
});

test('feature group D, in: digits at any speed, our second wink; a mistake in the fields gets reorder', () => {
  const { made, line, clock, far } = bench({ signalling: 'em-fgd' });
  far(true);
  clock.advance(lineTimes.winkDelayMs);
  const address = { called: '911', calling: '2125550100', informationDigits: '00' };
  for (const signal of featureGroupD(address)) line.digitHeard(signal);
  const { orders, notices } = made.taken();
  assert.deepEqual(orders, ['wink 200', 'wink 200']);
  assert.equal(notices.at(-1), 'dialled 911 by 2125550100');

  const wrong = bench({ signalling: 'em-fgd' });
  wrong.far(true);
  wrong.clock.advance(lineTimes.winkDelayMs);
  for (const signal of ['KP', '1', 'ST', 'KP', '2', 'ST']) wrong.line.digitHeard(signal);
  assert.deepEqual(wrong.made.taken().notices.slice(-2), ['play reorder', 'released 28']);
  wrong.far(false);
  wrong.clock.advance(lineTimes.trunkGuardMs);
  assert.deepEqual(wrong.made.taken().notices, ['play nothing', 'idle']);

  const broken = bench({ signalling: 'em-fgd' });
  broken.far(true);
  broken.clock.advance(lineTimes.winkDelayMs);
  for (const signal of ['KP', '0', '0']) broken.line.digitHeard(signal);
  broken.clock.advance(lineTimes.trunkInterDigitMs);
  const last = broken.made.taken();
  assert.deepEqual(last.orders, ['wink 200']);
  assert.deepEqual(last.notices.slice(-2), ['play reorder', 'released 28']);
});

test('MF over a plain wink trunk ends by ST', () => {
  const { made, line, clock, far } = bench({ digits: 'mf' });
  far(true);
  clock.advance(lineTimes.winkDelayMs);
  for (const signal of mfField('5551212')) line.digitHeard(signal);
  assert.equal(made.taken().notices.at(-1), 'dialled 5551212');
});

test('emergency trunk: the tandem asks by going off hook, and then has answered', () => {
  const npd = { kind: 'npd', areaCodes: ['212'] } as const;
  const { made, line, clock, far } = bench({ signalling: 'cama', cama: npd });
  line.setup('911', '2125550100');
  line.signal({ kind: 'wink' });
  clock.advance(lineTimes.winkToDigitsMs);
  assert.deepEqual(made.taken().notices, ['mf KP 9 1 1 ST']);
  line.digitsSent();
  far(true);
  clock.advance(lineTimes.identityDelayMs);
  assert.deepEqual(made.taken().notices, ['mf KP 0 5 5 5 0 1 0 0 ST']);
  line.digitsSent();
  assert.deepEqual(made.taken().notices, ['proceeding', 'answered']);
});

test('emergency trunk: a tandem that asks by a wink answers later; one that never asks still gets the call', () => {
  const asks = bench({ signalling: 'cama' });
  asks.line.setup('911', '2125550100');
  asks.line.signal({ kind: 'wink' });
  asks.clock.advance(lineTimes.winkToDigitsMs);
  asks.line.digitsSent();
  asks.line.signal({ kind: 'wink' });
  asks.clock.advance(lineTimes.identityDelayMs);
  asks.line.digitsSent();
  assert.equal(asks.line.state, 'proceeding');
  asks.far(true);
  assert.equal(asks.made.taken().notices.at(-1), 'answered');
  const never = bench({ signalling: 'cama' });
  never.line.setup('911');
  never.line.signal({ kind: 'wink' });
  never.clock.advance(lineTimes.winkToDigitsMs);
  never.line.digitsSent();
  never.clock.advance(lineTimes.identityRequestMs);
  assert.equal(never.made.taken().notices.at(-1), 'proceeding');
});

test('a far end that hung up while its request was answered does not hold the trunk', () => {
  const { line, clock, far } = bench({ signalling: 'cama' });
  line.setup('911');
  line.signal({ kind: 'wink' });
  clock.advance(lineTimes.winkToDigitsMs);
  line.digitsSent();
  far(true);
  clock.advance(lineTimes.identityDelayMs);
  far(false);
  line.release();
  clock.advance(lineTimes.trunkGuardMs);
  assert.equal(line.idle, true);
});

test('numbers that the trunk cannot say are refused', () => {
  assert.deepEqual(bench().line.setup(''), { ok: false, error: 'number' });
  assert.deepEqual(bench({ digits: 'mf' }).line.setup('*69'), { ok: false, error: 'number' });
  assert.deepEqual(bench().line.setup('1', '', 'x'), { ok: false, error: 'number' });
});
