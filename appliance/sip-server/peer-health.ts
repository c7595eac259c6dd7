import type { Clock, Timer } from '../../src/base/index.js';

/** How long a peer that failed stands behind the others of its name: about as long as it takes to find out once. */
const BEHIND_MS = 30_000;
/** Who says nothing for so long counts as failed: by now even a slow request has had its 100 (RFC 4320 §4.1). */
const SILENT_MS = 4_000;
/** The oldest goes when there are more. */
const MAX_PEERS = 10_000;

/** Which peers failed lately. They are not left out: when all have failed, the order is what it was. */
export class PeerHealth {
  readonly #clock: Clock;
  readonly #failedAt = new Map<string, number>();
  /** Peers that owe us a first sign of life. */
  readonly #asked = new Map<string, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nobody failed lately or owes an answer: nothing is to be said of anybody. */
  get clean(): boolean {
    return this.#failedAt.size === 0 && this.#asked.size === 0;
  }

  /** A request goes to a peer that has others beside it: they need not learn one by one that it is silent. */
  asked(peer: string): void {
    if (this.#asked.has(peer) || this.#asked.size >= MAX_PEERS) return;
    const silent = () => {
      this.#asked.delete(peer);
      this.failed(peer);
    };
    this.#asked.set(peer, this.#clock.after(SILENT_MS, silent));
  }

  failed(peer: string): void {
    this.#failedAt.delete(peer);
    if (this.#failedAt.size >= MAX_PEERS) {
      for (const oldest of this.#failedAt.keys()) {
        this.#failedAt.delete(oldest);
        break;
      }
    }
    this.#failedAt.set(peer, this.#clock.now());
  }

  answered(peer: string): void {
    this.#asked.get(peer)?.cancel();
    this.#asked.delete(peer);
    this.#failedAt.delete(peer);
  }

  stop(): void {
    for (const timer of this.#asked.values()) timer.cancel();
    this.#asked.clear();
  }

  /** `peers` with those that failed lately at the end. */
  order<T>(peers: readonly T[], nameOf: (peer: T) => string): readonly T[] {
    if (this.clean || peers.length < 2) return peers;
    const now = this.#clock.now();
    const behind = (peer: T) => now - (this.#failedAt.get(nameOf(peer)) ?? Number.NEGATIVE_INFINITY) < BEHIND_MS;
    return [...peers.filter((peer) => !behind(peer)), ...peers.filter(behind)];
  }
}
