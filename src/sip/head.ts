import { limits } from '../base/index.js';
import { isSpace, skipToken } from './characters.js';
import { canonicalName, type HeaderName, headerNameAt, knownMethods, role } from './header-names.js';
import { Headers } from './headers.js';
import { emptyBody, type FaultStatus, type SipMessage } from './message.js';
import { isNameAddr, isNameAddrList, tagOf } from './name-addr.js';
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
  /** True where `text` is not wholly ASCII, so that values must be decoded. */
  readonly foreign: boolean;
  readonly names: string[];
  readonly values: string[];
  fault: HeadFault | undefined;
  framed: boolean;
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
    foreign: Buffer.byteLength(text) !== text.length,
    names: [],
    values: [],
    fault: undefined,
    framed: true,
    seen: 0,
    cseq: '',
    contentLength: -1,
  };
  const lineTo = lineEnd(reading, at);
  const start = readStartLine(text, at, lineTo);
  if (start === undefined) return undefined;
  if (reading.foreign) {
    start.reason = decoded(start.reason);
    start.uri = decoded(start.uri);
  }
  reading.fault = start.fault ?? reading.fault;
  const bodyFrom = readHeaders(reading, afterLine(text, lineTo));
  checkWhole(reading, start);
  const headers = Headers.of(reading.names, reading.values);
  return {
    message:
      start.kind === 'request'
        ? { kind: 'request', method: start.method, uri: start.uri, headers, body: emptyBody }
        : { kind: 'response', status: start.status, reason: start.reason, headers, body: emptyBody },
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
  const { text } = reading;
  const feed = text.indexOf('\n', at);
  const to = feed < 0 ? text.length : feed;
  const carriage = text.indexOf('\r', at);
  if (carriage === to - 1 && feed >= 0) {
    if (to - at > limits.sipHeaderLineBytes) bad(reading, 'Header Line Too Long', 413);
    return carriage;
  }
  bad(reading, feed < 0 ? 'Header Not Ended' : 'Line Not Ended by CRLF');
  reading.framed = false;
  return carriage >= at && carriage < to ? carriage : to;
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
    if (reading.names.length >= limits.sipHeaderCount) {
      bad(reading, 'Too Many Header Lines', 413);
      reading.framed = false;
      return text.length;
    }
    at = readHeader(reading, at);
  }
  return text.length;
}

/** Reads one header, its folded lines too, and returns where the next line begins. */
function readHeader(reading: Reading, at: number): number {
  const { text } = reading;
  let lineTo = lineEnd(reading, at);
  const nameTo = skipToken(text, at, lineTo);
  let colon = nameTo;
  while (colon < lineTo && isSpace(text.charCodeAt(colon))) colon++;
  let valueFrom = colon + 1;
  while (valueFrom < lineTo && isSpace(text.charCodeAt(valueFrom))) valueFrom++;
  const good = nameTo > at && colon < lineTo && text.charCodeAt(colon) === 58;
  let value = good ? trimmed(text, valueFrom, lineTo) : '';
  let next = afterLine(text, lineTo);
  while (next < text.length && isSpace(text.charCodeAt(next))) {
    lineTo = lineEnd(reading, next);
    let from = next;
    while (from < lineTo && isSpace(text.charCodeAt(from))) from++;
    const more = trimmed(text, from, lineTo);
    if (more !== '') value = value === '' ? more : `${value} ${more}`;
    next = afterLine(text, lineTo);
  }
  if (!good) {
    bad(reading, 'Malformed Header Line');
    return next;
  }
  if (next - at > limits.sipHeaderLineBytes) {
    bad(reading, 'Header Line Too Long', 413);
    return next;
  }
  if (reading.foreign) value = decoded(value);
  const known = headerNameAt(text, at, nameTo);
  if (known === undefined) {
    reading.names.push(canonicalName(text.slice(at, nameTo)));
    reading.values.push(value);
  } else {
    keep(reading, known, value);
  }
  return next;
}

function trimmed(text: string, from: number, lineTo: number): string {
  let to = lineTo;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
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

function keep(reading: Reading, known: HeaderName, value: string): void {
  if (known.role === role.via) {
    keepVia(reading, known.name, value);
    return;
  }
  reading.names.push(known.name);
  reading.values.push(value);
  if (known.role !== role.none) check(reading, known, value);
}

/** Every hop gets a line of its own, so that adding, removing and answering need no splitting. */
function keepVia(reading: Reading, name: string, value: string): void {
  let at = 0;
  for (;;) {
    const end = scanVia(value, at, value.length);
    if (end < 0) bad(reading, 'Malformed Via');
    reading.names.push(name);
    reading.values.push(end < 0 || (at === 0 && end === value.length) ? value.slice(at) : value.slice(at, end).trim());
    if (end < 0 || end === value.length) break;
    at = end + 1;
  }
  reading.seen |= 1 << role.via;
}

function check(reading: Reading, known: HeaderName, value: string): void {
  const bit = 1 << known.role;
  switch (known.role) {
    case role.from:
    case role.to:
      if (!isNameAddr(value)) bad(reading, `Malformed ${known.name}`);
      else if (tagOf(value) === '') bad(reading, `Malformed Tag in ${known.name}`);
      break;
    case role.cseq:
      note(reading, cseqFault(value));
      reading.cseq = value;
      break;
    case role.callId:
      if (value === '' || value.indexOf(' ') >= 0) bad(reading, 'Malformed Call-ID');
      break;
    case role.maxForwards:
      if (!parseMaxForwards(value).ok) bad(reading, 'Malformed Max-Forwards');
      break;
    case role.contentLength:
      checkContentLength(reading, value);
      return;
    case role.contact:
      if (value !== '*' && !isNameAddrList(value)) bad(reading, 'Malformed Contact');
      return;
    default:
      if (!isNameAddrList(value)) bad(reading, `Malformed ${known.name}`);
      return;
  }
  if ((reading.seen & bit) !== 0) bad(reading, `More Than One ${known.name}`);
  reading.seen |= bit;
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
