import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatPcap } from '../../../src/sip/index.js';

/** RFC 1071 over what a receiver adds up: 0 when the checksum is right. */
function sum(...parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

const payload = Buffer.from('OPTIONS sip:a SIP/2.0\r\n\r\n!');

it('an IPv4 packet has its time, its ends and right checksums', () => {
  const file = formatPcap([
    {
      at: 1_767_225_600_123.5,
      from: { address: '192.0.2.1', port: 5060 },
      to: { address: '10.0.0.9', port: 41000 },
      payload,
    },
  ]);
  assert.equal(file.readUInt32LE(0), 0xa1b2c3d4);
  assert.equal(file.readUInt32LE(20), 101);
  assert.deepEqual([file.readUInt32LE(24), file.readUInt32LE(28)], [1_767_225_600, 123_500]);
  const packet = file.subarray(40);
  assert.equal(file.readUInt32LE(32), packet.length);
  assert.equal(sum(packet.subarray(0, 20)), 0);
  assert.deepEqual([...packet.subarray(12, 20)], [192, 0, 2, 1, 10, 0, 0, 9]);
  const udp = packet.subarray(20);
  const pseudo = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 17, udp.length >> 8, udp.length & 255])]);
  assert.equal(sum(pseudo, udp), 0);
  assert.deepEqual([udp.readUInt16BE(0), udp.readUInt16BE(2)], [5060, 41000]);
  assert.ok(udp.subarray(8).equals(payload));
});

it('an IPv6 packet too, and a message that no datagram holds is cut', () => {
  const file = formatPcap([
    {
      at: 0,
      from: { address: '2001:db8::1', port: 5060 },
      to: { address: '::ffff:10.0.0.9', port: 5061 },
      payload: Buffer.alloc(70_000, 'x'),
    },
  ]);
  const packet = file.subarray(40);
  assert.equal(packet.length, 65_535);
  assert.equal(packet.subarray(8, 24).toString('hex'), '20010db8000000000000000000000001');
  assert.equal(packet.subarray(24, 40).toString('hex'), '00000000000000000000ffff0a000009');
  const udp = packet.subarray(40);
  const pseudo = Buffer.concat([
    packet.subarray(8, 40),
    Buffer.from([0, 0, udp.length >> 8, udp.length & 255, 0, 0, 0, 17]),
  ]);
  assert.equal(sum(pseudo, udp), 0);
});
