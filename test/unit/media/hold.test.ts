import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeDescription, type MediaProfile, Negotiator } from '../../../src/media/index.js';
import { directionOf, mediaDirection, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { local, plain, sdp, value } from './profiles.js';

function leg(profile: MediaProfile): Negotiator {
  return new Negotiator({ profile, local: local(), random: new SeededRandom(1) });
}

function far(...rows: readonly string[]): BridgeDescription {
  return value(
    new Negotiator({ profile: plain, local: local(50_000), random: new SeededRandom(2) }).readOffer(sdp(...rows)),
  );
}

const audio = (port: number, ...rows: readonly string[]): SessionDescription =>
  sdp(`m=audio ${port} RTP/AVP 0 101`, 'a=rtpmap:101 telephone-event/8000', ...rows);

/** A leg whose peer answered from port 50000. */
function talking(): Negotiator {
  const negotiator = leg(plain);
  value(negotiator.offer());
  value(negotiator.readAnswer(audio(50_000)));
  return negotiator;
}

describe('hold', () => {
  const variants: readonly (readonly [what: string, rows: readonly string[], bridged: string, answered: string])[] = [
    ['sendonly', ['a=sendonly'], 'sendonly', 'recvonly'],
    ['inactive', ['a=inactive'], 'inactive', 'inactive'],
    ['recvonly', ['a=recvonly'], 'recvonly', 'sendonly'],
    ['an address of nothing', ['c=IN IP4 0.0.0.0'], 'sendonly', 'recvonly'],
    ['an address of nothing and inactive', ['c=IN IP4 0.0.0.0', 'a=inactive'], 'inactive', 'inactive'],
    ['an address of nothing and recvonly', ['c=IN IP4 0.0.0.0', 'a=recvonly'], 'inactive', 'inactive'],
  ];
  for (const [what, rows, bridged, answered] of variants) {
    it(`by ${what} is told on, answered and ended`, () => {
      const negotiator = leg(plain);
      value(negotiator.readOffer(audio(4000)));
      value(negotiator.answer());
      const held = value(negotiator.readOffer(audio(4000, ...rows)));
      assert.equal(held.direction, bridged);
      const { description, agreement } = value(negotiator.answer());
      const said = description.media[0];
      assert.ok(said !== undefined);
      assert.equal(mediaDirection(description, said), answered);
      assert.equal(agreement.settings.direction.sends, answered === 'sendonly');
      assert.equal(agreement.settings.direction.receives, answered === 'recvonly');
      // A holder that names no address is still heard from where it was.
      assert.deepEqual(agreement.settings.remote?.rtp, { host: '192.0.2.9', port: 4000 });
      value(negotiator.readOffer(audio(4000)));
      const { settings } = value(negotiator.answer()).agreement;
      assert.deepEqual(settings.direction, { sends: true, receives: true });
      assert.equal(settings.latchEpoch, agreement.settings.latchEpoch);
    });
  }

  it('by a closed port keeps the leg, silent and with its port', () => {
    const negotiator = leg(plain);
    value(negotiator.readOffer(audio(4000)));
    value(negotiator.answer());
    const closed = value(negotiator.readOffer(audio(0)));
    assert.equal(closed.direction, 'inactive');
    const { description, agreement } = value(negotiator.answer());
    assert.deepEqual([description.media[0]?.port, agreement.media], [0, 'nothing']);
    assert.deepEqual(agreement.settings.direction, { sends: false, receives: false });
    value(negotiator.readOffer(audio(4002)));
    assert.equal(value(negotiator.answer()).description.media[0]?.port, 40_000);
  });

  it('of both sides ends only when both have ended it', () => {
    const a = talking();
    const peer = (direction: string): SessionDescription => audio(50_000, `a=${direction}`);
    // Our peer holds, then the other leg's far end does too.
    value(a.readOffer(peer('sendonly')));
    value(a.answer());
    const other = { ...far('m=audio 4000 RTP/AVP 0'), direction: 'sendonly' } as const;
    assert.equal(a.mustOffer(other), true);
    value(a.offer(other));
    assert.equal(value(a.readAnswer(peer('inactive'))).direction, 'inactive');
    // The other far end retrieves; our peer still holds.
    value(a.offer({ ...other, direction: 'sendrecv' }));
    const agreement = value(a.readAnswer(peer('sendonly')));
    assert.deepEqual([agreement.direction, agreement.bridge.direction], ['recvonly', 'sendonly']);
    assert.equal(a.mustOffer({ ...other, direction: 'sendrecv' }), false);
  });

  it('leaves what the other side wants: an offer that the holder asks for is as before the hold (RFC 6337 §5.3)', () => {
    const negotiator = leg(plain);
    const other = far('m=audio 4000 RTP/AVP 0');
    value(negotiator.readOffer(audio(4000)));
    value(negotiator.answer(other));
    value(negotiator.readOffer(audio(4000, 'a=sendonly')));
    // The other telephone answers the hold with recvonly: it had no choice.
    const { agreement } = value(negotiator.answer({ ...other, direction: 'recvonly' }));
    assert.equal(agreement.direction, 'recvonly');
    assert.equal(negotiator.mustOffer(other), false);
    assert.equal(negotiator.mustOffer({ ...other, direction: 'sendonly' }), true);
    assert.equal(directionOf(value(negotiator.offer())), 'sendrecv');
    assert.equal(value(negotiator.readAnswer(audio(4000))).direction, 'sendrecv');
  });

  it('of ours is ended by an offer, though the peer answered it as if it wanted no more', () => {
    const negotiator = leg(plain);
    const other = far('m=audio 4000 RTP/AVP 0');
    value(negotiator.offer(other));
    value(negotiator.readAnswer(audio(5000)));
    value(negotiator.offer({ ...other, direction: 'sendonly' }));
    value(negotiator.readAnswer(audio(5000, 'a=recvonly')));
    assert.equal(negotiator.mustOffer({ ...other, direction: 'sendonly' }), false);
    assert.equal(negotiator.mustOffer(other), true);
  });

  it('that the peer answers with what nobody offered is cut to what was', () => {
    const a = talking();
    value(a.offer({ ...far('m=audio 4000 RTP/AVP 0'), direction: 'sendonly' }));
    assert.equal(value(a.readAnswer(audio(50_000, 'a=sendrecv'))).direction, 'sendonly');
    value(a.offer({ ...far('m=audio 4000 RTP/AVP 0'), direction: 'inactive' }));
    assert.equal(value(a.readAnswer(audio(50_000, 'a=sendrecv'))).direction, 'inactive');
  });
});
