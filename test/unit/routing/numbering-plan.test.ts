import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type NumberFormat, NumberingPlan } from '../../../src/routing/index.js';
import { configurationOf, least } from '../config/sample.js';

function planOf(site: string): NumberingPlan {
  return new NumberingPlan(configurationOf('', least.replace('name: Test', `name: Test, ${site}`)).site);
}

const plans = {
  chicago: planOf('areaCode: 312'),
  nowhere: planOf('countryCode: 1'),
  berlin: planOf('countryCode: 49, areaCode: 30'),
  zurich: planOf('countryCode: 41'),
  milan: planOf('countryCode: 39'),
  sydney: planOf('countryCode: 61, areaCode: 2'),
};

type Meaning = readonly [kind: 'e164' | 'service', number: string] | 'invalid';

const normalised: readonly (readonly [site: keyof typeof plans, dialled: string, meaning: Meaning])[] = [
  ['chicago', '+13125550101', ['e164', '+13125550101']],
  ['chicago', '13125550101', ['e164', '+13125550101']],
  ['chicago', '3125550101', ['e164', '+13125550101']],
  ['chicago', '5550101', ['e164', '+13125550101']],
  ['chicago', '2125550101', ['e164', '+12125550101']],
  ['chicago', '011493012345678', ['e164', '+493012345678']],
  ['chicago', '+493012345678', ['e164', '+493012345678']],
  ['chicago', '01113125550101', ['e164', '+13125550101']],
  ['chicago', '411', ['service', '411']],
  ['chicago', '988', ['service', '988']],
  ['chicago', '0', ['service', '0']],
  ['chicago', '911', 'invalid'],
  ['chicago', '112', 'invalid'],
  ['chicago', '1555010', 'invalid'],
  ['chicago', '0125550101', 'invalid'],
  ['chicago', '3121550101', 'invalid'],
  ['chicago', '+13121550101', 'invalid'],
  ['chicago', '+1312555010', 'invalid'],
  ['chicago', '131255501011', 'invalid'],
  ['chicago', '23125550101', 'invalid'],
  ['chicago', '011', 'invalid'],
  ['chicago', '01149', 'invalid'],
  ['chicago', '+', 'invalid'],
  ['chicago', '', 'invalid'],
  ['chicago', '*72', 'invalid'],
  ['chicago', 'alice', 'invalid'],
  ['nowhere', '5550101', 'invalid'],
  ['nowhere', '3125550101', ['e164', '+13125550101']],
  ['berlin', '+493012345678', ['e164', '+493012345678']],
  ['berlin', '03012345678', ['e164', '+493012345678']],
  ['berlin', '12345678', ['e164', '+493012345678']],
  ['berlin', '0891234567', ['e164', '+49891234567']],
  ['berlin', '0041441234567', ['e164', '+41441234567']],
  ['berlin', '0013125550101', ['e164', '+13125550101']],
  ['berlin', '116117', ['service', '116117']],
  ['berlin', '11833', ['service', '11833']],
  ['berlin', '00', 'invalid'],
  ['berlin', '0', 'invalid'],
  ['berlin', '001312555', 'invalid'],
  ['zurich', '0441234567', ['e164', '+41441234567']],
  ['zurich', '1811', ['service', '1811']],
  ['zurich', '441234567', 'invalid'],
  ['zurich', '00493012345678', ['e164', '+493012345678']],
  ['milan', '0212345678', ['e164', '+390212345678']],
  ['milan', '3331234567', ['e164', '+393331234567']],
  ['sydney', '0298765432', ['e164', '+61298765432']],
  ['sydney', '98765432', ['e164', '+61298765432']],
  ['sydney', '001113125550101', ['e164', '+13125550101']],
];

for (const [site, dialled, meaning] of normalised) {
  test(`${site}: ${dialled === '' ? 'nothing' : dialled} is ${meaning === 'invalid' ? meaning : meaning.join(' ')}`, () => {
    const number = plans[site].normalise(dialled);
    if (meaning === 'invalid') assert.equal(number.kind, 'invalid');
    else assert.deepEqual(number, { kind: meaning[0], number: meaning[1] });
  });
}

test('what is normalised stays as it is when normalised again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(plans)), fc.stringMatching(/^\+?[0-9]{0,16}$/), (plan, dialled) => {
      const once = plan.normalise(dialled);
      if (once.kind === 'invalid') return;
      assert.deepEqual(plan.normalise(once.number), once);
      if (once.kind === 'e164') assert.match(once.number, /^\+[1-9]\d{6,14}$/);
    }),
    { seed: 42, numRuns: 2000 },
  );
});

test('what a call counts as', () => {
  const table: readonly (readonly [keyof typeof plans, string, string])[] = [
    ['chicago', '+13125550101', 'local'],
    ['chicago', '+12125550101', 'national'],
    ['chicago', '+18005550199', 'local'],
    ['chicago', '+493012345678', 'international'],
    // Dialled like a national number, billed like an international one.
    ['chicago', '+18095550101', 'international'],
    ['chicago', '+18765550101', 'international'],
    ['chicago', '+19002345678', 'premium'],
    ['chicago', '+13129762345', 'premium'],
    ['chicago', '411', 'local'],
    ['berlin', '+493012345678', 'local'],
    ['berlin', '+49891234567', 'national'],
    ['berlin', '+499001234567', 'premium'],
    ['berlin', '+13125550101', 'international'],
    ['zurich', '+41441234567', 'national'],
    ['zurich', '+41900123456', 'premium'],
  ];
  for (const [site, dialled, category] of table) {
    const number = plans[site].normalise(dialled);
    assert.ok(number.kind !== 'invalid', dialled);
    assert.equal(plans[site].categoryOf(number), category, `${site} ${dialled}`);
  }
});

test('how trunks are given numbers', () => {
  const formats: readonly NumberFormat[] = ['e164', 'e164WithoutPlus', 'national', 'asDialled'];
  const table: readonly (readonly [keyof typeof plans, string, readonly string[]])[] = [
    ['chicago', '+13125550101', ['+13125550101', '13125550101', '3125550101', '13125550101']],
    ['chicago', '+493012345678', ['+493012345678', '493012345678', '011493012345678', '011493012345678']],
    ['berlin', '+493012345678', ['+493012345678', '493012345678', '3012345678', '03012345678']],
    ['berlin', '+13125550101', ['+13125550101', '13125550101', '0013125550101', '0013125550101']],
    ['milan', '+390212345678', ['+390212345678', '390212345678', '0212345678', '0212345678']],
  ];
  for (const [site, number, texts] of table) {
    assert.deepEqual(
      formats.map((format) => plans[site].calledNumber({ kind: 'e164', number }, format)),
      texts,
    );
  }
  for (const format of formats)
    assert.equal(plans.chicago.calledNumber({ kind: 'service', number: '411' }, format), '411');
  assert.equal(plans.chicago.callingNumber('+13125550101', 'asDialled'), '3125550101');
  assert.equal(plans.berlin.callingNumber('+13125550101', 'national'), '0013125550101');
});

test('what is sent as a subscriber dials it is understood as the same number', () => {
  const number = fc.oneof(
    fc.stringMatching(/^\+1[2-9][0-9]{2}[2-9][0-9]{6}$/),
    fc.stringMatching(/^\+(49|44|33)[1-9][0-9]{7,9}$/),
  );
  fc.assert(
    fc.property(fc.constantFrom(plans.chicago, plans.berlin, plans.zurich), number, (plan, e164) => {
      assert.deepEqual(plan.normalise(plan.calledNumber({ kind: 'e164', number: e164 }, 'asDialled')), {
        kind: 'e164',
        number: e164,
      });
    }),
    { seed: 9 },
  );
});

test('what a network leaves off a number is put back in every way that makes sense', () => {
  const all = (received: string): readonly string[] => plans.chicago.candidates(received);
  for (const received of ['+13125550101', '13125550101', '3125550101', '5550101']) {
    assert.ok(all(received).includes('+13125550101'), received);
  }
  assert.ok(plans.berlin.candidates('493012345678').includes('+493012345678'));
  assert.ok(plans.berlin.candidates('3012345678').includes('+493012345678'));
  assert.deepEqual(all('alice'), []);
});
