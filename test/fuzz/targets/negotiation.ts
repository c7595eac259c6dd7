import assert from 'node:assert/strict';
import { type MediaProfile, Negotiator, needsSrtp, withoutSecrets } from '../../../src/media/index.js';
import { formatSdp, parseSdp } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { browser, local, plain, secure } from '../../unit/media/profiles.js';
import { typicalOffers } from '../../vectors/session-offers.js';
import type { FuzzTarget } from '../target.js';

const profiles: readonly MediaProfile[] = [plain, secure, browser];

/** Descriptions as offers and as answers, for legs of every kind: what a peer says never throws, and never talks policy down. */
export const negotiation: FuzzTarget = {
  name: 'negotiation',
  mostBytes: 20_000,
  corpusFiles: 100,
  words: [
    ...['m=audio 4000 RTP/SAVP 0', 'm=audio 4000 RTP/AVP 0', 'm=image 5 udptl t38', 'c=IN IP4 0.0.0.0', 'c=IN IP6 ::1'],
    ...[
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:',
      '|2^20|1:4',
      'UNENCRYPTED_SRTP',
      'a=fingerprint:sha-256 ',
      'a=setup:active',
    ],
    ...[
      'a=ice-ufrag:',
      'a=ice-pwd:',
      'a=candidate:1 1 udp 1 192.0.2.9 4000 typ host',
      'a=rtcp-mux',
      'a=rtcp:1',
      'a=ice-lite',
    ],
    ...[
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 ',
      'a=rtpmap:101 telephone-event/8000',
      'a=ptime:',
      'a=maxptime:',
      'a=mid:',
    ],
  ],
  seeds: () => typicalOffers.map(({ rows }) => Buffer.from(`${rows.join('\r\n')}\r\n`)),
  work(input) {
    const read = parseSdp(input.toString('utf8'));
    if (!read.ok) return;
    for (const profile of profiles) negotiate(profile, read.value);
  },
  check(input) {
    const read = parseSdp(input.toString('utf8'));
    if (!read.ok) return;
    const kept = withoutSecrets(read.value);
    for (const { value } of [kept, ...kept.media].flatMap(({ lines }) => lines)) {
      assert.doesNotMatch(value, /(?:inline|ice-pwd):(?!kept(?:[|;\s]|$))[^\s|;]/i);
    }
    for (const profile of profiles) negotiate(profile, read.value);
  },
};

function negotiate(profile: MediaProfile, description: Parameters<Negotiator['readOffer']>[0]): void {
  const leg = new Negotiator({ profile, local: local(), random: new SeededRandom(1) });
  if (leg.readOffer(description).ok) {
    const answer = leg.answer();
    assert.ok(answer.ok);
    assert.equal(answer.value.description.media.length, description.media.length);
    assert.ok(parseSdp(formatSdp(answer.value.description)).ok);
  }
  guard(profile, leg);
  leg.withdraw();
  if (leg.offer().ok) leg.readAnswer(description);
  guard(profile, leg);
}

function guard(profile: MediaProfile, leg: Negotiator): void {
  const settings = leg.agreement?.settings;
  if (settings === undefined || !needsSrtp(profile)) return;
  assert.notEqual(settings.security.kind, 'plain');
  assert.equal(settings.opaque, false);
}
