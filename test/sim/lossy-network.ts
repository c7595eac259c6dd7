import { between, type Clock, type Random } from '../../src/base/index.js';

export interface LossyNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Chance that a datagram never arrives, 0-1. */
  readonly loss: number;
  /** Chance that it arrives twice. */
  readonly duplication: number;
  /** One-way delay, drawn for each datagram: a wide range reorders. */
  readonly delayMs: readonly [least: number, most: number];
}

export type Receive = (bytes: Buffer, from: string) => void;

/** Datagrams between named hosts: lost, delayed, reordered and duplicated by one seed, on the injected clock. */
export class LossyNetwork {
  readonly #options: LossyNetworkOptions;
  readonly #hosts = new Map<string, Receive>();
  /** What a checker may want to see. */
  sent = 0;
  lost = 0;
  duplicated = 0;
  #cut = false;

  constructor(options: LossyNetworkOptions) {
    this.#options = options;
  }

  attach(name: string, receive: Receive): void {
    this.#hosts.set(name, receive);
  }

  detach(name: string): void {
    this.#hosts.delete(name);
  }

  /** True: everything sent from now on is lost. What is on its way still arrives. */
  set cut(cut: boolean) {
    this.#cut = cut;
  }

  send(from: string, to: string, bytes: Buffer): void {
    const { random, loss, duplication } = this.#options;
    this.sent++;
    if (this.#cut || random.next() < loss) {
      this.lost++;
      return;
    }
    this.#carry(from, to, bytes);
    if (random.next() >= duplication) return;
    this.duplicated++;
    this.#carry(from, to, bytes);
  }

  #carry(from: string, to: string, bytes: Buffer): void {
    const { clock, random, delayMs } = this.#options;
    clock.after(between(random, delayMs[0], delayMs[1]), () => this.#hosts.get(to)?.(Buffer.from(bytes), from));
  }
}
