import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameText } from '../../../src/isdn/index.js';

function frame(hex: string): readonly string[] {
  return frameText(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

test('supervisory and unnumbered frames are one line', () => {
  assert.deepEqual(frame('0001 7f'), ['SABME SAPI 0 TEI 0 P/F']);
  assert.deepEqual(frame('0201 73'), ['UA SAPI 0 TEI 0 P/F']);
  assert.deepEqual(frame('0201 01 08'), ['RR SAPI 0 TEI 0 N(R)=4']);
});

test('a SETUP shows what people look for', () => {
  const setup = [
    '0001 0204 08 02 0005 05',
    '0403 9090a2', // bearer: 3.1 kHz audio
    '1803 a98381', // channel 1, exclusive
    '6c0c 2180 33313235353530313030', // calling, national, allowed
    '700b a1 33313235353531323334', // called
    '740d 2101 82 33313235353530313939', // redirecting, no reply
    '2807 b1 4a20446f65 00', // display
  ].join('');
  assert.deepEqual(frame(setup), [
    'I SAPI 0 TEI 0 N(S)=1 N(R)=2',
    '  SETUP call 5',
    '    Bearer capability: 3.1 kHz audio',
    '    Channel identification: exclusive, channel 1',
    "    Calling party number: national isdn allowed user-not-screened '3125550100'",
    "    Called party number: national isdn '3125551234'",
    "    Redirecting number: national isdn allowed user-passed no-reply '3125550199'",
    "    Display: 'J Doe.'",
  ]);
});

test('maintenance messages have the names of their dialect', () => {
  const text = (discriminator: string, type: string): readonly string[] =>
    frame(`0001 0000 ${discriminator} 02 0000 ${type} 0101c2 1803a98383`).slice(1);
  const elements = ['    Change status: out of service', '    Channel identification: exclusive, channel 3'];
  assert.deepEqual(text('03', '0f'), ['  SERVICE call 0', ...elements]);
  assert.deepEqual(text('03', '07'), ['  SERVICE ACKNOWLEDGE call 0', ...elements]);
  assert.deepEqual(text('43', '07'), ['  SERVICE call 0', ...elements]);
  assert.deepEqual(text('43', '0f'), ['  SERVICE ACKNOWLEDGE call 0', ...elements]);
});

test('causes, shifts and elements of another codeset', () => {
  assert.deepEqual(frame('0201 0604 08 02 8005 45 0802 8191 96 0101 41'), [
    'I SAPI 0 TEI 0 N(S)=3 N(R)=2',
    '  DISCONNECT call 5 from the called side',
    '    Cause: 17 (location 1)',
    '    element 6/0x01: 41',
  ]);
});

test('what is cut off is said, and the rest is shown', () => {
  assert.deepEqual(frame('0201 0604 08 02 8005 45 0802 8190 1e02 81'), [
    'I SAPI 0 TEI 0 N(S)=3 N(R)=2',
    '  DISCONNECT call 5 from the called side',
    '    Cause: 16 (location 1)',
    '    element 0x1e is cut off',
  ]);
  assert.deepEqual(frame('02'), ['no Q.921 frame (shorter than three octets): 02']);
  assert.deepEqual(frame('0201 0604 99 02 8005 45'), [
    'I SAPI 0 TEI 0 N(S)=3 N(R)=2',
    '  no Q.931 message (unknown protocol discriminator 0x99): 9902800545',
  ]);
});

test('whatever arrives becomes lines without control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 260 }), fc.boolean(), (bytes, framed) => {
      const sent = framed ? Uint8Array.from([0x02, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01, 0x05, ...bytes]) : bytes;
      const lines = frameText(sent);
      assert.ok(lines.length >= 1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
      for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2000 },
  );
});
