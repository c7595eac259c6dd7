/** As many samples as fit: about 8 minutes of ordinary probes. */
export const WINDOW_SAMPLES = 256;

/** RFC 3261 §17.1.2.2: when an unanswered OPTIONS is sent again over UDP. */
const T1_MS = 500;

/** The last {@link WINDOW_SAMPLES} numbers, oldest overwritten. */
class Ring {
  readonly #values: number[] = [];
  #next = 0;

  add(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % WINDOW_SAMPLES;
  }

  get values(): readonly number[] {
    return this.#values;
  }
}

/** Round trips of the last probes, ms. */
export class RoundTrips {
  readonly #ring = new Ring();
  #p99Ms: number | undefined;

  add(rttMs: number): void {
    this.#ring.add(rttMs);
    const sorted = [...this.#ring.values].sort((a, b) => a - b);
    const quickest = sorted[0] ?? 0;
    // Later than T1 after the quickest, it may answer a retransmission: such samples would stretch the timeout on a lossy
    // link until outages are found late (Karn, RFC 6298 §3).
    const clear = sorted.filter((sample) => sample < quickest + T1_MS);
    this.#p99Ms = clear[Math.ceil(clear.length * 0.99) - 1];
  }

  /** The 99th percentile, undefined before the first answer. */
  get p99Ms(): number | undefined {
    return this.#p99Ms;
  }
}

/** Losses among the last ordinary probes while the path was up. */
export class Losses {
  readonly #ring = new Ring();
  #lost = 0;

  add(lost: boolean): void {
    this.#ring.add(lost ? 1 : 0);
    this.#lost = this.#ring.values.reduce((sum, value) => sum + value, 0);
  }

  /** Share lost, 0-1. */
  get share(): number {
    const count = this.#ring.values.length;
    return count === 0 ? 0 : this.#lost / count;
  }

  /**
   * How many misses in a row are no accident: chance alone brings them on at most once in `1 / chance` probes at the
   * measured loss (Laplace's estimate, so that no loss seen is not taken for none possible).
   */
  missesBeyondChance(chance: number): number {
    const loss = (this.#lost + 1) / (this.#ring.values.length + 2);
    return Math.ceil(Math.log(chance) / Math.log(loss));
  }
}
