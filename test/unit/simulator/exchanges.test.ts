import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CentralOfficeSettings } from '../../../hw/simulator/index.js';
import { lineTimes } from '../../../src/analog/index.js';
import { loopOffice, type Office, worldBench } from './world-bench.js';

function cause({ driver }: { readonly driver: Office['driver'] }): number | undefined {
  const found = driver.notices.find((notice) => notice.kind === 'released');
  return found?.kind === 'released' ? found.cause : undefined;
}

test('a call out over an exchange’s line: dial tone, digits, ring-back, answer, voice, hang-up', () => {
  const { clock, office } = worldBench();
  const line = office();
  assert.equal(line.line.setup('5551234').ok, true);
  clock.advance(6000);
  assert.equal(line.exchange.dialled, '5551234');
  assert.equal(line.line.state, 'proceeding');
  clock.advance(4000);
  assert.equal(line.line.state, 'talking');
  assert.deepEqual(line.driver.voices, ['this is 5551234']);
  line.driver.speak('hello');
  line.line.flash();
  line.line.release();
  clock.advance(lineTimes.officeGuardMs);
  assert.deepEqual(line.exchange.heard, [{ kind: 'voice', says: 'hello' }]);
  assert.equal(line.exchange.flashes, 1);
  assert.equal(line.line.idle, true);
  assert.equal(line.exchange.phase, 'idle');
  assert.equal(clock.pending, 0);
});

test('busy, congestion and nobody are told apart by what the exchange plays', () => {
  for (const [number, expected] of [
    ['5551200', 17],
    ['5551201', 42],
    ['5551202', 19],
  ] as const) {
    const { clock, office } = worldBench();
    const line = office();
    line.line.setup(number);
    clock.advance(lineTimes.answerMs + 20_000);
    assert.equal(cause(line), expected, number);
    assert.equal(line.line.idle, true);
  }
});

test('digits by pulses: the card’s, and our own', () => {
  for (const [cardPulses, pulseRate] of [
    [true, 10],
    [false, 10],
    [false, 20],
  ] as const) {
    const { clock, office } = worldBench();
    const line = office(0, { dialling: 'pulse', cardPulses, pulseRate });
    line.line.setup('5550192');
    clock.advance(25_000);
    assert.equal(line.exchange.dialled, '5550192', `card ${cardPulses} ${pulseRate}`);
    assert.equal(line.line.state, 'talking');
  }
});

test('ground start, both ways', () => {
  const ground: CentralOfficeSettings = { ...loopOffice, start: 'ground' };
  const { clock, office } = worldBench(1, [ground]);
  const line = office();
  line.line.setup('5551234');
  clock.advance(12_000);
  assert.equal(line.exchange.dialled, '5551234');
  assert.equal(line.line.state, 'talking');
  line.line.release();
  clock.advance(5000);
  line.exchange.ring('2125550100');
  clock.advance(3000);
  line.line.answer();
  clock.advance(100);
  assert.equal(line.exchange.phase, 'talking');
});

test('the far end hangs up: by an open loop, by a reversal, by busy tone alone', () => {
  for (const disconnect of ['openLoop', 'polarity', 'tone'] as const) {
    const { clock, office } = worldBench(1, [{ ...loopOffice, disconnect }]);
    const line = office(0, { disconnectByPolarity: disconnect === 'polarity' });
    line.line.setup('5551234');
    clock.advance(12_000);
    assert.equal(line.line.state, 'talking', disconnect);
    line.exchange.farHangUp();
    clock.advance(disconnect === 'tone' ? 2600 : 500);
    assert.equal(line.line.state, 'guard', disconnect);
    clock.advance(5000);
    assert.equal(line.line.idle, true);
    assert.equal(line.exchange.phase, 'idle');
  }
});

test('a call comes in with its number, is answered, or given up', () => {
  const { clock, office } = worldBench();
  const line = office();
  assert.equal(line.exchange.ring('2125550100', 'ANNA'), true);
  clock.advance(4000);
  assert.deepEqual(line.driver.words, ['offered', 'callerId']);
  assert.deepEqual(line.driver.notices[1], { kind: 'callerId', callerId: { number: '2125550100', name: 'ANNA' } });
  line.line.answer();
  clock.advance(100);
  assert.deepEqual(line.driver.voices, ['ANNA speaking']);
  line.line.release();
  clock.advance(3000);
  line.exchange.ring();
  clock.advance(3000);
  line.exchange.farHangUp();
  clock.advance(lineTimes.ringGapMs);
  assert.equal(line.driver.words.at(-1), 'idle');
});

test('caller ID ahead of the ring, by data and by DTMF', () => {
  for (const callerId of ['dataAhead', 'dtmfAhead'] as const) {
    const { clock, office } = worldBench(1, [{ ...loopOffice, callerId }]);
    const line = office();
    line.exchange.ring('2125550100');
    clock.advance(2600);
    assert.deepEqual(line.driver.notices, [{ kind: 'callerId', callerId: { number: '2125550100' } }], callerId);
    clock.advance(2000);
    assert.equal(line.driver.words.at(-1), 'offered');
    line.line.answer();
    clock.advance(1000);
    assert.equal(line.exchange.phase, 'talking');
    line.line.release();
    clock.advance(5000);
    assert.equal(line.line.idle, true);
  }
});

test('glare on a loop-start line: the call that came in is not lost', () => {
  const { clock, office } = worldBench();
  const line = office();
  line.exchange.ring('2125550100');
  // Within the card's delay: the line has not told of the ring when we seize it.
  line.line.setup('5551234');
  clock.advance(1);
  assert.deepEqual(line.driver.words, ['released', 'offered']);
  line.line.answer();
  clock.advance(1000);
  assert.equal(line.line.state, 'talking');
  assert.equal(line.exchange.phase, 'talking');
});

test('a PBX behind a T1: calls both ways, answered and hung up by either', () => {
  const { clock, trunk } = worldBench();
  const line = trunk();
  line.line.setup('201');
  clock.advance(9000);
  assert.equal(line.exchange.phase, 'ringing');
  line.line.release();
  clock.advance(3000);
  assert.equal(line.line.idle, true);
  assert.equal(line.exchange.phase, 'idle');
  line.line.setup('42');
  clock.advance(9000);
  assert.equal(line.exchange.dialled, '42');
  assert.equal(line.line.state, 'talking');
  assert.deepEqual(line.driver.voices, ['this is 42']);
  line.exchange.hangUp();
  clock.advance(3000);
  assert.equal(line.line.idle, true);

  line.exchange.call('911');
  clock.advance(8000);
  assert.equal(
    line.driver.notices.some((notice) => notice.kind === 'dialled' && notice.number === '911'),
    true,
  );
  line.line.answer();
  clock.advance(100);
  assert.equal(line.driver.voices.at(-1), 'an extension speaking');
  line.line.release();
  clock.advance(3000);
  assert.equal(line.line.idle, true);
  assert.equal(line.exchange.phase, 'idle');
});

test('a call for help over a CAMA trunk: called number, calling number when asked, a voice', () => {
  const { clock, emergency } = worldBench();
  const line = emergency();
  line.line.setup('911', '+12125550100');
  clock.advance(10_000);
  assert.deepEqual(line.tandem.calls, [{ called: '911', calling: '05550100' }]);
  assert.deepEqual(line.driver.voices, ['what is your emergency']);
  assert.equal(line.line.state, 'talking');
  line.line.release();
  clock.advance(3000);
  assert.equal(line.line.idle, true);
  assert.equal(line.tandem.phase, 'idle');
  line.line.setup('911');
  clock.advance(10_000);
  assert.equal(line.tandem.calls[1]?.calling, '00000000');
  line.tandem.hangUp();
  clock.advance(3000);
  assert.equal(line.line.idle, true);
});

test('calls for help on every trunk of a span at once', () => {
  const { clock, emergency } = worldBench();
  const lines = Array.from({ length: 24 }, (_, at) => emergency(at + 1));
  for (const [at, { line }] of lines.entries()) line.setup('911', `21255501${String(at).padStart(2, '0')}`);
  clock.advance(10_000);
  for (const [at, { tandem }] of lines.entries())
    assert.equal(tandem.calls[0]?.calling, `055501${String(at).padStart(2, '0')}`);
});
