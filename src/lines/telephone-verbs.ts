import type { TelephoneEvent, TelephoneState } from './telephone-table.js';

/** What one digit after a flash asks for (EN 300 738, from memory; 4 as most PBXs have it). */
const verbs: Readonly<Record<string, TelephoneEvent>> = {
  '0': 'reject',
  '1': 'drop',
  '2': 'swap',
  '3': 'join',
  '4': 'transfer',
};

export function verbOfDigit(digit: string): TelephoneEvent | undefined {
  return verbs[digit];
}

/**
 * What a flash by itself means (GR-577 three-way calling, GR-571 call waiting, from memory): with a second call of the user's own the
 * three talk, and the next flash drops the second; with a call that waited or came so, the two are swapped.
 */
export function verbOfFlash(state: TelephoneState, ownSecond: boolean): TelephoneEvent {
  switch (state) {
    case 'both':
      return ownSecond ? 'join' : 'swap';
    case 'offering':
    case 'offeredAlone':
      return 'swap';
    default:
      return 'flash';
  }
}
