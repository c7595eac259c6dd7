import { err, ok, type Result } from '../base/index.js';
import { isDigit, isSpace, skipSpace, skipToken } from './characters.js';
import { methodAt } from './header-names.js';

/** `number` counts requests of a dialog; below 2³¹ (RFC 3261 §8.1.1.5). */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** The decimal number in `[from, to)`; -1 when it is none, Infinity above 2⁵³. Leading zeros are legal. */
export function decimalAt(text: string, from: number, to: number): number {
  if (to <= from) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 48;
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value;
}

/** Where the parts of the last good CSeq lie. */
const found = { number: 0, methodFrom: 0 };

/** What is wrong with the CSeq value in `[from, end)`, or undefined. */
export function cseqFault(text: string, from: number, end: number): string | undefined {
  let i = from;
  while (i < end && isDigit(text.charCodeAt(i))) i++;
  found.number = decimalAt(text, from, i);
  found.methodFrom = skipSpace(text, i, end);
  if (found.number < 0 || found.methodFrom === i) return 'Malformed CSeq';
  if (found.number >= 2 ** 31) return 'CSeq Number Too Large';
  if (found.methodFrom === end || skipToken(text, found.methodFrom, end) !== end) return 'Malformed CSeq';
  return undefined;
}

/** True when a CSeq value that has been found good is of that method. */
export function cseqIsOf(text: string, method: string): boolean {
  return text.endsWith(method) && isSpace(text.charCodeAt(text.length - method.length - 1));
}

export function parseCSeq(text: string): Result<CSeq, string> {
  const fault = cseqFault(text, 0, text.length);
  if (fault !== undefined) return err(fault);
  return ok({ number: found.number, method: methodAt(text, found.methodFrom, text.length) });
}

/** Bytes. */
export function parseContentLength(text: string): Result<number, string> {
  const value = decimalAt(text, 0, text.length);
  return value < 0 || value > 0xffffffff ? err('Malformed Content-Length') : ok(value);
}

/** 0-255 (RFC 3261 §20.22). */
export function parseMaxForwards(text: string): Result<number, string> {
  const value = decimalAt(text, 0, text.length);
  return value < 0 || value > 255 ? err('Malformed Max-Forwards') : ok(value);
}

/**
 * delta-seconds, 0 to 2³²-1, as in Expires, Min-Expires, the `expires` parameter, Session-Expires; parameters after a
 * semicolon are left alone. Undefined for anything else, which is then taken as the default (RFC 3261 §20.19).
 */
export function parseDeltaSeconds(text: string): number | undefined {
  const semicolon = text.indexOf(';');
  let to = semicolon < 0 ? text.length : semicolon;
  while (to > 0 && text.charCodeAt(to - 1) <= 32) to--;
  const value = decimalAt(text, 0, to);
  return value < 0 || value > 0xffffffff ? undefined : value;
}

/** Seconds of a Retry-After value (RFC 3261 §20.33), whose comment and parameters are left alone. */
export function parseRetryAfter(text: string): number | undefined {
  let to = 0;
  while (to < text.length && isDigit(text.charCodeAt(to))) to++;
  const value = decimalAt(text, 0, to);
  return value < 0 || value > 0xffffffff ? undefined : value;
}
