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
/** A tone without pauses must last longer than any piece of a cadence that has the same frequencies begins: E.180 dial tone. */
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
    if (frequencies.length > 0) this.#steady = this.#clock.after(steadyMs, () => this.#matchSteady());
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

  #matchSteady(): void {
    const found = this.#patterns.find(
      ({ cadence, frequencies }) => cadence.length === 0 && same(frequencies, this.#frequencies),
    );
    if (found !== undefined) this.#tell(found.means);
  }

  #matchCadence(): void {
    for (const { means, frequencies, cadence } of this.#patterns) {
      if (cadence.length === 0 || !same(frequencies, this.#toneOf)) continue;
      if (endsInPeriods(this.#pieces, cadence)) {
        this.#tell(means);
        return;
      }
    }
  }

  #tell(tone: ProgressTone): void {
    if (this.#told === tone) return;
    this.#told = tone;
    this.#heard(tone);
  }
}

/** Whether the last pieces are whole periods of a cadence; the last pause may still go on, as long as the tones are there. */
function endsInPeriods(pieces: readonly Piece[], cadence: readonly number[]): boolean {
  const needed = cadence.length * periods - 1;
  const last = pieces.slice(-needed);
  if (last.length < needed || last[0]?.on !== true) return false;
  return last.every(({ on, ms }, at) => {
    const wanted = cadence[at % cadence.length] ?? 0;
    return on === (at % 2 === 0) && Math.abs(ms - wanted) <= wanted * cadenceTolerance + edgeMs;
  });
}

function same(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false;
  const [a, b] = [[...some].sort(byValue), [...others].sort(byValue)];
  return a.every((hz, at) => Math.abs(hz - (b[at] ?? 0)) <= hz * frequencyTolerance);
}

function byValue(a: number, b: number): number {
  return a - b;
}
