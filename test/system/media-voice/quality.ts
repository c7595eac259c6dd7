import type { PortStatistics, Source } from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { sleep } from '../branch/patience.js';
import type { PortUnderTest, VoiceBench } from './voice-bench.js';
import { sampleRates, type VoiceCodec } from './voice-codec.js';
import { type Line, securityOf, talking, VoiceParty } from './voice-party.js';

/** What a line does to packets. Delay is spread evenly from 0 to `jitterMs`: what overtakes is reordered. */
export interface Impairment {
  readonly loss: number;
  readonly jitterMs: number;
  readonly duplicates: number;
}

export interface QualityCase {
  readonly said: VoiceCodec;
  readonly heard: VoiceCodec;
  /** `bridge`: relayed or transcoded on arrival; `mix`: through the jitter buffer. */
  readonly by: 'bridge' | 'mix';
  readonly line: Impairment;
}

export interface Quality {
  /** dB, mean over the 20 ms in which the voice speaks, each -10 to 35; against the same call over a good line. */
  readonly segmentalSnr: number;
  /** The share of those that are within 6 dB of the good line's. */
  readonly present: number;
  /** Of the lossy side, by the engine. */
  readonly statistics: PortStatistics;
}

/** A long vowel that glides, cut into syllables: something concealment has to work for. PCM16, whole seconds. */
export function speechLike(sampleRate: number, seconds: number): Int16Array {
  const samples = new Int16Array(sampleRate * seconds);
  let phase = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const t = i / sampleRate;
    const syllable = (t / 0.24) % 1;
    phase += (120 + 30 * Math.sin(2 * Math.PI * 0.5 * t) - 20 * syllable) / sampleRate;
    const formant = 700 + 500 * Math.sin(2 * Math.PI * 0.25 * t);
    let sound = 0;
    for (let harmonic = 1; harmonic <= 24; harmonic += 1) {
      const distance = (harmonic * 130 - formant) / 300;
      sound += (Math.exp(-distance * distance) + 0.05) * Math.sin(2 * Math.PI * phase * harmonic);
    }
    samples[i] = Math.round(5000 * sound * Math.max(0, Math.sin(Math.PI * syllable)));
  }
  return samples;
}

function lineOf({ loss, jitterMs, duplicates }: Impairment, seed: number): Line {
  const random = new SeededRandom(seed);
  const chance = (): number => random.next();
  return () => {
    if (chance() < loss) return [];
    const delays = [Math.round(chance() * jitterMs)];
    if (chance() < duplicates) delays.push(Math.round(chance() * jitterMs));
    // Never 0, which would overtake those that wait in their timers.
    return delays.map((delay) => 1 + delay);
  };
}

const spokenSeconds = 6;
const talkMs = 4500;

/** All cases at once: each is a call over a good line and one over the bad one, saying the same. */
export async function measureQuality(bench: VoiceBench, cases: readonly QualityCase[]): Promise<readonly Quality[]> {
  const good: Impairment = { loss: 0, jitterMs: 0, duplicates: 0 };
  const calls = await Promise.all(
    cases.map(async (one, i) => ({
      reference: await qualityCall(bench, { ...one, line: good }, i, `good-${i}`),
      tried: await qualityCall(bench, one, i, `bad-${i}`),
    })),
  );
  const all = calls.flatMap(({ reference, tried }) => [reference, tried]);
  const parties = all.flatMap(({ speaker, listener }) => [speaker, listener]);
  await talking(parties, async () => {
    await sleep(700);
    for (const { listener } of all) listener.heard.length = 0;
    await sleep(talkMs);
  });
  await sleep(100);
  const found: Quality[] = [];
  for (const { reference, tried } of calls) {
    const statistics = await bench.engine.statistics(tried.port.id);
    found.push({ ...compared(reference.listener.sound().samples, tried.listener.sound()), statistics });
  }
  await bench.engine.close(all.flatMap(({ port, other }) => [port.id, other.id]));
  for (const party of parties) party.close();
  return found;
}

interface QualityCall {
  readonly speaker: VoiceParty;
  readonly listener: VoiceParty;
  readonly port: PortUnderTest;
  readonly other: PortUnderTest;
}

async function qualityCall(bench: VoiceBench, one: QualityCase, seed: number, mix: string): Promise<QualityCall> {
  const plain = securityOf(undefined);
  const { loss, jitterMs } = one.line;
  const line = loss === 0 && jitterMs === 0 ? undefined : lineOf(one.line, seed + 1);
  const speaker = await VoiceParty.open(one.said, 20, plain, line);
  const listener = await VoiceParty.open(one.heard, 20, plain);
  const port = bench.open(speaker, bench.settingsFor(speaker, plain));
  const other = bench.open(listener, bench.settingsFor(listener, plain));
  const shared: Source = { kind: 'mix', mix, speaks: true };
  if (one.by === 'bridge') bench.bridge(port, other);
  else for (const each of [port, other]) bench.hear(each, shared);
  speaker.say(speechLike(sampleRates[one.said].said, spokenSeconds));
  listener.say(new Int16Array(sampleRates[one.heard].said * 1.2));
  return { speaker, listener, port, other };
}

function compared(
  reference: Int16Array,
  { samples, sampleRate }: { readonly samples: Int16Array; readonly sampleRate: number },
): Pick<Quality, 'segmentalSnr' | 'present'> {
  const offset = offsetOf(reference, samples, sampleRate);
  const block = sampleRate / 50;
  const snrs: number[] = [];
  let present = 0;
  // A jitter buffer may move: each block is looked for again nearby.
  for (let at = sampleRate / 2; at + block <= reference.length - sampleRate / 2; at += block) {
    const wanted = reference.subarray(at, at + block);
    const energy = wanted.reduce((sum, sample) => sum + sample * sample, 0);
    if (energy < block * 500 * 500) continue;
    let best = Number.NEGATIVE_INFINITY;
    let level = 0;
    for (let shift = -4; shift <= 4; shift += 1) {
      const start = at + offset + shift;
      if (start < 0 || start + block > samples.length) continue;
      let noise = 0;
      let own = 0;
      for (let i = 0; i < block; i += 1) {
        const sample = samples[start + i] ?? 0;
        noise += ((wanted[i] ?? 0) - sample) ** 2;
        own += sample * sample;
      }
      const snr = noise === 0 ? 35 : 10 * Math.log10(energy / noise);
      if (snr > best) [best, level] = [snr, own];
    }
    if (best === Number.NEGATIVE_INFINITY) continue;
    snrs.push(Math.max(-10, Math.min(35, best)));
    if (level > energy / 4 && level < energy * 4) present += 1;
  }
  const mean = snrs.reduce((sum, snr) => sum + snr, 0) / Math.max(1, snrs.length);
  return { segmentalSnr: snrs.length === 0 ? -10 : mean, present: present / Math.max(1, snrs.length) };
}

/** Where in `samples` the middle of the reference is, by correlation: coarse first, then to the sample. */
function offsetOf(reference: Int16Array, samples: Int16Array, sampleRate: number): number {
  const middle = Math.floor(reference.length / 2);
  const length = sampleRate / 2;
  const score = (offset: number, every: number): number => {
    let product = 0;
    let own = 1;
    for (let i = 0; i < length; i += every) {
      const sample = samples[middle + i + offset] ?? 0;
      product += (reference[middle + i] ?? 0) * sample;
      own += sample * sample;
    }
    return product / Math.sqrt(own);
  };
  const range = Math.floor(sampleRate * 0.8);
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  for (let offset = -range; offset <= range; offset += 1) {
    const found = score(offset, 8);
    if (found > most) [best, most] = [offset, found];
  }
  most = Number.NEGATIVE_INFINITY;
  for (let offset = best - 8, end = best + 8; offset <= end; offset += 1) {
    const found = score(offset, 1);
    if (found > most) [best, most] = [offset, found];
  }
  return best;
}
