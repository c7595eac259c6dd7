import type { DtlsKeys, SrtpSuite } from '../../../src/media/index.js';
import { prf, type SessionSecrets } from './cipher-suite.js';

export interface SrtpProfile {
  readonly id: number;
  readonly suite: SrtpSuite;
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** RFC 5764 §4.1.2, RFC 7714 §14.2; best first. There is no AES_256_CM for DTLS. */
export const srtpProfiles: readonly SrtpProfile[] = [
  { id: 0x0007, suite: 'AEAD_AES_128_GCM', keyBytes: 16, saltBytes: 12 },
  { id: 0x0008, suite: 'AEAD_AES_256_GCM', keyBytes: 32, saltBytes: 12 },
  { id: 0x0001, suite: 'AES_CM_128_HMAC_SHA1_80', keyBytes: 16, saltBytes: 14 },
  { id: 0x0002, suite: 'AES_CM_128_HMAC_SHA1_32', keyBytes: 16, saltBytes: 14 },
];

/** RFC 5764 §4.2: keys and salts of both directions out of the handshake. */
export function exportSrtpKeys(secrets: SessionSecrets, profile: SrtpProfile, role: 'client' | 'server'): DtlsKeys {
  const { keyBytes, saltBytes } = profile;
  const seed = Buffer.concat([secrets.clientRandom, secrets.serverRandom]);
  const material = prf(secrets.suite.hash, secrets.master, 'EXTRACTOR-dtls_srtp', seed, 2 * (keyBytes + saltBytes));
  const salts = 2 * keyBytes;
  const of = (index: 0 | 1): string =>
    Buffer.concat([
      material.subarray(index * keyBytes, (index + 1) * keyBytes),
      material.subarray(salts + index * saltBytes, salts + (index + 1) * saltBytes),
    ]).toString('base64');
  const [client, server] = [of(0), of(1)];
  return role === 'client'
    ? { suite: profile.suite, send: client, receive: server }
    : { suite: profile.suite, send: server, receive: client };
}
