import { type Clock, Machine } from '../base/index.js';
import { type PulseAction, type PulseEvent, type PulseState, type PulseTimes, pulseTable } from './pulse-table.js';

/** Between digits (TIA-968 §5: 600 ms at least). */
export const interDigitMs = 800;

/** Dials trains of pulses by opening and closing a loop that is closed. */
export class PulseDialler {
  readonly #machine: Machine<PulseState, PulseEvent, PulseAction, PulseTimes>;
  #counts: number[] = [];
  #left = 0;

  /** `loop`: what to do with it. `sent`: all digits are out, the pause after the last one too. */
  constructor(clock: Clock, times: PulseTimes, loop: (closed: boolean) => void, sent: () => void) {
    this.#machine = new Machine(pulseTable, {
      clock,
      context: times,
      actions: {
        open: () => loop(false),
        close: () => loop(true),
        countPulse: () => {
          this.#left--;
          if (this.#left === 0) this.#machine.handle('lastMake');
        },
        nextDigit: () => this.#machine.handle(this.#take() ? 'dial' : 'allOut'),
        tellSent: sent,
      },
    });
  }

  get state(): PulseState {
    return this.#machine.state;
  }

  /** `counts`: 1-10 pulses each. Digits that are asked for meanwhile follow. */
  dial(counts: readonly number[]): void {
    this.#counts.push(...counts);
    if (this.#machine.state === 'resting' && this.#take()) this.#machine.handle('dial');
  }

  /** Closes the loop, and forgets what is left. */
  stop(): void {
    this.#counts = [];
    this.#machine.handle('stop');
  }

  #take(): boolean {
    const next = this.#counts.shift();
    this.#left = next ?? 0;
    return next !== undefined;
  }
}
