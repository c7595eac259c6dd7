/** RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14: the words of `a=crypto`. */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** Bytes of master key and master salt together, which is what `inline:` carries. */
export const keyAndSaltBytes: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 16 + 14,
  AES_CM_128_HMAC_SHA1_32: 16 + 14,
  AES_256_CM_HMAC_SHA1_80: 32 + 14,
  AES_256_CM_HMAC_SHA1_32: 32 + 14,
  AEAD_AES_128_GCM: 16 + 12,
  AEAD_AES_256_GCM: 32 + 12,
};

/** All of them, strongest first. */
export const srtpSuites: readonly SrtpSuite[] = [
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
];

/** Undefined for a suite that this product does not have. `AES_CM_256_…` is how drafts before RFC 6188, and telephones since, write it. */
export function asSrtpSuite(word: string): SrtpSuite | undefined {
  const standard = word.replace(/^AES_CM_256_/, 'AES_256_CM_');
  return srtpSuites.find((suite) => suite === standard);
}
