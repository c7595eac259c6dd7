import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  camaCalled,
  camaCalling,
  digitOfPulses,
  dtmfFrequencies,
  featureGroupD,
  mfDurationMs,
  mfField,
  mfFrequencies,
  pulsesOf,
  readFeatureGroupD,
  readMfFields,
} from '../../../src/analog/index.js';

test('pulses of each digit in each map, and back', () => {
  const trains = (map: 'standard' | 'newZealand' | 'sweden') =>
    [...'0123456789'].map((digit) => pulsesOf(digit, map) ?? 0);
  assert.deepEqual(trains('standard'), [10, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(trains('newZealand'), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  assert.deepEqual(trains('sweden'), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const map of ['standard', 'newZealand', 'sweden'] as const) {
    for (const digit of '0123456789') assert.equal(digitOfPulses(pulsesOf(digit, map) ?? 0, map), digit);
    for (const count of [0, 11, 1.5, Number.NaN]) assert.equal(digitOfPulses(count, map), undefined);
    for (const none of ['*', '#', 'A', '', '12']) assert.equal(pulsesOf(none, map), undefined);
  }
});

test('frequencies are those of Q.23 and Q.320, each pair once', () => {
  for (const table of [dtmfFrequencies, mfFrequencies]) {
    const pairs = Object.values(table).map(([low, high]) => `${low}+${high}`);
    assert.equal(new Set(pairs).size, pairs.length);
    for (const [low, high] of Object.values(table)) assert.ok(low < high);
  }
  assert.deepEqual(
    [dtmfFrequencies['5'], mfFrequencies.KP, mfFrequencies.ST],
    [
      [770, 1336],
      [1100, 1700],
      [1500, 1700],
    ],
  );
});

test('feature group D, written and read', () => {
  const address = { called: '8005551212', calling: '2125550100', informationDigits: '00' };
  const signals = featureGroupD(address);
  assert.equal(signals.join(' '), 'KP 0 0 2 1 2 5 5 5 0 1 0 0 ST KP 8 0 0 5 5 5 1 2 1 2 ST');
  assert.deepEqual(readFeatureGroupD(signals), { ok: true, value: address });
  const unknown = featureGroupD({ ...address, calling: '+44 20' });
  assert.equal(unknown.slice(0, 4).join(' '), 'KP 0 0 ST');
  assert.deepEqual(readFeatureGroupD(unknown), { ok: true, value: { ...address, calling: '' } });
  // 26 signals of 136 ms, and two KP that are 32 ms longer.
  assert.equal(mfDurationMs(signals), signals.length * 136 + 64);
});

test('malformed MF is refused, each with its reason; a second KP starts again', () => {
  const fault = (text: string) => {
    const read = readMfFields(text.split(' '));
    return read.ok ? read.value.join(',') : read.error;
  };
  assert.equal(fault('KP 9 1 1 ST'), '911');
  assert.equal(fault('KP 9 1 KP 9 1 1 ST'), '911');
  assert.equal(fault('KP 1 STP'), '1');
  assert.equal(fault('9 1 1 ST'), 'noStart');
  assert.equal(fault('KP 9 1 1'), 'noEnd');
  assert.equal(fault('KP 9 # ST'), 'signal');
  const reasons = [
    ['KP', '1', 'ST'],
    [...mfField('2'), ...mfField('3')],
    [...mfField('00'), ...mfField('1'), ...mfField('1')],
  ];
  for (const signals of reasons) assert.deepEqual(readFeatureGroupD(signals), { ok: false, error: 'digits' });
});

test('emergency trunks: the called digits, then the calling number in either form', () => {
  assert.equal(camaCalled('911').join(' '), 'KP 9 1 1 ST');
  const npd = { kind: 'npd', areaCodes: ['212', '646'] } as const;
  assert.equal(camaCalling('+16465550123', '00', npd).join(' '), 'KP 1 5 5 5 0 1 2 3 ST');
  assert.equal(camaCalling('3035550123', '00', npd).join(' '), 'KP 0 0 0 0 0 0 0 0 ST');
  assert.equal(camaCalling('12125550100', '00', { kind: 'ten' }).join(' '), 'KP 0 0 2 1 2 5 5 5 0 1 0 0 ST');
  assert.equal(camaCalling('', '00', { kind: 'ten' }).length, 14);
});
