import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../../../src/base/index.js';
import {
  answeringCrypto,
  asSrtpSuite,
  type CryptoAttribute,
  declinedBecause,
  drawKey,
  formatCrypto,
  keyAndSaltBytes,
  parseCrypto,
  srtpSuites,
} from '../../../src/rtp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

function parsed(value: string): CryptoAttribute {
  const read = parseCrypto(value);
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.value;
}

const key30 = Buffer.alloc(30, 7).toString('base64');
const sha80 = `1 AES_CM_128_HMAC_SHA1_80 inline:${key30}`;

describe('a=crypto', () => {
  it('reads the examples of RFC 4568', () => {
    // §5.1.1, §6.1 and §7.1; the two keys of the first are one of several keys, which we decline.
    const example = parsed('1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4');
    assert.deepEqual([example.lifetime, example.mki], [1n << 20n, { value: 1n, bytes: 4 }]);
    assert.equal(
      Buffer.from(example.keyAndSalt.reveal(), 'base64').toString('latin1'),
      'YS___semctl () {\t220;}\n}\nunles',
    );
    const spaced = parsed('1 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32');
    assert.equal(spaced.suite, 'AES_CM_128_HMAC_SHA1_32');
    const two = `${'inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4'};${'inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4'}`;
    assert.ok(!parseCrypto(`1 AES_CM_128_HMAC_SHA1_80 ${two}`).ok);
    const fec = parsed('2 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz FEC_ORDER=FEC_SRTP');
    assert.equal(declinedBecause(fec), 'it asks for FEC_ORDER');
  });

  it('reads what telephones write: a lifetime in digits, keys without padding, the suite of the drafts', () => {
    assert.equal(parsed(`${sha80}|1048576`).lifetime, 1n << 20n);
    const long = Buffer.alloc(46, 9).toString('base64');
    assert.ok(long.endsWith('=='));
    const unpadded = parsed(`3 AES_CM_256_HMAC_SHA1_80 inline:${long.replace(/=/g, '')}`);
    assert.equal(unpadded.suite, 'AES_256_CM_HMAC_SHA1_80');
    assert.equal(unpadded.keyAndSalt.reveal(), long);
    assert.match(formatCrypto(unpadded), /^3 AES_CM_256_HMAC_SHA1_80 inline:/);
    assert.equal(asSrtpSuite('F8_128_HMAC_SHA1_80'), undefined);
  });

  it('reads nothing that is malformed, and says why without the key', () => {
    for (const wrong of [
      '',
      'x',
      sha80.replace('1 ', '01 '),
      sha80.replace('1 ', '1234567890 '),
      sha80.replace('inline:', 'prime:'),
      sha80.replace('inline:', 'inline:A'),
      sha80.replace(key30, `${key30.slice(4)}`),
      sha80.replace(key30, `${key30.slice(0, -2)}!!`),
      `1 AEAD_AES_128_GCM inline:${key30}`,
      `${sha80}|2^49`,
      `${sha80}|0`,
      `${sha80}|1:0`,
      `${sha80}|256:1`,
      `${sha80}|1:4|1:4`,
      `${sha80}|1:4|2^20`,
    ]) {
      const read = parseCrypto(wrong);
      assert.ok(!read.ok, wrong);
      assert.ok(!read.error.includes(key30.slice(4, 20)));
    }
  });

  it('does not take base64 that another key could have been written as', () => {
    const bytes28 = Buffer.alloc(28, 0).toString('base64');
    assert.ok(parseCrypto(`1 AEAD_AES_128_GCM inline:${bytes28}`).ok);
    assert.ok(!parseCrypto(`1 AEAD_AES_128_GCM inline:${bytes28.replace('A==', 'B==')}`).ok);
  });

  it('declines what weakens it, what the engine does not do and what nobody knows; takes hints', () => {
    for (const [more, taken] of [
      ['', true],
      [' KDR=0', true],
      [' KDR=5', false],
      [' WSH=64', true],
      [' WSH=8', false],
      [' UNENCRYPTED_SRTP', false],
      [' UNENCRYPTED_SRTCP', false],
      [' UNAUTHENTICATED_SRTP', false],
      [' FEC_KEY=inline:abc', false],
      [' NEWER=1', false],
      [' -NEWER=1', true],
    ] as const) {
      assert.equal(declinedBecause(parsed(sha80 + more)) === undefined, taken, more);
    }
    assert.notEqual(declinedBecause(parsed(`${sha80}|1:4`)), undefined);
    assert.notEqual(declinedBecause(parsed(`${sha80}|2^10`)), undefined);
    assert.equal(declinedBecause(parsed(`${sha80}|2^31`)), undefined);
  });

  it('answers with the best of ours that is offered', () => {
    const offered = [
      sha80,
      `2 AES_CM_128_HMAC_SHA1_32 inline:${key30}`,
      `3 AEAD_AES_128_GCM inline:${Buffer.alloc(28, 1).toString('base64')}`,
    ];
    const best = (...suites: Parameters<typeof answeringCrypto>[1]): number | undefined => {
      const answer = answeringCrypto(offered, suites);
      return answer.ok ? answer.value.tag : undefined;
    };
    assert.equal(best('AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'), 3);
    assert.equal(best('AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'), 1);
    assert.equal(best('AEAD_AES_256_GCM'), undefined);
    assert.ok(!answeringCrypto([], srtpSuites).ok);
    // A tag names one attribute (§9.1): the second of its kind is no choice.
    const doubled = answeringCrypto([sha80, offered[1]?.replace('2 ', '1 ') ?? ''], ['AES_CM_128_HMAC_SHA1_32']);
    assert.ok(!doubled.ok);
  });

  it('is read as it was written, for every suite, and its key shows nowhere else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...srtpSuites),
        fc.nat(999_999_999),
        fc.option(fc.bigInt(1n, 1n << 48n), { nil: undefined }),
        fc.nat(),
        (suite, tag, lifetime, seed) => {
          const keyAndSalt = drawKey(suite, new SeededRandom(seed));
          assert.equal(Buffer.from(keyAndSalt.reveal(), 'base64').length, keyAndSaltBytes[suite]);
          const known = lifetime === undefined || lifetime < 10n ** 15n || (lifetime & (lifetime - 1n)) === 0n;
          const written: CryptoAttribute = {
            tag,
            suite,
            keyAndSalt,
            ...(lifetime === undefined || !known ? {} : { lifetime }),
            sessionParameters: ['WSH=128'],
          };
          const read = parsed(formatCrypto(written));
          assert.equal(read.keyAndSalt.reveal(), keyAndSalt.reveal());
          assert.deepEqual({ ...read, keyAndSalt: 0 }, { ...written, keyAndSalt: 0 });
          assert.ok(!JSON.stringify({ ...read, lifetime: 0 }).includes(keyAndSalt.reveal()));
        },
      ),
    );
    assert.equal(String(new Secret('x')), '[secret]');
  });
});
