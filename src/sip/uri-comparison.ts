import { isHex } from './characters.js';
import type { Parameters } from './parameters.js';
import { parseUri, type SipUri, type TelUri, type Uri } from './uri.js';

/** Characters whose escape means the same as themselves: all but those that a grammar may reserve (RFC 3261 §19.1.4). */
const reserved = ';/?:@&=+$,%';

/** Escapes that need not be are undone; the others are brought to upper case, so that text compares. */
export function normaliseEscapes(text: string): string {
  if (text.indexOf('%') < 0) return text;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = escapeAt(text, i);
    if (code < 0) {
      out += text.charAt(i);
      continue;
    }
    const character = String.fromCharCode(code);
    const keep = code <= 32 || code >= 127 || reserved.includes(character) || '"<>\\^`{|}#[]'.includes(character);
    out += keep ? text.slice(i, i + 3).toUpperCase() : character;
    i += 2;
  }
  return out;
}

function escapeAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37 || at + 2 >= text.length) return -1;
  if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return -1;
  return Number.parseInt(text.slice(at + 1, at + 3), 16);
}

/** What a user, password, parameter or header part means, its escapes undone as UTF-8. For looking up, not for writing. */
export function unescapeUri(text: string): string {
  if (text.indexOf('%') < 0) return text;
  const bytes: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = escapeAt(text, i);
    if (code < 0) continue;
    bytes.push(Buffer.from(text.slice(from, i)), Buffer.of(code));
    i += 2;
    from = i + 1;
  }
  bytes.push(Buffer.from(text.slice(from)));
  return Buffer.concat(bytes).toString('utf8');
}

/** `text` as a user or password part: escapes whatever may not stand there. */
export function escapeUser(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    const plain = (byte < 128 && isAlphanumericByte(byte)) || "-_.!~*'()&=+$,;?/#".includes(character);
    out += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function isAlphanumericByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}

/** RFC 3261 §19.1.4 for sip and sips, RFC 3966 §5 for tel, equal texts for others. Texts that are no URI equal nothing. */
export function equalUris(a: string | Uri, b: string | Uri): boolean {
  const left = asUri(a);
  const right = asUri(b);
  if (left === undefined || right === undefined) return false;
  if (left.kind === 'sip') return right.kind === 'sip' && equalSip(left, right);
  if (left.kind === 'tel') return right.kind === 'tel' && equalTel(left, right);
  return right.kind === 'opaque' && left.scheme === right.scheme && left.rest === right.rest;
}

function asUri(uri: string | Uri): Uri | undefined {
  if (typeof uri !== 'string') return uri;
  const parsed = parseUri(uri);
  return parsed.ok ? parsed.value : undefined;
}

function equalSip(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    normaliseEscapes(a.user ?? '') === normaliseEscapes(b.user ?? '') &&
    (a.user === undefined) === (b.user === undefined) &&
    (a.password === undefined) === (b.password === undefined) &&
    normaliseEscapes(a.password ?? '') === normaliseEscapes(b.password ?? '') &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    equalParameters(a.parameters, b.parameters, decisive) &&
    equalHeaders(a.headers, b.headers)
  );
}

/** Parameters that make a difference when only one side has them; others must only agree where both have them. */
const decisive: ReadonlySet<string> = new Set(['user', 'ttl', 'method', 'maddr', 'transport']);

function equalParameters(a: Parameters, b: Parameters, alone: ReadonlySet<string>): boolean {
  const other = folded(b);
  const mine = folded(a);
  for (const [name, value] of mine) {
    const theirs = other.get(name);
    if (theirs === undefined ? alone.has(name) : theirs !== value) return false;
  }
  for (const name of other.keys()) if (alone.has(name) && !mine.has(name)) return false;
  return true;
}

function folded(parameters: Parameters): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of parameters) {
    out.set(normaliseEscapes(name).toLowerCase(), normaliseEscapes(value).toLowerCase());
  }
  return out;
}

function equalHeaders(a: string | undefined, b: string | undefined): boolean {
  return headerList(a) === headerList(b);
}

/** Order does not matter, presence does. */
function headerList(headers: string | undefined): string {
  if (headers === undefined) return '';
  const parts = headers.split('&').map((header) => {
    const equals = header.indexOf('=');
    const name = equals < 0 ? header : header.slice(0, equals);
    return `${normaliseEscapes(name).toLowerCase()}=${equals < 0 ? '' : normaliseEscapes(header.slice(equals + 1))}`;
  });
  return parts.sort().join('&');
}

function equalTel(a: TelUri, b: TelUri): boolean {
  const [left, right] = [bareNumber(a.number), bareNumber(b.number)];
  if (left !== right || a.parameters.size !== b.parameters.size) return false;
  const other = folded(b.parameters);
  for (const [name, value] of folded(a.parameters)) if (other.get(name) !== value) return false;
  return true;
}

/** Without visual separators. */
function bareNumber(number: string): string {
  let out = '';
  for (const character of number) if (!'-.()'.includes(character)) out += character.toLowerCase();
  return out;
}
