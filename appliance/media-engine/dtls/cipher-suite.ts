import { createHash, createHmac } from 'node:crypto';

export interface CipherSuite {
  readonly id: number;
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
  readonly keyBytes: number;
  /** Of the pseudorandom function and of the transcript (RFC 5246 §5, RFC 5289). */
  readonly hash: 'sha256' | 'sha384';
  /** What the server's certificate signs by. */
  readonly signature: 'ecdsa' | 'rsa';
}

/** ECDHE with AEAD only (RFC 9325 §4.2), best first. */
export const cipherSuites: readonly CipherSuite[] = [
  { id: 0xc02b, cipher: 'aes-128-gcm', keyBytes: 16, hash: 'sha256', signature: 'ecdsa' },
  { id: 0xc02c, cipher: 'aes-256-gcm', keyBytes: 32, hash: 'sha384', signature: 'ecdsa' },
  { id: 0xc02f, cipher: 'aes-128-gcm', keyBytes: 16, hash: 'sha256', signature: 'rsa' },
  { id: 0xc030, cipher: 'aes-256-gcm', keyBytes: 32, hash: 'sha384', signature: 'rsa' },
];

/** RFC 5246 §5: P_hash of the label and the seed. */
export function prf(hash: CipherSuite['hash'], secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const blocks: Buffer[] = [];
  let made = 0;
  let a = labelled;
  while (made < length) {
    a = createHmac(hash, secret).update(a).digest();
    const block = createHmac(hash, secret).update(a).update(labelled).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export const masterSecretBytes = 48;
const verifyDataBytes = 12;

/** What a finished key exchange knows. */
export interface SessionSecrets {
  readonly suite: CipherSuite;
  readonly master: Buffer;
  readonly clientRandom: Buffer;
  readonly serverRandom: Buffer;
}

/** RFC 7627 §4 where both sides speak it (`transcript` given), else RFC 5246 §8.1. */
export function masterSecret(
  suite: CipherSuite,
  premaster: Buffer,
  randoms: { readonly client: Buffer; readonly server: Buffer },
  transcript: Buffer | undefined,
): Buffer {
  if (transcript !== undefined) {
    const session = createHash(suite.hash).update(transcript).digest();
    return prf(suite.hash, premaster, 'extended master secret', session, masterSecretBytes);
  }
  const seed = Buffer.concat([randoms.client, randoms.server]);
  return prf(suite.hash, premaster, 'master secret', seed, masterSecretBytes);
}

/** RFC 5246 §7.4.9. */
export function verifyData(secrets: SessionSecrets, by: 'client' | 'server', transcript: Buffer): Buffer {
  const digest = createHash(secrets.suite.hash).update(transcript).digest();
  return prf(secrets.suite.hash, secrets.master, `${by} finished`, digest, verifyDataBytes);
}
