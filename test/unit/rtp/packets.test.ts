import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeRtcp,
  decodeRtp,
  decodeTelephoneEvent,
  digitOfEvent,
  encodeRtcp,
  encodeRtp,
  encodeTelephoneEvent,
  eventOfDigit,
  formatEventRange,
  parseEventRange,
  type ReportBlock,
  type RtcpPacket,
} from '../../../src/rtp/index.js';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

describe('RTP', () => {
  it('reads a packet with contributors, an extension and padding (RFC 3550 §5.1, §5.3.1)', () => {
    const bytes = hex(`b2 88 1234 00000bb8 deadbeef 00000001 00000002  bede0001 10aa0000  0102030405 000003`);
    const packet = decodeRtp(bytes);
    assert.deepEqual(packet, {
      payloadType: 8,
      marker: true,
      sequenceNumber: 0x1234,
      timestamp: 3000,
      ssrc: 0xdeadbeef,
      contributors: [1, 2],
      extension: { profile: 0xbede, data: hex('10aa0000') },
      payload: hex('0102030405'),
    });
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(
        uint(7),
        fc.boolean(),
        uint(16),
        uint(32),
        fc.array(uint(32), { maxLength: 15 }),
        fc.option(uint(16), { nil: undefined }),
        fc.uint8Array({ maxLength: 200 }),
        (payloadType, marker, sequenceNumber, timestamp, contributors, profile, payload) => {
          const extension = profile === undefined ? {} : { extension: { profile, data: hex('0102030405060708') } };
          const packet = {
            payloadType,
            marker,
            sequenceNumber,
            timestamp,
            ssrc: timestamp,
            contributors,
            ...extension,
            payload,
          };
          assert.deepEqual(decodeRtp(encodeRtp(packet)), packet);
        },
      ),
    );
  });

  it('takes nothing that is cut off, of another version or padded with too much', () => {
    const bytes = hex('b2881234 00000bb8 deadbeef 00000001 00000002 bede0001 10aa0000');
    for (let length = 0; length < bytes.length; length++) assert.equal(decodeRtp(bytes.subarray(0, length)), undefined);
    assert.equal(decodeRtp(hex('00881234 00000bb8 deadbeef')), undefined);
    assert.equal(decodeRtp(hex('a0881234 00000bb8 deadbeef 0000 0009')), undefined);
    assert.equal(decodeRtp(hex('a0881234 00000bb8 deadbeef 00000000')), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (any) => void decodeRtp(any)));
  });
});

const blocks: fc.Arbitrary<ReportBlock> = fc.record({
  ssrc: uint(32),
  fractionLost: uint(8),
  cumulativeLost: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
  highestSequence: uint(32),
  jitter: uint(32),
  lastSenderReport: uint(32),
  delaySinceLast: uint(32),
});

const packets: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    kind: fc.constant('senderReport' as const),
    ssrc: uint(32),
    ntpTime: fc.bigInt(0n, 2n ** 64n - 1n),
    rtpTime: uint(32),
    packets: uint(32),
    bytes: uint(32),
    blocks: fc.array(blocks, { maxLength: 31 }),
  }),
  fc.record({
    kind: fc.constant('receiverReport' as const),
    ssrc: uint(32),
    blocks: fc.array(blocks, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('sourceDescription' as const),
    chunks: fc.array(
      fc.record({
        ssrc: uint(32),
        items: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.string({ maxLength: 20 })), { maxLength: 4 }),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: fc.constant('bye' as const),
    sources: fc.array(uint(32), { maxLength: 4 }),
    reason: fc.string({ maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant('other' as const),
    type: fc.constantFrom(204, 205, 206, 207),
    count: uint(5),
    body: fc
      .uint8Array({ minLength: 1, maxLength: 5 })
      .map((some) => new Uint8Array(some.length * 4).fill(some[0] ?? 0)),
  }),
);

describe('RTCP', () => {
  it('reads a compound as another stack writes it', () => {
    // A receiver report with one block, a CNAME "ab", and a BYE: fields laid out by hand from RFC 3550 §6.4.2, §6.5 and §6.6.
    const bytes = hex(`81c90007 0000000a 0000000b 40ffffff 00010002 00000003 00000004 00000005
      81ca0003 0000000a 01026162 00000000  81cb0002 0000000a 02686900`);
    assert.deepEqual(decodeRtcp(bytes), [
      {
        kind: 'receiverReport',
        ssrc: 10,
        blocks: [
          {
            ssrc: 11,
            fractionLost: 64,
            cumulativeLost: -1,
            highestSequence: 65_538,
            jitter: 3,
            lastSenderReport: 4,
            delaySinceLast: 5,
          },
        ],
      },
      { kind: 'sourceDescription', chunks: [{ ssrc: 10, items: [[1, 'ab']] }] },
      { kind: 'bye', sources: [10], reason: 'hi' },
    ]);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.array(packets, { minLength: 1, maxLength: 4 }), (compound) => {
        const bytes = encodeRtcp(compound);
        assert.equal(bytes.length % 4, 0);
        const plain = (each: RtcpPacket): RtcpPacket =>
          each.kind === 'other' ? { ...each, body: Uint8Array.from(each.body) } : each;
        assert.deepEqual(decodeRtcp(Uint8Array.from(bytes))?.map(plain), structuredClone(compound));
      }),
    );
  });

  it('takes nothing that is malformed anywhere', () => {
    const good = hex('81c90007 0000000a 0000000b 40ffffff 00010002 00000003 00000004 00000005');
    for (let length = 0; length < good.length; length++) assert.equal(decodeRtcp(good.subarray(0, length)), undefined);
    for (const wrong of [
      '01c90001 00000001',
      '80640001 00000001',
      '82c90001 00000001',
      '81ca0002 00000001 01ff6162',
      'a0c90001 00000003',
    ]) {
      assert.equal(decodeRtcp(hex(wrong)), undefined, wrong);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (any) => void decodeRtcp(any)));
  });
});

describe('telephone-event', () => {
  it('reads and writes RFC 4733 §2.3', () => {
    // §2.3: event, E, R, volume, duration; digit 9 at -10 dBm0, ended after 800 units.
    assert.deepEqual(decodeTelephoneEvent(hex('098a0320')), { event: 9, end: true, volume: 10, duration: 800 });
    assert.deepEqual(
      Uint8Array.from(encodeTelephoneEvent({ event: 9, end: true, volume: 10, duration: 800 })),
      hex('098a0320'),
    );
    assert.equal(decodeTelephoneEvent(hex('098a03')), undefined);
  });

  it('names sixteen digits, both ways', () => {
    for (const [event, digit] of [...'0123456789*#ABCD'].entries()) {
      assert.equal(digitOfEvent(event), digit);
      assert.equal(eventOfDigit(digit), event);
    }
    assert.equal(digitOfEvent(16), undefined);
    assert.equal(eventOfDigit('a'), 12);
    for (const none of ['', 'E', '12']) assert.equal(eventOfDigit(none), undefined);
  });

  it('reads ranges of events, and writes them back', () => {
    assert.equal(formatEventRange(parseEventRange('0-11,66,70 ') ?? new Set()), '0-11,66,70');
    assert.equal(formatEventRange(parseEventRange('') ?? new Set()), '0-15');
    for (const wrong of ['1-', 'a', '5-3', '0-256', '0,,1']) assert.equal(parseEventRange(wrong), undefined, wrong);
    fc.assert(
      fc.property(fc.uniqueArray(uint(8), { minLength: 1 }), (events) => {
        assert.deepEqual(
          [...(parseEventRange(formatEventRange(new Set(events))) ?? [])],
          [...events].sort((a, b) => a - b),
        );
      }),
    );
  });
});
