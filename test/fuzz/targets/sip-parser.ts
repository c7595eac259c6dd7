import assert from 'node:assert/strict';
import {
  addressParameter,
  cancelFor,
  contactUri,
  createResponse,
  equalUris,
  type Framed,
  formatMessage,
  formatNameAddr,
  formatUri,
  formatVia,
  mergeKey,
  parseChallenge,
  parseCredentials,
  parseMessage,
  parseNameAddr,
  parseNameAddrList,
  parseRetryAfter,
  parseUri,
  parseVia,
  parseViaList,
  type SipMessage,
  type SipRequest,
  StreamFramer,
  serverKey,
  splitList,
  stampVia,
  tagOf,
  topVia,
  unescapeUri,
} from '../../../src/sip/index.js';
import { typicalInvite, typicalRegister, typicalUnauthorized } from '../../bench/typical-messages.js';
import { readVector, vectorNames } from '../../vectors/rfc4475-vectors.js';
import type { FuzzTarget } from '../target.js';

/** Datagrams and streams of SIP: what is accepted comes to rest, and every reader of its parts keeps to its laws. */
export const sipParser: FuzzTarget = {
  name: 'sip-parser',
  mostBytes: 66_000,
  corpusFiles: 150,
  words: [
    ...['[::1]', '[::', 'sip:', 'sips:', 'tel:+1', 'SIP/2.0', 'SIP/7.0', 'v: ', 'Via: ', 'f: ', 'l: 0', ';tag=', ';lr'],
    ...['Content-Length: ', 'z9hG4bK', 'INVITE', 'ACK', 'Digest ', 'realm="', ';branch=z9hG4bK', ';rport'],
    ...[';received=::1', '"Bell, A" <sip:a@b>', 'sip:a@b,'],
  ],
  seeds: () => [typicalInvite, typicalRegister, typicalUnauthorized],
  borrowed: () => vectorNames().map(readVector),
  work(input) {
    parseMessage(input);
    new StreamFramer().push(input);
  },
  check(input) {
    const result = parseMessage(input);
    if (result.ok) checkAccepted(result.value);
    else checkRefused(result.error.salvaged);
    checkCuts(input);
  },
};

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
  if (message.kind === 'request') {
    checkUri(message.uri);
    checkAnswerable(message);
  }
  checkParts(message, true);
}

/** What a transaction does with each request that arrives. */
function checkAnswerable(request: SipRequest): void {
  const via = topVia(request.headers);
  if (via !== undefined) assert.ok(serverKey(request, via).length > 0);
  mergeKey(request);
  stampVia(request.headers, '192.0.2.7', 5070);
  const answer = parseMessage(formatMessage(createResponse(request, 200, 'tag', 'OK')));
  assert.ok(answer.ok || answer.error.status === 413, answer.ok ? '' : answer.error.reason);
  if (request.method !== 'INVITE') return;
  const cancel = parseMessage(formatMessage(cancelFor(request)));
  assert.ok(
    cancel.ok || cancel.error.status === 413 || cancel.error.status === 414,
    cancel.ok ? '' : cancel.error.reason,
  );
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
    parseRetryAfter(value);
    contactUri(message.headers);
    if (name === 'Via') checkVia(value, good);
    else if (name === 'From' || name === 'To') checkAddress(value, good);
    else if (name === 'Contact') assert.ok(parseNameAddrList(value).ok || value === '*' || !good);
    else checkAddress(value, false);
  }
}

function checkVia(value: string, good: boolean): void {
  parseViaList(value);
  const via = parseVia(value);
  assert.ok(via.ok || !good, value);
  if (!via.ok) return;
  const again = parseVia(formatVia(via.value));
  assert.deepEqual(again, via);
}

function checkAddress(value: string, good: boolean): void {
  const address = parseNameAddr(value);
  assert.ok(address.ok || !good, value);
  tagOf(value);
  if (!address.ok) return;
  addressParameter(value, 'tag');
  const again = parseNameAddr(formatNameAddr(address.value));
  assert.deepEqual(again, address, value);
  checkUri(address.value.uri);
}

function checkUri(text: string): void {
  unescapeUri(text);
  const uri = parseUri(text);
  if (!uri.ok) return;
  const again = parseUri(formatUri(uri.value));
  assert.deepEqual(again, uri, text);
  assert.ok(equalUris(text, formatUri(uri.value)), text);
}

/** A stream gives the same however it is cut. */
function checkCuts(bytes: Buffer): void {
  if (bytes.length > 8_192) return;
  const whole = framedOf([bytes]);
  const cut = Math.floor(bytes.length / 3);
  const second = Math.floor((2 * bytes.length) / 3) + (bytes.length % 5);
  const parts = [bytes.subarray(0, cut), bytes.subarray(cut, second), bytes.subarray(second)];
  assert.deepEqual(framedOf(parts.map((part) => Buffer.from(part))), whole);
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
