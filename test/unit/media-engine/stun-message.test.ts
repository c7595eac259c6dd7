import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { decodeStun, encodeStun } from '../../../appliance/media-engine/ice/stun-message.js';

const transaction = Buffer.from('0123456789ab');
const key = Buffer.from('a-password-of-22-chars');
const realm = 0x0014;
const integrity = 0x0008;
const sha256 = 0x001c;
const fingerprint = 0x8028;

function attribute(kind: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const made = Buffer.alloc(4 + Math.ceil(bytes.length / 4) * 4);
  made.writeUInt16BE(kind, 0);
  made.writeUInt16BE(bytes.length, 2);
  bytes.copy(made, 4);
  return made;
}

/** A Binding request of these attributes, by hand. */
function framed(...attributes: readonly Buffer[]): Buffer {
  const body = Buffer.concat(attributes);
  const head = Buffer.from('000100002112a442', 'hex');
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, transaction, body]);
}

/** RFC 8489 §14.5: over what is before it, with the length of a message that ends with it. */
function integrityOf(hash: string, size: number, ...before: readonly Buffer[]): Buffer {
  const covered = framed(...before, Buffer.alloc(4 + size)).subarray(0, -4 - size);
  return createHmac(hash, key).update(covered).digest().subarray(0, size);
}

function fingerprintOf(...before: readonly Buffer[]): Buffer {
  const covered = framed(...before, Buffer.alloc(8)).subarray(0, -8);
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(covered) ^ 0x5354554e) >>> 0, 0);
  return value;
}

describe('a STUN message of a stranger', () => {
  it('says what the first attribute of a kind says, and nothing behind MESSAGE-INTEGRITY', () => {
    const [first, second] = [attribute(realm, 'first'), attribute(realm, 'second')];
    assert.equal(decodeStun(framed(first, second))?.attributes.realm, 'first');
    const proof = attribute(integrity, integrityOf('sha1', 20, first));
    const message = decodeStun(framed(first, proof, second, attribute(0x0025, ''), attribute(0x0024, 'prio')));
    assert.deepEqual(message?.attributes, { realm: 'first' });
    assert.equal(message?.provenBy(key), true);
  });

  it('is proven by MESSAGE-INTEGRITY-SHA256 too, also where it is cut (RFC 8489 §14.6)', () => {
    for (const size of [16, 20, 32]) {
      const proof = integrityOf('sha256', size, attribute(realm, 'r'));
      const message = decodeStun(framed(attribute(realm, 'r'), attribute(sha256, proof)));
      assert.equal(message?.provenBy(key), true, `${size} octets`);
      assert.equal(message?.provenBy(Buffer.from('another')), false);
    }
    for (const size of [12, 18, 36])
      assert.equal(decodeStun(framed(attribute(sha256, Buffer.alloc(size)))), undefined, `${size} octets`);
    const written = encodeStun(
      { class: 'request', method: 1, transaction, attributes: { realm: 'r' } },
      { key, hash: 'sha256' },
    );
    assert.equal(decodeStun(written)?.provenBy(key), true);
  });

  it('is refused with a FINGERPRINT that is wrong, cut, or not the last', () => {
    const said = attribute(realm, 'r');
    const right = attribute(fingerprint, fingerprintOf(said));
    assert.equal(decodeStun(framed(said, right))?.attributes.realm, 'r');
    assert.equal(decodeStun(framed(attribute(realm, 's'), right)), undefined);
    assert.equal(decodeStun(framed(said, right, said)), undefined);
    assert.equal(decodeStun(framed(said, attribute(fingerprint, Buffer.alloc(8)))), undefined);
    const first = attribute(fingerprint, fingerprintOf());
    assert.equal(decodeStun(framed(first, said)), undefined);
  });

  it('names what must be understood and is not, also what only werift understands', () => {
    const evenPort = attribute(0x0018, Buffer.from([0x80]));
    const changeRequest = attribute(0x0003, Buffer.alloc(4));
    const strange = attribute(0x7001, 'x');
    const optional = attribute(0x8999, 'x');
    assert.deepEqual(
      decodeStun(framed(evenPort, strange, strange, changeRequest, optional))?.unknown,
      [0x0018, 0x7001, 0x0003],
    );
  });

  it('is refused with values that are too short, too long or no text', () => {
    const cases: readonly [number, Buffer][] = [
      [0x0024, Buffer.alloc(3)],
      [0x0024, Buffer.alloc(5)],
      [0x8029, Buffer.alloc(9)],
      [0x0020, Buffer.from([0, 1, 0, 0, 1, 2, 3])],
      [0x0020, Buffer.from([0, 1, 0, 0, 1, 2, 3, 4, 5])],
      [0x0020, Buffer.from([0, 3, 0, 0, 1, 2, 3, 4])],
      [0x0009, Buffer.alloc(3)],
      [0x0006, Buffer.alloc(514, 'u')],
      [0x0006, Buffer.from([0xff, 0xfe])],
      [0x0015, Buffer.from([0xff, 0xfe])],
      [0x8002, Buffer.from([0, 1, 0])],
      [0x000a, Buffer.alloc(3)],
      [0x0008, Buffer.alloc(16)],
    ];
    for (const [kind, value] of cases)
      assert.equal(decodeStun(framed(attribute(kind, value))), undefined, `${kind.toString(16)} of ${value.length}`);
  });

  it('is no STUN with another cookie, a length that is not its own, or what is cut', () => {
    const good = framed(attribute(realm, 'r'));
    assert.ok(decodeStun(good) !== undefined);
    for (const [at, octet] of [
      [0, 0x40],
      [3, 12],
      [3, 7],
      [4, 0x22],
      [23, 0xff],
    ] as const) {
      const bad = Buffer.from(good);
      bad[at] = octet;
      assert.equal(decodeStun(bad), undefined, `octet ${at}`);
    }
    for (let length = 0; length < good.length; length++)
      assert.equal(decodeStun(good.subarray(0, length)), undefined, `${length} octets`);
  });

  it('costs little, however long an address says to be', () => {
    const long = attribute(0x0020, Buffer.alloc(65_000, 1));
    const before = process.cpuUsage();
    for (let i = 0; i < 20; i++) assert.equal(decodeStun(framed(long)), undefined);
    // werift alone takes some seconds of processor time for these.
    assert.ok(process.cpuUsage(before).user < 500_000);
  });

  it('has a class and a number in its error code, whatever the reserved bits are', () => {
    const reserved = attribute(0x0009, Buffer.from([0xff, 0xff, 0xf8 | 4, 38, 0x6e, 0x6f]));
    assert.deepEqual(decodeStun(framed(reserved))?.attributes.errorCode, { code: 438, reason: 'no' });
  });

  it('is cut where it talks too long, so that it can be written again', () => {
    const message = decodeStun(framed(attribute(0x8022, 'ж'.repeat(300))));
    assert.equal(message?.attributes.software, 'ж'.repeat(127));
    const again = decodeStun(encodeStun({ ...message, class: 'request', method: 1, transaction }));
    assert.deepEqual(again?.attributes, message?.attributes);
  });

  it('spells an IPv6 address as everybody does', () => {
    const hosts = [
      '::',
      '::1',
      '1::',
      '2001:db8::1',
      '2001:0:0:1::1',
      '1:0:0:2::3',
      'fe80::1:0:0:1',
      '1:2:3:4:5:6:7:8',
    ];
    for (const host of hosts) {
      const attributes = { xorPeerAddress: { host, port: 9 }, mappedAddress: { host, port: 65_535 } };
      const bytes = encodeStun({ class: 'success', method: 3, transaction, attributes });
      assert.deepEqual(decodeStun(bytes)?.attributes, attributes, host);
    }
  });
});
