/** ITU-T Q.23, Hz. */
export const dtmfRows = [697, 770, 852, 941] as const;
export const dtmfColumns = [1209, 1336, 1477, 1633] as const;
const dtmfKeys = ['123A', '456B', '789C', '*0#D'] as const;

/** ITU-T Q.320 (R1): two of these, Hz. */
export const mfTones = [700, 900, 1100, 1300, 1500, 1700] as const;
const mfPairs: Readonly<Record<string, readonly [number, number]>> = {
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

/** [] for what is no digit. */
export function dtmfOf(digit: string): readonly number[] {
  const row = dtmfKeys.findIndex((keys) => keys.includes(digit));
  const column = dtmfKeys[row]?.indexOf(digit) ?? -1;
  const [low, high] = [dtmfRows[row], dtmfColumns[column]];
  return digit.length !== 1 || low === undefined || high === undefined ? [] : [low, high];
}

export function digitOf(row: number, column: number): string | undefined {
  return dtmfKeys[row]?.[column];
}

export function mfOf(signal: string): readonly number[] {
  return mfPairs[signal] ?? [];
}

export function mfSignalOf(low: number, high: number): string | undefined {
  return Object.entries(mfPairs).find(([, [a, b]]) => a === low && b === high)?.[0];
}

/** Tones of exchanges that a telephone's user knows, Hz: ITU-T E.180 Supplement 2, GR-30-CORE, GR-506-CORE. */
export const knownTones: readonly (readonly number[])[] = [
  [350, 440],
  [440, 480],
  [480, 620],
  [400, 450],
  [350, 450],
  [400, 425],
  [1400, 2060, 2450, 2600],
  [2130, 2750],
];
