import assert from 'node:assert/strict';
import {
  answeringDirection,
  directionOf,
  filterOffer,
  formatSdp,
  isHold,
  mediaDirection,
  padMedia,
  parseSdp,
  SdpOrigin,
  sameMedia,
  sameTransport,
  withDirection,
} from '../../../src/sdp/index.js';
import { typicalInvite } from '../../bench/typical-messages.js';
import type { FuzzTarget } from '../target.js';

const browserOffer = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:someufrag',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:actpass',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host',
  'm=video 9/2 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP6 ::',
  'b=AS:2000',
  'a=mid:1',
  'a=inactive',
  '',
].join('\r\n');

/** Session descriptions: what is accepted is written and read again as the same, and every change of it is one too. */
export const sdp: FuzzTarget = {
  name: 'sdp',
  mostBytes: 66_000,
  corpusFiles: 100,
  words: [
    ...[
      'a=sendonly',
      'a=recvonly',
      'c=IN IP4 0.0.0.0',
      'm=audio 0 RTP/AVP 0',
      'm=image 5 udptl t38',
      'a=group:',
      'k=x',
    ],
    ...['v=0\r\n', 'o=- 1 1 IN IP4 a\r\n', 's=', 't=0 0', 'r=1', 'z=0', 'i=x'],
  ],
  seeds: () => [
    typicalInvite.subarray(typicalInvite.indexOf('\r\n\r\n') + 4),
    Buffer.from(browserOffer),
    Buffer.from('v=0\no=- 1 1 IN IP4 a\nm=audio 0 RTP/AVP 0\n'),
  ],
  work: (input) => void parseSdp(input.toString('utf8')),
  check(input) {
    const read = parseSdp(input.toString('utf8'));
    if (!read.ok) return;
    const description = read.value;
    const again = parseSdp(formatSdp(description));
    // The normal form has longer line ends, and a line more where t= was missing.
    if (!again.ok) assert.match(again.error.reason, /longer than|more than \d+ lines/);
    else assert.deepEqual(again.value, description);
    assert.ok(sameMedia(description, description));
    sameTransport(description, description);
    isHold(description);
    const live = description.media.some((media) => media.port !== 0);
    for (const direction of ['sendonly', 'inactive', 'sendrecv', 'recvonly'] as const) {
      const held = withDirection(description, direction);
      assert.equal(directionOf(held), live ? direction : 'inactive');
      assert.equal(answeringDirection(answeringDirection(direction)), direction);
    }
    for (const media of description.media) mediaDirection(description, media);
    const { offer, restore } = filterOffer(description, (media) => media.media === 'audio');
    assert.equal(restore(offer).media.length, description.media.length);
    assert.equal(padMedia({ ...description, media: [] }, description.media).media.length, description.media.length);
    const origin = new SdpOrigin('1');
    const first = origin.stamp(description);
    assert.equal(origin.stamp(description).origin.sessionVersion, first.origin.sessionVersion);
  },
};
