import { err, ok, type Result } from '../base/index.js';
import {
  isAlpha,
  isAlphanumeric,
  isDigit,
  isHex,
  isParameterCharacter,
  isUriCharacter,
  isUserCharacter,
} from './characters.js';
import { formatParameters, type Parameters } from './parameters.js';

/** A sip or sips URI (RFC 3261 §19.1). Texts keep their escapes, so that parse and format give back what came. */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** As written; see {@link unescapeUri}. */
  readonly user?: string;
  readonly password?: string;
  /** A name, an IPv4 address, or an IPv6 address in its brackets. */
  readonly host: string;
  /** 0-65535. */
  readonly port?: number;
  readonly parameters: Parameters;
  /** The headers part without its `?`, as written. */
  readonly headers?: string;
}

/** A telephone number (RFC 3966). */
export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  /** With its visual separators, as written. */
  readonly number: string;
  readonly parameters: Parameters;
}

/** A URI of a scheme that is not read any further. */
export interface OpaqueUri {
  readonly kind: 'opaque';
  /** Lower case. */
  readonly scheme: string;
  /** Everything after the colon. */
  readonly rest: string;
}

export type Uri = SipUri | TelUri | OpaqueUri;

/** Where the parts of a sip URI lie; reused from scan to scan, so that checking makes no garbage. */
const found = { userTo: 0, passwordTo: 0, hostFrom: 0, hostTo: 0, port: 0, parametersTo: 0 };

/** The position after the scheme's colon, or -1. */
export function skipScheme(text: string, from: number, to: number): number {
  if (from >= to || !isAlpha(text.charCodeAt(from))) return -1;
  for (let i = from + 1; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === 58) return i + 1;
    if (!isAlphanumeric(code) && code !== 43 && code !== 45 && code !== 46) return -1;
  }
  return -1;
}

/** The scheme in lower case, or undefined where the text has none. */
export function uriScheme(text: string): string | undefined {
  const after = skipScheme(text, 0, text.length);
  return after < 0 ? undefined : text.slice(0, after - 1).toLowerCase();
}

/** True when `[from, to)` is a scheme and a rest of nothing but URI characters. */
export function isUriText(text: string, from: number, to: number): boolean {
  const rest = skipScheme(text, from, to);
  if (rest < 0 || rest === to) return false;
  for (let i = rest; i < to; i++) if (!isUriCharacter(text.charCodeAt(i))) return false;
  return true;
}

/** `sip:` at `at` is 4, `sips:` is 5, anything else 0. */
function sipSchemeLength(text: string, at: number): number {
  if ((text.charCodeAt(at) | 32) !== 115 || (text.charCodeAt(at + 1) | 32) !== 105) return 0;
  if ((text.charCodeAt(at + 2) | 32) !== 112) return 0;
  const code = text.charCodeAt(at + 3);
  if (code === 58) return 4;
  return (code | 32) === 115 && text.charCodeAt(at + 4) === 58 ? 5 : 0;
}

/**
 * What is wrong with the Request-URI in `[from, end)`, or undefined. Of a scheme other than sip and sips only the
 * characters are checked. Headers may not stand here (RFC 3261 §19.1.1).
 */
export function requestUriFault(text: string, from: number, end: number): string | undefined {
  const scheme = sipSchemeLength(text, from);
  if (scheme === 0) return isUriText(text, from, end) ? undefined : 'Malformed Request-URI';
  if (scanSip(text, from + scheme, end) !== undefined) return 'Malformed Request-URI';
  return found.parametersTo === end ? undefined : 'Headers in the Request-URI';
}

/** Any URI; the error says what is wrong with it. */
export function parseUri(text: string): Result<Uri, string> {
  if (sipSchemeLength(text, 0) > 0) return parseSipUri(text);
  const after = skipScheme(text, 0, text.length);
  if (after < 0) return err('no scheme');
  if (!isUriText(text, 0, text.length)) return err('a character that no URI may hold');
  const scheme = text.slice(0, after - 1).toLowerCase();
  return scheme === 'tel' ? parseTel(text, after) : ok({ kind: 'opaque', scheme, rest: text.slice(after) });
}

/** A sip or sips URI; any other scheme is an error. */
export function parseSipUri(text: string): Result<SipUri, string> {
  const from = sipSchemeLength(text, 0);
  if (from === 0) return err('not a sip or sips URI');
  const fault = scanSip(text, from, text.length);
  if (fault !== undefined) return err(fault);
  const { userTo, passwordTo, hostFrom, hostTo, port, parametersTo } = found;
  const parameters: Parameters = new Map();
  readParameters(text, hostTo, parametersTo, parameters);
  return ok({
    kind: 'sip',
    scheme: from === 4 ? 'sip' : 'sips',
    ...(userTo > from ? { user: text.slice(from, userTo) } : {}),
    ...(passwordTo > userTo ? { password: text.slice(userTo + 1, passwordTo) } : {}),
    host: text.slice(hostFrom, hostTo),
    ...(port >= 0 ? { port } : {}),
    parameters,
    ...(parametersTo < text.length ? { headers: text.slice(parametersTo + 1) } : {}),
  });
}

function scanSip(text: string, from: number, end: number): string | undefined {
  const sign = text.indexOf('@', from);
  const at = sign < end ? sign : -1;
  found.userTo = from;
  found.passwordTo = from;
  if (at >= 0) {
    const fault = scanUserinfo(text, from, at);
    if (fault !== undefined) return fault;
  }
  found.hostFrom = at < 0 ? from : at + 1;
  const hostTo = skipHost(text, found.hostFrom, end);
  if (hostTo === found.hostFrom) return 'no host';
  if (hostTo < 0) return 'a malformed IPv6 address';
  found.hostTo = hostTo;
  found.port = -1;
  let i = hostTo;
  if (i < end && text.charCodeAt(i) === 58) {
    const portTo = skipDigits(text, i + 1, end);
    found.port = portNumber(text, i + 1, portTo);
    if (found.port < 0) return 'a malformed port';
    i = portTo;
  }
  while (i < end && text.charCodeAt(i) === 59) {
    const next = skipUriParameter(text, i + 1, end);
    if (next < 0) return 'a malformed parameter';
    i = next;
  }
  found.parametersTo = i;
  if (i === end) return undefined;
  if (text.charCodeAt(i) !== 63) return 'a character where none may stand';
  for (let j = i + 1; j < end; j++) {
    const code = text.charCodeAt(j);
    if (!isUriCharacter(code) || code === 64) return 'malformed headers';
    if (code === 37 && !isEscape(text, j, end)) return 'a malformed escape';
  }
  return undefined;
}

function scanUserinfo(text: string, from: number, at: number): string | undefined {
  if (at === from) return 'an empty user';
  let colon = -1;
  for (let i = from; i < at; i++) {
    const code = text.charCodeAt(i);
    if (code === 37 && !isEscape(text, i, at)) return 'a malformed escape';
    if (code === 58 && colon < 0) colon = i;
    else if (!isUserCharacter(code)) return 'a character that no user may hold';
  }
  if (colon === from) return 'an empty user';
  found.userTo = colon < 0 ? at : colon;
  found.passwordTo = at;
  return undefined;
}

/** The position after a name, IPv4 address or bracketed IPv6 address; `at` when there is none, -1 for a bad one. */
export function skipHost(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === 91) {
    for (let i = at + 1; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === 93) return i > at + 2 ? i + 1 : -1;
      if (!isHex(code) && code !== 58 && code !== 46) return -1;
    }
    return -1;
  }
  let i = at;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 46 && code !== 45 && code !== 95) break;
  }
  return i;
}

export function skipDigits(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && isDigit(text.charCodeAt(i))) i++;
  return i;
}

/** The port in `[from, to)`, which are digits; -1 when there are none or they exceed 65535. */
export function portNumber(text: string, from: number, to: number): number {
  if (to === from || to - from > 5) return -1;
  let port = 0;
  for (let i = from; i < to; i++) port = port * 10 + text.charCodeAt(i) - 48;
  return port > 65535 ? -1 : port;
}

function isEscape(text: string, at: number, end: number): boolean {
  return at + 2 < end && isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2));
}

/** The position after `pname [ "=" pvalue ]`, or -1. */
function skipUriParameter(text: string, at: number, end: number): number {
  let i = at;
  let equals = -1;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 61 && equals < 0) equals = i;
    else if (code === 37 ? !isEscape(text, i, end) : !isParameterCharacter(code)) break;
  }
  return i === at || equals === at || equals === i - 1 ? -1 : i;
}

/** Reads `;a;b=c` of a URI, already scanned. */
function readParameters(text: string, from: number, to: number, into: Parameters): void {
  let at = text.indexOf(';', from);
  while (at >= 0 && at < to) {
    const next = text.indexOf(';', at + 1);
    const end = next < 0 || next > to ? to : next;
    const equals = text.indexOf('=', at);
    const named = equals >= 0 && equals < end;
    const name = text.slice(at + 1, named ? equals : end).toLowerCase();
    if (!into.has(name)) into.set(name, named ? text.slice(equals + 1, end) : '');
    at = end < to ? end : -1;
  }
}

function parseTel(text: string, from: number): Result<TelUri, string> {
  const semicolon = text.indexOf(';', from);
  const to = semicolon < 0 ? text.length : semicolon;
  if (to === from) return err('no number');
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    const separator = code === 45 || code === 46 || code === 40 || code === 41;
    const sign = code === 42 || code === 35 || (code === 43 && i === from);
    if (!isHex(code) && !separator && !sign) return err('a character that no telephone number may hold');
  }
  for (let i = to; i < text.length; ) {
    i = skipUriParameter(text, i + 1, text.length);
    if (i < 0 || (i < text.length && text.charCodeAt(i) !== 59)) return err('a malformed parameter');
  }
  const parameters: Parameters = new Map();
  readParameters(text, to, text.length, parameters);
  return ok({ kind: 'tel', scheme: 'tel', number: text.slice(from, to), parameters });
}

export function formatUri(uri: Uri): string {
  if (uri.kind === 'opaque') return `${uri.scheme}:${uri.rest}`;
  if (uri.kind === 'tel') return `tel:${uri.number}${formatParameters(uri.parameters)}`;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${uri.host}${port}${formatParameters(uri.parameters)}${headers}`;
}
