import { createHash } from 'node:crypto';
import type { TurnServer } from '../../../src/media/index.js';
import type { ReceivedStun, StunAttributes, StunProof } from './stun-message.js';

const md5 = 1;
const sha256 = 2;
/** RFC 8489 §9.2: a nonce that begins so says what the server can; the first bit is for algorithms other than MD5. */
const nonceCookie = 'obMatJos2';
const algorithmsBit = 0x800000;

/** The long-term credential of RFC 8489 §9.2: what the server's challenge taught, and how requests prove themselves by it. */
export class TurnCredentials {
  readonly #server: TurnServer;
  #challenge: { realm: string; nonce: string; offered: readonly number[]; algorithm: number } | undefined;

  constructor(server: TurnServer) {
    this.#server = server;
  }

  get challenged(): boolean {
    return this.#challenge !== undefined;
  }

  /** Realm and nonce of a 401 or 438; false where it has none. */
  learn({ attributes }: ReceivedStun): boolean {
    const { realm = this.#challenge?.realm, nonce, passwordAlgorithms: offered = [] } = attributes;
    if (realm === undefined || nonce === undefined) return false;
    const features = nonce.startsWith(nonceCookie)
      ? Buffer.from(nonce.slice(nonceCookie.length, nonceCookie.length + 4), 'base64')
      : Buffer.alloc(0);
    const chooses = features.length === 3 && (features.readUIntBE(0, 3) & algorithmsBit) !== 0;
    const algorithm = chooses && offered.includes(sha256) ? sha256 : md5;
    this.#challenge = { realm, nonce, offered: chooses ? offered : [], algorithm };
    return true;
  }

  attributes(): StunAttributes {
    const challenge = this.#challenge;
    if (challenge === undefined) return {};
    const { realm, nonce, offered, algorithm } = challenge;
    const chosen = offered.length === 0 ? {} : { passwordAlgorithms: offered, passwordAlgorithm: algorithm };
    return { username: this.#server.username, realm, nonce, ...chosen };
  }

  proof(): StunProof | undefined {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const { username, password } = this.#server;
    const hash = challenge.algorithm === sha256 ? 'sha256' : 'md5';
    const key = createHash(hash).update(`${username}:${challenge.realm}:${password}`).digest();
    return { key, hash: challenge.offered.length > 0 ? 'sha256' : 'sha1' };
  }
}
