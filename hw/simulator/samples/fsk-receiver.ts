import { sampleRate } from './level.js';

const baud = 1200;
/** Bell 202; V.23 is near enough for a window of one bit. */
const [markHz, spaceHz] = [1200, 2200];
/** One bit is 6.67 samples. */
const windowSamples = 7;
/** Both frequencies are whole numbers of turns in so many samples. */
const turnSamples = 80;
/** Weight of a transition that comes early or late. */
const pull = 0.25;
/** How much of what is heard must be the modem's, on average; and how quickly the average follows. */
const carrierShare = 0.55;
const carrierPace = 1 / 48;
const quietest = 60;
const mostBits = 4096;

const waves = [markHz, spaceHz].map((hz) => ({
  cos: Float64Array.from({ length: turnSamples }, (_, n) => Math.cos((2 * Math.PI * hz * n) / sampleRate)),
  sin: Float64Array.from({ length: turnSamples }, (_, n) => Math.sin((2 * Math.PI * hz * n) / sampleRate)),
}));

/** A caller-ID modem's receiver: samples in, the bits of a carrier out when it ends. */
export class FskReceiver {
  readonly #ended: (bits: Uint8Array) => void;
  /** Of each wave and phase: the products in the window, and their sum. */
  readonly #products = Array.from({ length: 4 }, () => new Float64Array(windowSamples));
  readonly #sums = new Float64Array(4);
  readonly #squares = new Float64Array(windowSamples);
  #square = 0;
  #at = 0;
  #turn = 0;
  #share = 0;
  #carrier = false;
  #bit = 1;
  #phase = 0;
  #bits: number[] = [];

  constructor(ended: (bits: Uint8Array) => void) {
    this.#ended = ended;
  }

  take(samples: ArrayLike<number>): void {
    for (let i = 0; i < samples.length; i++) this.#sample(samples[i] ?? 0);
  }

  /** Nothing is on the line. */
  quiet(): void {
    if (this.#carrier || this.#square > 0) this.take(new Float64Array(2 * windowSamples));
    this.#share = 0;
    this.#lost();
  }

  #sample(value: number): void {
    const slot = this.#at;
    this.#at = (slot + 1) % windowSamples;
    for (let wave = 0; wave < 2; wave++) {
      this.#correlate(2 * wave, slot, value * (waves[wave]?.cos[this.#turn] ?? 0));
      this.#correlate(2 * wave + 1, slot, value * (waves[wave]?.sin[this.#turn] ?? 0));
    }
    this.#turn = (this.#turn + 1) % turnSamples;
    this.#square += value * value - (this.#squares[slot] ?? 0);
    this.#squares[slot] = value * value;
    const [markCos = 0, markSin = 0, spaceCos = 0, spaceSin = 0] = this.#sums;
    const mark = markCos * markCos + markSin * markSin;
    const space = spaceCos * spaceCos + spaceSin * spaceSin;
    const loud = this.#square > quietest * quietest * windowSamples;
    const share = loud ? Math.min(1, (2 * Math.max(mark, space)) / (windowSamples * this.#square)) : 0;
    this.#share += (share - this.#share) * carrierPace;
    if (this.#share < carrierShare) {
      this.#lost();
      return;
    }
    this.#carrier = true;
    this.#clock(mark >= space ? 1 : 0);
  }

  #correlate(index: number, slot: number, product: number): void {
    const ring = this.#products[index];
    if (ring === undefined) return;
    this.#sums[index] = (this.#sums[index] ?? 0) + product - (ring[slot] ?? 0);
    ring[slot] = product;
  }

  #clock(bit: number): void {
    if (bit !== this.#bit) {
      // A transition is where a bit begins.
      this.#phase -= pull * (this.#phase > 0.5 ? this.#phase - 1 : this.#phase);
      this.#bit = bit;
    }
    const before = this.#phase;
    this.#phase += baud / sampleRate;
    if (before < 0.5 && this.#phase >= 0.5 && this.#bits.length < mostBits) this.#bits.push(bit);
    if (this.#phase >= 1) this.#phase -= 1;
  }

  #lost(): void {
    if (!this.#carrier) return;
    this.#carrier = false;
    const bits = Uint8Array.from(this.#bits);
    this.#bits = [];
    this.#ended(bits);
  }
}
