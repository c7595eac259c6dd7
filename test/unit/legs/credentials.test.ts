import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../../../src/base/index.js';
import { digestCredentials } from '../../../src/legs/index.js';
import { type DigestChallenge, ha1, parseCredentials, verifyCredentials } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const request = { method: 'INVITE', uri: 'sip:911@trunk.test' };
const random = new SeededRandom(1);

function challenge(realm: string, algorithm: string): DigestChallenge {
  return { realm, nonce: 'n1', algorithm, qop: ['auth'], stale: false, userhash: false };
}

function proves(header: string | undefined, stored: string): boolean {
  const credentials = parseCredentials(header ?? '');
  return credentials.ok && verifyCredentials({ credentials: credentials.value, method: 'INVITE', ha1: stored });
}

describe('digestCredentials', () => {
  it("answers with a user's HA1 in its realm, in the server's order", () => {
    const md5 = ha1('1001', 'centre.test', 'secret', 'MD5');
    const answer = digestCredentials({ username: '1001', realm: 'centre.test', ha1: { md5: new Secret(md5) } }, random);
    assert.ok(proves(answer([challenge('centre.test', 'SHA-256'), challenge('centre.test', 'MD5')], request), md5));
    assert.equal(answer([challenge('elsewhere.test', 'MD5')], request), undefined);
    assert.equal(answer([challenge('centre.test', 'SHA-256')], request), undefined);
  });

  it('answers with a password in whatever realm a trunk names', () => {
    const answer = digestCredentials({ username: 'branch', password: new Secret('pw') }, random);
    for (const algorithm of ['MD5', 'SHA-256'] as const) {
      const stored = ha1('branch', 'provider.test', 'pw', algorithm);
      assert.ok(proves(answer([challenge('provider.test', algorithm)], request), stored));
    }
    assert.equal(answer([challenge('provider.test', 'AKAv1-MD5')], request), undefined);
  });
});
