import type { TelephoneEvent, TelephoneState } from './telephone-table.js';

/**
 * What a flash means while there are two calls. `threeWay` (GR-577, GR-571 from memory): with a second call of one's own the three
 * talk, with one that waited the two are swapped. `swap`: the two are swapped. `digits` (EN 300 738 from memory): a digit follows.
 */
export type FlashMeaning = 'threeWay' | 'swap' | 'digits';

/** What one digit after a flash asks for (EN 300 738, from memory; 4 as most PBXs have it). */
export const verbsOfDigits: Readonly<Record<string, TelephoneEvent>> = {
  '0': 'reject',
  '1': 'drop',
  '2': 'swap',
  '3': 'join',
  '4': 'transfer',
};

/** Where a flash means the same for every user, it is told to the table as a flash. */
const verbsOfFlash: Readonly<Record<FlashMeaning, Partial<Readonly<Record<TelephoneState, TelephoneEvent>>>>> = {
  threeWay: { both: 'join', offering: 'swap', offeredAlone: 'swap' },
  swap: { both: 'swap', joined: 'swap', offering: 'swap', offeredAlone: 'swap' },
  digits: {},
};

/** `ownSecond`: the user called both parties, or the first one when the second had come by waiting. */
export function verbOfFlash(meaning: FlashMeaning, state: TelephoneState, ownSecond: boolean): TelephoneEvent {
  if (meaning === 'threeWay' && state === 'both' && !ownSecond) return 'swap';
  return verbsOfFlash[meaning][state] ?? 'flash';
}
