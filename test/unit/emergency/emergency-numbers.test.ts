import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bareNumber, EmergencyNumbers } from '../../../src/emergency/index.js';
import { configurationOf, least } from '../config/sample.js';

function numbersOf(countryCode: string, more = ''): EmergencyNumbers {
  return new EmergencyNumbers(
    configurationOf(more, least.replace('name: Test', `name: Test, countryCode: ${countryCode}`)),
  );
}

interface Row {
  readonly country: string;
  readonly dialled: string;
  readonly number: string | undefined;
  readonly send?: string;
  readonly test?: boolean;
}

const rows: readonly Row[] = [
  { country: '1', dialled: '911', number: '911' },
  { country: '1', dialled: '9911', number: '911' },
  { country: '1', dialled: '+911', number: '911' },
  { country: '1', dialled: '+1911', number: '911' },
  { country: '1', dialled: '9-1-1', number: '911' },
  { country: '1', dialled: '911;phone-context=+1', number: '911' },
  { country: '1', dialled: '112', number: '112', send: '911' },
  { country: '1', dialled: '9112', number: '112', send: '911' },
  { country: '1', dialled: '933', number: '933', test: true },
  { country: '1', dialled: '9933', number: '933', test: true },
  { country: '1', dialled: 'urn:service:sos', number: '911' },
  { country: '1', dialled: 'URN:service:SOS.fire', number: '911' },
  { country: '1', dialled: 'urn:service:test.sos', number: '933', test: true },
  { country: '1', dialled: 'urn:service:sosumi', number: undefined },
  { country: '1', dialled: '999', number: undefined },
  { country: '1', dialled: '9110', number: undefined },
  { country: '1', dialled: '0911', number: undefined },
  { country: '1', dialled: '+19115550100', number: undefined },
  { country: '1', dialled: '', number: undefined },
  { country: '1', dialled: 'alice', number: undefined },
  { country: '49', dialled: '112', number: '112' },
  { country: '49', dialled: '110', number: '110' },
  { country: '49', dialled: '9110', number: '110' },
  { country: '49', dialled: '+49110', number: '110' },
  { country: '49', dialled: '911', number: undefined },
  { country: '49', dialled: 'urn:service:sos', number: '110' },
  { country: '49', dialled: 'urn:service:test.sos', number: undefined },
  { country: '41', dialled: '117', number: '117' },
  { country: '41', dialled: '1414', number: '1414' },
  { country: '44', dialled: '999', number: '999' },
  { country: '61', dialled: '112', number: '112', send: '000' },
  { country: '61', dialled: '000', number: '000' },
  // A country that nothing is known of still has 112.
  { country: '998', dialled: '112', number: '112' },
];

for (const row of rows) {
  test(`+${row.country}: "${row.dialled}" is ${row.number ?? 'no emergency number'}`, () => {
    const match = numbersOf(row.country).match(row.dialled);
    assert.equal(match?.number, row.number);
    if (match !== undefined) assert.deepEqual([match.send, match.test], [row.send ?? row.number, row.test ?? false]);
  });
}

test('configured numbers are added to the built-in ones', () => {
  const numbers = numbersOf('1', 'emergency: { numbers: [5555, 911] }\n');
  assert.deepEqual(numbers.numbers, ['911', '933', '112', '5555']);
  assert.equal(numbers.match('95555')?.number, '5555');
});

test('without an outside prefix, numbers are dialled bare', () => {
  const numbers = numbersOf('1', 'dialPlan: { outsidePrefix: "" }\n');
  assert.equal(numbers.match('911')?.number, '911');
  assert.equal(numbers.match('9911'), undefined);
});

test('a number means itself before it means another behind the prefix', () => {
  // Prefix 9 and a configured 9112: still the configured one.
  assert.equal(numbersOf('1', 'emergency: { numbers: [9112] }\n').match('9112')?.number, '9112');
});

test('no configuration takes 112 or the country’s number away', () => {
  const prefix = fc.stringMatching(/^[0-9]{0,2}$/);
  const more = fc.uniqueArray(fc.stringMatching(/^[0-9]{2,6}$/), { maxLength: 5 });
  fc.assert(
    fc.property(prefix, more, fc.constantFrom('1', '49', '44'), (outsidePrefix, extra, countryCode) => {
      const c = configurationOf('', least.replace('name: Test', `name: Test, countryCode: ${countryCode}`));
      const numbers = new EmergencyNumbers({
        site: c.site,
        dialPlan: { outsidePrefix },
        emergency: { ...c.emergency, numbers: extra },
      });
      const own = { '1': '911', '49': '110', '44': '999' }[countryCode] ?? '112';
      for (const number of ['112', own, ...extra]) {
        assert.equal(numbers.match(number)?.number, number);
        assert.notEqual(numbers.match(outsidePrefix + number), undefined);
      }
    }),
    { seed: 1 },
  );
});

test('the bare number', () => {
  const table: readonly (readonly [string, string])[] = [
    ['+1 (415) 555-0100', '+14155550100'],
    ['415.555.0100', '4155550100'],
    ['*72', '*72'],
    ['%2372', '#72'],
    ['%2B14155550100', '+14155550100'],
    ['2001;phone-context=example.com', '2001'],
    ['anna-lena', 'anna-lena'],
    ['lobby.phone', 'lobby.phone'],
    ['', ''],
  ];
  for (const [dialled, bare] of table) assert.equal(bareNumber(dialled), bare);
});
