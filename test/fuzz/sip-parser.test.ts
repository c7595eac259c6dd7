import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatMessage,
  formatNameAddr,
  Headers,
  parseMessage,
  parseNameAddr,
  parseSipUri,
  StreamFramer,
  tagOf,
} from '../../src/sip/index.js';
import { typicalInvite } from '../bench/parse.js';
import { readVector, vectorNames } from '../vectors/rfc4475-vectors.js';
import { fuzzSipParser, leastMs } from './sip-parser.fuzz.js';

const requestLine = 'OPTIONS sip:a@b SIP/2.0\r\n';
const rest = 'Via: SIP/2.0/UDP a\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n';

const typical = [
  typicalInvite,
  Buffer.from(
    'REGISTER sip:branch.example.com SIP/2.0\r\nVia: SIP/2.0/TCP [2001:db8::21]:5060;branch=z9hG4bKa;rport\r\n' +
      'Max-Forwards: 70\r\nFrom: "Müller" <sip:1001@branch.example.com>;tag=1\r\nTo: <sip:1001@branch.example.com>\r\n' +
      'Call-ID: 1@x\r\nCSeq: 2 REGISTER\r\nContact: <sip:1001@[2001:db8::21];transport=tcp>;expires=300;' +
      '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=1, <sip:x@y>;q=0.1\r\nAuthorization: ' +
      'Digest username="1001", realm="branch.example.com", nonce="n", uri="sip:branch.example.com", response="00", ' +
      'algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c"\r\nContent-Length: 0\r\n\r\n',
  ),
  Buffer.from(
    'SIP/2.0 401 Unauthorized\r\nv: SIP/2.0/UDP a:5060;branch=z9hG4bKa;rport=5060;received=192.0.2.1,SIP/2.0/UDP b\r\n' +
      'f: <sip:a@b>;tag=1\r\nt: <sip:a@b>;tag=2\r\ni: 1\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest realm="r", ' +
      'nonce="n", algorithm=MD5, qop="auth,auth-int", stale=true\r\nRecord-Route: <sip:p;lr>,<sip:q;lr>\r\nl: 0\r\n\r\n',
  ),
];

describe('the SIP parser under mutation', () => {
  it('keeps its laws for whatever arrives', () => {
    const seeds = [...vectorNames().map(readVector), ...typical];
    const figures = fuzzSipParser(seeds, 36_000, 20_260_101);
    assert.ok(
      figures.accepted > figures.iterations / 20,
      `only ${figures.accepted} accepted: the mutations are too wild`,
    );
    assert.ok(figures.slowestMs < 50, `${figures.slowestMs} ms for one message`);
  });

  it('takes no longer than the message is long', () => {
    const shapes: readonly ((size: number) => string)[] = [
      (size) => `${requestLine}From: ${'a'.repeat(size)}`,
      (size) => `${requestLine}From: ${'"'.repeat(size)}`,
      (size) => `${requestLine}From: ${'<'.repeat(size)}`,
      (size) => `${requestLine}Contact: ${'<sip:a@b>,'.repeat(size / 10)}`,
      (size) => `${requestLine}Via: ${'SIP/2.0/UDP a,'.repeat(size / 14)}`,
      (size) => `${requestLine}Subject: x${'\r\n '.repeat(size / 3)}`,
      (size) => `${requestLine}Subject: x${'\n '.repeat(size / 2)}`,
      (size) => `${requestLine}Subject: x${'\r '.repeat(size / 2)}`,
      (size) => `${requestLine}${'x\r\n'.repeat(size / 3)}`,
      (size) => `${requestLine}${'\t\r\n'.repeat(size / 3)}`,
      (size) => `${requestLine}${'x'.repeat(size)}`,
      (size) => `${requestLine}${'ü'.repeat(size / 2)}`,
      (size) => `${requestLine}To: <sip:a@b>${';a'.repeat(size / 2)}`,
      (size) => `${requestLine}CSeq: ${'9'.repeat(size)} OPTIONS`,
      (size) => `INVITE sip:${'a;'.repeat(size / 2)}@b SIP/2.0\r\n`,
      (size) => `${' '.repeat(size)}\r\n`,
      (size) => `INVITE${' '.repeat(size)}\r\n`,
      (size) => '\r\n'.repeat(size / 2),
      (size) => '\n'.repeat(size),
    ];
    for (const shape of shapes) {
      const text = shape(65_000);
      for (const bytes of [Buffer.from(text), Buffer.from(`${text}\r\n${rest}`)]) {
        const ms = leastMs(() => {
          parseMessage(bytes);
          new StreamFramer().push(bytes);
        });
        assert.ok(ms < 50, `${ms} ms for ${text.slice(0, 60)}…`);
      }
    }
  });

  it('takes no longer for a stream that trickles', () => {
    const bytes = Buffer.from(`${requestLine}Content-Length: 60000\r\n${rest}${'x'.repeat(60_000)}`);
    const start = performance.now();
    const framer = new StreamFramer();
    let messages = 0;
    for (let i = 0; i < bytes.length; i++) messages += framer.push(bytes.subarray(i, i + 1)).length;
    assert.equal(messages, 1);
    assert.ok(performance.now() - start < 2000);
  });
});

describe('the SIP parser under generated values', () => {
  it('throws for no bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseMessage(Buffer.from(bytes));
        parseMessage(Buffer.concat([Buffer.from(requestLine), bytes, Buffer.from(rest)]));
      }),
    );
  });

  it('gives back any display name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (displayName) => {
        fc.pre(!displayName.includes('\r') && !displayName.includes('\n'));
        const value = formatNameAddr({ displayName, uri: 'sip:a@b', parameters: new Map([['tag', 't']]) });
        assert.equal(tagOf(value), 't');
        const parsed = parseNameAddr(value);
        assert.ok(parsed.ok);
        assert.equal(parsed.value.displayName, displayName);
      }),
    );
  });

  it('gives back any header value and any body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 200 }), (text, bytes) => {
        const value = text.replaceAll('\r', '').replaceAll('\n', '').trim();
        const start = parseMessage(Buffer.from(requestLine + rest));
        assert.ok(start.ok);
        const headers = new Headers([...start.value.headers.entries(), ['Subject', value]]);
        const body = Buffer.from(bytes);
        const parsed = parseMessage(formatMessage({ ...start.value, headers, body }), { stream: true });
        assert.ok(parsed.ok);
        assert.ok(parsed.value.body.equals(body));
        assert.equal(parsed.value.headers.get('s'), value);
      }),
    );
  });

  it('says of any text whether it is a URI', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, host) => {
        parseSipUri(`sip:${user}@${host}`);
        parseSipUri(user + host);
      }),
    );
  });
});
