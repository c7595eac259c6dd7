import { noCounts, type SpanCounters } from '../../src/tdm/index.js';
import { isFailed, type SpanStatus } from './kernel-structs.js';

/** Severely errored seconds in a row that begin an unavailable time, and seconds without that end it (T1.231 §6.1.1.2, G.826 annex A). */
const turnsAfter = 10;

type Counted = Pick<SpanStatus, 'bipolarViolations' | 'crcErrors' | 'framingErrors' | 'erroredSeconds'> & {
  readonly slips: number;
};

/**
 * A span's counters that only grow. The card's own begin at 0 again whenever it starts up; it knows nothing of severely errored and
 * unavailable seconds, which are counted here: a second in which nothing could be received is one.
 */
export class SpanCounts {
  #counters: SpanCounters = noCounts;
  #card: Counted | undefined;
  #unavailable = false;
  /** Seconds in a row that do not fit the present time. */
  #doubtful = 0;

  get counters(): SpanCounters {
    return this.#counters;
  }

  /** Once a second, with the card's slips so far. Whether a counter grew. */
  second(status: SpanStatus, slips: number): boolean {
    const before = this.#counters;
    const last = this.#card;
    const card: Counted = { ...status, slips };
    this.#card = card;
    const grown = (name: keyof Counted) => {
      // The first reading is where we begin: what it counted before is another's.
      if (last === undefined) return before[name];
      return before[name] + (card[name] >= last[name] ? card[name] - last[name] : card[name]);
    };
    this.#counters = {
      slips: grown('slips'),
      bipolarViolations: grown('bipolarViolations'),
      crcErrors: grown('crcErrors'),
      framingErrors: grown('framingErrors'),
      erroredSeconds: grown('erroredSeconds'),
      ...this.#seconds(isFailed(status.alarms), before),
    };
    return (Object.keys(before) as readonly (keyof SpanCounters)[]).some(
      (name) => before[name] !== this.#counters[name],
    );
  }

  /** Which of the two a second was is known only ten later; so neither ever shrinks. */
  #seconds(failed: boolean, before: SpanCounters): Pick<SpanCounters, 'severelyErroredSeconds' | 'unavailableSeconds'> {
    let { severelyErroredSeconds, unavailableSeconds } = before;
    if (failed !== this.#unavailable) {
      // It may be the first of another time.
      this.#doubtful++;
      if (this.#doubtful === turnsAfter) {
        if (failed) unavailableSeconds += this.#doubtful;
        this.#unavailable = failed;
        this.#doubtful = 0;
      }
    } else if (failed) {
      unavailableSeconds += this.#doubtful + 1;
      this.#doubtful = 0;
    } else {
      severelyErroredSeconds += this.#doubtful;
      this.#doubtful = 0;
    }
    return { severelyErroredSeconds, unavailableSeconds };
  }
}
