import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeStun, encodeStun, type ReceivedStun } from '../../appliance/media-engine/ice/stun-message.js';

/** RFC 5769: Test Vectors for Session Traversal Utilities for NAT. */
const request =
  '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36' +
  '000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf';
const responseIpv4 =
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643' +
  '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96';
const responseIpv6 =
  '010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9' +
  '00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c';
const longTerm =
  '000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b3935346436' +
  '4f4c33346f4c394653547679363473410014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666';

const password = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');

function decoded(hex: string): ReceivedStun {
  const message = decodeStun(Buffer.from(hex, 'hex'));
  assert.ok(message !== undefined);
  return message;
}

describe('RFC 5769', () => {
  it('§2.1 request', () => {
    const message = decoded(request);
    assert.deepEqual([message.class, message.method], ['request', 1]);
    assert.deepEqual(message.attributes, {
      software: 'STUN test client',
      priority: 0x6e0001ff,
      iceControlled: 0x932ff9b151263b36n,
      username: 'evtj:h6vY',
    });
    assert.equal(message.provenBy(password), true);
    assert.equal(message.provenBy(Buffer.from('another')), false);
  });

  it('§2.2 and §2.3 responses', () => {
    const [ipv4, ipv6] = [decoded(responseIpv4), decoded(responseIpv6)];
    assert.equal(ipv4.class, 'success');
    assert.deepEqual(ipv4.attributes.xorMappedAddress, { host: '192.0.2.1', port: 32_853 });
    assert.deepEqual(ipv6.attributes.xorMappedAddress, { host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 });
    assert.ok(ipv4.provenBy(password) && ipv6.provenBy(password));
  });

  it('§2.4 long-term credentials', () => {
    const message = decoded(longTerm);
    const { username, realm, nonce } = message.attributes;
    assert.deepEqual([username, realm, nonce], ['マトリックス', 'example.org', 'f//499k954d6OL34oL9FSTvy64sA']);
    const key = createHash('md5').update(`${username}:${realm}:TheMatrIX`).digest();
    assert.equal(message.provenBy(key), true);
  });

  it('is written as it is read, but for the padding, which RFC 8489 wants to be zeros', () => {
    const [ipv4, ipv6] = [decoded(responseIpv4), decoded(responseIpv6)];
    for (const message of [decoded(request), ipv4, ipv6, decoded(longTerm)]) {
      const again = decodeStun(encodeStun(message, { key: password, hash: 'sha1' }));
      assert.ok(again !== undefined);
      assert.equal(again.provenBy(password), true);
      assert.deepEqual(again.attributes, message.attributes);
      assert.deepEqual(
        [again.class, again.method, again.transaction],
        [message.class, message.method, message.transaction],
      );
    }
  });

  it('is refused when any octet that matters is another', () => {
    const bytes = Buffer.from(request, 'hex');
    // The last eight are FINGERPRINT: it need not be there.
    for (let i = 0; i < bytes.length - 8; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 0x41;
      const message = decodeStun(changed);
      assert.ok(message === undefined || !message.provenBy(password), `octet ${i}`);
    }
  });
});
