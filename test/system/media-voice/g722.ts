/** ITU-T G.722 at 64 kbit/s, written after the recommendation: an implementation of the test's own, apart from the engine's library. */

const lowTable = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const lowIndex = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
const scaleTable = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
  3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
const highTable = [0, -214, 798];
const highIndex = [2, 1, 2, 1];
const inverse2 = [-7408, -1616, 7408, 1616];
const inverse4 = [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const inverse6 = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24808,
  21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008,
  3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const decisions = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
const quadratureMirror = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

function at(table: readonly number[], index: number): number {
  return table[index] ?? 0;
}

function saturate(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}

/** One sub-band's adaptive predictor and step size (blocks 3 and 4 of the recommendation). */
class Band {
  step: number;
  estimate = 0;
  #logStep = 0;
  #zeroEstimate = 0;
  readonly #partial: [number, number, number] = [0, 0, 0];
  readonly #reconstructed: [number, number, number] = [0, 0, 0];
  readonly #poles: [number, number] = [0, 0];
  readonly #zeros = [0, 0, 0, 0, 0, 0];
  readonly #differences = [0, 0, 0, 0, 0, 0, 0];
  readonly #shift: number;
  readonly #most: number;

  constructor(step: number, shift: number, most: number) {
    this.step = step;
    this.#shift = shift;
    this.#most = most;
  }

  /** The step of the next sample. */
  adapt(weight: number): void {
    this.#logStep = Math.max(0, Math.min(this.#most, ((this.#logStep * 127) >> 7) + weight));
    const exponent = this.#shift - (this.#logStep >> 11);
    const scale = at(scaleTable, (this.#logStep >> 6) & 31);
    this.step = (exponent < 0 ? scale << -exponent : scale >> exponent) << 2;
  }

  predict(difference: number): void {
    const [previousPartial, earlierPartial] = this.#partial;
    const reconstructed = saturate(this.estimate + difference);
    const partial = saturate(this.#zeroEstimate + difference);
    const same = (one: number, other: number): boolean => one >> 15 === other >> 15;
    // The two poles.
    const [first, second] = this.#poles;
    const quarter = saturate(first << 2);
    let change = same(partial, previousPartial) ? -quarter : quarter;
    if (change > 32767) change = 32767;
    let pole2 = (same(partial, earlierPartial) ? 128 : -128) + (change >> 7) + ((second * 32512) >> 15);
    pole2 = Math.max(-12288, Math.min(12288, pole2));
    let pole1 = saturate((same(partial, previousPartial) ? 192 : -192) + ((first * 32640) >> 15));
    const bound = saturate(15360 - pole2);
    pole1 = Math.max(-bound, Math.min(bound, pole1));
    // The six zeros.
    const gain = difference === 0 ? 0 : 128;
    this.#differences.unshift(difference);
    this.#differences.length = 7;
    for (let i = 0; i < 6; i += 1) {
      const turn = same(difference, at(this.#differences, i + 1)) ? gain : -gain;
      this.#zeros[i] = saturate(turn + ((at(this.#zeros, i) * 32640) >> 15));
    }
    this.#partial.splice(0, 3, partial, previousPartial, earlierPartial);
    this.#reconstructed.splice(0, 3, reconstructed, this.#reconstructed[0], this.#reconstructed[1]);
    this.#poles.splice(0, 2, pole1, pole2);
    const [now, before] = this.#reconstructed;
    const poleEstimate = saturate(((pole1 * saturate(now + now)) >> 15) + ((pole2 * saturate(before + before)) >> 15));
    let zeroEstimate = 0;
    for (let i = 0; i < 6; i += 1) {
      const twice = saturate(at(this.#differences, i) * 2);
      zeroEstimate += (at(this.#zeros, i) * twice) >> 15;
    }
    this.#zeroEstimate = saturate(zeroEstimate);
    this.estimate = saturate(poleEstimate + this.#zeroEstimate);
  }
}

class Bands {
  readonly low = new Band(32, 8, 18_432);
  readonly high = new Band(8, 10, 22_528);
  readonly delay: number[] = new Array<number>(24).fill(0);
}

/** 16 kHz in, one byte for two samples out. */
export class G722Encoder {
  readonly #bands = new Bands();

  encode(samples: Int16Array): Buffer {
    const codes = Buffer.alloc(samples.length >> 1);
    for (let i = 0; i < codes.length; i += 1) codes[i] = this.#pair(samples[2 * i] ?? 0, samples[2 * i + 1] ?? 0);
    return codes;
  }

  #pair(one: number, other: number): number {
    const { low, high, delay } = this.#bands;
    delay.splice(0, 2);
    delay.push(one, other);
    let odd = 0;
    let even = 0;
    for (let i = 0; i < 12; i += 1) {
      odd += at(delay, 2 * i) * at(quadratureMirror, i);
      even += at(delay, 2 * i + 1) * at(quadratureMirror, 11 - i);
    }
    const lowCode = this.#low(low, (even + odd) >> 14);
    const highCode = this.#high(high, (even - odd) >> 14);
    return (highCode << 6) | lowCode;
  }

  #low(band: Band, sample: number): number {
    const difference = saturate(sample - band.estimate);
    const size = difference >= 0 ? difference : -(difference + 1);
    let i = 1;
    while (i < 30 && size >= (at(decisions, i) * band.step) >> 12) i += 1;
    const code = difference < 0 ? (i <= 2 ? 64 - i : 34 - i) : i === 30 ? 32 : 62 - i;
    const four = code >> 2;
    const quantized = (band.step * at(inverse4, four)) >> 15;
    band.adapt(at(lowTable, at(lowIndex, four)));
    band.predict(quantized);
    return code;
  }

  #high(band: Band, sample: number): number {
    const difference = saturate(sample - band.estimate);
    const size = difference >= 0 ? difference : -(difference + 1);
    const outer = size >= (564 * band.step) >> 12;
    const code = difference < 0 ? (outer ? 0 : 1) : outer ? 2 : 3;
    const quantized = (band.step * at(inverse2, code)) >> 15;
    band.adapt(at(highTable, at(highIndex, code)));
    band.predict(quantized);
    return code;
  }
}

/** One byte in, two samples at 16 kHz out. */
export class G722Decoder {
  readonly #bands = new Bands();

  decode(codes: Uint8Array): Int16Array {
    const samples = new Int16Array(codes.length * 2);
    codes.forEach((code, i) => {
      samples.set(this.#pair(code), 2 * i);
    });
    return samples;
  }

  #pair(code: number): readonly [number, number] {
    const { low, high, delay } = this.#bands;
    const six = code & 0x3f;
    const two = code >> 6;
    const lowSound = limited(low.estimate + ((low.step * at(inverse6, six)) >> 15));
    const lowDifference = (low.step * at(inverse4, six >> 2)) >> 15;
    low.adapt(at(lowTable, at(lowIndex, six >> 2)));
    low.predict(lowDifference);
    const highDifference = (high.step * at(inverse2, two)) >> 15;
    const highSound = limited(high.estimate + highDifference);
    high.adapt(at(highTable, at(highIndex, two)));
    high.predict(highDifference);
    delay.splice(0, 2);
    delay.push(lowSound + highSound, lowSound - highSound);
    let first = 0;
    let second = 0;
    for (let i = 0; i < 12; i += 1) {
      second += at(delay, 2 * i) * at(quadratureMirror, i);
      first += at(delay, 2 * i + 1) * at(quadratureMirror, 11 - i);
    }
    return [saturate(first >> 11), saturate(second >> 11)];
  }
}

function limited(value: number): number {
  return Math.max(-16384, Math.min(16383, value));
}
