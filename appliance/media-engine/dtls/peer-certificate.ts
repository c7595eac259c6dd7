import { createHash, type KeyObject, timingSafeEqual, verify, X509Certificate } from 'node:crypto';

interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly key: 'ec' | 'rsa';
}

/** RFC 5246 §7.4.1.4.1, best first; nothing with SHA-1 (RFC 9155). */
const algorithms: ReadonlyMap<number, SignatureAlgorithm> = new Map([
  [0x0403, { hash: 'sha256', key: 'ec' }],
  [0x0503, { hash: 'sha384', key: 'ec' }],
  [0x0603, { hash: 'sha512', key: 'ec' }],
  [0x0401, { hash: 'sha256', key: 'rsa' }],
  [0x0501, { hash: 'sha384', key: 'rsa' }],
  [0x0601, { hash: 'sha512', key: 'rsa' }],
]);

/** RSA keys beyond this cost more to check than a handshake is worth. */
const rsaBitsMost = 8_192;
const rsaBitsLeast = 2_048;

/** The key of a certificate; undefined where it is no certificate, or its key none that we take. */
export function publicKeyOf(der: Buffer): KeyObject | undefined {
  try {
    const { publicKey } = new X509Certificate(der);
    if (publicKey.asymmetricKeyType === 'ec') return publicKey;
    if (publicKey.asymmetricKeyType !== 'rsa') return undefined;
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= rsaBitsLeast && bits <= rsaBitsMost ? publicKey : undefined;
  } catch {
    return undefined;
  }
}

export function signatureHolds(key: KeyObject, algorithm: number, data: Buffer, signature: Buffer): boolean {
  const known = algorithms.get(algorithm);
  if (known === undefined || known.key !== key.asymmetricKeyType) return false;
  try {
    return verify(known.hash, data, key, signature);
  } catch {
    return false;
  }
}

/** RFC 8122 §5: the hashes that a fingerprint may be of; MD5 and SHA-1 prove nothing any more. */
const fingerprintHashes: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** `a=fingerprint` read once: whether a certificate has it. undefined: a fingerprint that we cannot check. */
export function fingerprintCheck(fingerprint: string): ((der: Buffer) => boolean) | undefined {
  const [name = '', digits = '', ...more] = fingerprint.trim().split(/\s+/);
  const hash = fingerprintHashes.get(name.toLowerCase());
  if (hash === undefined || more.length > 0 || !/^[0-9a-f]{2}(?::[0-9a-f]{2})*$/i.test(digits)) return undefined;
  const wanted = Buffer.from(digits.replaceAll(':', ''), 'hex');
  return (der) => {
    const found = createHash(hash).update(der).digest();
    return found.length === wanted.length && timingSafeEqual(found, wanted);
  };
}
