import type { Clock, Timer } from '../base/index.js';
import type { NumberState } from './feature-codes.js';

/** Most digits of one number, as the line has it for a first call. */
const maxDigits = 40;

/** The digits of a second call: the line itself is in a call already and only passes them. */
export class RecallDigits {
  readonly #clock: Clock;
  readonly #dialled: (number: string) => void;
  readonly #stateOf: (digits: string) => NumberState;
  readonly #interDigitMs: number;
  #digits = '';
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    interDigitMs: number,
    dialled: (number: string) => void,
    stateOf: (digits: string) => NumberState,
  ) {
    this.#interDigitMs = interDigitMs;
    this.#clock = clock;
    this.#dialled = dialled;
    this.#stateOf = stateOf;
  }

  begin(): void {
    this.stop();
    this.#digits = '';
  }

  press(digit: string): void {
    if (this.#digits.length < maxDigits) this.#digits += digit;
    this.stop();
    const number = this.#digits;
    if (this.#stateOf(number) === 'complete') this.#dialled(number);
    else this.#timer = this.#clock.after(this.#interDigitMs, () => this.#dialled(number));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
