import { digitTiming, type LineSound, type TonePattern } from '../analog/index.js';
import { dtmfSounds, mfSounds } from '../lines/index.js';
import type { CountryTones, PlayedSound, Tone } from '../media/index.js';

/** Digits and signals as the media engine makes them; other sounds have no end, and are heard instead. */
export function digitSounds(sound: Extract<LineSound, { readonly kind: 'dtmf' | 'mf' }>): readonly PlayedSound[] {
  const { onMs, offMs } = digitTiming.dtmf;
  return sound.kind === 'mf' ? mfSounds(sound.signals) : dtmfSounds(sound.digits, onMs, offMs);
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
