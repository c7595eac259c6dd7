import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  answeringDirection,
  directionOf,
  formatSdp,
  isHold,
  parseSdp,
  type SessionDescription,
  withDirection,
} from '../../../src/sdp/index.js';

function description(sessionLines: readonly string[], ...media: readonly (readonly string[])[]): SessionDescription {
  const parsed = parseSdp(
    ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', ...sessionLines, ...media.flat(), ''].join('\r\n'),
  );
  assert.ok(parsed.ok);
  return parsed.value;
}

const c = 'c=IN IP4 192.0.2.1';

describe('direction', () => {
  it('is the media’s, else the session’s, else sendrecv', () => {
    assert.equal(directionOf(description([c], ['m=audio 1 RTP/AVP 0'])), 'sendrecv');
    assert.equal(directionOf(description([c, 'a=recvonly'], ['m=audio 1 RTP/AVP 0'])), 'recvonly');
    assert.equal(directionOf(description([c, 'a=recvonly'], ['m=audio 1 RTP/AVP 0', 'a=sendonly'])), 'sendonly');
    assert.equal(
      directionOf(description([c], ['m=video 0 RTP/AVP 9'], ['m=audio 1 RTP/AVP 0', 'a=inactive'])),
      'inactive',
    );
  });

  it('is set once per media, and not on rejected ones', () => {
    const before = description(
      [c, 'a=sendonly'],
      ['m=audio 1 RTP/AVP 0', 'a=ptime:20', 'a=inactive'],
      ['m=video 0 RTP/AVP 9'],
    );
    const text = formatSdp(withDirection(before, 'recvonly'));
    assert.equal(text.match(/a=recvonly/g)?.length, 1);
    assert.doesNotMatch(text, /sendonly|inactive/);
    assert.match(text, /a=ptime:20/);
  });

  for (const [name, held, lines] of [
    ['sendonly', true, [c, 'm=audio 1 RTP/AVP 0', 'a=sendonly']],
    ['inactive', true, [c, 'm=audio 1 RTP/AVP 0', 'a=inactive']],
    ['0.0.0.0', true, ['c=IN IP4 0.0.0.0', 'm=audio 1 RTP/AVP 0']],
    ['recvonly', false, [c, 'm=audio 1 RTP/AVP 0', 'a=recvonly']],
    ['one of two media', false, [c, 'm=audio 1 RTP/AVP 0', 'a=sendonly', 'm=video 3 RTP/AVP 9']],
    ['held audio, rejected video', true, [c, 'm=audio 1 RTP/AVP 0', 'a=sendonly', 'm=video 0 RTP/AVP 9']],
    ['all rejected', false, [c, 'm=audio 0 RTP/AVP 0', 'a=sendonly']],
  ] as const) {
    it(`${held ? 'holds' : 'does not hold'}: ${name}`, () => assert.equal(isHold(description(lines)), held));
  }

  it('is answered by its mirror', () => {
    assert.deepEqual((['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).map(answeringDirection), [
      'sendrecv',
      'recvonly',
      'sendonly',
      'inactive',
    ]);
  });
});
