import { type Clock, Machine } from '../base/index.js';
import type { AnalogCountry } from './country.js';
import { type HookAction, type HookEvent, type HookState, type HookTimes, hookTable } from './hook-table.js';
import type { LineSignal } from './line-signal.js';

/** Lengths of an opened loop, ms. */
export const hookLimits = {
  /** Shorter is contact bounce or a hit (TIA-464 §5.4, from memory). */
  bounceMs: 10,
  /** Longest break of a pulse: 10 a second at 80 % break, slowed by 20 % (TIA-464 §5.3.2: 8-12 a second). */
  longestPulseMs: 110,
  settleMs: 20,
  /** Longest make of a pulse at 8 a second is 63 ms; digits are at least 300 ms apart (TIA-464 §5.3.2). */
  interDigitMs: 200,
  /** While digits are dialled nothing longer than a pulse is waited for, but a flash. */
  shortestHangUpMs: 200,
} as const;

/** More pulses than any digit has: the digit is dropped, not guessed. */
const mostPulses = 10;

/** Reads the hook of a telephone on a card that says no more than that the loop is open or closed. */
export class HookDecoder {
  readonly #clock: Clock;
  readonly #country: AnalogCountry;
  readonly #machine: Machine<HookState, HookEvent, HookAction, HookTimes>;
  #openedAt = 0;
  #pulses = 0;
  #digits = true;

  constructor(clock: Clock, country: AnalogCountry, tell: (signal: LineSignal) => void) {
    this.#clock = clock;
    this.#country = country;
    const { settleMs, interDigitMs } = hookLimits;
    const context: HookTimes = { settleMs, interDigitMs, hangUpMs: () => this.#hangUpMs() };
    this.#machine = new Machine(hookTable, {
      clock,
      context,
      actions: {
        tellOffHook: () => tell({ kind: 'offHook' }),
        tellOnHook: () => tell({ kind: 'onHook' }),
        tellFlash: () => tell({ kind: 'flash' }),
        countPulse: () => {
          this.#pulses++;
        },
        tellPulses: () => {
          const count = this.#pulses;
          this.#pulses = 0;
          if (count <= mostPulses) tell({ kind: 'pulses', count });
        },
        dropPulses: () => {
          this.#pulses = 0;
        },
      },
    });
  }

  get state(): HookState {
    return this.#machine.state;
  }

  /**
   * Whether the user dials now, or talks. Where a flash is as short as a pulse (50-130 ms in much of Europe) only this
   * tells them apart: in a call a single short opening is a flash, before it a 1.
   */
  expectDigits(digits: boolean): void {
    this.#digits = digits;
  }

  /** The receiver is off the hook already. */
  goOn(): void {
    this.#machine.handle('goOn');
  }

  loop(closed: boolean): void {
    const { state } = this.#machine;
    if (!closed) {
      if (state === 'offHook' || state === 'make') this.#openedAt = this.#clock.now();
      this.#machine.handle('opened');
    } else if (state === 'open' || state === 'break')
      this.#machine.handle(this.#lengthOf(this.#clock.now() - this.#openedAt));
    else this.#machine.handle('closed');
  }

  stop(): void {
    this.#machine.stop();
  }

  #lengthOf(ms: number): HookEvent {
    if (ms < hookLimits.bounceMs) return 'closedBounce';
    if (this.#digits && ms <= hookLimits.longestPulseMs) return 'closedPulse';
    const { minMs, maxMs } = this.#country.flash;
    if (ms >= minMs && ms <= maxMs && !(this.#digits && minMs <= hookLimits.longestPulseMs)) return 'closedFlash';
    return 'closedHit';
  }

  #hangUpMs(): number {
    return Math.max(hookLimits.shortestHangUpMs, this.#country.flash.maxMs + 1);
  }
}
