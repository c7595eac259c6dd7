import type { Clock, Timer } from '../base/index.js';

/** What a tone of the exchange means (ITU-T E.180). */
export type ProgressTone = 'dial' | 'ringback' | 'busy' | 'congestion' | 'disconnect';

/** One tone of a country: frequencies in Hz, and lengths alternately on and off in ms; [] is a tone without pauses. */
export interface TonePattern {
  readonly means: ProgressTone;
  readonly frequencies: readonly number[];
  readonly cadence: readonly number[];
}

/** What the media engine hears: a steady tone of up to two frequencies began or ended. */
export interface ToneHeard {
  /** Hz, as measured; [] when it ended. */
  readonly frequencies: readonly number[];
}

/** E.180 §4 lets frequencies vary by 1 %, older exchanges by more; detectors measure to some Hz. */
const frequencyTolerance = 0.03;
/** E.180 §5 lets cadences vary by 10 %; the detector's own edges come on top. */
const cadenceTolerance = 0.15;
const edgeMs = 40;
/** A tone without pauses must last at least this, and longer than any piece of a cadence of the same frequencies. */
const steadyMs = 1300;
/** Periods that must be seen. Speech makes one by chance, never two alike. */
const periods = 2;
/** Edges that are remembered: two periods of the longest cadence. */
const maxEdges = 24;

interface Piece {
  readonly on: boolean;
  readonly ms: number;
}

/** Tells tones by their frequencies and cadence. Each is told once, until another is heard or `restart`. */
export class ProgressListener {
  readonly #clock: Clock;
  readonly #patterns: readonly TonePattern[];
  readonly #heard: (tone: ProgressTone) => void;
  #frequencies: readonly number[] = [];
  #since = 0;
  #pieces: Piece[] = [];
  #toneOf: readonly number[] = [];
  #steady: Timer | undefined;
  #told: ProgressTone | undefined;

  constructor(clock: Clock, patterns: readonly TonePattern[], heard: (tone: ProgressTone) => void) {
    this.#clock = clock;
    this.#patterns = patterns;
    this.#heard = heard;
    this.#since = clock.now();
  }

  hear({ frequencies }: ToneHeard): void {
    const now = this.#clock.now();
    const [before, ms] = [this.#frequencies, now - this.#since];
    if (same(before, frequencies)) return;
    this.#steady?.cancel();
    this.#frequencies = frequencies;
    this.#since = now;
    const on = before.length > 0;
    if (on && !same(before, this.#toneOf)) this.#pieces = [];
    if (on) this.#toneOf = before;
    this.#pieces.push({ on, ms });
    if (this.#pieces.length > maxEdges) this.#pieces.shift();
    this.#matchCadence();
    if (frequencies.length > 0) this.#steady = this.#clock.after(this.#steadyMs(), () => this.#matchSteady());
  }

  /** Forgets what it heard: another call begins. */
  restart(): void {
    this.stop();
    this.#frequencies = [];
    this.#since = this.#clock.now();
    this.#pieces = [];
    this.#toneOf = [];
    this.#told = undefined;
  }

  stop(): void {
    this.#steady?.cancel();
    this.#steady = undefined;
  }

  #steadyMs(): number {
    const pieces = this.#patterns
      .filter(({ frequencies }) => same(frequencies, this.#frequencies))
      .flatMap(({ cadence }) => cadence.filter((_, at) => at % 2 === 0));
    return Math.max(steadyMs, ...pieces.map((ms) => ms * (1 + cadenceTolerance) + 2 * edgeMs));
  }

  #matchSteady(): void {
    const found = this.#patterns.find(
      ({ cadence, frequencies }) => cadence.length === 0 && same(frequencies, this.#frequencies),
    );
    if (found !== undefined) this.#tell(found.means);
  }

  #matchCadence(): void {
    const alike = this.#patterns.filter(
      ({ cadence, frequencies }) => cadence.length > 0 && same(frequencies, this.#toneOf),
    );
    for (const { means, cadence } of alike) {
      const run = this.#runOf(cadence);
      if (run.length < cadence.length * periods - 1) continue;
      // Two pulses of a busy tone may be the begin of a longer cadence of the same pulses: then more must be heard.
      if (alike.some((other) => !sameCadence(other.cadence, cadence) && isWithin(run, other.cadence))) continue;
      this.#tell(means);
      return;
    }
  }

  /** The last pieces, as far back as they follow a cadence. */
  #runOf(cadence: readonly number[]): readonly Piece[] {
    for (let at = 0; at < this.#pieces.length; at++) {
      const run = this.#pieces.slice(at);
      if (isWithin(run, cadence)) return run;
    }
    return [];
  }

  #tell(tone: ProgressTone): void {
    if (this.#told === tone) return;
    this.#told = tone;
    this.#heard(tone);
  }
}

/** Whether pieces may be part of a cadence, wherever in it they begin. */
function isWithin(pieces: readonly Piece[], cadence: readonly number[]): boolean {
  return cadence.some((_, start) =>
    pieces.every(({ on, ms }, at) => {
      const place = (start + at) % cadence.length;
      const wanted = cadence[place] ?? 0;
      return on === (place % 2 === 0) && Math.abs(ms - wanted) <= wanted * cadenceTolerance + edgeMs;
    }),
  );
}

function sameCadence(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((ms, at) => ms === others[at]);
}

function same(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false;
  const [a, b] = [[...some].sort(byValue), [...others].sort(byValue)];
  return a.every((hz, at) => Math.abs(hz - (b[at] ?? 0)) <= hz * frequencyTolerance);
}

function byValue(a: number, b: number): number {
  return a - b;
}
