import type { Clock, Random } from '../base/index.js';

/** Peers that ask for less at one time; beyond, the oldest wish is forgotten. */
const MAX_PEERS = 1_000;
/** RFC 7339 §4.3: what holds where the peer does not say. */
const DEFAULT_VALIDITY_MS = 500;
/** A peer that asks for longer is taken to have meant this. */
const LONGEST_VALIDITY_MS = 3_600_000;

/** What a response's topmost Via, our own, says of its sender's load (RFC 7339 §4). */
export interface OverloadWish {
  /** Share of new requests to keep back, percent. */
  readonly percent: number;
  readonly validityMs: number;
  /** Orders wishes; a lower one is an old one. */
  readonly sequence: number;
}

/** What we say in a Via that we are ready for (RFC 7339 §4.1, §4.4). */
export const overloadControlOffer = ';oc;oc-algo="loss"';

/** Undefined where there is no wish, or one that cannot be read, or of an algorithm that was not offered. */
export function parseOverloadWish(via: string): OverloadWish | undefined {
  if (via.indexOf(';oc') < 0) return undefined;
  let percent = Number.NaN;
  let validityMs = DEFAULT_VALIDITY_MS;
  let sequence = 0;
  for (const part of via.split(';')) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = part.slice(equals + 1).trim();
    if (name === 'oc') percent = wholeNumber(value);
    else if (name === 'oc-validity') validityMs = wholeNumber(value);
    else if (name === 'oc-seq') sequence = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    else if (name === 'oc-algo' && !/^"\s*loss\s*"$/i.test(value)) return undefined;
  }
  if (!(percent <= 100) || Number.isNaN(validityMs) || Number.isNaN(sequence)) return undefined;
  return { percent, validityMs: Math.min(LONGEST_VALIDITY_MS, validityMs), sequence };
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

/** Next hops that asked for less (RFC 7339 §5). Emergency calls and requests in dialogs do not ask here (§5.10.1). */
export class PeerOverload {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #wishes = new Map<string, { percent: number; until: number; sequence: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Peers with a wish that may still hold. */
  get size(): number {
    return this.#wishes.size;
  }

  note(peer: string, wish: OverloadWish): void {
    const before = this.#wishes.get(peer);
    if (before !== undefined && wish.sequence < before.sequence) return;
    this.#wishes.delete(peer);
    if (wish.percent === 0 || wish.validityMs === 0) return;
    for (const [oldest] of this.#wishes) {
      if (this.#wishes.size < MAX_PEERS) break;
      this.#wishes.delete(oldest);
    }
    this.#wishes.set(peer, {
      percent: wish.percent,
      until: this.#clock.now() + wish.validityMs,
      sequence: wish.sequence,
    });
  }

  /** True when a new request to this peer is one to keep back. */
  keepsBack(peer: string): boolean {
    if (this.#wishes.size === 0) return false;
    const wish = this.#wishes.get(peer);
    if (wish === undefined) return false;
    if (wish.until <= this.#clock.now()) {
      this.#wishes.delete(peer);
      return false;
    }
    return this.#random.next() * 100 < wish.percent;
  }
}
