import type { Random } from '../../../src/base/index.js';
import {
  encodeStun,
  type ReceivedStun,
  type StunAttributes,
  type StunMessage,
  type StunProof,
} from './stun-message.js';

/** RFC 8489 §6.2.1: a request is sent seven times, and given up sixteen first waits after the last. */
const sendsMost = 7;
const lastWaits = 16;
/** RFC 8445 §14.3: never faster than this. */
export const leastRtoMs = 500;
/** More than a peer with all its candidates and two servers needs. */
const outstandingMost = 200;

export interface RequestOptions {
  readonly method: number;
  readonly attributes: StunAttributes;
  readonly proof?: StunProof;
  readonly send: (bytes: Buffer) => void;
  /** False: it was not the answer, and the request goes on. */
  readonly answered: (message: ReceivedStun, now: number) => boolean;
  readonly timedOut: (now: number) => void;
  readonly rtoMs?: number;
  /** RFC 7675 §5.1: a consent check is sent once, and its answer counts as long as consent lasts. */
  readonly onceForMs?: number;
}

interface Outstanding extends RequestOptions {
  readonly bytes: Buffer;
  waitMs: number;
  sends: number;
  at: number;
}

/** Requests that wait for their answers (RFC 8489 §6.2.1). */
export class StunTransactions {
  readonly #random: Random;
  readonly #open = new Map<string, Outstanding>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The key by which it can be cancelled. */
  start(options: RequestOptions, now: number): string {
    const transaction = Buffer.from(this.#random.bytes(12));
    const { method, attributes, proof } = options;
    const message: StunMessage = { class: 'request', method, transaction, attributes };
    const bytes = encodeStun(message, proof);
    const waitMs = options.rtoMs ?? leastRtoMs;
    const at = now + (options.onceForMs ?? waitMs);
    const key = transaction.toString('hex');
    if (this.#open.size >= outstandingMost) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
    }
    this.#open.set(key, { ...options, bytes, waitMs, sends: 1, at });
    options.send(bytes);
    return key;
  }

  /** An answer to something that we asked. */
  answer(message: ReceivedStun, now: number): boolean {
    const key = message.transaction.toString('hex');
    const outstanding = this.#open.get(key);
    if (outstanding === undefined || outstanding.method !== message.method) return false;
    this.#open.delete(key);
    if (!outstanding.answered(message, now)) this.#open.set(key, outstanding);
    return true;
  }

  cancel(key: string): void {
    this.#open.delete(key);
  }

  get timeout(): number | undefined {
    let earliest: number | undefined;
    for (const { at } of this.#open.values()) if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }

  advance(now: number): void {
    for (const [key, each] of [...this.#open]) {
      if (now < each.at || !this.#open.has(key)) continue;
      if (each.onceForMs !== undefined || each.sends >= sendsMost) {
        this.#open.delete(key);
        each.timedOut(now);
        continue;
      }
      each.sends++;
      each.waitMs *= 2;
      each.at = now + (each.sends === sendsMost ? lastWaits * (each.rtoMs ?? leastRtoMs) : each.waitMs);
      each.send(each.bytes);
    }
  }
}
