import { isLooseValueCharacter, skipQuoted, skipSpace, skipToken } from './characters.js';

/**
 * Parameters in their order. Names are lower-case; a value is the text as it came, quotes included (see `unquote`);
 * a parameter without a value has the empty string. Of two with one name the first counts.
 */
export type Parameters = Map<string, string>;

/**
 * Scans `*( SEMI generic-param )` (RFC 3261 §25.1) from `at`, with optional space around `;` and `=`. Stops at a comma
 * or at `end`; returns that position, or the bitwise complement of the place where the grammar breaks.
 */
export function scanParameters(text: string, at: number, end: number, into?: Parameters): number {
  let i = skipSpace(text, at, end);
  while (i < end && text.charCodeAt(i) === 59) {
    const nameFrom = skipSpace(text, i + 1, end);
    const nameTo = skipToken(text, nameFrom, end);
    if (nameTo === nameFrom) return ~nameFrom;
    i = skipSpace(text, nameTo, end);
    let valueFrom = i;
    let valueTo = i;
    if (i < end && text.charCodeAt(i) === 61) {
      valueFrom = skipSpace(text, i + 1, end);
      valueTo = skipValue(text, valueFrom, end);
      if (valueTo < 0) return valueTo;
      i = skipSpace(text, valueTo, end);
    }
    if (into !== undefined) {
      const name = text.slice(nameFrom, nameTo).toLowerCase();
      if (!into.has(name)) into.set(name, text.slice(valueFrom, valueTo));
    }
  }
  return i === end || text.charCodeAt(i) === 44 ? i : ~i;
}

function skipValue(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === 34) {
    const after = skipQuoted(text, at, end);
    return after < 0 ? ~at : after;
  }
  let i = at;
  while (i < end && isLooseValueCharacter(text.charCodeAt(i))) i++;
  return i === at ? ~at : i;
}

/** The value of one parameter of `;a;b=c`, found without reading the rest into a map; `name` in lower case. */
export function parameterAt(text: string, at: number, end: number, name: string): string | undefined {
  return findParameter(text, at, end, name) ? text.slice(found.from, found.to) : undefined;
}

/** True when the parameter is there, and nothing behind its name. */
export function isEmptyParameter(text: string, at: number, end: number, name: string): boolean {
  return findParameter(text, at, end, name) && found.from === found.to;
}

/** Where the value of the last parameter found lies. */
const found = { from: 0, to: 0 };

function findParameter(text: string, at: number, end: number, name: string): boolean {
  let i = at;
  while (i < end) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      const after = skipQuoted(text, i, end);
      if (after < 0) return false;
      i = after;
      continue;
    }
    i++;
    if (code !== 59) continue;
    const nameFrom = skipSpace(text, i, end);
    const nameTo = skipToken(text, nameFrom, end);
    i = skipSpace(text, nameTo, end);
    if (nameTo - nameFrom !== name.length || !sameName(text, nameFrom, nameTo, name)) continue;
    found.from = i;
    found.to = i;
    if (i === end || text.charCodeAt(i) !== 61) return true;
    found.from = skipSpace(text, i + 1, end);
    found.to = skipValue(text, found.from, end);
    return found.to >= 0;
  }
  return false;
}

function sameName(text: string, from: number, to: number, name: string): boolean {
  if ((text.charCodeAt(from) | 32) !== name.charCodeAt(0)) return false;
  return text.startsWith(name, from) || text.slice(from, to).toLowerCase() === name;
}

/** `;a;b=c`, or nothing. */
export function formatParameters(parameters: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [name, value] of parameters) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}
