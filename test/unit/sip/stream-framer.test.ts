import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Framed, StreamFramer } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { requestText } from './messages.js';

function said(framed: readonly Framed[]): string[] {
  return framed.map((item) => {
    if (item === 'ping') return item;
    if (item.kind === 'fault') return `${item.status} ${item.reason}${item.drop ? ', dropped' : ''}`;
    return `${item.headers.get('Call-ID')} ${item.body.toString()}`;
  });
}

function one(id: string, body: string): string {
  return requestText({ 'Call-ID': id, 'Content-Length': String(Buffer.byteLength(body)) }, body);
}

describe('StreamFramer', () => {
  it('cuts several messages out of one chunk', () => {
    const framer = new StreamFramer();
    assert.deepEqual(said(framer.push(Buffer.from(one('1', 'aж') + one('2', '') + one('3', 'c\r\n\r\n')))), [
      '1 aж',
      '2 ',
      '3 c\r\n\r\n',
    ]);
    assert.equal(framer.waiting, 0);
    assert.equal(framer.mustClose, false);
  });

  it('does not care how the bytes are cut', () => {
    const bytes = Buffer.from(`${one('1', 'hello')}\r\n\r\n${one('2', '')}\r\n${one('3', 'ж'.repeat(300))}\r\n\r\n`);
    const whole = said(new StreamFramer().push(bytes));
    assert.deepEqual(whole, ['1 hello', 'ping', '2 ', `3 ${'ж'.repeat(300)}`, 'ping']);
    for (let seed = 1; seed <= 200; seed++) {
      const random = new SeededRandom(seed);
      const longest = 1 + Math.floor(random.next() * 200);
      const framer = new StreamFramer();
      const framed: Framed[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + Math.floor(random.next() * longest);
        framed.push(...framer.push(Buffer.from(bytes.subarray(at, at + size))));
        at += size;
      }
      assert.deepEqual(said(framed), whole, `seed ${seed}`);
    }
  });

  it('gives each message with its own bytes, however they were cut', () => {
    const texts = [one('1', 'hello'), one('2', ''), one('3', 'x'.repeat(3000))];
    for (const size of [7, 400, 100_000]) {
      const framer = new StreamFramer();
      const bytes = Buffer.from(texts.join(''));
      const framed: Framed[] = [];
      for (let at = 0; at < bytes.length; at += size) framed.push(...framer.push(bytes.subarray(at, at + size)));
      const wires = framed.map((item) =>
        item === 'ping' || item.kind === 'fault' ? undefined : item.wire?.toString('latin1'),
      );
      assert.deepEqual(wires, texts, `in pieces of ${size}`);
    }
  });

  it('leaves alone the bodies that it gave away', () => {
    const framer = new StreamFramer();
    const bytes = Buffer.from(one('1', 'first body') + one('2', 'second body'));
    const framed: Framed[] = [];
    for (const byte of bytes) framed.push(...framer.push(Buffer.of(byte)));
    framer.push(Buffer.from(one('3', 'x'.repeat(500)).slice(0, -3)));
    framer.push(Buffer.from('x'));
    assert.deepEqual(said(framed), ['1 first body', '2 second body']);
  });

  it('tells a ping from the answer to one', () => {
    const framer = new StreamFramer();
    assert.deepEqual(said(framer.push(Buffer.from('\r\n'))), []);
    assert.deepEqual(said(framer.push(Buffer.from('\r\n'))), ['ping']);
    assert.deepEqual(said(framer.push(Buffer.from('\r\n\r\n\r\n\r'))), ['ping']);
    assert.deepEqual(said(framer.push(Buffer.from('\n'))), ['ping']);
    assert.deepEqual(said(framer.push(Buffer.from(`\r\n${one('1', '')}\r\n`))), ['1 ']);
    assert.deepEqual(said(framer.push(Buffer.from('\n\n\n\n'))), []);
  });

  it('goes on behind a message that is malformed but has an end', () => {
    const framer = new StreamFramer();
    const bad = one('1', 'body').replace('Max-Forwards: 70', 'Max-Forwards: 700');
    assert.deepEqual(said(framer.push(Buffer.from(bad + one('2', '')))), ['400 Malformed Max-Forwards', '2 ']);
    assert.equal(framer.mustClose, false);
  });

  it('gives up where nobody knows the end', () => {
    const cases: readonly (readonly [string, string])[] = [
      [requestText({}, 'body'), '400 Missing Content-Length'],
      [requestText({ 'Content-Length': '-5' }), '400 Malformed Content-Length'],
      [requestText({ 'Content-Length': '5', l: '6' }), '400 Content-Lengths That Differ'],
      [requestText({ 'Content-Length': '70000' }), '413 Message Too Large'],
      [requestText({ 'Content-Length': '0', Subject: 'a\nb' }), '400 Line Not Ended by CRLF'],
      ['GET / HTTP/1.1\r\n\r\n', '400 Not SIP, dropped'],
      [requestText({ 'Content-Length': '0', Subject: 'x'.repeat(70_000) }), '413 Header Line Too Long'],
    ];
    for (const [text, fault] of cases) {
      const framer = new StreamFramer();
      const framed = said(framer.push(Buffer.from(text)));
      assert.equal(framed.length, 1);
      if (!text.includes('xxxx')) assert.deepEqual(framed, [fault]);
      assert.equal(framer.mustClose, true);
      assert.deepEqual(framer.push(Buffer.from(one('1', ''))), []);
      assert.equal(framer.waiting, 0);
    }
  });

  it('knows whether a message has begun', () => {
    const framer = new StreamFramer();
    const text = one('1', 'body');
    const states: boolean[] = [];
    for (const piece of ['\r\n', text.slice(0, 10), text.slice(10, -4), text.slice(-4, -1), `${text.slice(-1)}I`]) {
      framer.push(Buffer.from(piece));
      states.push(framer.unfinished);
    }
    assert.deepEqual(states, [false, true, true, true, true]);
    framer.push(Buffer.from(text.slice(1)));
    assert.equal(framer.unfinished, false);
  });

  it('answers a header without end', () => {
    const framer = new StreamFramer();
    let framed: readonly Framed[] = [];
    framer.push(Buffer.from(requestText().slice(0, -2)));
    for (let i = 0; i < 20 && framed.length === 0; i++) framed = framer.push(Buffer.from(`X: ${'x'.repeat(4000)}\r\n`));
    assert.deepEqual(said(framed), ['413 Message Too Large']);
    assert.equal(framer.mustClose, true);
  });
});
