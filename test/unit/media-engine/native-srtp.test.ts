import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { SrtpKey, SrtpSuite } from '../../../src/media/index.js';
import { NativeBench, type RtpPeer, rtpHeader, rtpPacket } from './native-bench.js';
import { AeadByHand, aes, counter, derive, SrtpByHand, sealGcm } from './srtp-by-hand.js';

const bench = new NativeBench();
after(() => bench.stop());

const voice = Buffer.alloc(160, 0x5a);

function key(suite: SrtpSuite, fill: number): SrtpKey {
  const length = suite.startsWith('AEAD') ? (suite.includes('256') ? 44 : 28) : suite.includes('256') ? 46 : 30;
  return { suite, keyAndSalt: Buffer.alloc(length, fill).toString('base64') };
}

function byHand({ suite, keyAndSalt }: SrtpKey): SrtpByHand {
  return new SrtpByHand(keyAndSalt, suite.endsWith('32') ? 32 : 80);
}

/** A secure port and a plain one, bridged. */
async function bridge(send: SrtpKey, receive: SrtpKey) {
  const secure = await bench.port({ security: { kind: 'sdes', send, receive } });
  const plain = await bench.port({});
  const [alice, bob] = [await bench.peer(), await bench.peer()];
  secure.configure({ remote: alice.remote });
  plain.configure({ remote: bob.remote });
  secure.hear(plain);
  plain.hear(secure);
  return { secure, plain, alice, bob };
}

function packet(sequence: number, ssrc = 5): Buffer {
  return rtpPacket({ sequence, timestamp: sequence * 160, ssrc }, voice);
}

async function heard(peer: RtpPeer, count: number): Promise<Buffer[]> {
  await bench.until(() => peer.rtp.length >= count);
  return peer.rtp;
}

describe('SRTP', () => {
  for (const suite of [
    'AES_CM_128_HMAC_SHA1_80',
    'AES_CM_128_HMAC_SHA1_32',
    'AES_256_CM_HMAC_SHA1_80',
    'AES_256_CM_HMAC_SHA1_32',
  ] as const) {
    it(`is opened and sealed as another implementation does it: ${suite}`, async () => {
      const [send, receive] = [key(suite, 1), key(suite, 2)];
      const { secure, plain, alice, bob } = await bridge(send, receive);
      const [sealing, opening] = [byHand(receive), byHand(send)];
      for (let index = 0; index < 5; index += 1) alice.send(secure, sealing.protect(packet(index)));
      for (const got of await heard(bob, 5)) assert.deepEqual(got.subarray(12), voice);
      for (let index = 0; index < 5; index += 1) bob.send(plain, packet(index));
      for (const got of await heard(alice, 5)) assert.deepEqual(opening.unprotect(got)?.subarray(12), voice);
    });
  }

  for (const suite of ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM'] as const) {
    it(`is opened and sealed as another implementation does it: ${suite}`, async () => {
      const [send, receive] = [key(suite, 1), key(suite, 2)];
      const { secure, plain, alice, bob } = await bridge(send, receive);
      alice.send(secure, new AeadByHand(receive.keyAndSalt).protect(packet(1)));
      assert.deepEqual((await heard(bob, 1))[0]?.subarray(12), voice);
      bob.send(plain, packet(1));
      const [sealed] = await heard(alice, 1);
      assert.ok(sealed !== undefined);
      assert.deepEqual(new AeadByHand(send.keyAndSalt).unprotect(sealed)?.subarray(12), voice);
    });
  }

  it('believes nothing that is not sealed, sealed wrongly or seen already', async () => {
    const [send, receive] = [key('AES_CM_128_HMAC_SHA1_80', 1), key('AES_CM_128_HMAC_SHA1_80', 2)];
    const { secure, alice, bob } = await bridge(send, receive);
    const good = byHand(receive).protect(packet(10));
    alice.send(secure, packet(1));
    alice.send(secure, byHand(send).protect(packet(2)));
    alice.send(secure, good);
    alice.send(secure, good);
    await heard(bob, 1);
    const { refused, received } = await secure.figures(({ refused }) => refused.replayed > 0);
    assert.equal(bob.rtp.length, 1);
    assert.equal(received, 1);
    assert.equal(refused.authentication, 2);
    assert.equal(refused.replayed, 1);
  });

  it('sends nothing and believes nothing before the keys of a handshake', async () => {
    const keys = {
      suite: 'AES_CM_128_HMAC_SHA1_80',
      send: key('AES_CM_128_HMAC_SHA1_80', 1).keyAndSalt,
      receive: key('AES_CM_128_HMAC_SHA1_80', 2).keyAndSalt,
    };
    const { secure, plain, alice, bob } = await bridge(
      key('AES_CM_128_HMAC_SHA1_80', 8),
      key('AES_CM_128_HMAC_SHA1_80', 9),
    );
    secure.configure({ security: { kind: 'dtls', role: 'server', fingerprint: 'sha-256 00' } });
    const sealing = new SrtpByHand(keys.receive, 80);
    alice.send(secure, sealing.protect(packet(1)));
    bob.send(plain, packet(1));
    await secure.figures(({ refused }) => refused.authentication === 1);
    await plain.figures(({ received }) => received === 1);
    assert.equal(alice.rtp.length + bob.rtp.length, 0);
    bench.engine.apply({ kind: 'keys', port: secure.id, keys });
    alice.send(secure, sealing.protect(packet(2)));
    await heard(bob, 1);
    bob.send(plain, packet(2));
    const [sealed] = await heard(alice, 1);
    assert.ok(sealed !== undefined && new SrtpByHand(keys.send, 80).unprotect(sealed) !== undefined);
  });

  it('changes keys in mid-call without a gap: what was under way with the old ones is still heard', async () => {
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const { secure, plain, alice, bob } = await bridge(key(suite, 1), key(suite, 2));
    const [old, fresh] = [byHand(key(suite, 2)), byHand(key(suite, 4))];
    alice.send(secure, old.protect(packet(1)));
    secure.configure({ security: { kind: 'sdes', send: key(suite, 3), receive: key(suite, 4) } });
    await secure.statistics();
    alice.send(secure, old.protect(packet(2)));
    alice.send(secure, fresh.protect(packet(3)));
    alice.send(secure, old.protect(packet(4)));
    alice.send(secure, fresh.protect(packet(5)));
    await heard(bob, 5);
    bob.send(plain, packet(1));
    const [sealed] = await heard(alice, 1);
    assert.ok(sealed !== undefined && byHand(key(suite, 3)).unprotect(sealed) !== undefined);
  });

  it('tells when sequence numbers wrap, and goes on with that in another engine', async () => {
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const { secure, alice, bob } = await bridge(key(suite, 1), key(suite, 2));
    const sealing = byHand(key(suite, 2));
    alice.send(secure, sealing.protect(packet(65_535)));
    sealing.roc = 1;
    alice.send(secure, sealing.protect(packet(0)));
    await heard(bob, 2);
    await bench.until(() => bench.of('rolled').some(({ port }) => port === secure.id));
    const rollover = bench.of('rolled').find(({ port }) => port === secure.id)?.rollover;
    assert.deepEqual(rollover, { ssrc: 5, roc: 1 });
    await secure.close();

    secure.open({ ...secure.settings }, { received: [{ ssrc: 5, roc: 1 }] });
    // Its figures come when it is open: a packet before that finds nobody.
    await secure.statistics();
    sealing.roc = 1;
    alice.send(secure, sealing.protect(packet(100)));
    await heard(bob, 3);
    assert.equal((await secure.statistics()).refused.authentication, 0);
  });

  it('begins a new SSRC when keys change after a wrap: peers disagree about the rollover counter', async () => {
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const { secure, plain, alice, bob } = await bridge(key(suite, 1), key(suite, 2));
    // 70,000 packets, so that every first number wraps, in steps that a receiver takes for losses.
    let sequence = 0;
    for (; sequence < 70_000; sequence += 2_000) bob.send(plain, packet(sequence));

    await heard(alice, 35);
    secure.configure({ security: { kind: 'sdes', send: key(suite, 3), receive: key(suite, 2) } });
    await secure.statistics();
    bob.send(plain, packet(sequence));
    const sealed = (await heard(alice, 36))[35];
    assert.ok(sealed !== undefined);
    assert.notEqual(rtpHeader(sealed).ssrc, secure.place.ssrc);
    assert.ok(byHand(key(suite, 3)).unprotect(sealed) !== undefined);
  });
});

/** So that the other implementation is right where the engine is compared with it. */
describe('SRTP by hand', () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

  it('has the keystream of RFC 3711 B.2', () => {
    const sessionKey = hex('2B7E151628AED2A6ABF7158809CF4F3C');
    const iv = counter(hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'), 0, 0);
    const stream = aes(sessionKey, iv, Buffer.alloc(48));
    assert.equal(
      stream.toString('hex').toUpperCase(),
      'E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0',
    );
  });

  it('derives the keys of RFC 3711 B.3', () => {
    const [master, salt] = [hex('E1F97A0D3E018BE0D64FA32C06DE4139'), hex('0EC675AD498AFEEBB6960B3AABE6')];
    assert.deepEqual(derive(master, salt, 0, 16), hex('C61E7A93744F39EE10734AFE3FF7A087'));
    assert.deepEqual(derive(master, salt, 2, 14), hex('30CBBC08863D8C85D49DB34A9AE1'));
    assert.deepEqual(derive(master, salt, 1, 20), hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it('seals the packets of RFC 7714 §16.1.1 and §16.2.1', () => {
    const header = '8040f17b 8041f8d3 5501a0b2';
    const clear = hex(`${header}47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573`);
    const salt = hex('517569642070726f2071756f');
    const key256 = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    assert.deepEqual(
      sealGcm(key256.subarray(0, 16), salt, 0, clear),
      hex(
        `${header}f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833` +
          '899d7f27 beb16a91 52cf765e e4390cce',
      ),
    );
    assert.deepEqual(
      sealGcm(key256, salt, 0, clear),
      hex(
        `${header}32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b` +
          '7aa3db36 dfffd6b0 f9bb7878 d7a76c13',
      ),
    );
  });
});
