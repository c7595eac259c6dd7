import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  filterOffer,
  formatSdp,
  padMedia,
  parseSdp,
  SdpOrigin,
  type SessionDescription,
  sameMedia,
  sameTransport,
  withDirection,
} from '../../../src/sdp/index.js';

function of(...rows: readonly string[]): SessionDescription {
  const parsed = parseSdp(
    ['v=0', 'o=bob 5 9 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...rows, ''].join('\r\n'),
  );
  assert.ok(parsed.ok);
  return parsed.value;
}

const audio = ['m=audio 4000 RTP/AVP 0 8', 'a=mid:0'];
const video = ['m=video 4002 RTP/AVP 99', 'a=mid:1'];

describe('SdpOrigin', () => {
  it('keeps the session id, and counts the version only when media change', () => {
    const origin = new SdpOrigin('100');
    const versions = [of(...audio), of(...audio), withDirection(of(...audio), 'sendonly'), of(...audio)].map((each) => {
      const { sessionId, sessionVersion, username } = origin.stamp(each).origin;
      assert.deepEqual([sessionId, username], ['100', 'holdfast']);
      return sessionVersion;
    });
    assert.deepEqual(versions, ['100', '100', '101', '102']);
  });
});

describe('filterOffer', () => {
  it('leaves out what the other side cannot take, and answers it with a rejection in its place', () => {
    const { offer, restore } = filterOffer(
      of('a=group:BUNDLE 0 1', ...video, ...audio),
      (media) => media.media === 'audio',
    );
    assert.deepEqual(
      offer.media.map((each) => each.media),
      ['audio'],
    );
    assert.doesNotMatch(formatSdp(offer), /group/);
    const answer = restore(of('m=audio 5000 RTP/AVP 0'));
    assert.deepEqual(
      answer.media.map((each) => [each.media, each.port]),
      [
        ['video', 0],
        ['audio', 5000],
      ],
    );
  });

  it('leaves an offer alone of which all or nothing would stay', () => {
    for (const keep of [true, false]) {
      const whole = of(...audio);
      assert.equal(filterOffer(whole, () => keep).offer, whole);
    }
  });
});

describe('comparisons', () => {
  it('sees other codecs as other media over the same transport', () => {
    const a = of('m=audio 4000 RTP/AVP 0 8');
    const b = of('m=audio 4000 RTP/AVP 0');
    assert.ok(!sameMedia(a, b));
    assert.ok(sameTransport(a, b));
    assert.ok(!sameTransport(a, of('m=audio 4002 RTP/AVP 0 8')));
    assert.ok(!sameTransport(a, of('m=audio 4000 RTP/AVP 0 8', 'a=crypto:1 X')));
  });

  it('never lets the number of media fall', () => {
    const past = of(...audio, ...video).media;
    assert.deepEqual(
      padMedia(of(...audio), past).media.map((each) => [each.media, each.port]),
      [
        ['audio', 4000],
        ['video', 0],
      ],
    );
  });
});
