import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MediaProfile, Negotiator } from '../../../src/media/index.js';
import { formatSdp, parseSdp, type SessionDescription, withDirection } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { browser, fingerprint, local, plain, refused, sdp, secure, value } from './profiles.js';

/** "Secure side never plain" against a peer that tries everything. */

const key = Buffer.alloc(30, 7).toString('base64');
const crypto = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`;
const dtls = `a=fingerprint:${fingerprint}`;

function leg(profile: MediaProfile = secure): Negotiator {
  return new Negotiator({ profile, local: local(), random: new SeededRandom(5) });
}

/** A leg that talks by SDES with a peer at 192.0.2.9:4000. */
function talking(profile: MediaProfile = secure): Negotiator {
  const negotiator = leg(profile);
  value(negotiator.readOffer(sdp('m=audio 4000 RTP/SAVP 0', crypto)));
  value(negotiator.answer());
  return negotiator;
}

/** The answer of an honest peer to `offer`, as text that a test may spoil. */
function honest(offer: SessionDescription): string {
  const peer = new Negotiator({ profile: secure, local: local(50_000, '192.0.2.9'), random: new SeededRandom(6) });
  value(peer.readOffer(offer));
  return formatSdp(value(peer.answer()).description);
}

function spoiled(text: string, pattern: RegExp, replacement: string): SessionDescription {
  assert.match(text, pattern);
  return value(parseSdp(text.replace(pattern, replacement)));
}

const tricks: readonly (readonly [what: string, pattern: RegExp, replacement: string])[] = [
  ['plain RTP', /RTP\/SAVP/, 'RTP/AVP'],
  ['plain RTP without a key', /RTP\/SAVP([\s\S]*)a=crypto.*\r\n/, 'RTP/AVP$1'],
  ['no key', /a=crypto.*\r\n/, ''],
  ['a key of k=', /a=crypto.*\r\n/, `k=base64:${key}\r\n`],
  ['a key at session level', /t=0 0\r\n([\s\S]*)(a=crypto.*\r\n)/, 't=0 0\r\n$2$1'],
  ['two keys', /(a=crypto.*\r\n)/, '$1$1'],
  ['another tag', /crypto:1/, 'crypto:7'],
  ['the suite of another tag', /crypto:1/, 'crypto:2'],
  ['a suite that was not offered', /AES_CM_128_HMAC_SHA1_80/, 'F8_128_HMAC_SHA1_80'],
  ['no cipher', /AES_CM_128_HMAC_SHA1_80/, 'NULL_HMAC_SHA1_80'],
  ['unencrypted SRTP', /(a=crypto.*)\r\n/, '$1 UNENCRYPTED_SRTP\r\n'],
  ['unencrypted SRTCP', /(a=crypto.*)\r\n/, '$1 UNENCRYPTED_SRTCP\r\n'],
  ['unauthenticated SRTP', /(a=crypto.*)\r\n/, '$1 UNAUTHENTICATED_SRTP\r\n'],
  ['a parameter that nobody knows', /(a=crypto.*)\r\n/, '$1 WEAKER=1\r\n'],
  ['a short key', /inline:.{8}/, 'inline:'],
  ['no key behind inline', /inline:\S+/, 'inline:'],
  ['a fingerprint for a key', /a=crypto.*\r\n/, `${dtls}\r\na=setup:active\r\n`],
  ['an image', /m=audio (\d+) RTP\/SAVP.*/, 'm=image $1 udptl t38'],
  ['a text instead of RTP', /RTP\/SAVP/, 'TCP/RTP/AVP'],
];

describe('on the secure side', () => {
  for (const [what, pattern, replacement] of tricks) {
    it(`takes no answer with ${what}`, () => {
      const negotiator = leg();
      const answer = honest(value(negotiator.offer()));
      refused(negotiator.readAnswer(spoiled(answer, pattern, replacement)));
      assert.equal(negotiator.agreement, undefined);
      value(negotiator.readAnswer(value(parseSdp(answer))));
    });

    it(`takes no offer with ${what}`, () => {
      const offer = formatSdp(
        value(leg({ ...secure, security: { ...secure.security, suites: ['AES_CM_128_HMAC_SHA1_80'] } }).offer()),
      );
      // What is wrong only in an answer is right in an offer.
      if (/tag|two keys|fingerprint/.test(what)) return;
      const negotiator = leg({ ...secure, security: { ...secure.security, keying: ['sdes'] } });
      refused(negotiator.readOffer(spoiled(offer, pattern, replacement)));
      assert.equal(negotiator.agreement, undefined);
    });

    it(`keeps its keys when a re-INVITE comes with ${what}`, () => {
      const negotiator = talking();
      const before = negotiator.agreement;
      const answer = spoiled(honest(value(negotiator.offer())), pattern, replacement);
      refused(negotiator.readAnswer(answer));
      negotiator.withdraw();
      assert.deepEqual(negotiator.agreement, before);
    });
  }

  it('is not talked down by a second, plain audio', () => {
    const both = sdp('m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/SAVP 0', crypto);
    const negotiator = leg();
    value(negotiator.readOffer(both));
    const { description, agreement } = value(negotiator.answer());
    assert.deepEqual(
      description.media.map((media) => [media.protocol, media.port]),
      [
        ['RTP/AVP', 0],
        ['RTP/SAVP', 40_000],
      ],
    );
    assert.equal(agreement.settings.security.kind, 'sdes');
  });

  it('is not talked down by a hold, a closed port, or what comes after them', () => {
    const negotiator = talking();
    for (const rows of [
      ['m=audio 4000 RTP/SAVP 0', crypto, 'a=inactive'],
      ['m=audio 4000 RTP/SAVP 0', crypto, 'c=IN IP4 0.0.0.0'],
      ['m=audio 0 RTP/SAVP 0'],
    ]) {
      value(negotiator.readOffer(sdp(...rows)));
      const { agreement } = value(negotiator.answer());
      assert.equal(agreement.settings.security.kind, 'sdes', rows.join());
      refused(negotiator.readOffer(sdp('m=audio 4000 RTP/AVP 0')));
      refused(negotiator.readOffer(sdp('m=audio 4000 RTP/AVP 0', crypto.replace('inline:', 'inline:x'))));
    }
    // A closed port is rejected as plain RTP too, but what it was protected by stays.
    value(negotiator.readOffer(sdp('m=audio 0 RTP/AVP 0')));
    assert.equal(value(negotiator.answer()).agreement.settings.security.kind, 'sdes');
    assert.deepEqual(negotiator.agreement?.settings.direction, { sends: false, receives: false });
  });

  it('keeps to SRTP in a late offer, and when asked for an offer again', () => {
    for (const negotiator of [leg(), talking()]) {
      assert.match(formatSdp(value(negotiator.offer())), /RTP\/SAVP [\s\S]*a=crypto/);
      refused(negotiator.readAnswer(sdp('m=audio 4000 RTP/AVP 0')));
    }
  });

  it('takes our own key back from nobody: both directions would share a keystream', () => {
    const negotiator = leg();
    const offer = formatSdp(value(negotiator.offer()));
    const echo = offer.replace(/192\.0\.2\.10/g, '192.0.2.9').replace(/a=crypto:2.*\r\n/, '');
    assert.match(refused(negotiator.readAnswer(value(parseSdp(echo)))).reason, /our own/);
  });

  it('passes no fax in the clear, in neither direction', () => {
    const negotiator = talking();
    const fax = sdp('m=image 4000 udptl t38', 'a=T38FaxVersion:0');
    assert.equal(refused(negotiator.readOffer(fax)).why, 'security');
    const gateway = leg({ ...plain });
    value(gateway.readOffer(sdp('m=audio 4000 RTP/AVP 0')));
    value(gateway.answer());
    const bridge = value(gateway.readOffer(fax));
    assert.equal(refused(negotiator.offer(bridge)).why, 'security');
  });

  it('opens a port with keys that nobody knows', () => {
    const { security, direction } = leg().opening();
    assert.equal(security.kind, 'sdes');
    assert.deepEqual(direction, { sends: false, receives: false });
    assert.notEqual(leg(browser).opening().security.kind, 'plain');
  });

  it('refuses everything where it is set up without keys, or with srtp: never', () => {
    for (const security of [
      { ...secure.security, keying: [] },
      { ...secure.security, suites: [], keying: ['sdes'] as const },
    ]) {
      const negotiator = leg({ ...secure, security });
      assert.equal(refused(negotiator.offer()).why, 'security');
      assert.equal(refused(negotiator.readOffer(sdp('m=audio 4000 RTP/SAVP 0', crypto))).why, 'security');
    }
    const negotiator = leg({ ...secure, security: { ...secure.security, srtp: 'never' } });
    assert.match(formatSdp(value(negotiator.offer())), /RTP\/SAVP/);
    refused(negotiator.readAnswer(sdp('m=audio 4000 RTP/AVP 0')));
  });
});

describe('by DTLS', () => {
  const rows = ['m=audio 4000 UDP/TLS/RTP/SAVP 0', dtls];
  const both = { ...secure, security: { ...secure.security, keying: ['dtls', 'sdes'] as const } };

  it('takes no weak or malformed fingerprint, and no role that is open', () => {
    for (const wrong of [
      `a=fingerprint:sha-1 ${Array(20).fill('AB').join(':')}`,
      `a=fingerprint:md5 ${Array(16).fill('AB').join(':')}`,
      `a=fingerprint:sha-256 ${Array(20).fill('AB').join(':')}`,
      'a=fingerprint:sha-256',
    ]) {
      refused(leg(both).readOffer(sdp('m=audio 4000 UDP/TLS/RTP/SAVP 0', wrong, 'a=setup:actpass')));
    }
    refused(leg(both).readOffer(sdp(...rows, 'a=setup:holdconn')));
    for (const setup of ['actpass', 'holdconn']) {
      const negotiator = leg(both);
      value(negotiator.offer());
      refused(negotiator.readAnswer(sdp(...rows, `a=setup:${setup}`)));
    }
    refused(leg(both).readOffer(sdp('m=audio 4000 UDP/TLS/RTP/SAVP 0', crypto)));
  });

  it('takes the role that the peer leaves', () => {
    for (const [setup, role] of [
      ['actpass', 'client'],
      ['passive', 'client'],
      ['active', 'server'],
    ] as const) {
      const negotiator = leg(both);
      value(negotiator.readOffer(sdp(...rows, `a=setup:${setup}`)));
      const { security } = value(negotiator.answer()).agreement.settings;
      assert.ok(security.kind === 'dtls');
      assert.equal(security.role, role);
      // An association that goes on keeps its roles.
      value(negotiator.readOffer(withDirection(sdp(...rows, 'a=setup:actpass'), 'sendonly')));
      assert.deepEqual(value(negotiator.answer()).agreement.settings.security, security);
    }
  });

  it('reads a fingerprint at session level', () => {
    const negotiator = leg(both);
    value(negotiator.readOffer(sdp(dtls, 'a=setup:actpass', 'm=audio 4000 UDP/TLS/RTP/SAVP 0')));
  });
});

describe('best effort', () => {
  const allowed: MediaProfile = { ...plain, security: { ...secure.security, srtp: 'allowed' } };

  it('offers keys beside plain RTP (RFC 8643) and takes what comes', () => {
    const negotiator = leg(allowed);
    const offer = value(negotiator.offer());
    assert.match(formatSdp(offer), /m=audio 40000 RTP\/AVP [\s\S]*a=crypto/);
    assert.equal(value(negotiator.readAnswer(sdp('m=audio 4000 RTP/AVP 0'))).settings.security.kind, 'plain');
    const answered = honest(offer);
    assert.equal(value(negotiator.readAnswer(value(parseSdp(answered)))).settings.security.kind, 'sdes');
    // What is protected is offered as such from then on.
    assert.match(formatSdp(value(negotiator.offer())), /RTP\/SAVP/);
  });

  it('answers keys with keys, plain with plain, and SAVP without a key not at all', () => {
    for (const [rows, kind] of [
      [['m=audio 4000 RTP/AVP 0'], 'plain'],
      [['m=audio 4000 RTP/AVP 0', crypto], 'sdes'],
      [['m=audio 4000 RTP/SAVP 0', crypto], 'sdes'],
    ] as const) {
      const negotiator = leg(allowed);
      value(negotiator.readOffer(sdp(...rows)));
      assert.equal(value(negotiator.answer()).agreement.settings.security.kind, kind);
    }
    refused(leg(allowed).readOffer(sdp('m=audio 4000 RTP/SAVP 0')));
    refused(leg(plain).readOffer(sdp('m=audio 4000 RTP/SAVP 0', crypto)));
  });
});
