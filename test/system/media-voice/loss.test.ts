import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Impairment, measureQuality, type QualityCase } from './quality.js';
import { VoiceBench } from './voice-bench.js';

const bad: Impairment = { loss: 0.05, jitterMs: 40, duplicates: 0.03 };

/** The least that is accepted; what was measured is told with the test. */
const cases: readonly (QualityCase & { readonly leastSnr: number; readonly leastPresent: number })[] = [
  { said: 'PCMU', heard: 'PCMU', by: 'bridge', line: bad, leastSnr: 15, leastPresent: 0.85 },
  { said: 'PCMU', heard: 'PCMA', by: 'bridge', line: bad, leastSnr: 15, leastPresent: 0.85 },
  { said: 'opus', heard: 'PCMU', by: 'bridge', line: bad, leastSnr: 3, leastPresent: 0.8 },
  { said: 'PCMU', heard: 'opus', by: 'bridge', line: bad, leastSnr: 3, leastPresent: 0.8 },
  { said: 'G722', heard: 'L16', by: 'bridge', line: bad, leastSnr: 8, leastPresent: 0.85 },
  { said: 'PCMU', heard: 'PCMU', by: 'mix', line: bad, leastSnr: 6, leastPresent: 0.8 },
];

describe('voice over a bad line', () => {
  let bench: VoiceBench;

  before(async () => {
    bench = await VoiceBench.start();
  });

  after(async () => {
    await bench.stop();
  });

  it('stays a voice with 5 % lost, 40 ms of jitter, reordering and duplicates', async (t) => {
    const found = await measureQuality(bench, cases);
    const wrong = found.flatMap(({ segmentalSnr, present, statistics }, i) => {
      const one = cases[i];
      if (one === undefined) return [];
      const { lost, duplicate, reordered, late, concealedMs, mos, received } = statistics;
      const name = `${one.said} → ${one.heard} by ${one.by}`;
      t.diagnostic(
        `${name}: segmental SNR ${segmentalSnr.toFixed(1)} dB, present ${(100 * present).toFixed(1)} %, E-model ${mos.toFixed(2)}; ` +
          `received ${received}, lost ${lost}, duplicate ${duplicate}, reordered ${reordered}, late ${late}, concealed ${concealedMs} ms`,
      );
      return [
        ...(segmentalSnr < one.leastSnr ? [`${name}: segmental SNR ${segmentalSnr.toFixed(1)} dB`] : []),
        ...(present < one.leastPresent ? [`${name}: present ${present.toFixed(2)}`] : []),
        ...(lost < 2 || lost > received / 6 ? [`${name}: ${lost} lost of ${received}`] : []),
        ...(duplicate === 0 ? [`${name}: no duplicate seen`] : []),
        ...(reordered === 0 ? [`${name}: no reordering seen`] : []),
        ...(mos < 1.5 || mos > 4.3 ? [`${name}: E-model ${mos}`] : []),
      ];
    });
    assert.deepEqual(wrong, []);
    assert.deepEqual(bench.engine.failures, []);
  });
});
