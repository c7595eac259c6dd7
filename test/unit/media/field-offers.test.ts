import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeDescription, type MediaProfile, Negotiator } from '../../../src/media/index.js';
import { parseSdp, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { type Expected, typicalOffers } from '../../vectors/session-offers.js';
import { local, plain, secure, value } from './profiles.js';

const telephone: BridgeDescription = {
  port: local(50_000).port,
  media: 'audio',
  formats: [{ payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' }],
  direction: 'sendrecv',
  image: [],
};

/** The secure side as a site with telephones and browsers has it. */
const mixed: MediaProfile = {
  ...secure,
  security: { ...secure.security, suites: ['AEAD_AES_256_GCM', 'AES_256_CM_HMAC_SHA1_80', ...secure.security.suites] },
  ice: 'lite',
};

function check(offer: SessionDescription, profile: MediaProfile, expected: Expected | undefined): void {
  const leg = new Negotiator({ profile, local: local(), random: new SeededRandom(7) });
  const read = leg.readOffer(offer, '203.0.113.5');
  if (expected === undefined) {
    assert.ok(!read.ok);
    return;
  }
  value(read);
  const { description, agreement } = value(leg.answer(telephone));
  const { settings } = agreement;
  const events = settings.sends.find((format) => format.codec === 'telephone-event')?.clockRate;
  assert.deepEqual(
    {
      voice: settings.sends[0]?.codec,
      security: settings.security.kind,
      ...(settings.ice === undefined ? {} : { ice: true }),
      ...(settings.rtcpMux ? { mux: true } : {}),
      ...(events === undefined ? {} : { events }),
      answered: description.media.map((media) => (media.port === 0 ? 0 : 1)),
    },
    expected,
  );
  assert.equal(settings.direction.sends && settings.direction.receives, true);
  // The same offer again, as a re-INVITE without news, changes nothing.
  value(leg.readOffer(offer, '203.0.113.5'));
  const again = value(leg.answer(telephone));
  assert.deepEqual(again.agreement, agreement);
  assert.deepEqual(again.description, description);
}

describe('offers of the field', () => {
  for (const { product, rows, plain: onPlain, secure: onSecure } of typicalOffers) {
    it(`${product}`, () => {
      const offer = parseSdp(rows.join(product.includes('LF alone') ? '\n' : '\r\n'));
      assert.ok(offer.ok);
      check(offer.value, plain, onPlain);
      check(offer.value, mixed, onSecure);
    });
  }
});
