import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { SrtpKey, SrtpSuite } from '../../../src/media/index.js';
import { NativeBench, type RtpPeer, rtpHeader, rtpPacket } from './native-bench.js';
import { SrtpByHand } from './srtp-by-hand.js';

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

  it('goes from AEAD to AEAD', async () => {
    for (const suite of ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM'] as const) {
      const [there, back] = [key(suite, 1), key(suite, 2)];
      const left = await bridge(there, back);
      const right = await bridge(back, there);
      // The right one is the left one's telephone: what the left one seals, the right one opens.
      left.secure.configure({ remote: { rtp: right.secure.place.rtp, rtcp: right.secure.place.rtcp } });
      left.bob.send(left.plain, packet(1));
      assert.deepEqual((await heard(right.bob, 1))[0]?.subarray(12), voice);
    }
  });

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
