import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributeValues, connectionAddress, formatSdp, parseSdp, sdpLimits } from '../../../src/sdp/index.js';

const crlf = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

/** RFC 8866 §5 */
const example = crlf([
  'v=0',
  'o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1',
  's=Call to John Smith',
  'i=SDP Offer #1',
  'u=http://www.jdoe.example.com/home.html',
  'e=Jane Doe <jane@jdoe.example.com>',
  'p=+1 617 555-6011',
  'c=IN IP4 198.51.100.1',
  't=0 0',
  'x=unknown is kept',
  'm=audio 49170 RTP/AVP 0',
  'm=audio 49180 RTP/AVP 0',
  'm=video 51372/2 RTP/AVP 99',
  'c=IN IP6 2001:db8::2',
  'b=AS:384',
  'a=rtpmap:99 h263-1998/90000',
  'a=inactive',
]);

describe('parseSdp', () => {
  it('keeps everything, in order', () => {
    const parsed = parseSdp(example);
    assert.ok(parsed.ok);
    assert.equal(formatSdp(parsed.value), example);
    const [audio, , video] = parsed.value.media;
    assert.ok(audio !== undefined && video !== undefined);
    assert.equal(video.portCount, 2);
    assert.deepEqual(attributeValues(video, 'rtpmap'), ['99 h263-1998/90000']);
    assert.equal(connectionAddress(parsed.value, audio), '198.51.100.1');
    assert.equal(connectionAddress(parsed.value, video), '2001:db8::2');
  });

  it('takes bare line feeds and missing s= and t=', () => {
    const parsed = parseSdp('v=0\no=- 1 1 IN IP4 192.0.2.1\na=x\nm=audio 1 RTP/AVP 0\n');
    assert.ok(parsed.ok);
    assert.equal(
      formatSdp(parsed.value),
      crlf(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', 'a=x', 'm=audio 1 RTP/AVP 0']),
    );
  });

  it('keeps session ids beyond 2^53', () => {
    const text = crlf(['v=0', 'o=- 18446744073709551615 18446744073709551614 IN IP4 a', 's=-', 't=0 0']);
    const parsed = parseSdp(text);
    assert.ok(parsed.ok);
    assert.equal(formatSdp(parsed.value), text);
  });

  for (const [text, line] of [
    ['', 1],
    ['v=1\r\n', 1],
    ['v=0\r\ns=-\r\n', 2],
    ['v=0\r\no=- 1 1 IN IP4\r\n', 2],
    ['v=0\r\no=- x 1 IN IP4 a\r\n', 2],
    ['v=0\r\no=- 1 1 IN IP4 a\r\no=- 1 1 IN IP4 a\r\n', 3],
    ['v=0\r\no=- 1 1 IN IP4 a\r\nnonsense\r\n', 3],
    ['v=0\r\no=- 1 1 IN IP4 a\r\n\r\nm=audio 1 RTP/AVP 0\r\n', 3],
    ['v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 70000 RTP/AVP 0\r\n', 3],
    ['v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 1 RTP/AVP\r\n', 3],
    ['v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 1 RTP/AVP 0\r\ns=late\r\n', 4],
  ] as const) {
    it(`says where it stumbles: ${JSON.stringify(text)}`, () => {
      const parsed = parseSdp(text);
      assert.ok(!parsed.ok);
      assert.equal(parsed.error.line, line);
    });
  }

  it('has limits', () => {
    const head = 'v=0\r\no=- 1 1 IN IP4 a\r\n';
    assert.ok(!parseSdp(head + 'a=x\r\n'.repeat(sdpLimits.lines)).ok);
    assert.ok(!parseSdp(head + 'm=audio 1 RTP/AVP 0\r\n'.repeat(sdpLimits.media + 1)).ok);
    assert.ok(!parseSdp(`${head}a=${'x'.repeat(sdpLimits.text)}\r\n`).ok);
  });
});
