import type { Clock, Timer } from '../../src/base/index.js';
import type { LinkState } from '../../src/wan/index.js';
import type { LinkReader } from './link-reader.js';

export interface FollowerTimes {
  /** The whole truth is read this often, whatever the events say. */
  readonly resyncMs: number;
  /**
   * The self-probe: one request that the kernel must answer. It bounds how late the loss of the carrier is noticed: the
   * kernel announces such a loss at most once a second (link_watch of its net core), but tells it at once when asked.
   */
  readonly selfProbeMs: number;
  /** A sign of life is given at most this often. */
  readonly aliveMs: number;
  /** Least pause between two readings in a storm of events. */
  readonly pauseMs: number;
  /** A change that no event announced within this time means that events do not arrive; the kernel may hold one for 1 s. */
  readonly deafAfterMs: number;
}

export const followerTimes: FollowerTimes = {
  resyncMs: 30_000,
  selfProbeMs: 100,
  aliveMs: 1000,
  pauseMs: 20,
  deafAfterMs: 3000,
};

export interface FollowerOptions {
  readonly clock: Clock;
  readonly reader: Pick<LinkReader, 'link' | 'read'>;
  readonly times: FollowerTimes;
  readonly onState: (state: LinkState) => void;
  /** The kernel answered the self-probe. */
  readonly onAlive: () => void;
  /** Reading failed, or events do not arrive: this process is of no more use. */
  readonly onEnd: (why: string) => void;
}

/** Keeps one interface's state: an event says when to look, a look says what is true. */
export class LinkFollower {
  readonly #options: FollowerOptions;
  readonly #timers = new Set<Timer>();
  #deafness: Timer | undefined;
  #told: LinkState | undefined;
  #reading = false;
  #again = false;
  #newsAt = Number.NEGATIVE_INFINITY;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(): void {
    const { resyncMs, selfProbeMs } = this.#options.times;
    this.#look();
    this.#every(resyncMs, () => this.#look());
    this.#every(selfProbeMs, () => this.#selfProbe());
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#deafness?.cancel();
  }

  /** The kernel announced something. */
  news(): void {
    if (this.#stopped) return;
    this.#newsAt = this.#options.clock.now();
    this.#deafness?.cancel();
    this.#deafness = undefined;
    this.#look();
  }

  #every(ms: number, act: () => void): void {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer);
      this.#every(ms, act);
      act();
    });
    this.#timers.add(timer);
  }

  #end(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onEnd(error instanceof Error ? error.message : String(error));
  }

  #look(): void {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    this.#read().then(
      () => {
        this.#reading = false;
      },
      (error: unknown) => this.#end(error),
    );
  }

  async #read(): Promise<void> {
    const { reader } = this.#options;
    while (this.#again) {
      this.#again = false;
      const link = await reader.link();
      // The carrier does not wait for a long route table.
      if (this.#told !== undefined && this.#told.carrier !== (link?.carrier ?? false)) {
        this.#tell({ ...this.#told, carrier: link?.carrier ?? false });
      }
      const { state, interrupted } = await reader.read(link);
      if (interrupted) this.#again = true;
      else this.#tell(state);
      this.#alive();
      // Also without a further event yet: in a storm it comes during the pause.
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    const { clock, times } = this.#options;
    return new Promise((resolve) => clock.after(times.pauseMs, resolve));
  }

  #selfProbe(): void {
    // A reading under way is a sign of life itself, and ends in error when nobody answers.
    if (this.#reading) return;
    this.#options.reader.link().then(
      (link) => {
        if (this.#told !== undefined && this.#told.carrier !== (link?.carrier ?? false)) this.#look();
        this.#alive();
      },
      (error: unknown) => this.#end(error),
    );
  }

  #alive(): void {
    const now = this.#options.clock.now();
    if (now - this.#aliveAt < this.#options.times.aliveMs) return;
    this.#aliveAt = now;
    this.#options.onAlive();
  }

  #tell(state: LinkState): void {
    const first = this.#told === undefined;
    if (JSON.stringify(state) === JSON.stringify(this.#told)) return;
    this.#told = state;
    this.#options.onState(state);
    if (!first) this.#expectNews();
  }

  /** Every change has its event, before or after it is read. */
  #expectNews(): void {
    const { clock, times } = this.#options;
    if (clock.now() - this.#newsAt < times.deafAfterMs || this.#deafness !== undefined) return;
    this.#deafness = clock.after(times.deafAfterMs, () => this.#end('a change came without its event'));
  }
}
