import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeDescription, type MediaProfile, Negotiator } from '../../../src/media/index.js';
import { attributeValues, formatSdp, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { browser, local, plain, refused, sdp, secure, value } from './profiles.js';

function negotiator(profile: MediaProfile, port?: number, host?: string): Negotiator {
  return new Negotiator({ profile, local: local(port, host), random: new SeededRandom(port ?? 1) });
}

/** What another leg would say of a far end with these rows. */
function far(...rows: readonly string[]): BridgeDescription {
  return value(
    negotiator({ ...plain, codecs: ['PCMU', 'PCMA', 'G722', 'opus', 'L16'] }, 50_000).readOffer(sdp(...rows)),
  );
}

const pcmu = ['m=audio 4000 RTP/AVP 0', 'a=sendrecv'];

describe('an offer', () => {
  it('puts first what the other leg can do, so that nothing is transcoded without need', () => {
    const said = value(negotiator(plain).offer(far('m=audio 4000 RTP/AVP 9 8', 'a=ptime:30')));
    assert.deepEqual(said.media[0]?.formats, ['9', '8', '0', '96', '101', '102']);
    assert.deepEqual(attributeValues(said.media[0] ?? { lines: [] }, 'ptime'), ['30']);
  });

  it('asks for no wider sound than the other leg can carry on', () => {
    const opusOf = (said: SessionDescription): string | undefined =>
      /a=fmtp:96 (.*)/.exec(formatSdp(said))?.[1]?.replace(/\r/, '');
    assert.match(opusOf(value(negotiator(plain).offer(far(...pcmu)))) ?? '', /maxplaybackrate=8000/);
    assert.match(opusOf(value(negotiator(plain).offer(far('m=audio 4000 RTP/AVP 9')))) ?? '', /maxplaybackrate=16000/);
    const wide = far('m=audio 4000 RTP/AVP 111', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 maxaveragebitrate=24000');
    const relayed = opusOf(value(negotiator(plain).offer(wide))) ?? '';
    assert.match(relayed, /maxaveragebitrate=24000/);
    assert.doesNotMatch(relayed, /maxplaybackrate/);
  });
});

describe('an answer', () => {
  it('takes the voice of the other leg where the peer has it, with one voice and its telephone-event', () => {
    const leg = negotiator(plain);
    const offer = sdp('m=audio 4000 RTP/AVP 0 8 97', 'a=rtpmap:97 telephone-event/8000', 'a=fmtp:97 0-16');
    const bridge = value(leg.readOffer(offer));
    assert.deepEqual(
      bridge.formats.map((format) => format.payloadType),
      [0, 8, 97],
    );
    const { description, agreement } = value(leg.answer(far('m=audio 4000 RTP/AVP 8')));
    assert.deepEqual(description.media[0]?.formats, ['8', '97']);
    assert.equal(agreement.voice?.codec, 'PCMA');
    assert.equal(agreement.settings.detectDigits, false);
    assert.deepEqual(agreement.settings.hears, { kind: 'port', port: local(50_000).port });
    assert.deepEqual(agreement.settings.remote?.rtcp, { host: '192.0.2.9', port: 4001 });
  });

  it('rejects in place what it does not take', () => {
    const leg = negotiator(plain);
    value(leg.readOffer(sdp('m=video 5000 RTP/AVP 99', ...pcmu, 'm=application 6000 udp wb')));
    const { description } = value(leg.answer());
    assert.deepEqual(
      description.media.map((media) => [media.media, media.port]),
      [
        ['video', 0],
        ['audio', 40_000],
        ['application', 0],
      ],
    );
  });

  it('answers a browser with BUNDLE, a role and its own credentials', () => {
    const leg = negotiator(browser);
    const offer = value(negotiator(browser, 50_000, '192.0.2.9').offer());
    value(leg.readOffer(offer));
    const { description, agreement } = value(leg.answer());
    assert.deepEqual(attributeValues(description, 'group'), ['BUNDLE 0']);
    assert.deepEqual(attributeValues(description.media[0] ?? { lines: [] }, 'setup'), ['active']);
    assert.equal(agreement.settings.security.kind, 'dtls');
    assert.equal(agreement.settings.rtcpMux, true);
  });

  it('is refused where no codec is shared', () => {
    const leg = negotiator(plain);
    const refusal = refused(leg.readOffer(sdp('m=audio 4000 RTP/AVP 18', 'a=rtpmap:18 G729/8000')));
    assert.deepEqual([refusal.status, refusal.why, refusal.warning], [488, 'codec', 305]);
    assert.equal(leg.agreement, undefined);
  });
});

describe('the secure side', () => {
  it('takes no plain offer and no plain answer', () => {
    assert.equal(refused(negotiator(secure).readOffer(sdp(...pcmu))).why, 'security');
    const leg = negotiator(secure);
    value(leg.offer());
    assert.equal(refused(leg.readAnswer(sdp(...pcmu))).why, 'security');
    assert.equal(leg.agreement, undefined);
  });
});
