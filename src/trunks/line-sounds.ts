import { digitTiming, dtmfFrequencies, type LineSound, mfFrequencies, type TonePattern } from '../analog/index.js';
import type { CountryTones, PlayedSound, Tone } from '../media/index.js';

/** Level of each frequency of a digit, dBm0 (TIA-464 §5.3: -7 ± 3 dBm for both together; Q.320 §4.2: -7 each). */
const digitLevel = -8;

/** Digits and signals as the media engine makes them; other sounds have no end, and are heard instead. */
export function digitSounds(sound: Extract<LineSound, { readonly kind: 'dtmf' | 'mf' }>): readonly PlayedSound[] {
  if (sound.kind === 'mf') {
    const { onMs, offMs, kpOnMs } = digitTiming.mf;
    return sound.signals.flatMap((signal) => tones(mfFrequencies[signal], signal === 'KP' ? kpOnMs : onMs, offMs));
  }
  const { onMs, offMs } = digitTiming.dtmf;
  return [...sound.digits].flatMap((digit) => tones(dtmfFrequencies[digit] ?? [], onMs, offMs));
}

function tones(frequencies: readonly number[], onMs: number, offMs: number): readonly PlayedSound[] {
  return [
    { kind: 'tone', frequencies, level: digitLevel, durationMs: onMs },
    { kind: 'tone', frequencies: [], level: digitLevel, durationMs: offMs },
  ];
}

/** What an exchange of the country says by tones, for a listener. Those of more than two frequencies at a time are left out. */
export function tonePatterns({ dial, ringback, busy, congestion }: CountryTones): readonly TonePattern[] {
  return [
    ...patternOf('dial', dial),
    ...patternOf('ringback', ringback),
    ...patternOf('busy', busy),
    ...patternOf('congestion', congestion),
  ];
}

function patternOf(means: TonePattern['means'], { steps, repeatFrom = 0 }: Tone): readonly TonePattern[] {
  const repeated = steps.slice(repeatFrom);
  const frequencies = repeated.find((step) => step.frequencies.length > 0)?.frequencies ?? [];
  if (frequencies.length === 0 || frequencies.length > 2) return [];
  const steady = repeated.length === 1 || repeated.every((step) => step.durationMs === 0);
  // A cadence of one tone and its pauses; two tones one after the other are no such cadence.
  const alike = repeated.every((step) => step.frequencies.length === 0 || `${step.frequencies}` === `${frequencies}`);
  if (!steady && (!alike || repeated[0]?.frequencies.length === 0)) return [];
  return [{ means, frequencies, cadence: steady ? [] : repeated.map((step) => step.durationMs) }];
}

/** The longest pause in a tone, ms. */
export function longestPauseMs({ steps }: Tone): number {
  return Math.max(
    0,
    ...steps.filter(({ frequencies }) => frequencies.length === 0).map(({ durationMs }) => durationMs),
  );
}

/** What the engine has to look for, so that the patterns are heard. */
export function listenedFor(patterns: readonly TonePattern[]): readonly (readonly number[])[] {
  return [...new Map(patterns.map(({ frequencies }) => [frequencies.join('+'), frequencies])).values()];
}
