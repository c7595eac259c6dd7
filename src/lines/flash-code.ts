import type { Clock, Timer } from '../base/index.js';
import { beginsCode, type Feature, type FeatureCodes, readFeature } from './feature-codes.js';
import { telephoneTimes } from './telephone-settings.js';
import type { TelephoneEvent } from './telephone-table.js';

/** Codes that say after a flash what is to become of two calls. */
const verbs = { swapCalls: 'swap', joinCalls: 'join' } as const satisfies Partial<Record<Feature, TelephoneEvent>>;
const features = ['swapCalls', 'joinCalls'] as const;

export interface FlashCodeOptions {
  readonly clock: Clock;
  readonly codes: FeatureCodes;
  readonly asked: (verb: 'swap' | 'join') => void;
  /** A digit that belongs to no code after all: it is the call's. */
  readonly passed: (digit: string, inSound: boolean) => void;
}

/** Just after a flash with two calls a code may follow; its digits are kept from the calls as long as they may be one. */
export class FlashCode {
  readonly #options: FlashCodeOptions;
  #kept: readonly { readonly digit: string; readonly inSound: boolean }[] = [];
  #timer: Timer | undefined;

  constructor(options: FlashCodeOptions) {
    this.#options = options;
  }

  /** A flash: what comes next may be a code. */
  begin(): void {
    this.stop();
    this.#wait();
  }

  /** False: no code is waited for, and the digit is the call's. */
  press(digit: string, inSound: boolean): boolean {
    if (this.#timer === undefined) return false;
    const { codes, asked } = this.#options;
    this.#kept = [...this.#kept, { digit, inSound }];
    const dialled = this.#kept.map((each) => each.digit).join('');
    const found = readFeature(codes, dialled)?.feature;
    const verb = features.find((feature) => feature === found);
    if (verb !== undefined) {
      this.stop();
      asked(verbs[verb]);
    } else if (beginsCode(codes, dialled, features)) this.#wait();
    else this.#give();
    return true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#kept = [];
  }

  #wait(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(telephoneTimes.choiceMs, () => this.#give());
  }

  #give(): void {
    const kept = this.#kept;
    this.stop();
    for (const { digit, inSound } of kept) this.#options.passed(digit, inSound);
  }
}
