import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressListener, type TonePattern } from '../../../src/analog/index.js';
import { tonedCountries, tonesOf } from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** ITU-T E.180 Supplement 2: United States. */
const american: readonly TonePattern[] = [
  { means: 'dial', frequencies: [350, 440], cadence: [] },
  { means: 'ringback', frequencies: [440, 480], cadence: [2000, 4000] },
  { means: 'busy', frequencies: [480, 620], cadence: [500, 500] },
  { means: 'congestion', frequencies: [480, 620], cadence: [250, 250] },
];
/** Germany: one frequency for everything. */
const german: readonly TonePattern[] = [
  { means: 'dial', frequencies: [425], cadence: [] },
  { means: 'ringback', frequencies: [425], cadence: [1000, 4000] },
  { means: 'busy', frequencies: [425], cadence: [480, 480] },
  { means: 'congestion', frequencies: [425], cadence: [240, 240] },
];

function bench(patterns: readonly TonePattern[]) {
  const clock = new VirtualClock();
  const heard: string[] = [];
  const listener = new ProgressListener(clock, patterns, (tone) => heard.push(tone));
  const play = (frequencies: readonly number[], cadence: readonly number[], times: number) => {
    for (let i = 0; i < times; i++)
      cadence.forEach((ms, at) => {
        listener.hear({ frequencies: at % 2 === 0 ? frequencies : [] });
        clock.advance(ms);
      });
    listener.hear({ frequencies: [] });
  };
  return { clock, heard, listener, play };
}

test('every tone of two countries is told by its second period, and once', () => {
  for (const patterns of [american, german])
    for (const { means, frequencies, cadence } of patterns) {
      const { play, heard } = bench(patterns);
      play(frequencies, cadence.length === 0 ? [3000, 100] : cadence, cadence.length === 0 ? 1 : 6);
      assert.deepEqual(heard, [means]);
    }
});

test('tones that are a little off are told; those that are far off are not', () => {
  const near = bench(american);
  near.play([487, 612], [540, 465], 4);
  assert.deepEqual(near.heard, ['busy']);
  for (const [frequencies, cadence] of [
    [
      [480, 650],
      [500, 500],
    ],
    [[480], [500, 500]],
    [
      [480, 620],
      [700, 500],
    ],
    [
      [480, 620],
      [370, 370],
    ],
  ] as const) {
    const far = bench(american);
    far.play(frequencies, cadence, 6);
    assert.deepEqual(far.heard, []);
  }
});

test('one tone after another: ring-back, and then busy', () => {
  const { play, heard, listener, clock } = bench(german);
  play([425], [1000, 4000], 3);
  play([425], [480, 480], 4);
  assert.deepEqual(heard, ['ringback', 'busy']);
  listener.restart();
  play([425], [480, 480], 4);
  assert.deepEqual(heard, ['ringback', 'busy', 'busy']);
  listener.stop();
  assert.equal(clock.pending, 0);
});

test('a steady tone must last; a short beep is nothing', () => {
  const { play, heard } = bench(german);
  play([425], [1200, 300], 1);
  assert.deepEqual(heard, []);
  play([425], [1400, 300], 1);
  assert.deepEqual(heard, ['dial']);
});

test('speech is no tone: random frequencies and lengths, a hundred seeds', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new SeededRandom(seed);
    const { heard, listener, clock } = bench(american);
    for (let i = 0; i < 200; i++) {
      const voiced = random.next() < 0.6;
      listener.hear({ frequencies: voiced ? [100 + random.next() * 800, 200 + random.next() * 800] : [] });
      clock.advance(20 + random.next() * 300);
    }
    assert.deepEqual(heard, [], `seed ${seed}`);
  }
});

/** The tones that a country's table plays, as patterns to hear them by. */
function patternsOf(countryCode: string): readonly TonePattern[] {
  const tones = tonesOf(countryCode);
  return (['dial', 'ringback', 'busy', 'congestion'] as const).map((means) => {
    const { steps, repeatFrom = 0 } = tones[means];
    const repeated = steps.slice(repeatFrom);
    const frequencies = steps.find((step) => step.frequencies.length > 0)?.frequencies ?? [];
    const steady = repeated.length === 1 || repeated.some(({ durationMs }) => durationMs === 0);
    return { means, frequencies, cadence: steady ? [] : repeated.map(({ durationMs }) => durationMs) };
  });
}

test('the tones of every country that we play are told from one another', () => {
  for (const code of tonedCountries) {
    const patterns = patternsOf(code);
    for (const { means, frequencies, cadence } of patterns) {
      const { play, heard } = bench(patterns);
      play(frequencies, cadence.length === 0 ? [3000, 100] : cadence, cadence.length === 0 ? 1 : 5);
      const alike = patterns.filter((each) => JSON.stringify(each.cadence) === JSON.stringify(cadence));
      assert.ok(
        alike.some((each) => each.means === heard[0]),
        `${code} ${means}: heard ${heard.join(', ')}`,
      );
    }
  }
});
