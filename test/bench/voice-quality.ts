import { type Impairment, measureQuality, type QualityCase } from '../system/media-voice/quality.js';
import { VoiceBench } from '../system/media-voice/voice-bench.js';
import type { Row, Section } from './rows.js';

const lines: readonly (readonly [string, Impairment])[] = [
  ['1 % lost, 20 ms jitter', { loss: 0.01, jitterMs: 20, duplicates: 0 }],
  ['5 % lost, 40 ms jitter, 3 % twice', { loss: 0.05, jitterMs: 40, duplicates: 0.03 }],
  ['10 % lost, 60 ms jitter', { loss: 0.1, jitterMs: 60, duplicates: 0 }],
];
const paths: readonly Omit<QualityCase, 'line'>[] = [
  { said: 'PCMU', heard: 'PCMU', by: 'bridge' },
  { said: 'PCMU', heard: 'PCMA', by: 'bridge' },
  { said: 'opus', heard: 'PCMU', by: 'bridge' },
  { said: 'PCMU', heard: 'opus', by: 'bridge' },
  { said: 'G722', heard: 'L16', by: 'bridge' },
  { said: 'PCMU', heard: 'PCMU', by: 'mix' },
];

/** What a voice is worth after a bad line. */
export async function voiceQuality(): Promise<Section> {
  const bench = await VoiceBench.start();
  try {
    const rows: Row[] = [];
    for (const [name, line] of lines) {
      const found = await measureQuality(
        bench,
        paths.map((path) => ({ ...path, line })),
      );
      found.forEach(({ segmentalSnr, present, statistics }, i) => {
        const path = paths[i];
        const what = `${name}: ${path?.said} → ${path?.heard}${path?.by === 'mix' ? ' through a mix' : ''}`;
        rows.push(
          { what: `${what}: segmental SNR`, unit: 'dB', holdfast: segmentalSnr },
          { what: `${what}: voice present`, unit: '%', holdfast: 100 * present },
          { what: `${what}: E-model of the line`, unit: 'MOS', holdfast: statistics.mos },
        );
      });
    }
    return {
      title: 'Voice over a bad line',
      peer: 'nobody',
      notes: [
        'The far ends are the test’s own (codecs, RTP, timing), the line is seeded. Segmental SNR: mean of 20 ms blocks in which the voice speaks, each from -10 to 35 dB, against the same call over a good line; so it judges what loss does, not what a codec does. Present: the share of those blocks within 6 dB of the good line’s level. A bridge passes delay and order on, and the far end’s buffer mends them (here: a perfect one); a mix has a buffer of its own.',
        'The E-model (ITU-T G.107) figure is the engine’s, of what its port receives. There is no free PESQ or POLQA in Debian or on npm.',
      ],
      rows,
    };
  } finally {
    await bench.stop();
  }
}
