/** Sound in this world: what a detector would make of it, at the moment it begins. It goes on until the next. */
export type SimulatedSound =
  | { readonly kind: 'silence' }
  /** Hz. */
  | { readonly kind: 'tone'; readonly frequencies: readonly number[] }
  /** DTMF, once. */
  | { readonly kind: 'digit'; readonly digit: string }
  /** MF by its name (`KP`, `5`, `ST`), once. */
  | { readonly kind: 'mf'; readonly signal: string }
  /** Modem bits of caller ID, 1200 a second, once. */
  | { readonly kind: 'data'; readonly bits: Uint8Array }
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
