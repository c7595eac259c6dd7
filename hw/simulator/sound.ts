/** Sound in this world: what a detector would make of it, at the moment it begins. It goes on until the next. */
export type SimulatedSound =
  | { readonly kind: 'silence' }
  /** Hz. */
  | { readonly kind: 'tone'; readonly frequencies: readonly number[] }
  /** DTMF, once. */
  | { readonly kind: 'digit'; readonly digit: string }
  /** MF by its name (`KP`, `5`, `ST`), once. */
  | { readonly kind: 'mf'; readonly signal: string }
  /** Modem bits of caller ID, 1200 a second, once. `sinceMs`: how long ago they began, where they are told when they are over. */
  | { readonly kind: 'data'; readonly bits: Uint8Array; readonly sinceMs?: number }
  | { readonly kind: 'voice'; readonly says: string };

export const silence: SimulatedSound = { kind: 'silence' };

export function tone(...frequencies: readonly number[]): SimulatedSound {
  return { kind: 'tone', frequencies };
}

/** North American tones (ITU-T E.180 Supplement 2): steady ones, and cadences on and off in ms. */
export const exchangeTones = {
  dial: { frequencies: [350, 440], cadence: [] },
  ringback: { frequencies: [440, 480], cadence: [2000, 4000] },
  busy: { frequencies: [480, 620], cadence: [500, 500] },
  congestion: { frequencies: [480, 620], cadence: [250, 250] },
} as const satisfies Readonly<
  Record<string, { readonly frequencies: readonly number[]; readonly cadence: readonly number[] }>
>;

export type ExchangeTone = keyof typeof exchangeTones;

const toneNames: Readonly<Record<string, string>> = {
  '350 440': 'dial tone',
  '440 480': 'ringing tone',
  '480 620': 'busy tone',
  '440': 'call waiting tone',
  '1400 2060 2450 2600': 'howler',
  '2130 2750': 'alerting signal',
};

/** A tone of an exchange, and nobody's voice. */
export function isProgressTone(sound: SimulatedSound): boolean {
  return sound.kind === 'tone' && toneNames[sound.frequencies.join(' ')] !== undefined;
}

/** What a person would say that they hear; '' for silence. */
export function heardText(sound: SimulatedSound): string {
  switch (sound.kind) {
    case 'silence':
      return '';
    case 'tone':
      return toneNames[sound.frequencies.join(' ')] ?? `a tone of ${sound.frequencies.join(' and ')} Hz`;
    case 'digit':
      return `the key ${sound.digit}`;
    case 'mf':
      return `the signal ${sound.signal}`;
    case 'data':
      return 'data';
    case 'voice':
      return `“${sound.says}”`;
  }
}
