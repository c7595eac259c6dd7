import {
  digitTiming,
  dtmfFrequencies,
  type LineSound,
  type MfSignal,
  mfFrequencies,
  type TransmissionStep,
} from '../analog/index.js';
import type { CountryTones, PlayedSound, Tone } from '../media/index.js';

type SoundedStep = Extract<TransmissionStep, { readonly kind: 'tone' | 'fsk' | 'dtmf' }>;

/** EN 300 659-1 §6.3.1 and GR-30-CORE §2.5.3: alert tones, each, dBm0 at the exchange. */
const alertLevel = -14;
const digitLevel = -9;

/** One piece of a caller ID transmission as the engine makes it. */
export function soundsOf(step: SoundedStep): readonly PlayedSound[] {
  switch (step.kind) {
    case 'tone':
      return [{ kind: 'tone', frequencies: step.frequencies, level: alertLevel, durationMs: step.durationMs }];
    case 'fsk': {
      const { markHz, spaceHz, baud, level } = step.modulation;
      return [{ kind: 'fsk', markHz, spaceHz, baud, level, bits: step.bits.join('') }];
    }
    case 'dtmf':
      return dtmfSounds(step.digits, step.onMs, step.offMs);
  }
}

/** The first bursts of a cadence, up to its long silence: a knock that does not go on by itself. */
export function burstOf(tone: Tone, longestGapMs = 1000): readonly PlayedSound[] {
  const sounds: PlayedSound[] = [];
  for (const { frequencies, level, durationMs } of tone.steps) {
    if (frequencies.length === 0 && durationMs > longestGapMs) break;
    sounds.push({ kind: 'tone', frequencies, level, durationMs: durationMs === 0 ? 500 : durationMs });
  }
  return sounds;
}

/** What a line asks to be heard until something else is; undefined for sounds that have an end. `failure`: why its last call ended. */
export function toneOfSound(sound: LineSound, tones: CountryTones, failure: Tone): Tone | 'nothing' | undefined {
  switch (sound.kind) {
    case 'nothing':
      return 'nothing';
    case 'dialTone':
      return sound.stutter ? tones.recallDial : tones.dial;
    case 'reorder':
      return failure;
    case 'howler':
      return tones.howler;
    default:
      return undefined;
  }
}

/** Digits in DTMF; others than 0-9 A-D * # are left out. */
export function dtmfSounds(digits: string, onMs: number, offMs: number): readonly PlayedSound[] {
  return [...digits].flatMap((digit) => pairSounds(dtmfFrequencies[digit], onMs, offMs));
}

/** Signals in MF R1, the first of each field longer (Q.320 §4.2). */
export function mfSounds(signals: readonly MfSignal[]): readonly PlayedSound[] {
  const { onMs, offMs, kpOnMs } = digitTiming.mf;
  return signals.flatMap((signal) => pairSounds(mfFrequencies[signal], signal === 'KP' ? kpOnMs : onMs, offMs));
}

function pairSounds(frequencies: readonly number[] | undefined, onMs: number, offMs: number): readonly PlayedSound[] {
  if (frequencies === undefined) return [];
  return [
    { kind: 'tone', frequencies, level: digitLevel, durationMs: onMs },
    { kind: 'tone', frequencies: [], level: digitLevel, durationMs: offMs },
  ];
}
