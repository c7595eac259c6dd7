import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageTrace, redacted, type TraceEnd } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const local: TraceEnd = { protocol: 'udp', address: '192.0.2.1', port: 5060 };

function message(callId: string, more = ''): Buffer {
  return Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\n${more}\r\n`);
}

function trace(limits = { bytes: 100_000, messages: 1000, ageMs: 60_000 }) {
  const clock = new VirtualClock();
  const ring = new MessageTrace(clock, limits);
  const record = (callId: string, more = '') => ring.record(true, message(callId, more), local, '192.0.2.9', 5062);
  const read = (...callIds: string[]) => ring.read(callIds, 0, 1_000_000).map(({ bytes }) => bytes.toString());
  return { clock, ring, record, read };
}

describe('MessageTrace', () => {
  it('gives back what passed, whose it was and when', () => {
    const { clock, ring } = trace();
    clock.advance(1234);
    ring.record(false, message('1'), local, '2001:db8::9', 5062);
    assert.deepEqual(ring.read([], 0, 1000), [
      {
        sequence: 0,
        at: Date.UTC(2026, 0, 1) + 1234,
        sent: false,
        local,
        peer: { address: '2001:db8::9', port: 5062 },
        bytes: message('1'),
      },
    ]);
  });

  it('finds a call by its whole Call-ID, in a header and nowhere else', () => {
    const { record, read } = trace();
    record('abc');
    record('abcd');
    record('other', 'X-Note: abc\r\n');
    record('abc', 'X-Second: 1\r\n');
    assert.deepEqual(read('abc'), [message('abc'), message('abc', 'X-Second: 1\r\n')].map(String));
    assert.deepEqual(read('nobody'), []);
    assert.deepEqual(read('other', 'abcd').length, 2);
    assert.equal(read().length, 4);
  });

  it('finds the other leg by Session-ID (RFC 7989)', () => {
    const { record, read } = trace();
    const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
    record('leg-1', `Session-ID: ${a};remote=${'0'.repeat(32)}\r\n`);
    record('leg-2', `Session-ID: ${a};remote=${b}\r\n`);
    record('leg-2', 'X-Without: 1\r\n');
    record('leg-3', `Session-ID: ${'c'.repeat(32)};remote=${'0'.repeat(32)}\r\n`);
    assert.equal(read('leg-1').length, 3);
    assert.equal(read('leg-3').length, 1);
  });

  it('is bounded in bytes, messages and age', () => {
    const small = trace({ bytes: 1000, messages: 1000, ageMs: 60_000 });
    for (let i = 0; i < 5000; i++) small.record(`call-${i}`);
    const kept = small.read();
    assert.ok(kept.length > 5 && kept.length <= 1000 / message('call-4999').length);
    assert.equal(kept.at(-1), String(message('call-4999')));
    const few = trace({ bytes: 100_000, messages: 3, ageMs: 60_000 });
    for (let i = 0; i < 10; i++) few.record(`${i}`);
    assert.deepEqual(
      few.read(),
      ['7', '8', '9'].map((id) => String(message(id))),
    );
    few.clock.advance(60_001);
    assert.deepEqual(few.read(), []);
    const none = trace({ bytes: 0, messages: 10, ageMs: 60_000 });
    none.record('1');
    assert.deepEqual(none.read(), []);
  });

  it('keeps the newest of any sizes, whole and in order', () => {
    const random = new SeededRandom(7);
    const { ring } = trace({ bytes: 5000, messages: 40, ageMs: 60_000 });
    const all: string[] = [];
    for (let i = 0; i < 3000; i++) {
      const more = `X-Filler: ${'x'.repeat(Math.floor(random.next() ** 4 * 4700))}\r\n`;
      const bytes = message(`call-${i}`, more);
      if (bytes.length + 9 <= 5000) all.push(String(bytes));
      ring.record(true, bytes, local, '192.0.2.9', 5062);
      const kept = ring.read([], 0, 1_000_000).map((m) => String(m.bytes));
      assert.deepEqual(kept, all.slice(all.length - kept.length), `after ${i}`);
      assert.ok(kept.length >= 1);
      const last = /call-\d+/.exec(all.at(-1) ?? '')?.[0] ?? '';
      assert.equal(ring.read([last], 0, 1_000_000).length, 1);
    }
  });

  it('is read in pages', () => {
    const { ring, record } = trace();
    for (let i = 0; i < 10; i++) record(`${i}`);
    const seen: number[] = [];
    for (let after = 0; ; ) {
      const page = ring.read([], after, 150);
      const last = page.at(-1);
      if (last === undefined) break;
      assert.ok(page.length <= 3);
      seen.push(...page.map(({ sequence }) => sequence));
      after = last.sequence + 1;
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(ring.read([], 0, 1).length, 1);
  });
});

describe('redaction', () => {
  const shown = (text: string) => redacted(Buffer.from(text, 'latin1')).toString('latin1');

  it('blanks out what lets others try passwords, and keeps what explains', () => {
    const head = shown(
      [
        'REGISTER sip:branch.test SIP/2.0',
        'Authorization: Digest username="alice", realm="branch", nonce="84a4cc6f", uri="sip:branch.test",',
        ' response="7587245234b3434cc3412213e5f113a5", cnonce = "0a4f113b", qop=auth, nc=00000001',
        'proxy-authorization: Basic YWxpY2U6c2VjcmV0',
        'WWW-Authenticate: Digest realm="branch", nonce="dcd98b71", opaque="5ccc069c"',
        'From: <sip:alice:hunter2@branch.test>;tag=1',
        '',
        '',
      ].join('\r\n'),
    );
    for (const secret of ['84a4cc6f', '7587245234b3434', '0a4f113b', 'YWxpY2U6', 'dcd98b71', '5ccc069c', 'hunter2']) {
      assert.ok(!head.includes(secret), secret);
    }
    for (const kept of [
      'username="alice"',
      'realm="branch"',
      'nc=00000001',
      'Basic xxxx',
      'sip:alice:xxxxxxx@branch',
    ]) {
      assert.ok(head.includes(kept), kept);
    }
  });

  it('blanks out keys, passwords and dialled digits in bodies', () => {
    const body = (text: string) => shown(`INFO sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n${text}`).split('\r\n\r\n')[1];
    assert.equal(
      body('v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVm|2^20|1:32\r\n'),
      'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxxxxxxxxxx|2^20|1:32\r\n',
    );
    assert.equal(body('k=base64:cGFzcw==\r\na=ice-pwd:asd88fgp\r\n'), 'k=base64:xxxxxxxx\r\na=ice-pwd:xxxxxxxx\r\n');
    assert.equal(body('Signal=5\r\nDuration=160\r\n'), 'Signal=x\r\nDuration=160\r\n');
    assert.equal(body('{"user":"a","password":"hunter2"}'), '{"user":"a","password":"xxxxxxx"}');
    assert.equal(body('user=a&password=hunter2&pin=1234'), 'user=a&password=xxxxxxx&pin=xxxx');
    assert.equal(body('<password>hunter2</password>'), '<password>xxxxxxx</password>');
  });

  it('changes no length, whatever comes, and does not dwell on it', () => {
    const random = new SeededRandom(3);
    const words = ['Authorization: ', 'Digest ', 'response="', 'password', '=', ':', '"', '\r\n', ' ', 'inline:', 'k='];
    for (let i = 0; i < 500; i++) {
      const text = Array.from({ length: 60 }, () => words[Math.floor(random.next() * words.length)] ?? '').join('');
      assert.equal(shown(text).length, text.length);
    }
    for (const hostile of ['sip:', 'sip:a:', 'password=', 'response=', ' \r\n ']) {
      const text = `Authorization: Digest ${hostile.repeat(64_000 / hostile.length)}`;
      const before = process.cpuUsage().user;
      shown(text);
      assert.ok(process.cpuUsage().user - before < 500_000, hostile);
    }
  });
});
