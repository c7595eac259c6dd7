import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countries } from '../../../src/config/country.js';
import { type CountryTones, type Tone, tonedCountries, tonesOf } from '../../../src/media/index.js';

const cadence = (tone: Tone): readonly number[] => tone.steps.map((step) => step.durationMs);
const pitch = (tone: Tone): readonly number[] => tone.steps[0]?.frequencies ?? [];
const powerDbm0 = (tone: Tone): readonly number[] =>
  tone.steps
    .filter((step) => step.frequencies.length > 0)
    .map((step) => step.level + 10 * Math.log10(step.frequencies.length));

describe('tones of a country', () => {
  it('are there for every country that the configuration knows by name, and for twenty at least', () => {
    assert.ok(tonedCountries.length >= 20, `${tonedCountries.length}`);
    assert.equal(new Set(tonedCountries).size, tonedCountries.length);
    for (const code of Object.keys(countries)) assert.ok(tonedCountries.includes(code), code);
  });

  it('are what callers there know', () => {
    const us = tonesOf('1');
    assert.deepEqual([pitch(us.dial), cadence(us.dial)], [[350, 440], [0]]);
    assert.deepEqual(
      [pitch(us.ringback), cadence(us.ringback)],
      [
        [440, 480],
        [2000, 4000],
      ],
    );
    assert.deepEqual(
      [pitch(us.congestion), cadence(us.congestion)],
      [
        [480, 620],
        [250, 250],
      ],
    );
    const uk = tonesOf('44');
    assert.deepEqual(
      [pitch(uk.ringback), cadence(uk.ringback)],
      [
        [400, 450],
        [400, 200, 400, 2000],
      ],
    );
    assert.deepEqual(cadence(uk.congestion), [400, 350, 225, 525]);
    assert.deepEqual([pitch(tonesOf('33').ringback), cadence(tonesOf('33').ringback)], [[440], [1500, 3500]]);
    assert.deepEqual(cadence(tonesOf('49').busy), [480, 480]);
    assert.deepEqual(cadence(tonesOf('39').dial), [200, 200, 600, 1000]);
    assert.deepEqual(pitch(tonesOf('86').dial), [450]);
    // Elsewhere: E.180's own recommendation.
    assert.deepEqual([pitch(tonesOf('999').dial), cadence(tonesOf('999').ringback)], [[425], [1000, 4000]]);
  });

  it('can be played: frequencies of a telephone, levels that do not clip, an end only where one is meant', () => {
    for (const code of [...tonedCountries, '999']) {
      const tones: Readonly<Record<keyof CountryTones, Tone>> = { ...tonesOf(code) };
      for (const [name, tone] of Object.entries(tones)) {
        assert.ok(tone.steps.length > 0 && tone.steps.length <= 64, `${code} ${name}`);
        for (const { frequencies, durationMs } of tone.steps) {
          assert.ok(
            frequencies.length <= 4 && frequencies.every((each) => each >= 300 && each <= 3400),
            `${code} ${name}`,
          );
          assert.ok(Number.isInteger(durationMs) && durationMs >= 0 && durationMs <= 15_000, `${code} ${name}`);
        }
        for (const power of powerDbm0(tone)) assert.ok(power <= 0 && power >= -25, `${code} ${name} ${power}`);
        const endless = tone.repeatFrom !== undefined || tone.steps.at(-1)?.durationMs === 0;
        assert.equal(endless, !(name === 'confirmation' && code !== '44'), `${code} ${name}`);
        // What lasts for ever comes last.
        assert.ok(
          tone.steps.slice(0, -1).every((step) => step.durationMs > 0),
          `${code} ${name}`,
        );
      }
      // A caller tells busy and congestion apart from ringing by the cadence alone.
      assert.notDeepEqual(cadence(tones.busy), cadence(tones.ringback), code);
    }
  });
});
