import assert from 'node:assert/strict';
import type { Result } from '../../../src/base/index.js';
import type { LocalMedia, MediaProfile } from '../../../src/media/index.js';
import { parseSdp, type SessionDescription } from '../../../src/sdp/index.js';

/** A telephone on the plain side; tests change what they are about. */
export const plain: MediaProfile = {
  side: 'plain',
  security: { srtp: 'never', suites: ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'], keying: ['sdes', 'dtls'] },
  ice: 'off',
  codecs: ['PCMU', 'PCMA', 'G722', 'opus'],
  packetMs: 20,
  telephoneEvent: true,
  comfortNoise: false,
  rtcpMux: false,
  rtcpXr: false,
  latch: 'auto',
  dscp: 46,
  jitter: { minMs: 20, maxMs: 200 },
  detectFax: false,
  gainInDb: 0,
  gainOutDb: 0,
  t38: true,
};

export const secure: MediaProfile = {
  ...plain,
  side: 'secure',
  security: { ...plain.security, srtp: 'required' },
};

/** What speaks to browsers. */
export const browser: MediaProfile = {
  ...secure,
  security: { ...secure.security, keying: ['dtls'] },
  ice: 'lite',
  codecs: ['opus', 'G722', 'PCMU', 'PCMA'],
  rtcpMux: true,
};

export const fingerprint = `sha-256 ${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':')}`;

export function local(port = 40_000, host = '192.0.2.10'): LocalMedia {
  return {
    port: port.toString(16).padStart(16, '0'),
    rtp: { host, port },
    rtcp: { host, port: port + 1 },
    ssrc: port,
    cname: `c${port}`,
    fingerprint,
  };
}

/** A description of a peer at 192.0.2.9, from its rows below `t=`; rows of session level come first. */
export function sdp(...rows: readonly string[]): SessionDescription {
  const head = ['v=0', 'o=- 5 9 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
  const parsed = parseSdp([...head, ...rows, ''].join('\r\n'));
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.reason);
  return parsed.value;
}

export function value<T, E>(result: Result<T, E>): T {
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.error));
  return result.value;
}

export function refused<T, E>(result: Result<T, E>): E {
  assert.ok(!result.ok, 'was agreed');
  return result.error;
}
