/** ITU-T Q.23: the two frequencies of each digit, Hz. */
export const dtmfFrequencies: Readonly<Record<string, readonly [number, number]>> = {
  '1': [697, 1209],
  '2': [697, 1336],
  '3': [697, 1477],
  A: [697, 1633],
  '4': [770, 1209],
  '5': [770, 1336],
  '6': [770, 1477],
  B: [770, 1633],
  '7': [852, 1209],
  '8': [852, 1336],
  '9': [852, 1477],
  C: [852, 1633],
  '*': [941, 1209],
  '0': [941, 1336],
  '#': [941, 1477],
  D: [941, 1633],
};

/** ITU-T Q.320 (R1): the signals between registers. ST' and its like tell tandems what came before (GR-506-CORE §6). */
export type MfSignal =
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | 'KP'
  | 'ST'
  | 'STP'
  | 'ST2P'
  | 'ST3P';

export const mfFrequencies: { readonly [signal in MfSignal]: readonly [number, number] } = {
  '1': [700, 900],
  '2': [700, 1100],
  '3': [900, 1100],
  '4': [700, 1300],
  '5': [900, 1300],
  '6': [1100, 1300],
  '7': [700, 1500],
  '8': [900, 1500],
  '9': [1100, 1500],
  '0': [1300, 1500],
  KP: [1100, 1700],
  ST: [1500, 1700],
  STP: [900, 1700],
  ST2P: [1300, 1700],
  ST3P: [700, 1700],
};

/** Lengths of digits as we send them, ms. */
export const digitTiming = {
  /** TIA-464 §5.3: at least 50 on and 45 off; slower is surer with old registers. */
  dtmf: { onMs: 80, offMs: 80 },
  /** Q.320 §4.2: 68 ± 7 on and off, KP 100 ± 10; from memory. */
  mf: { onMs: 68, offMs: 68, kpOnMs: 100 },
} as const;

export function isMfSignal(value: string): value is MfSignal {
  return Object.hasOwn(mfFrequencies, value);
}

/** How long sending takes, ms: an answer is looked for only afterwards. */
export function mfDurationMs(signals: readonly MfSignal[]): number {
  const { onMs, offMs, kpOnMs } = digitTiming.mf;
  return signals.reduce((sum, signal) => sum + (signal === 'KP' ? kpOnMs : onMs) + offMs, 0);
}

export function dtmfDurationMs(digits: string): number {
  return digits.length * (digitTiming.dtmf.onMs + digitTiming.dtmf.offMs);
}

/** How many pulses make a digit. */
export type PulseMap =
  /** As many as the digit says; ten for 0. */
  | 'standard'
  /** New Zealand (and old Oslo): ten less the digit; ten for 0. */
  | 'newZealand'
  /** Sweden: one more than the digit says. */
  | 'sweden';

/** 1-10; undefined for what has no pulses (A-D, *, #). */
export function pulsesOf(digit: string, map: PulseMap): number | undefined {
  if (!/^\d$/.test(digit)) return undefined;
  const value = Number(digit);
  if (map === 'sweden') return value + 1;
  if (value === 0) return 10;
  return map === 'newZealand' ? 10 - value : value;
}

/** Undefined for a count that no dial makes. */
export function digitOfPulses(count: number, map: PulseMap): string | undefined {
  if (!Number.isInteger(count) || count < 1 || count > 10) return undefined;
  if (map === 'sweden') return String(count - 1);
  if (count === 10) return '0';
  return String(map === 'newZealand' ? 10 - count : count);
}
