import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareSpecificity,
  matchesPattern,
  type NumberPattern,
  overlap,
  parseNumberPattern,
} from '../../../src/config/number-pattern.js';

function pattern(text: string): NumberPattern {
  const parsed = parseNumberPattern(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

const matches: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ['911', ['911'], ['91', '9111', '912']],
  ['9NXXXXXX', ['92345678', '99999999'], ['91345678', '9234567', '923456789']],
  ['ZX', ['10', '99'], ['00', '1']],
  ['[13-5]0', ['10', '30', '50'], ['20', '60']],
  ['9011.', ['90114', '9011441'], ['9011', '901']],
  ['9011!', ['9011', '90114'], ['901']],
  ['+1900NXXXXXX', ['+19002345678'], ['19002345678', '+19001345678']],
  ['*80', ['*80'], ['80', '*8']],
  ['#X', ['#1'], ['##']],
  ['nxx', ['200'], ['100']],
  ['.', ['1', '123'], ['']],
];

for (const [text, yes, no] of matches) {
  test(`${text} matches what it says`, () => {
    for (const number of yes) assert.equal(matchesPattern(pattern(text), number), true, number);
    for (const number of no) assert.equal(matchesPattern(pattern(text), number), false, number);
  });
}

test('what is no pattern is refused with the reason', () => {
  const bad = [
    ['', /empty/],
    ['_9XX', /"_" is not needed/],
    ['9.1', /at the end/],
    ['!', undefined],
    ['9+1', /no meaning/],
    ['[', /set of digits/],
    ['[a]', /set of digits/],
    ['[5-1]', /set of digits/],
    ['[]', /set of digits/],
    ['9 1', /no meaning/],
    ['X'.repeat(65), /longer/],
  ] as const;
  for (const [text, reason] of bad) {
    const parsed = parseNumberPattern(text);
    if (reason === undefined) assert.ok(parsed.ok);
    else {
      assert.ok(!parsed.ok, text);
      assert.match(parsed.error, reason);
    }
  }
});

test('the most specific pattern comes first, whatever the order in the file', () => {
  const sorted = ['911', '9[12]X', '9NX', '9ZX', '9XX', '9XX.', '9X.', '9.', '9!', '.', '!'];
  const patterns = sorted.map(pattern);
  for (const shuffled of [patterns.toReversed(), [...patterns.slice(5), ...patterns.slice(0, 5)]]) {
    assert.deepEqual(
      shuffled.toSorted(compareSpecificity).map((p) => p.text),
      sorted,
    );
  }
});

const anyPattern = fc
  .tuple(
    fc.array(fc.constantFrom('0', '1', '9', 'X', 'N', 'Z', '[1-3]', '[29]'), { minLength: 1, maxLength: 5 }),
    fc.constantFrom('', '.', '!'),
  )
  .map(([places, tail]) => places.join('') + tail);

test('specificity is a consistent order', () => {
  fc.assert(
    fc.property(anyPattern, anyPattern, anyPattern, (a, b, c) => {
      const [pa, pb, pc] = [pattern(a), pattern(b), pattern(c)];
      assert.equal(Math.sign(compareSpecificity(pa, pb)) + Math.sign(compareSpecificity(pb, pa)), 0);
      if (compareSpecificity(pa, pb) <= 0 && compareSpecificity(pb, pc) <= 0)
        assert.ok(compareSpecificity(pa, pc) <= 0);
    }),
    { seed: 3 },
  );
});

test('two patterns overlap when some number matches both', () => {
  fc.assert(
    fc.property(anyPattern, anyPattern, fc.stringMatching(/^[0-9]{1,6}$/), (a, b, number) => {
      const both = matchesPattern(pattern(a), number) && matchesPattern(pattern(b), number);
      if (both) assert.equal(overlap(pattern(a), pattern(b)), true);
    }),
    { seed: 5 },
  );
  assert.equal(overlap(pattern('3XXX'), pattern('[34]1XX')), true);
  assert.equal(overlap(pattern('3XXX'), pattern('3XX')), false);
  assert.equal(overlap(pattern('3XXX'), pattern('4XXX')), false);
  assert.equal(overlap(pattern('3.'), pattern('3XXX')), true);
  assert.equal(overlap(pattern('3XXX.'), pattern('3XXX')), false);
});
