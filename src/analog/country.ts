import type { PulseMap } from './digits.js';
import type { DtmfCallerIdForm } from './dtmf-caller-id.js';

/** When and how a telephone is told who calls, on hook. */
export type CallerIdMethod =
  /** GR-30: Bell 202 in the silence after the first ring. */
  | { readonly kind: 'bell202' }
  /** EN 300 659-1 §6.1.1: V.23 in the silence after the first ring. */
  | { readonly kind: 'v23AfterRing' }
  /** EN 300 659-1 §6.1.2 c: a short ring pulse, then V.23, then ringing. */
  | { readonly kind: 'v23AfterRingPulse' }
  /** EN 300 659-1 §6.1.2 b, BT SIN 227: line reversal, dual tone alert, V.23, then ringing. */
  | { readonly kind: 'v23AfterReversal' }
  /** EN 300 659-1 Annex B: line reversal, DTMF, then ringing. */
  | { readonly kind: 'dtmf'; readonly form: DtmfCallerIdForm };

/** What differs from country to country on an analog line. Milliseconds; alternately on and off. */
export interface AnalogCountry {
  readonly ring: readonly number[];
  /** What a telephone does for a flash, and what we do on an exchange's line (`sendMs`). Longer than `maxMs` is a hang-up. */
  readonly flash: { readonly minMs: number; readonly maxMs: number; readonly sendMs: number };
  /** How we dial on an exchange's line: 10 pulses a second. */
  readonly pulse: { readonly breakMs: number; readonly makeMs: number; readonly map: PulseMap };
  readonly callerId: CallerIdMethod;
}

/** Break to make: TIA-968 61:39, much of Europe 60:40 (TBR 21 leaves pulses out), France and others 2:1. */
const us = { breakMs: 61, makeMs: 39, map: 'standard' } as const;
const sixty = { breakMs: 60, makeMs: 40, map: 'standard' } as const;
const twoToOne = { breakMs: 67, makeMs: 33, map: 'standard' } as const;
/** TIA-464 §5.4.5: 300-1000 ms. */
const longFlash = { minMs: 300, maxMs: 1000, sendMs: 600 } as const;
/** ES 201 729: 50-130 ms, in the United Kingdom "timed break recall" (BT SIN 351). As short as a pulse: see the hook decoder. */
const shortFlash = { minMs: 50, maxMs: 130, sendMs: 90 } as const;
/** The long recall of ES 201 729 §5; France and Germany: 170-320 ms in their annexes. */
const middleFlash = { minMs: 150, maxMs: 350, sendMs: 250 } as const;
const british = [400, 200, 400, 2000] as const;

/**
 * By country code, without the plus. Ring cadences: ITU-T E.180 Supplement 2 (and, for telephones, the values that DAHDI's
 * zone table has). Flash, pulses and caller ID: the documents named above, national values from memory of their tables.
 */
const countries: Readonly<Record<string, AnalogCountry>> = {
  '1': { ring: [2000, 4000], flash: longFlash, pulse: us, callerId: { kind: 'bell202' } },
  '31': { ring: [1000, 4000], flash: shortFlash, pulse: sixty, callerId: { kind: 'dtmf', form: 'd-c' } },
  '32': { ring: [1000, 3000], flash: shortFlash, pulse: twoToOne, callerId: { kind: 'v23AfterRingPulse' } },
  '33': { ring: [1500, 3500], flash: middleFlash, pulse: twoToOne, callerId: { kind: 'v23AfterRing' } },
  '34': { ring: [1500, 3000], flash: shortFlash, pulse: twoToOne, callerId: { kind: 'v23AfterRingPulse' } },
  '39': { ring: [1000, 4000], flash: shortFlash, pulse: sixty, callerId: { kind: 'v23AfterRing' } },
  '41': { ring: [1000, 4000], flash: middleFlash, pulse: sixty, callerId: { kind: 'v23AfterRing' } },
  '43': { ring: [1000, 5000], flash: shortFlash, pulse: sixty, callerId: { kind: 'v23AfterRing' } },
  '44': { ring: british, flash: shortFlash, pulse: twoToOne, callerId: { kind: 'v23AfterReversal' } },
  '45': { ring: [1000, 4000], flash: middleFlash, pulse: sixty, callerId: { kind: 'dtmf', form: 'a-hash' } },
  '46': {
    ring: [1000, 5000],
    flash: shortFlash,
    pulse: { ...sixty, map: 'sweden' },
    callerId: { kind: 'dtmf', form: 'd-c' },
  },
  '47': { ring: [1000, 4000], flash: middleFlash, pulse: sixty, callerId: { kind: 'v23AfterRingPulse' } },
  '48': { ring: [1000, 4000], flash: shortFlash, pulse: twoToOne, callerId: { kind: 'v23AfterRing' } },
  '49': { ring: [1000, 4000], flash: middleFlash, pulse: sixty, callerId: { kind: 'v23AfterRing' } },
  '61': { ring: british, flash: shortFlash, pulse: twoToOne, callerId: { kind: 'bell202' } },
  // Telecom PTC 220: pulses count backwards, and a flash is long.
  '64': {
    ring: british,
    flash: longFlash,
    pulse: { ...twoToOne, map: 'newZealand' },
    callerId: { kind: 'bell202' },
  },
  '353': { ring: british, flash: shortFlash, pulse: twoToOne, callerId: { kind: 'v23AfterRing' } },
  '358': { ring: [1000, 4000], flash: shortFlash, pulse: sixty, callerId: { kind: 'dtmf', form: 'd-c' } },
};

/** Countries without an entry: what ETSI recommends. */
const usual: AnalogCountry = {
  ring: [1000, 4000],
  flash: shortFlash,
  pulse: sixty,
  callerId: { kind: 'v23AfterRing' },
};

/** `countryCode`: E.164, without the plus. */
export function analogCountry(countryCode: string): AnalogCountry {
  return countries[countryCode] ?? usual;
}

export const analogCountryCodes: readonly string[] = Object.keys(countries);

/**
 * Distinctive ringing by the names that Alert-Info has for it (`Bellcore-dr1` …), as GR-506-CORE §14 gives their cadences. 5 is
 * the single splash of a reminder.
 */
export const distinctiveRings: readonly (readonly number[])[] = [
  [2000, 4000],
  [800, 400, 800, 4000],
  [400, 200, 400, 200, 800, 4000],
  [300, 200, 1000, 200, 300, 4000],
  [500, 5500],
];

/** 1-5; the country's own ringing for any other. */
export function ringCadence(country: AnalogCountry, distinctive?: number): readonly number[] {
  return (distinctive === undefined ? undefined : distinctiveRings[distinctive - 1]) ?? country.ring;
}

/** The longest silence between two rings, ms. */
export function longestSilenceMs(cadence: readonly number[]): number {
  return Math.max(0, ...cadence.filter((_, at) => at % 2 === 1));
}
