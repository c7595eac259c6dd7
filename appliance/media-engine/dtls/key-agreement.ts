import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';

/** One side's part of an ephemeral Diffie-Hellman (RFC 8422). */
export interface KeyShare {
  readonly point: Buffer;
  /** The common secret; undefined where the peer's point is none. */
  readonly agree: (point: Buffer) => Buffer | undefined;
}

const curves: ReadonlyMap<number, string> = new Map([
  [23, 'prime256v1'],
  [24, 'secp384r1'],
]);
const x25519 = 29;
const x25519Bytes = 32;

/** RFC 8422 §5.1.1, best first. */
export const groups: readonly number[] = [x25519, ...curves.keys()];

export function makeKeyShare(group: number): KeyShare | undefined {
  if (group === x25519) return makeX25519();
  const curve = curves.get(group);
  if (curve === undefined) return undefined;
  const ecdh = createECDH(curve);
  const point = ecdh.generateKeys();
  return { point, agree: (peer) => attempt(() => ecdh.computeSecret(peer)) };
}

function makeX25519(): KeyShare {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    point,
    agree: (peer) =>
      peer.length !== x25519Bytes
        ? undefined
        : attempt(() => {
            const jwk = { kty: 'OKP', crv: 'X25519', x: peer.toString('base64url') };
            return diffieHellman({ privateKey, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) });
          }),
  };
}

/** A point that is not on the curve, or gives nothing but zeros, throws in OpenSSL. */
function attempt(work: () => Buffer): Buffer | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
