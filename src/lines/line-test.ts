import type { Clock, Log, Timer } from '../base/index.js';
import type { Telephone } from './telephone.js';

export interface LineTestOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds until the hour of the test comes next; asked again after each test. */
  readonly untilNextMs: () => number;
  readonly telephones: () => readonly Telephone[];
  /** A line failed its test, or passes it again. */
  readonly note: (channel: string, text: string) => void;
}

/** A line in use is tested this much later; a handset off the hook for longer than that is a fault. */
const againMs = 15 * 60_000;
const mostTries = 4;

/** Tests each elevator line once a day (ASME A17.1 §2.27.1.1.6, from memory: a line that lost its telephone is told within a day). */
export class LineTest {
  readonly #options: LineTestOptions;
  readonly #timers = new Set<Timer>();
  readonly #failing = new Set<string>();

  constructor(options: LineTestOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Channels whose line failed its last test. */
  get failing(): readonly string[] {
    return [...this.#failing];
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #schedule(): void {
    this.#after(Math.max(1000, this.#options.untilNextMs()), () => {
      for (const telephone of this.#options.telephones()) {
        if (telephone.settings.use === 'elevator') this.#test(telephone, 1);
      }
      this.#schedule();
    });
  }

  #test(telephone: Telephone, tries: number): void {
    const fault = telephone.test();
    if (fault === 'busy' && tries < mostTries) this.#after(againMs, () => this.#test(telephone, tries + 1));
    else this.#judge(telephone, fault === 'busy' ? 'its handset is off the hook for too long' : fault);
  }

  #judge({ settings: { channel, username } }: Telephone, fault: string | undefined): void {
    const { log, note } = this.#options;
    if (fault === undefined) log.info('elevator line tested', { channel, user: username });
    else log.error('elevator line failed its test', { channel, user: username, why: fault });
    const before = this.#failing.has(channel);
    if (fault === undefined) this.#failing.delete(channel);
    else this.#failing.add(channel);
    if (fault !== undefined) note(channel, `Elevator line ${channel} (${username}) failed its daily test: ${fault}`);
    else if (before) note(channel, `Elevator line ${channel} (${username}) passes its daily test again`);
  }

  #after(ms: number, fire: () => void): void {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer);
      fire();
    });
    this.#timers.add(timer);
  }
}
