import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  analogCountry,
  analogCountryCodes,
  type DataMessage,
  decodeDtmfCallerId,
  encodeDtmfCallerId,
  longestSilenceMs,
  offHookData,
  onHookTransmission,
  ringCadence,
  stepMs,
  type TransmissionStep,
  transmissionMs,
} from '../../../src/analog/index.js';

const message: DataMessage = { kind: 'call', callerId: { number: '5551212', name: 'ANNA' } };
const kinds = (steps: readonly TransmissionStep[]) => steps.map(({ kind }) => kind).join(' ');

test('each country sends caller ID in its way', () => {
  const of = (code: string) => onHookTransmission(message, analogCountry(code));
  assert.equal(of('1').when, 'afterFirstRing');
  assert.equal(kinds(of('1').steps), 'pause fsk');
  assert.equal(of('33').when, 'afterFirstRing');
  assert.equal(of('44').when, 'atOnce');
  assert.equal(kinds(of('44').steps), 'reversal pause tone pause fsk pause');
  assert.equal(kinds(of('34').steps), 'ringPulse pause fsk pause');
  assert.equal(kinds(of('45').steps), 'reversal pause dtmf pause');
  const markOf = (code: string) => of(code).steps.map((step) => (step.kind === 'fsk' ? step.modulation.markHz : 0));
  assert.deepEqual([markOf('1')[1], markOf('44')[4], markOf('49')[1]], [1200, 1300, 1300]);
});

test('what follows the first ring is over 200 ms before the second (GR-30-CORE §2.3), in every country', () => {
  const longest: DataMessage = {
    kind: 'call',
    callerId: { date: { month: 1, day: 1, hour: 1, minute: 1 }, number: '9'.repeat(20), name: 'M'.repeat(15) },
  };
  for (const code of analogCountryCodes) {
    const country = analogCountry(code);
    const { when, steps } = onHookTransmission(longest, country);
    if (when === 'afterFirstRing')
      assert.ok(transmissionMs(steps) + 200 < longestSilenceMs(country.ring), `${code}: ${transmissionMs(steps)} ms`);
  }
});

test('a lamp is sent by itself, and off-hook data without the alternating bits', () => {
  const lamp = onHookTransmission({ kind: 'messageWaiting', waiting: true }, analogCountry('1'));
  assert.equal(lamp.when, 'atOnce');
  assert.equal(onHookTransmission({ kind: 'messageWaiting', waiting: true }, analogCountry('45')).steps.length, 0);
  const data = offHookData(message, analogCountry('1'));
  assert.ok(data.kind === 'fsk');
  assert.ok(data.bits.subarray(0, 80).every((bit) => bit === 1));
  assert.equal(stepMs(data), Math.ceil((data.bits.length * 1000) / 1200));
});

test('DTMF caller ID in each form, and back', () => {
  assert.equal(encodeDtmfCallerId({ number: '12345678' }, 'a-hash'), 'A12345678#');
  assert.equal(encodeDtmfCallerId({ number: '0701234567' }, 'd-c'), 'D0701234567C');
  assert.equal(encodeDtmfCallerId({ number: { absent: 'private' } }, 'a-c'), 'B10C');
  for (const form of ['a-hash', 'd-c', 'a-c'] as const) {
    assert.deepEqual(decodeDtmfCallerId(encodeDtmfCallerId({ number: '31415926' }, form)), { number: '31415926' });
    for (const absent of ['private', 'unavailable'] as const)
      assert.deepEqual(decodeDtmfCallerId(encodeDtmfCallerId({ number: { absent } }, form)), { number: { absent } });
  }
  for (const unfinished of ['', 'A', 'A123', '123C', 'C', 'AC'])
    assert.equal(decodeDtmfCallerId(unfinished), undefined);
});

test('cadences: the country’s own, and the distinctive ones by number', () => {
  assert.deepEqual(ringCadence(analogCountry('44')), [400, 200, 400, 2000]);
  assert.deepEqual(ringCadence(analogCountry('1'), 2), [800, 400, 800, 4000]);
  assert.deepEqual(ringCadence(analogCountry('1'), 9), [2000, 4000]);
  assert.deepEqual(ringCadence(analogCountry('999')), [1000, 4000]);
  for (const code of analogCountryCodes) assert.equal(ringCadence(analogCountry(code)).length % 2, 0, code);
});
