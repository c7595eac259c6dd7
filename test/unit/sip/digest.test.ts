import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../../../src/base/index.js';
import {
  answerChallenge,
  authScheme,
  challengeHeader,
  type DigestChallenge,
  type DigestCredentials,
  digestHash,
  ha1,
  parseChallenge,
  parseCredentials,
  usernameHash,
  verifyCredentials,
} from '../../../src/sip/index.js';

function challengeOf(text: string): DigestChallenge {
  const parsed = parseChallenge(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  return parsed.value;
}

function credentialsOf(text: string): DigestCredentials {
  const parsed = parseCredentials(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  return parsed.value;
}

function answerOf(options: Parameters<typeof answerChallenge>[0]): string {
  const answer = answerChallenge(options);
  assert.ok(answer.ok, answer.ok ? '' : answer.error);
  return answer.value;
}

describe('published examples', () => {
  it('RFC 2617 §3.5', () => {
    const credentials = credentialsOf(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", ' +
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const secret = ha1('Mufasa', 'testrealm@host.com', 'Circle Of Life', 'MD5');
    assert.equal(secret, '939e7578ed9e3c518a452acee763bce9');
    assert.equal(credentials.algorithm, 'MD5');
    assert.ok(verifyCredentials({ credentials, method: 'GET', ha1: secret }));
    assert.ok(verifyCredentials({ credentials, method: 'GET', ha1: new Secret(secret) }));
    assert.ok(!verifyCredentials({ credentials, method: 'POST', ha1: secret }));
  });

  it('RFC 7616 §3.9.1, MD5 and SHA-256', () => {
    const challenge = (algorithm: string): string =>
      'Digest realm="http-auth@example.org", qop="auth, auth-int", ' +
      `algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ` +
      'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const expected = {
      MD5: '8ca523f5e9506fed4657c9700eebdbec',
      'SHA-256': '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    } as const;
    for (const algorithm of ['MD5', 'SHA-256'] as const) {
      const secret = ha1('Mufasa', 'http-auth@example.org', 'Circle of Life', algorithm);
      const answer = answerOf({
        challenge: challengeOf(challenge(algorithm)),
        method: 'GET',
        uri: '/dir/index.html',
        username: 'Mufasa',
        ha1: secret,
        cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
        nc: 1,
      });
      const credentials = credentialsOf(answer);
      assert.equal(credentials.response, expected[algorithm]);
      assert.equal(credentials.nc, '00000001');
      assert.equal(credentials.qop, 'auth');
      assert.equal(credentials.opaque, 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS');
      assert.ok(verifyCredentials({ credentials, method: 'GET', ha1: secret }));
    }
  });

  it('RFC 7616 §3.9.2, SHA-512/256 and a hashed user name (with the erratum)', () => {
    const username = 'J\u00e4s\u00f8n Doe';
    assert.equal(
      usernameHash(username, 'api@example.org', 'SHA-512-256'),
      '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
    );
    const secret = ha1(username, 'api@example.org', 'Secret, or not?', 'SHA-512-256');
    const answer = answerOf({
      challenge: challengeOf(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
          'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
          'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
      ),
      method: 'GET',
      uri: '/doe.json',
      username,
      ha1: secret,
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      nc: 1,
    });
    const credentials = credentialsOf(answer);
    assert.equal(credentials.userhash, true);
    assert.equal(credentials.username, '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b');
    assert.equal(credentials.response, '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
    assert.ok(verifyCredentials({ credentials, method: 'GET', ha1: secret }));
  });
});

describe('digest', () => {
  const realm = 'branch.example.com';
  const base = { method: 'REGISTER', uri: 'sip:branch.example.com', username: '1001', cnonce: '0a4f113b', nc: 1 };

  it('offers, answers and verifies with every hash and qop', () => {
    for (const algorithm of ['MD5', 'SHA-256', 'SHA-512-256'] as const) {
      for (const qop of [[], ['auth'], ['auth-int'], ['auth', 'auth-int']] as const) {
        const secret = ha1('1001', realm, 'pass "word"', algorithm);
        const header = challengeHeader({ realm, nonce: 'n"1\\', algorithm, qop: [...qop], stale: true, opaque: 'o' });
        const challenge = challengeOf(header);
        assert.deepEqual(challenge, {
          realm,
          nonce: 'n"1\\',
          algorithm,
          qop: [...qop],
          opaque: 'o',
          stale: true,
          userhash: false,
        });
        const body = Buffer.from('v=0');
        const credentials = credentialsOf(answerOf({ ...base, challenge, ha1: secret, body }));
        const ok = { credentials, method: 'REGISTER', ha1: secret, body };
        assert.ok(verifyCredentials(ok));
        assert.ok(!verifyCredentials({ ...ok, method: 'INVITE' }));
        assert.ok(!verifyCredentials({ ...ok, ha1: ha1('1001', realm, 'password', algorithm) }));
        const integrity = credentials.qop === 'auth-int';
        assert.equal(verifyCredentials({ ...ok, body: Buffer.from('v=1') }), !integrity);
        assert.ok(!verifyCredentials({ ...ok, credentials: { ...credentials, nonce: 'n2' } }));
        assert.ok(!verifyCredentials({ ...ok, credentials: { ...credentials, uri: 'sip:other' } }));
        assert.ok(!verifyCredentials({ ...ok, credentials: { ...credentials, response: '' } }));
        assert.ok(
          verifyCredentials({ ...ok, credentials: { ...credentials, response: credentials.response.toUpperCase() } }),
        );
      }
    }
  });

  it('answers -sess challenges', () => {
    const challenge = challengeOf(`Digest realm="${realm}", nonce="n", algorithm=SHA-256-sess, qop="auth"`);
    const secret = ha1('1001', realm, 'p', 'SHA-256');
    const credentials = credentialsOf(answerOf({ ...base, challenge, ha1: secret }));
    assert.equal(credentials.algorithm, 'SHA-256-sess');
    assert.ok(verifyCredentials({ credentials, method: 'REGISTER', ha1: secret }));
  });

  it('offers no qop where the server knows none, and nothing without need', () => {
    const challenge = challengeOf(`Digest realm="${realm}",nonce="n"`);
    assert.deepEqual(challenge, { realm, nonce: 'n', algorithm: 'MD5', qop: [], stale: false, userhash: false });
    const credentials = credentialsOf(answerOf({ ...base, challenge, ha1: ha1('1001', realm, 'p', 'MD5') }));
    assert.equal(credentials.qop, undefined);
    assert.equal(credentials.cnonce, undefined);
    assert.equal(
      challengeHeader({ realm, nonce: 'n', algorithm: 'MD5', qop: ['auth'] }),
      `Digest realm="${realm}", nonce="n", algorithm=MD5, qop="auth"`,
    );
  });

  it('does not pretend to know other algorithms', () => {
    assert.equal(digestHash('md5-SESS'), 'MD5');
    assert.equal(digestHash('SHA-1'), undefined);
    assert.equal(digestHash('AKAv1-MD5'), undefined);
    const challenge = challengeOf('Digest realm="r", nonce="n", algorithm=SHA-1');
    assert.equal(answerChallenge({ ...base, challenge, ha1: '' }).ok, false);
    const odd = challengeOf('Digest realm="r", nonce="n", qop="auth-conf"');
    assert.equal(answerChallenge({ ...base, challenge: odd, ha1: '' }).ok, false);
    const answer = credentialsOf('Digest username="u", realm="r", nonce="n", uri="u", response="00", algorithm=SHA-1');
    assert.equal(verifyCredentials({ credentials: answer, method: 'X', ha1: '' }), false);
  });

  it('reads what telephones write', () => {
    const credentials = credentialsOf(
      'DIGEST  username="1001",realm="r" , nonce=abc==, uri=sip:a@b;x=1,response="00",,algorithm="MD5",nc=00000001,cnonce="c",qop="auth"',
    );
    assert.equal(credentials.nonce, 'abc==');
    assert.equal(credentials.uri, 'sip:a@b;x=1');
    assert.equal(credentials.qop, 'auth');
    const extended = credentialsOf(
      'Digest username*=UTF-8\'\'J%C3%A4s%C3%B8n%20Doe, realm="r", nonce="n", uri="u", response="00"',
    );
    assert.equal(extended.username, 'J\u00e4s\u00f8n Doe');
  });

  it('refuses what is malformed', () => {
    assert.equal(authScheme(' Bearer abc'), 'bearer');
    for (const bad of [
      ...[
        '',
        'Digest',
        'Basic YTpi',
        'Digest realm="r"',
        'Digest nonce="n"',
        'Digest realm="r, nonce="n"',
        'Digest =x',
      ],
      ...[
        'Digest realm="r" nonce="n"',
        'Digest realm="r", realm="s", nonce="n"',
        'Digest realm=, nonce="n"',
        'Digestrealm="r"',
      ],
    ]) {
      assert.equal(parseChallenge(bad).ok, false, bad);
    }
    const whole = 'username="u", realm="r", nonce="n", uri="u", response="00"';
    assert.ok(parseCredentials(`Digest ${whole}`).ok);
    assert.equal(parseCredentials(`Digest ${whole}, qop=auth`).ok, false);
    for (const part of whole.split(', ')) {
      const rest = whole.split(', ').filter((other) => other !== part);
      assert.equal(parseCredentials(`Digest ${rest.join(', ')}`).ok, false, part);
    }
    assert.equal(parseCredentials(`Digest ${whole.replace('username', 'username*')}`).ok, false);
  });
});
