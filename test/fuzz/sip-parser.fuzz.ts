import assert from 'node:assert/strict';
import {
  addressParameter,
  equalUris,
  type Framed,
  formatMessage,
  formatNameAddr,
  formatUri,
  formatVia,
  parseChallenge,
  parseCredentials,
  parseMessage,
  parseNameAddr,
  parseNameAddrList,
  parseUri,
  parseVia,
  type SipMessage,
  StreamFramer,
  splitList,
} from '../../src/sip/index.js';
import { SeededRandom } from '../sim/seeded-random.js';

export interface FuzzFigures {
  readonly iterations: number;
  readonly accepted: number;
  readonly slowestMs: number;
}

/** Texts at which SIP parsers have been seen to stumble. */
const shards = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n ',
    '\r\n\t',
    '\r\n\r\n',
    '\0',
    '"',
    '\\',
    '\\"',
    '<',
    '>',
    '<>',
    ',',
    ';',
    ';;',
    '=',
    '?',
  ],
  ...[
    ':',
    '/',
    '@',
    '%',
    '%00',
    '%zz',
    '[',
    ']',
    '[::1]',
    '[::',
    '*',
    ' ',
    '\t',
    '\u00fc',
    '\ud83d\udc4b',
    '\ufffd',
    '\x7f',
  ],
  ...[
    'sip:',
    'sips:',
    'tel:+1',
    'SIP/2.0',
    'sip/2.0',
    'SIP/7.0',
    'v: ',
    'Via: ',
    'f: ',
    'l: 0',
    'Content-Length: ',
    '-1',
  ],
  ...[
    '0',
    '00000000000000000001',
    '4294967296',
    '2147483648',
    '99999999999999999999',
    '1e9',
    ';tag=',
    ';tag',
    ';lr',
    'z9hG4bK',
  ],
  ...[
    'INVITE',
    'ACK',
    'Digest ',
    'realm="',
    ';branch=z9hG4bK',
    ';rport',
    ';received=::1',
    '"Bell, A" <sip:a@b>',
    'sip:a@b,',
  ],
];

/** Mutates `seeds` for `iterations` rounds from one random seed; every law below must hold for every result. */
export function fuzzSipParser(seeds: readonly Buffer[], iterations: number, seed: number): FuzzFigures {
  const random = new SeededRandom(seed);
  let accepted = 0;
  let slowestMs = 0;
  for (let i = 0; i < iterations; i++) {
    const bytes = mutated(random, seeds);
    const start = performance.now();
    const result = parseMessage(bytes);
    const ms = performance.now() - start;
    if (ms > slowestMs)
      slowestMs = Math.max(
        slowestMs,
        Math.min(
          ms,
          leastMs(() => parseMessage(bytes)),
        ),
      );
    if (result.ok) {
      accepted++;
      checkAccepted(result.value);
    } else {
      checkRefused(result.error.salvaged);
    }
    if (i % 8 === 0) checkCuts(random, bytes);
  }
  return { iterations, accepted, slowestMs };
}

/** The best of three: other work on the machine only ever slows one down. */
export function leastMs(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const picked = from[Math.floor(random.next() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function below(random: SeededRandom, limit: number): number {
  return Math.floor(random.next() * limit);
}

function mutated(random: SeededRandom, seeds: readonly Buffer[]): Buffer {
  let bytes = pick(random, seeds);
  const rounds = 1 + below(random, 4);
  for (let i = 0; i < rounds; i++) bytes = mutatedOnce(random, bytes, seeds);
  return bytes.subarray(0, 80_000);
}

function mutatedOnce(random: SeededRandom, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const at = below(random, bytes.length + 1);
  const length = below(random, 40);
  switch (below(random, 10)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(below(random, 256)), bytes.subarray(at + 1)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, shards)), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, shards)), bytes.subarray(at + length)]);
    case 5:
      return bytes.subarray(0, at);
    case 6: {
      const other = pick(random, seeds);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(below(random, other.length))]);
    }
    case 7: {
      const many = Buffer.from(pick(random, shards).repeat(1 + below(random, 300)));
      return Buffer.concat([bytes.subarray(0, at), many, bytes.subarray(at)]);
    }
    default:
      return withLines(random, bytes, seeds);
  }
}

/** Deletes, doubles, swaps, moves in from elsewhere, or refolds whole lines. */
function withLines(random: SeededRandom, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const lines = bytes.toString('latin1').split('\r\n');
  const at = below(random, lines.length);
  const line = lines[at] ?? '';
  switch (below(random, 5)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(below(random, lines.length), 0, line);
      break;
    case 2:
      lines[at] = line.replaceAll(' ', '\r\n ');
      break;
    case 3:
      lines.splice(at, 0, pick(random, pick(random, seeds).toString('latin1').split('\r\n')));
      break;
    default: {
      const colon = line.indexOf(':');
      lines[at] = `${line.slice(0, colon + 1)}${pick(random, shards)}${line.slice(colon + 1)}`;
    }
  }
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/** What was accepted is written and read again as the same, and every reader of its parts keeps to its laws. */
function checkAccepted(message: SipMessage): void {
  const bytes = formatMessage(message);
  const again = parseMessage(bytes, { stream: true });
  if (!again.ok) {
    // The normal form is a little longer than compact forms, joined Vias and one-byte letters are.
    assert.ok(again.error.status === 413 || again.error.status === 414, `${again.error.reason}: ${bytes.toString()}`);
    return;
  }
  assert.ok(formatMessage(again.value).equals(bytes), 'parse and format must come to rest');
  if (message.kind === 'request') checkUri(message.uri);
  checkParts(message, true);
}

function checkRefused(salvaged: SipMessage | undefined): void {
  if (salvaged === undefined) return;
  formatMessage(salvaged);
  checkParts(salvaged, false);
}

function checkParts(message: SipMessage, good: boolean): void {
  for (const [name, value] of message.headers.entries()) {
    assert.ok(!value.includes('\n') && !value.includes('\r'));
    splitList(value);
    parseChallenge(value);
    parseCredentials(value);
    if (name === 'Via') checkVia(value, good);
    else if (name === 'From' || name === 'To') checkAddress(value, good);
    else if (name === 'Contact') assert.ok(parseNameAddrList(value).ok || value === '*' || !good);
    else checkAddress(value, false);
  }
}

function checkVia(value: string, good: boolean): void {
  const via = parseVia(value);
  assert.ok(via.ok || !good, value);
  if (!via.ok) return;
  const again = parseVia(formatVia(via.value));
  assert.deepEqual(again, via);
}

function checkAddress(value: string, good: boolean): void {
  const address = parseNameAddr(value);
  assert.ok(address.ok || !good, value);
  if (!address.ok) return;
  addressParameter(value, 'tag');
  const again = parseNameAddr(formatNameAddr(address.value));
  assert.deepEqual(again, address, value);
  checkUri(address.value.uri);
}

function checkUri(text: string): void {
  const uri = parseUri(text);
  if (!uri.ok) return;
  const again = parseUri(formatUri(uri.value));
  assert.deepEqual(again, uri, text);
  assert.ok(equalUris(text, formatUri(uri.value)), text);
}

/** A stream gives the same however it is cut. */
function checkCuts(random: SeededRandom, bytes: Buffer): void {
  const whole = framedOf([bytes]);
  const cut = below(random, bytes.length + 1);
  const second = cut + below(random, bytes.length + 1 - cut);
  const parts = [bytes.subarray(0, cut), bytes.subarray(cut, second), bytes.subarray(second)].map((part) =>
    Buffer.from(part),
  );
  assert.deepEqual(framedOf(parts), whole);
}

function framedOf(chunks: readonly Buffer[]): readonly string[] {
  const framer = new StreamFramer();
  const framed: Framed[] = [];
  for (const chunk of chunks) framed.push(...framer.push(chunk));
  return framed.map((item) => {
    if (item === 'ping') return item;
    if (item.kind === 'fault') return `${item.status} ${item.reason} ${framer.mustClose}`;
    return formatMessage(item).toString('latin1');
  });
}
