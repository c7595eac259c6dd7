/** Character classes of RFC 3261 §25.1 as one table of bits, and the few scans that every grammar shares. */
const alpha = 1;
const digit = 2;
const hex = 4;
const tokenMark = 8;
const space = 16;
const uriMark = 32;
const userMark = 64;
const parameterMark = 128;
const looseValue = 256;

const classes = new Uint16Array(256);

function mark(characters: string, bits: number): void {
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    classes[code] = (classes[code] ?? 0) | bits;
  }
}

const unreserved = "-_.!~*'()";
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', alpha);
mark('0123456789', digit);
mark('0123456789ABCDEFabcdef', hex);
mark("-.!%*_+`'~", tokenMark);
mark(' \t', space);
mark(`${unreserved};/?:@&=+$,%[]#`, uriMark);
mark(`${unreserved}&=+$,;?/%#`, userMark);
mark(`${unreserved}[]/:&+$%`, parameterMark);

for (let code = 33; code < 256; code++) {
  // All that is visible, but for what ends a parameter or begins a quoted-string.
  if (code !== 127 && !';,"<>'.includes(String.fromCharCode(code))) mark(String.fromCharCode(code), looseValue);
}

function is(code: number, bits: number): boolean {
  return ((classes[code] ?? 0) & bits) !== 0;
}

export function isDigit(code: number): boolean {
  return is(code, digit);
}

export function isHex(code: number): boolean {
  return is(code, hex);
}

export function isAlpha(code: number): boolean {
  return is(code, alpha);
}

export function isAlphanumeric(code: number): boolean {
  return is(code, alpha | digit);
}

/** `token` characters. */
export function isToken(code: number): boolean {
  return is(code, alpha | digit | tokenMark);
}

/** SP and HTAB; values are unfolded before anybody scans them. */
export function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** What may stand anywhere in a URI, the escape's `%` included. */
export function isUriCharacter(code: number): boolean {
  return is(code, alpha | digit | uriMark);
}

/** `user` characters (also covers `password`), the escape's `%` included; `#` because dialled numbers carry it. */
export function isUserCharacter(code: number): boolean {
  return is(code, alpha | digit | userMark);
}

/** `paramchar`, the escape's `%` included. */
export function isParameterCharacter(code: number): boolean {
  return is(code, alpha | digit | parameterMark);
}

/** A gen-value and the looser things that telephones write: anything visible that ends no parameter. */
export function isLooseValueCharacter(code: number): boolean {
  return code > 255 || is(code, looseValue);
}

/** The first position at or after `at` that is neither SP nor HTAB. */
export function skipSpace(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** The first position at or after `at` that is no `token` character. */
export function skipToken(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && isToken(text.charCodeAt(i))) i++;
  return i;
}

/** `at` is the opening quote; the position after the closing one, or -1 when there is none. */
export function skipQuoted(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code === 92) i++;
  }
  return -1;
}

/** True when `[from, to)` is not empty and wholly `token`. */
export function isTokenText(text: string, from = 0, to = text.length): boolean {
  return from < to && skipToken(text, from, to) === to;
}

/** `text` as a quoted-string. */
export function quote(text: string): string {
  if (text.indexOf('"') < 0 && text.indexOf('\\') < 0) return `"${text}"`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** What a quoted-string says; any other text as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== 34 || text.charCodeAt(text.length - 1) !== 34) return text;
  const inner = text.slice(1, -1);
  if (inner.indexOf('\\') < 0) return inner;
  let out = '';
  for (let i = 0; i < inner.length; i++) {
    if (inner.charCodeAt(i) === 92 && i + 1 < inner.length) i++;
    out += inner.charAt(i);
  }
  return out;
}
