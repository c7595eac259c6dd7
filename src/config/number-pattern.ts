import { err, ok, type Result } from '../base/index.js';

/**
 * A pattern of dialled digits, in the notation that telephony engineers know:
 *
 * - `0`-`9`, `*`, `#`, and `+` (only first): themselves
 * - `X` any digit, `Z` 1-9, `N` 2-9
 * - `[13-5]` one of these digits
 * - `.` at the end: one or more further digits; `!` at the end: any number of further digits, or none
 *
 * A number matches as a whole. Of several matching patterns the most specific wins: compared place by place from the
 * left, the one that allows fewer digits at the first difference; a place beats a tail, an end beats a tail, and `.`
 * beats `!`. What is still equal is decided by the order in the file.
 */
export interface NumberPattern {
  readonly text: string;
  /** What each place allows, e.g. `0123456789` for X. */
  readonly places: readonly string[];
  readonly tail: 'none' | 'some' | 'any';
}

const letters: Readonly<Record<string, string>> = { X: '0123456789', Z: '123456789', N: '23456789' };

/** Reads a pattern; the error says why not. */
export function parseNumberPattern(text: string): Result<NumberPattern, string> {
  const places: string[] = [];
  if (text.length > 64) return err('the pattern is longer than 64 characters');
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    const last = i === text.length - 1;
    if (c === '.' || c === '!') {
      if (!last) return err(`"${c}" can only stand at the end of a pattern`);
      return ok({ text, places, tail: c === '.' ? 'some' : 'any' });
    }
    if (c === '[') {
      const close = text.indexOf(']', i);
      const set = close < 0 ? undefined : digitSet(text.slice(i + 1, close));
      if (set === undefined) return err(`"${text.slice(i)}" does not begin with a set of digits such as [13-5]`);
      places.push(set);
      i = close;
      continue;
    }
    const letter = letters[c.toUpperCase()];
    if (letter !== undefined) places.push(letter);
    else if (/[0-9*#]/.test(c) || (c === '+' && i === 0)) places.push(c);
    else return err(c === '_' ? 'a leading "_" is not needed here' : `"${c}" has no meaning in a pattern`);
  }
  return places.length === 0 ? err('the pattern is empty') : ok({ text, places, tail: 'none' });
}

export function matchesPattern(pattern: NumberPattern, number: string): boolean {
  const rest = number.length - pattern.places.length;
  if (rest < 0 || (rest > 0 && pattern.tail === 'none') || (rest === 0 && pattern.tail === 'some')) return false;
  return pattern.places.every((allowed, i) => allowed.includes(number[i] ?? '?'));
}

/** Negative when `a` is the more specific one; 0 when the order in the file decides. */
export function compareSpecificity(a: NumberPattern, b: NumberPattern): number {
  const length = Math.max(a.places.length, b.places.length);
  for (let i = 0; i <= length; i++) {
    const difference = breadth(a, i) - breadth(b, i);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether some number matches both. */
export function overlap(a: NumberPattern, b: NumberPattern): boolean {
  const shortest = Math.max(leastLength(a), leastLength(b));
  if (shortest > Math.min(greatestLength(a), greatestLength(b))) return false;
  for (let i = 0; i < Math.min(a.places.length, b.places.length); i++) {
    const allowed = b.places[i] ?? '';
    if (![...(a.places[i] ?? '')].some((c) => allowed.includes(c))) return false;
  }
  return true;
}

/** How much a pattern allows at one place: an end nothing, a tail more than any place. */
function breadth(pattern: NumberPattern, place: number): number {
  const allowed = pattern.places[place];
  if (allowed !== undefined) return allowed.length;
  return pattern.tail === 'none' ? 0 : pattern.tail === 'some' ? 20 : 30;
}

function leastLength(pattern: NumberPattern): number {
  return pattern.places.length + (pattern.tail === 'some' ? 1 : 0);
}

function greatestLength(pattern: NumberPattern): number {
  return pattern.tail === 'none' ? pattern.places.length : Number.POSITIVE_INFINITY;
}

/** `13-5` is `1345`. */
function digitSet(body: string): string | undefined {
  if (!/^(\d(-\d)?)+$/.test(body)) return undefined;
  const set = new Set<string>();
  for (const [, low = '', high = low] of body.matchAll(/(\d)(?:-(\d))?/g)) {
    if (high < low) return undefined;
    for (let d = Number(low); d <= Number(high); d++) set.add(String(d));
  }
  return [...set].toSorted().join('');
}
