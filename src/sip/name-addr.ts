import { err, ok, type Result } from '../base/index.js';
import { isSpace, isToken, quote, skipQuoted, skipSpace, unquote } from './characters.js';
import { formatParameters, isEmptyParameter, type Parameters, parameterAt, scanParameters } from './parameters.js';
import { isUriText } from './uri.js';

/** The value of From, To, Contact, Route, Refer-To … (RFC 3261 §20.10). */
export interface NameAddr {
  /** What the display name says, without quotes; missing where there is none. */
  readonly displayName?: string;
  /** The URI as text; see `parseUri`. */
  readonly uri: string;
  /** The header's parameters, not the URI's. */
  readonly parameters: Parameters;
}

/** Where the parts lie; reused from scan to scan, so that checking makes no garbage. */
const found = { displayFrom: 0, displayTo: 0, uriFrom: 0, uriTo: 0, parametersFrom: 0 };

/**
 * Scans one address with its parameters. Returns where it ends (a comma or `end`), or the bitwise complement of the
 * place where the grammar breaks. Without angle brackets the URI ends at the first `;` and may hold neither comma nor
 * question mark (RFC 3261 §20.10). Characters above ASCII are taken in a display name without quotes.
 */
function scan(text: string, at: number, end: number, into?: Parameters): number {
  let i = skipSpace(text, at, end);
  found.displayFrom = i;
  let bracket = -1;
  if (i < end && text.charCodeAt(i) === 34) {
    const after = skipQuoted(text, i, end);
    if (after < 0) return ~i;
    found.displayTo = after;
    bracket = skipSpace(text, after, end);
    if (bracket === end || text.charCodeAt(bracket) !== 60) return ~bracket;
  } else {
    for (; i < end; i++) {
      const code = text.charCodeAt(i);
      if (!isToken(code) && !isSpace(code) && code < 128) break;
    }
    if (i === end) return ~end;
    const code = text.charCodeAt(i);
    if (code === 60) bracket = i;
    else if (code !== 58) return ~i;
    found.displayTo = i;
  }
  const next = bracket < 0 ? scanBareUri(text, end) : scanBracketed(text, bracket, end);
  return next < 0 ? next : scanParameters(text, next, end, into);
}

function scanBracketed(text: string, bracket: number, end: number): number {
  const close = text.indexOf('>', bracket);
  if (close < 0 || close >= end) return ~bracket;
  if (!isUriText(text, bracket + 1, close)) return ~(bracket + 1);
  found.uriFrom = bracket + 1;
  found.uriTo = close;
  found.parametersFrom = close + 1;
  return close + 1;
}

function scanBareUri(text: string, end: number): number {
  const from = found.displayFrom;
  let i = from;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 59 || code === 44 || isSpace(code)) break;
    if (code === 63) return ~i;
  }
  if (!isUriText(text, from, i)) return ~from;
  found.displayTo = from;
  found.uriFrom = from;
  found.uriTo = i;
  found.parametersFrom = i;
  return i;
}

function taken(text: string, parameters: Parameters): NameAddr {
  const { displayFrom, displayTo, uriFrom, uriTo } = found;
  const uri = text.slice(uriFrom, uriTo);
  if (displayTo === displayFrom) return { uri, parameters };
  const display = unquote(text.slice(displayFrom, displayTo).trim());
  return { displayName: display, uri, parameters };
}

/** What is wrong with a From or To value in `[from, end)`. */
export function originFault(text: string, from: number, end: number): 'address' | 'tag' | undefined {
  if (scan(text, from, end) !== end) return 'address';
  if (found.parametersFrom === end) return undefined;
  return isEmptyParameter(text, found.parametersFrom, end, 'tag') ? 'tag' : undefined;
}

/** True when `[from, end)` is one or more addresses separated by commas. */
export function isNameAddrList(text: string, from: number, end: number): boolean {
  for (let at = from; ; at++) {
    at = scan(text, at, end);
    if (at < 0) return false;
    if (at === end) return true;
  }
}

/** One address and nothing after it. */
export function parseNameAddr(text: string): Result<NameAddr, string> {
  const parameters: Parameters = new Map();
  const end = scan(text, 0, text.length, parameters);
  if (end !== text.length) return err(`malformed address at character ${end < 0 ? ~end : end}`);
  return ok(taken(text, parameters));
}

/** One or more addresses separated by commas. */
export function parseNameAddrList(text: string): Result<readonly NameAddr[], string> {
  const list: NameAddr[] = [];
  for (let at = 0; ; at++) {
    const parameters: Parameters = new Map();
    at = scan(text, at, text.length, parameters);
    if (at < 0) return err(`malformed address at character ${~at}`);
    list.push(taken(text, parameters));
    if (at === text.length) return ok(list);
  }
}

/** Always with angle brackets; the display name always quoted. */
export function formatNameAddr(address: NameAddr): string {
  const display = address.displayName === undefined ? '' : `${quote(address.displayName)} `;
  return `${display}<${address.uri}>${formatParameters(address.parameters)}`;
}

/** A parameter of a From, To or Contact value (`name` in lower case), without reading the rest; '' without a value. */
export function addressParameter(text: string, name: string): string | undefined {
  if (scan(text, 0, text.length) < 0) return undefined;
  return parameterAt(text, found.parametersFrom, text.length, name);
}

/** The tag of a From or To value that the parser has found good; of any other, what stands where a tag would. */
export function tagOf(text: string): string | undefined {
  const bracket = bracketOf(text);
  const close = bracket < 0 ? -1 : text.indexOf('>', bracket);
  if (close < 0) return addressParameter(text, 'tag');
  return parameterAt(text, close + 1, text.length, 'tag');
}

/** Where the bracketed URI begins; -1 where there is none or only a scan can tell. */
function bracketOf(text: string): number {
  if (text.charCodeAt(0) !== 34) {
    const bracket = text.indexOf('<');
    const semicolon = text.indexOf(';');
    // A bare URI's parameters may hold brackets in quotes.
    return semicolon >= 0 && semicolon < bracket ? -1 : bracket;
  }
  const end = text.indexOf('"', 1);
  const backslash = text.indexOf('\\');
  return end < 0 || (backslash >= 0 && backslash < end) ? -1 : text.indexOf('<', end);
}

/** The URI of the first address of a list; undefined where the list is malformed. */
export function firstUri(text: string): string | undefined {
  const end = text.length;
  let at = scan(text, 0, end);
  const { uriFrom, uriTo } = found;
  while (at >= 0 && at < end) at = scan(text, at + 1, end);
  return at < 0 ? undefined : text.slice(uriFrom, uriTo);
}
