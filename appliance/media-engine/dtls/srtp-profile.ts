import type { SrtpSuite } from '../../../src/media/index.js';

export interface SrtpProfile {
  /** Of `use_srtp`. */
  readonly id: 0x0001 | 0x0007;
  readonly suite: SrtpSuite;
  readonly keyBytes: number;
  readonly saltBytes: number;
}

/** RFC 5764 §4.1.2, RFC 7714 §14.2, as far as werift knows them; best first. */
export const srtpProfiles: readonly SrtpProfile[] = [
  { id: 0x0007, suite: 'AEAD_AES_128_GCM', keyBytes: 16, saltBytes: 12 },
  { id: 0x0001, suite: 'AES_CM_128_HMAC_SHA1_80', keyBytes: 16, saltBytes: 14 },
];
