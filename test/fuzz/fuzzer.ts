import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SeededRandom } from '../sim/seeded-random.js';
import { clearCounters, coverage, noteCoverage, reachedEdges, words } from './coverage.js';
import { Mutation } from './mutation.js';
import { type FuzzTarget, hangMs } from './target.js';

export interface FuzzFailure {
  readonly kind: 'crash' | 'hang' | 'leak';
  readonly input: Buffer;
  readonly what: string;
}

export interface FuzzReport {
  readonly runs: number;
  readonly slowestMs: number;
  readonly reached: number;
  readonly edges: number;
  /** A few inputs that together reach all that was reached. */
  readonly corpus: readonly Buffer[];
  readonly failure: FuzzFailure | undefined;
}

export interface FuzzOptions {
  readonly target: FuzzTarget;
  readonly corpus: readonly Buffer[];
  readonly seconds: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Once the code is warm, so many bytes of heap more after as many runs again are a leak. */
const leak = { runs: 5_000, bytes: 1_000_000, attempts: 3, ofTime: 0.15 } as const;
const progressEveryMs = 30_000;
/** Longer inputs are drawn again when they are needed; the tree need not hold them. */
const corpusFileBytes = 4_096;
/** Inputs kept beyond this are not worth the choice among them. */
const queueLimit = 20_000;

/** Draws inputs, keeps those that reach something new, and stops at the first that breaks a law. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #options: FuzzOptions;
  readonly #random: SeededRandom;
  readonly #queue: Buffer[] = [];
  #runs = 0;
  #slowestMs = 0;
  #failure: FuzzFailure | undefined;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#target = options.target;
    this.#random = new SeededRandom(options.seed);
  }

  async run(): Promise<FuzzReport> {
    const { target, corpus, seconds, progress } = this.#options;
    for (const input of [...target.seeds(), ...(target.borrowed?.() ?? []), ...corpus]) {
      if (!(await this.#keepsLaws(input))) return this.#report([]);
      this.#queue.push(input);
      noteCoverage();
    }
    const mutation = new Mutation(this.#random, [...target.words, ...words()], target.mostBytes);
    const start = performance.now();
    const end = start + seconds * 1000 * (1 - leak.ofTime);
    let told = start;
    for (let now = start; now < end; now = performance.now()) {
      const input = mutation.of(this.#chosen(), this.#chosen());
      if (!(await this.#keepsLaws(input))) return this.#report(await this.#minimised());
      if (noteCoverage() && this.#queue.length < queueLimit) this.#queue.push(Buffer.from(input));
      if (now - told < progressEveryMs) continue;
      told = now;
      progress(this.#line());
    }
    const kept = await this.#minimised();
    await this.#checkLeak(kept, seconds * 1000 * leak.ofTime);
    return this.#report(kept);
  }

  /** Every other time one of the latest finds, and rather the shorter of two. */
  #chosen(): Buffer {
    const [one, two] = [this.#drawn(), this.#drawn()];
    return one.length <= two.length || this.#random.next() < 0.1 ? one : two;
  }

  #drawn(): Buffer {
    const { length } = this.#queue;
    const latest = Math.ceil(length / 8);
    const at =
      this.#random.next() < 0.5 ? length - latest + this.#random.next() * latest : this.#random.next() * length;
    return this.#queue[Math.floor(at)] ?? Buffer.alloc(0);
  }

  async #keepsLaws(input: Buffer): Promise<boolean> {
    const target = this.#target;
    this.#runs++;
    try {
      clearCounters();
      let ms = await this.#timed(input);
      if (ms > hangMs / 2) {
        // Other work on the machine only ever slows one down, and takes no processor time of ours.
        for (let i = 0; i < 4; i++) ms = Math.min(ms, await this.#processorMs(input));
      }
      this.#slowestMs = Math.max(this.#slowestMs, ms);
      if (ms > hangMs) {
        this.#failure = { kind: 'hang', input, what: `${ms.toFixed(1)} ms for ${input.length} bytes` };
        return false;
      }
      const checked = target.check?.(input);
      if (checked !== undefined) await checked;
      return true;
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#failure = { kind: 'crash', input, what };
      return false;
    }
  }

  async #timed(input: Buffer): Promise<number> {
    const start = performance.now();
    const working = this.#target.work(input);
    return working === undefined ? performance.now() - start : await working;
  }

  async #processorMs(input: Buffer): Promise<number> {
    const start = process.cpuUsage();
    const working = this.#target.work(input);
    if (working !== undefined) return await working;
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }

  /** The smallest inputs first, each that reaches what none before it did. */
  async #minimised(): Promise<readonly Buffer[]> {
    const borrowed = this.#borrowedLines();
    const seeds = new Set(this.#target.seeds().map((seed) => seed.toString('latin1')));
    const reached = new Set<number>();
    const kept: Buffer[] = [];
    const bySize = this.#queue
      .filter((input) => input.length <= corpusFileBytes && !holdsLine(input, borrowed))
      .sort((a, b) => a.length - b.length);
    const first = bySize.filter((input) => seeds.has(input.toString('latin1')));
    for (const input of [...first, ...bySize]) {
      clearCounters();
      try {
        await this.#target.work(input);
        await this.#target.check?.(input);
      } catch {
        continue;
      }
      const before = reached.size;
      // Magnitudes would keep an input for each length of each list.
      for (const edge of reachedEdges()) reached.add(edge);
      if (reached.size > before && !seeds.has(input.toString('latin1'))) kept.push(input);
    }
    return kept.slice(0, this.#target.corpusFiles);
  }

  /** Lines that only borrowed inputs have. */
  #borrowedLines(): ReadonlySet<string> {
    const lines = (inputs: readonly Buffer[]) => inputs.flatMap(linesOf);
    const borrowed = new Set(lines(this.#target.borrowed?.() ?? []));
    for (const line of lines(this.#target.seeds())) borrowed.delete(line);
    return borrowed;
  }

  async #checkLeak(corpus: readonly Buffer[], forMs: number): Promise<void> {
    const inputs = [...this.#target.seeds(), ...corpus].filter((input) => input.length < 4096);
    let before = await this.#heapAfter(inputs, forMs / 3);
    let grown = 0;
    for (let attempt = 0; attempt < leak.attempts; attempt++) {
      const after = await this.#heapAfter(inputs, forMs / 3);
      grown = after - before;
      if (grown < leak.bytes) return;
      before = after;
    }
    this.#failure = { kind: 'leak', input: Buffer.alloc(0), what: `${grown} bytes of heap in the last repetition` };
  }

  /** Bytes alive after many runs of known inputs. */
  async #heapAfter(inputs: readonly Buffer[], forMs: number): Promise<number> {
    const end = performance.now() + forMs;
    for (let i = 0; i < leak.runs && (i < inputs.length || performance.now() < end); i++) {
      await this.#target.work(inputs[i % inputs.length] ?? Buffer.alloc(0));
    }
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  }

  #line(): string {
    const { reached, edges } = coverage();
    return `${this.#runs} runs, ${reached}/${edges} edges, ${this.#queue.length} inputs, slowest ${this.#slowestMs.toFixed(1)} ms`;
  }

  #report(corpus: readonly Buffer[]): FuzzReport {
    return { runs: this.#runs, slowestMs: this.#slowestMs, ...coverage(), corpus, failure: this.#failure };
  }
}

/** Shorter lines are anybody's. */
const ownLineLength = 14;

function linesOf(input: Buffer): readonly string[] {
  return input
    .toString('latin1')
    .split(/[\r\n]+/)
    .filter((line) => line.length >= ownLineLength);
}

function holdsLine(input: Buffer, lines: ReadonlySet<string>): boolean {
  return lines.size > 0 && linesOf(input).some((line) => lines.has(line));
}
