import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  bundledMids,
  canReceive,
  canSend,
  type Direction,
  inheritedValues,
  type MediaDescription,
  meetDirections,
  parseSdp,
  readFingerprint,
  readRtcpAttribute,
  readSetup,
} from '../../../src/sdp/index.js';

const hash = (bytes: number): string => Array(bytes).fill('aB').join(':');

describe('attributes of transport', () => {
  it('read fingerprints in one spelling, and only strong ones', () => {
    assert.equal(readFingerprint(`SHA-256  ${hash(32)}`), `sha-256 ${hash(32).toUpperCase()}`);
    assert.ok(
      readFingerprint(`sha-384 ${hash(48)}`) !== undefined && readFingerprint(`sha-512 ${hash(64)}`) !== undefined,
    );
    for (const wrong of [
      `sha-1 ${hash(20)}`,
      `sha-256 ${hash(31)}`,
      `sha-256 ${hash(32)}:`,
      `sha-256 ${'A'.repeat(64)}`,
      'constructor AB',
      '',
    ]) {
      assert.equal(readFingerprint(wrong), undefined, wrong);
    }
  });

  it('read RTCP places (RFC 3605 §2.1), roles and groups', () => {
    assert.deepEqual(readRtcpAttribute('53020'), { port: 53_020 });
    assert.deepEqual(readRtcpAttribute('53020 IN IP4 126.16.64.4'), { port: 53_020, host: '126.16.64.4' });
    assert.deepEqual(readRtcpAttribute('53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD'), {
      port: 53_020,
      host: '2001:2345:6789:ABCD:EF01:2345:6789:ABCD',
    });
    for (const wrong of ['0', '65536', 'x', '1 IN', '']) assert.equal(readRtcpAttribute(wrong), undefined, wrong);
    assert.deepEqual(['Active', 'passive', 'both', undefined].map(readSetup), [
      'active',
      'passive',
      undefined,
      undefined,
    ]);
    const text =
      'v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\na=group:LS a b\na=group:BUNDLE a c\na=x:1\nm=audio 9 RTP/AVP 0\na=x:2\nm=audio 9 RTP/AVP 0\n';
    const parsed = parseSdp(text);
    assert.ok(parsed.ok);
    const [own, none] = parsed.value.media;
    assert.deepEqual(bundledMids(parsed.value), ['a', 'c']);
    assert.ok(own !== undefined && none !== undefined);
    const values = (media: MediaDescription): readonly string[] => inheritedValues(parsed.value, media, 'x');
    assert.deepEqual([values(own), values(none)], [['2'], ['1']]);
  });

  it('let directions meet', () => {
    const all: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
    for (const a of all) {
      assert.equal(meetDirections(a, 'sendrecv'), a);
      assert.equal(meetDirections(a, 'inactive'), 'inactive');
      for (const b of all) {
        const met = meetDirections(a, b);
        assert.equal(met, meetDirections(b, a));
        assert.deepEqual([canSend(met), canReceive(met)], [canSend(a) && canSend(b), canReceive(a) && canReceive(b)]);
      }
    }
  });
});
