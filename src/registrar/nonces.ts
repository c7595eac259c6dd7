import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../base/index.js';

/** `ours`: to be trusted. `stale`: ours, but too old. `foreign`: made by somebody else, or before our restart. */
export type NonceStanding = 'ours' | 'stale' | 'foreign';

/** Nonces remembered per generation, ≈ 100 bytes each; when more are used, the oldest become stale early. */
const generationLimit = 100_000;

/** The counts that a nonce was used with: the highest, and a bit for each of the 32 below it. */
interface Uses {
  top: number;
  below: number;
}

interface Generation {
  readonly beganMs: number;
  readonly uses: Map<number, Uses>;
}

/**
 * Nonces without memory until they are used (RFC 7616 §3.3): a time and a serial number under an HMAC whose key lives
 * as long as the process. Used ones are kept, in two generations, until they are stale, so that nothing is replayed.
 */
export class Nonces {
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #key: Uint8Array;
  readonly #limit: number;
  #serial = 0;
  /** A nonce is looked at more than once while its request is served. */
  #sealed = { claim: '', seal: '' };
  #current: Generation;
  #previous: Generation;

  constructor(clock: Clock, random: Random, lifetimeMs: number, limit = generationLimit) {
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
    this.#key = random.bytes(32);
    this.#limit = limit;
    this.#current = { beganMs: clock.now(), uses: new Map() };
    this.#previous = this.#current;
  }

  mint(): string {
    const claim = `${Math.floor(this.#clock.now()).toString(36)}.${(this.#serial++).toString(36)}`;
    return `${claim}.${this.#seal(claim)}`;
  }

  standing(nonce: string): NonceStanding {
    return this.#read(nonce)?.standing ?? 'foreign';
  }

  /**
   * Notes a use whose response was right. False: a replay, or the nonce is not `ours`. Without `nc` (RFC 2069) a nonce
   * is good for one request only.
   */
  use(nonce: string, nc: string | undefined): boolean {
    const read = this.#read(nonce);
    if (read?.standing !== 'ours') return false;
    const count = nc === undefined ? 1 : countOf(nc);
    if (count === undefined) return false;
    const uses = this.#current.uses.get(read.serial) ?? this.#previous.uses.get(read.serial);
    if (uses !== undefined) return nc !== undefined && advance(uses, count);
    this.#turnGeneration();
    this.#current.uses.set(read.serial, { top: nc === undefined ? 0xffffffff : count, below: 0 });
    return true;
  }

  /** Used nonces in memory. */
  get remembered(): number {
    return this.#current.uses.size + (this.#previous === this.#current ? 0 : this.#previous.uses.size);
  }

  #turnGeneration(): void {
    const now = this.#clock.now();
    if (now - this.#current.beganMs < this.#lifetimeMs && this.#current.uses.size < this.#limit) return;
    this.#previous = this.#current;
    this.#current = { beganMs: now, uses: new Map() };
  }

  #read(nonce: string): { readonly serial: number; readonly standing: NonceStanding } | undefined {
    const second = nonce.lastIndexOf('.');
    const first = nonce.indexOf('.');
    if (first <= 0 || second <= first) return undefined;
    const seal = Buffer.from(nonce.slice(second + 1));
    const expected = Buffer.from(this.#seal(nonce.slice(0, second)));
    if (seal.length !== expected.length || !timingSafeEqual(seal, expected)) return undefined;
    const madeMs = Number.parseInt(nonce.slice(0, first), 36);
    // What was made before the older generation began may have been used and forgotten.
    const fresh = this.#clock.now() - madeMs < this.#lifetimeMs && madeMs >= Math.floor(this.#previous.beganMs);
    return { serial: Number.parseInt(nonce.slice(first + 1, second), 36), standing: fresh ? 'ours' : 'stale' };
  }

  #seal(claim: string): string {
    if (this.#sealed.claim === claim) return this.#sealed.seal;
    const seal = createHmac('sha256', this.#key).update(claim).digest('base64url').slice(0, 22);
    this.#sealed = { claim, seal };
    return seal;
  }
}

function countOf(nc: string): number | undefined {
  return /^[0-9a-fA-F]{1,8}$/.test(nc) && Number.parseInt(nc, 16) > 0 ? Number.parseInt(nc, 16) : undefined;
}

/** Requests overtake one another on UDP: a count below the highest is good once. */
function advance(uses: Uses, count: number): boolean {
  const ahead = count - uses.top;
  if (ahead > 0) {
    uses.below = ahead >= 32 ? (ahead === 32 ? 0x80000000 : 0) : (uses.below << ahead) | (1 << (ahead - 1));
    uses.top = count;
    return true;
  }
  if (ahead === 0 || ahead < -32) return false;
  const bit = 1 << (-ahead - 1);
  if ((uses.below & bit) !== 0) return false;
  uses.below |= bit;
  return true;
}
