import { limits } from '../base/index.js';
import { isSpace, skipSpace, skipToken } from './characters.js';
import { exactHeaderNameAt, type HeaderName, headerNameAt, knownMethods, role } from './header-names.js';
import { Headers } from './headers.js';
import { emptyBody, type FaultStatus, type SipMessage } from './message.js';
import { isNameAddrList, originFault } from './name-addr.js';
import { cseqFault, cseqIsOf, parseContentLength, parseMaxForwards } from './numbers.js';
import { readStartLine, type StartLine } from './start-line.js';
import { scanVia } from './via.js';

/** Start line and headers of a message, read as far as they go; the first thing that is wrong is the fault. */
export interface Head {
  /** Its body is empty; the caller puts the right one in its place. */
  readonly message: SipMessage;
  /** Where the body begins in the bytes. */
  readonly bodyFrom: number;
  /** What Content-Length says; -1 when it is missing, or no number, or two that differ. */
  readonly contentLength: number;
  /** False when the lines leave in doubt where this message ends. */
  readonly framed: boolean;
  readonly fault: HeadFault | undefined;
}

export interface HeadFault {
  readonly status: FaultStatus;
  readonly reason: string;
}

interface Reading {
  /** The bytes as ISO 8859-1, so that positions in both are the same. */
  readonly text: string;
  /** The first character beyond ASCII at or behind the line being read: a value that holds one must be decoded. */
  foreignAt: number;
  readonly names: string[];
  readonly values: string[];
  fault: HeadFault | undefined;
  framed: boolean;
  /** The first CR and the first LF at or behind the line being read, so that none is searched twice. */
  carriage: number;
  feed: number;
  /** Header lines read, the malformed ones too. */
  lines: number;
  /** Header fields that may stand once only, as bits of their role. */
  seen: number;
  cseq: string;
  contentLength: number;
}

/** Reads from `from` to the empty line, or to the end where there is none. Undefined: this is no SIP. */
export function readHead(bytes: Buffer, from = 0): Head | undefined {
  const text = bytes.toString('latin1');
  let at = from;
  while (at < text.length && (text.charCodeAt(at) === 13 || text.charCodeAt(at) === 10)) at++;
  if (at === text.length) return undefined;
  const reading: Reading = {
    text,
    foreignAt: Buffer.byteLength(text) === text.length ? text.length : foreignFrom(text, at),
    names: [],
    values: [],
    fault: undefined,
    framed: true,
    carriage: -1,
    feed: -1,
    lines: 0,
    seen: 0,
    cseq: '',
    contentLength: -1,
  };
  const lineTo = lineEnd(reading, at);
  const start = readStartLine(text, at, lineTo);
  if (start === undefined) return undefined;
  if (reading.foreignAt < lineTo) {
    start.reason = decoded(start.reason);
    start.uri = decoded(start.uri);
  }
  reading.fault = start.fault ?? reading.fault;
  if (lineTo - at > limits.sipHeaderLineBytes) {
    start.uri = '';
    reading.fault = { status: 414, reason: 'Request-URI Too Long' };
  }
  const bodyFrom = readHeaders(reading, afterLine(text, lineTo));
  checkWhole(reading, start);
  const headers = Headers.of(reading.names, reading.values);
  return {
    message:
      start.kind === 'request'
        ? { kind: 'request', method: start.method, uri: start.uri, headers, body: emptyBody, wire: bytes }
        : { kind: 'response', status: start.status, reason: start.reason, headers, body: emptyBody, wire: bytes },
    bodyFrom,
    contentLength: reading.contentLength,
    framed: reading.framed,
    fault: reading.fault,
  };
}

function note(reading: Reading, reason: string | undefined): void {
  if (reason !== undefined) bad(reading, reason);
}

function bad(reading: Reading, reason: string, status: FaultStatus = 400): void {
  reading.fault ??= { status, reason };
}

/** The end of the line at `at`, without its line end. A line end that is not CRLF is a fault, and read as one. */
function lineEnd(reading: Reading, at: number): number {
  if (reading.feed < at) reading.feed = positionOf('\n', reading.text, at);
  if (reading.carriage < at) reading.carriage = positionOf('\r', reading.text, at);
  const { carriage, feed, text } = reading;
  if (carriage === feed - 1 && feed < text.length) return carriage;
  bad(reading, feed === text.length ? 'Header Not Ended' : 'Line Not Ended by CRLF');
  reading.framed = false;
  return Math.min(carriage, feed);
}

/** The first character beyond ASCII at or behind `at`; the end of the text where there is none. */
function foreignFrom(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) < 128) i++;
  return i;
}

/** The end of the text where there is none. */
function positionOf(character: string, text: string, at: number): number {
  const found = text.indexOf(character, at);
  return found < 0 ? text.length : found;
}

function afterLine(text: string, lineTo: number): number {
  if (text.charCodeAt(lineTo) === 13 && text.charCodeAt(lineTo + 1) === 10) return lineTo + 2;
  return Math.min(lineTo + 1, text.length);
}

/** Reads header lines up to the empty one and returns where the body begins. */
function readHeaders(reading: Reading, from: number): number {
  const { text } = reading;
  let at = from;
  while (at < text.length) {
    if (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) return at + 2;
    if (text.charCodeAt(at) === 10) {
      lineEnd(reading, at);
      return at + 1;
    }
    if (!countLine(reading)) {
      reading.framed = false;
      return text.length;
    }
    at = readHeader(reading, at);
  }
  return text.length;
}

/** False when there are more lines than anybody needs. */
function countLine(reading: Reading): boolean {
  reading.lines++;
  if (reading.lines <= limits.sipHeaderCount) return true;
  bad(reading, 'Too Many Header Lines', 413);
  return false;
}

/** Reads one header, its folded lines too, and returns where the next line begins. */
function readHeader(reading: Reading, at: number): number {
  const { text } = reading;
  const lineTo = lineEnd(reading, at);
  let next = afterLine(text, lineTo);
  const colon = text.indexOf(':', at);
  let known = colon > at && colon < lineTo ? exactHeaderNameAt(text, at, colon) : undefined;
  let nameTo = colon;
  if (known === undefined) {
    nameTo = skipToken(text, at, lineTo);
    if (nameTo === at || colon < 0 || colon >= lineTo || skipSpace(text, nameTo, colon) !== colon) nameTo = -1;
    else known = headerNameAt(text, at, nameTo);
  }
  const from = skipSpace(text, colon + 1, lineTo);
  const to = lastVisible(text, from, lineTo);
  if (reading.foreignAt < at) reading.foreignAt = foreignFrom(text, at);
  const plain = reading.foreignAt >= next && !isSpace(text.charCodeAt(next));
  let value = '';
  if (!plain) {
    value = nameTo < 0 ? '' : text.slice(from, to);
    const folded = unfold(reading, next);
    next = folded.next;
    if (folded.text !== '') value = value === '' ? folded.text : `${value} ${folded.text}`;
    if (reading.foreignAt < next) value = decoded(value);
  }
  if (nameTo < 0) bad(reading, 'Malformed Header Line');
  else if (next - at > limits.sipHeaderLineBytes) bad(reading, 'Header Line Too Long', 413);
  else if (plain) keep(reading, known ?? unknownName(text, at, nameTo), text, from, to);
  else keep(reading, known ?? unknownName(text, at, nameTo), value, 0, value.length);
  return next;
}

function unknownName(text: string, from: number, to: number): HeaderName {
  return { name: text.slice(from, to), role: role.none };
}

/** The continuation lines at `at`, if any, joined by single spaces. */
function unfold(reading: Reading, at: number): { readonly text: string; readonly next: number } {
  const { text } = reading;
  const parts: string[] = [];
  let next = at;
  while (next < text.length && isSpace(text.charCodeAt(next))) {
    const lineTo = lineEnd(reading, next);
    const from = skipSpace(text, next, lineTo);
    const to = lastVisible(text, from, lineTo);
    if (to > from) parts.push(text.slice(from, to));
    next = afterLine(text, lineTo);
  }
  return { text: parts.join(' '), next };
}

/** The end of `[from, to)` without the spaces behind it. */
function lastVisible(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

/** The value as UTF-8 says it; where it is not UTF-8, as ISO 8859-1, which old telephones still write. */
function decoded(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) < 128) continue;
    const bytes = Buffer.from(value, 'latin1');
    const text = bytes.toString('utf8');
    return text.indexOf('\ufffd') >= 0 && !Buffer.from(text).equals(bytes) ? value : text;
  }
  return value;
}

/** Keeps the header whose value is `[from, to)` of `source`, and checks it where this layer must understand it. */
function keep(reading: Reading, known: HeaderName, source: string, from: number, to: number): void {
  if (known.role === role.via) {
    keepVia(reading, known.name, source, from, to);
    return;
  }
  reading.names.push(known.name);
  reading.values.push(source.slice(from, to));
  if (known.role !== role.none) check(reading, known, source, from, to);
}

/** Every hop gets a line of its own, so that adding, removing and answering need no splitting. */
function keepVia(reading: Reading, name: string, source: string, from: number, to: number): void {
  for (let at = skipSpace(source, from, to); ; ) {
    const end = scanVia(source, at, to);
    if (end < 0) bad(reading, 'Malformed Via');
    const hopTo = end < 0 ? to : end;
    reading.names.push(name);
    reading.values.push(source.slice(at, lastVisible(source, at, hopTo)));
    if (hopTo === to || !countLine(reading)) break;
    at = skipSpace(source, hopTo + 1, to);
  }
  reading.seen |= 1 << role.via;
}

function check(reading: Reading, known: HeaderName, source: string, from: number, to: number): void {
  switch (known.role) {
    case role.from:
    case role.to: {
      const fault = originFault(source, from, to);
      if (fault !== undefined)
        bad(reading, fault === 'tag' ? `Malformed Tag in ${known.name}` : `Malformed ${known.name}`);
      break;
    }
    case role.cseq:
      reading.cseq = source.slice(from, to);
      note(reading, cseqFault(source, from, to));
      break;
    case role.callId:
      if (from === to || spaceWithin(source, from, to)) bad(reading, 'Malformed Call-ID');
      break;
    case role.maxForwards:
      if (!parseMaxForwards(source.slice(from, to)).ok) bad(reading, 'Malformed Max-Forwards');
      break;
    case role.contentLength:
      checkContentLength(reading, source.slice(from, to));
      return;
    case role.contact:
      if (to - from === 1 && source.charCodeAt(from) === 42) return;
      if (!isNameAddrList(source, from, to)) bad(reading, 'Malformed Contact');
      return;
    default:
      if (!isNameAddrList(source, from, to)) bad(reading, `Malformed ${known.name}`);
      return;
  }
  const bit = 1 << known.role;
  if ((reading.seen & bit) !== 0) bad(reading, `More Than One ${known.name}`);
  reading.seen |= bit;
}

function spaceWithin(text: string, from: number, to: number): boolean {
  const space = text.indexOf(' ', from);
  const tab = text.indexOf('\t', from);
  return (space >= 0 && space < to) || (tab >= 0 && tab < to);
}

function checkContentLength(reading: Reading, value: string): void {
  const length = parseContentLength(value);
  const first = (reading.seen & (1 << role.contentLength)) === 0;
  reading.seen |= 1 << role.contentLength;
  if (length.ok && (first || length.value === reading.contentLength)) {
    reading.contentLength = length.value;
    return;
  }
  bad(reading, length.ok ? 'Content-Lengths That Differ' : 'Malformed Content-Length');
  reading.contentLength = -1;
  reading.framed = false;
}

const mandatory = [
  [role.via, 'Via'],
  [role.from, 'From'],
  [role.to, 'To'],
  [role.callId, 'Call-ID'],
  [role.cseq, 'CSeq'],
] as const;
const allMandatory = mandatory.reduce((bits, [needed]) => bits | (1 << needed), 0);

function checkWhole(reading: Reading, start: StartLine): void {
  if ((reading.seen & allMandatory) !== allMandatory) {
    for (const [needed, name] of mandatory) {
      if ((reading.seen & (1 << needed)) === 0) bad(reading, `Missing ${name}`);
    }
  }
  if (reading.fault !== undefined || start.kind === 'response' || cseqIsOf(reading.cseq, start.method)) return;
  // RFC 4475 §3.1.2.18: for a method nobody knows, 501 serves the sender better than 400.
  if (knownMethods.has(start.method)) bad(reading, 'CSeq Method Does Not Match');
  else bad(reading, 'Not Implemented', 501);
}
