import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bell202,
  type CallerId,
  checksum,
  type DataMessage,
  decodeDataMessage,
  encodeDataMessage,
  encodeFskFrame,
  FskFrameReader,
  offHookPreamble,
  onHookPreamble,
} from '../../../src/analog/index.js';
import { spandspFrames, publishedMessages as vectors } from '../../vectors/caller-id.js';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function call(callerId: CallerId): DataMessage {
  return { kind: 'call', callerId };
}

test('published data messages are read', () => {
  for (const { hex, callerId } of vectors)
    assert.deepEqual(decodeDataMessage(bytesOf(hex)), { ok: true, value: call(callerId) });
});

test('a published single data message is written byte for byte', () => {
  const [sdmf] = vectors;
  assert.deepEqual(encodeDataMessage(call(sdmf.callerId), 'sdmf'), bytesOf(sdmf.hex));
});

test('a multiple data message has date, number and name, in the order of their types', () => {
  const bytes = encodeDataMessage(call(vectors[1].callerId), 'mdmf');
  // The example above, its name last: the same parameters, so the same checksum.
  const hex = '80200108303332343039303202 0A 38303035353531323132 07 08 4A4F484E20444F45 84';
  assert.deepEqual(bytes, bytesOf(hex));
});

test('absences, the lamp, and a name with letters of many countries', () => {
  const hidden: CallerId = { number: { absent: 'private' }, name: { absent: 'unavailable' } };
  assert.deepEqual(decodeDataMessage(encodeDataMessage(call(hidden), 'mdmf')), { ok: true, value: call(hidden) });
  const sdmf = encodeDataMessage(call(hidden), 'sdmf');
  assert.deepEqual([...sdmf.subarray(2, -1)], [...Buffer.from('00000000P')]);
  for (const format of ['sdmf', 'mdmf'] as const)
    for (const waiting of [true, false]) {
      const lamp: DataMessage = { kind: 'messageWaiting', waiting };
      assert.deepEqual(decodeDataMessage(encodeDataMessage(lamp, format)), { ok: true, value: lamp });
    }
  // TR-NWT-001401: type 6, length 3, three letters, checksum.
  assert.deepEqual(encodeDataMessage({ kind: 'messageWaiting', waiting: true }, 'sdmf'), bytesOf('06 03 42 42 42 31'));
  const named = decodeDataMessage(encodeDataMessage(call({ name: 'Žofie Dvořák-Šťastná 北' }), 'mdmf'));
  assert.deepEqual(named, { ok: true, value: call({ name: 'Zofie Dvorak-St' }) });
});

test('numbers lose what a screen has no place for', () => {
  const read = decodeDataMessage(encodeDataMessage(call({ number: '+49 (30) 123-45' }), 'mdmf'));
  assert.deepEqual(read, { ok: true, value: call({ number: '493012345' }) });
});

test('damaged, short and foreign messages are refused, each with its reason', () => {
  const good = bytesOf(vectors[1].hex);
  const fault = (bytes: Uint8Array) => {
    const read = decodeDataMessage(bytes);
    return read.ok ? 'read' : read.error;
  };
  const sealed = (...bytes: number[]) => Uint8Array.from([...bytes, checksum(bytes)]);
  assert.equal(fault(new Uint8Array()), 'short');
  assert.equal(fault(good.subarray(0, -1)), 'short');
  assert.equal(fault(Uint8Array.from([...good, 0])), 'length');
  for (let at = 2; at < good.length; at++) {
    const bad = Uint8Array.from(good);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    assert.equal(fault(bad), 'checksum', `byte ${at}`);
  }
  assert.equal(fault(sealed(0x55, 0)), 'unknownType');
  assert.equal(fault(sealed(0x80, 2, 0x02, 9)), 'length');
  assert.equal(fault(sealed(0x80, 3, 0x02, 1, 0x41)), 'parameter');
  assert.equal(fault(sealed(0x04, 9, ...Buffer.from('13321260P'))), 'parameter');
  assert.equal(fault(sealed(0x06, 3, 0x42, 0x42, 0x6f)), 'parameter');
  assert.equal(fault(sealed(0x82, 0)), 'parameter');
});

test('parameters that are not known are passed over (EN 300 659-3 §5.3)', () => {
  const body = [0x80, 8, 0x11, 1, 1, 0x02, 3, 0x31, 0x32, 0x33];
  const bytes = Uint8Array.from([...body, checksum(body)]);
  assert.deepEqual(decodeDataMessage(bytes), { ok: true, value: call({ number: '123' }) });
});

function readAll(bits: Iterable<number>): (Uint8Array | string)[] {
  const reader = new FskFrameReader();
  const found: (Uint8Array | string)[] = [];
  for (const bit of bits) {
    const read = reader.push(bit);
    if (read !== undefined) found.push(read);
  }
  return found;
}

test('a frame is 300 bits that alternate, 180 of mark, and bytes with the lowest bit first (GR-30-CORE §2.3)', () => {
  const bits = encodeFskFrame(Uint8Array.from([0x04]), onHookPreamble);
  assert.deepEqual([...bits.subarray(0, 6)], [0, 1, 0, 1, 0, 1]);
  assert.ok(bits.subarray(300, 480).every((bit) => bit === 1));
  assert.deepEqual([...bits.subarray(480, 490)], [0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  assert.equal(bits.length, 494);
  assert.deepEqual(bell202, { markHz: 1200, spaceHz: 2200, baud: 1200, level: -13.5 });
});

test('frames are found in a stream of bits, on hook and off, one after the other', () => {
  const message = bytesOf(vectors[0].hex);
  const onHook = encodeFskFrame(message, onHookPreamble);
  const offHook = encodeFskFrame(message, offHookPreamble);
  assert.deepEqual(readAll([...onHook, ...offHook]), [message, message]);
  // A receiver may lose the begin of the preamble, and hear noise before it.
  assert.deepEqual(readAll([0, 0, 1, 1, 1, 0, ...onHook.subarray(411)]), [message]);
});

test('bits out of the sound of another implementation are read', () => {
  for (const { bits, callerId } of spandspFrames) {
    const [frame, ...others] = readAll([...bits].map(Number));
    assert.ok(frame instanceof Uint8Array);
    assert.deepEqual(others, []);
    assert.deepEqual(decodeDataMessage(frame), { ok: true, value: call(callerId) });
  }
});

test('a frame with a wrong bit, or one that breaks off, is told and not believed', () => {
  const message = bytesOf(vectors[0].hex);
  const bits = encodeFskFrame(message, onHookPreamble);
  const wrong = Uint8Array.from(bits);
  // The lowest bit of the last byte of the date.
  const at = 480 + 9 * 10 + 1;
  wrong[at] = 1 - (wrong[at] ?? 0);
  assert.deepEqual(readAll(wrong), ['checksum']);
  assert.deepEqual(readAll([...bits.subarray(0, 560), ...Array(40).fill(1)]), ['framing']);
  assert.deepEqual(readAll([...bits.subarray(0, 560), ...Array(40).fill(0)]).slice(0, 1), ['framing']);
  assert.deepEqual(readAll([...bits.subarray(0, 560), ...Array(40).fill(0), ...bits]).at(-1), message);
});

test('whatever is written is read again, and random bits never make a message that was not sealed', () => {
  const number = fc.stringMatching(/^[0-9]{1,20}$/);
  const name = fc.stringMatching(/^[A-Za-z .'-]{1,15}$/);
  fc.assert(
    fc.property(number, name, (digits, text) => {
      const message = call({ number: digits, name: text });
      const bytes = encodeDataMessage(message, 'mdmf');
      const [frame] = readAll(encodeFskFrame(bytes, onHookPreamble));
      assert.ok(frame instanceof Uint8Array);
      assert.deepEqual(decodeDataMessage(frame), { ok: true, value: message });
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 3000 }), (bits) => {
      for (const found of readAll(bits)) if (found instanceof Uint8Array) assert.equal(checksum(found), 0);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 260 }), (bytes) => void decodeDataMessage(bytes)));
});
