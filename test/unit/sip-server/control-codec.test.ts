import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, FrameWriter } from '../../../appliance/sip-server/control-codec.js';
import { limits } from '../../../src/base/index.js';

function readAll(pieces: readonly (string | Buffer)[]): string[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => {
    const frames = reader.push(Buffer.from(piece));
    if (!frames.ok) throw new Error(frames.error);
    return [...frames.value];
  });
}

test('frames: alone, several in one piece, one in several pieces', () => {
  assert.deepEqual(readAll(['5#hello']), ['hello']);
  assert.deepEqual(readAll(['5#hello3#abc2#xy']), ['hello', 'abc', 'xy']);
  assert.deepEqual(readAll([...'5#hello12#hello, world']), ['hello', 'hello, world']);
  assert.deepEqual(readAll(['1', '2#hello,', ' world5#he', 'llo']), ['hello, world', 'hello']);
});

test('lengths are bytes, also where a character is cut in two', () => {
  const text = 'Grüße ☎';
  const bytes = Buffer.from(`${Buffer.byteLength(text)}#${text}2#ok`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(readAll([bytes.subarray(0, cut), bytes.subarray(cut)]), [text, 'ok']);
  }
});

test('garbage is told apart from a frame that is not complete', () => {
  for (const garbage of ['hello', '12x#', '#abc', '0#', '-1#a', '1234567', `${limits.controlFrameBytes + 1}#`]) {
    const result = new FrameReader().push(Buffer.from(garbage));
    assert.equal(result.ok, false, garbage);
  }
  assert.deepEqual(readAll(['12345']), []);
  assert.deepEqual(readAll([`${limits.controlFrameBytes}#`]), []);
});

test('a frame of the largest size passes', () => {
  const text = 'x'.repeat(limits.controlFrameBytes);
  assert.deepEqual(readAll([`${text.length}#${text}1#a`]), [text, 'a']);
});

test('the writer gives out what the reader takes', () => {
  const writer = new FrameWriter();
  assert.equal(writer.empty, true);
  writer.frame('id|response|ok');
  writer.frame('id|sip|ü', Buffer.from('INVITE sip:x SIP/2.0\r\n\r\nGrüße'));
  assert.equal(writer.empty, false);
  const bytes = writer.take();
  assert.equal(writer.empty, true);
  assert.deepEqual(readAll([bytes]), ['id|response|ok', 'id|sip|ü\r\nINVITE sip:x SIP/2.0\r\n\r\nGrüße']);
});
