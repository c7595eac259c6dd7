import { between, type Clock, type Random } from '../../src/base/index.js';
import type { LineOrder, LineSignal } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import { type NetworkOutcome, networkOutcome } from './network-plan.js';
import { type SimulatedSound, silence } from './sound.js';

export interface PrivateExchangeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly outlet: LineOutlet;
  /** What its extensions do with a call. */
  readonly plan?: (number: string) => NetworkOutcome;
}

type Phase = 'idle' | 'seizing' | 'dialling' | 'waiting' | 'receiving' | 'ringing' | 'talking' | 'clearing';

const times = {
  winkWait: 5000,
  wink: 200,
  winkToDigits: 100,
  key: 70,
  betweenKeys: 70,
  interDigit: 2000,
  clear: 300,
} as const;

/** One E&M trunk of a PBX: wink start, DTMF. */
export class PrivateExchange implements LineEnd {
  readonly signalling = ['em-wink'] as const;
  readonly #options: PrivateExchangeOptions;
  readonly #call: Errands;
  #phase: Phase = 'idle';
  #offHook = false;
  #farOff = false;
  #digits = '';
  #number = '';
  /** The last number that was dialled to it. */
  dialled = '';
  readonly heard: SimulatedSound[] = [];

  constructor(options: PrivateExchangeOptions) {
    this.#options = options;
    this.#call = new Errands(options.clock);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** One of its extensions dials out. False while the trunk is in use. */
  call(number: string): boolean {
    if (this.#phase !== 'idle' || this.#farOff) return false;
    this.#phase = 'seizing';
    this.#number = number;
    this.#hook(true);
    this.#call.after(times.winkWait, () => this.hangUp());
    return true;
  }

  hangUp(): void {
    this.#call.cancel();
    this.#hook(false);
    this.#phase = this.#farOff ? 'clearing' : 'idle';
  }

  speak(says: string): void {
    if (this.#phase === 'talking') this.#options.outlet.sound({ kind: 'voice', says });
  }

  order(order: LineOrder): void {
    if (order.kind === 'wink') {
      if (this.#phase === 'seizing') this.#winked();
    } else if (order.kind === 'hook' && order.offHook !== this.#farOff) {
      this.#farOff = order.offHook;
      if (order.offHook) this.#farOffHook();
      else this.#farOnHook();
    }
  }

  hear(sound: SimulatedSound): void {
    if (sound.kind === 'silence') return;
    if (this.#phase === 'talking') this.heard.push(sound);
    if (sound.kind !== 'digit' || this.#phase !== 'receiving') return;
    this.#digits += sound.digit;
    const soFar = this.#digits;
    this.#call.after(times.interDigit, () => {
      if (this.#phase === 'receiving' && this.#digits === soFar) this.#ring(soFar);
    });
  }

  stands(): readonly LineSignal[] {
    return [{ kind: this.#offHook ? 'offHook' : 'onHook' }];
  }

  unplugged(): void {
    this.#call.cancel();
    this.#phase = 'idle';
    this.#offHook = false;
    this.#farOff = false;
  }

  #winked(): void {
    this.#phase = 'dialling';
    this.#call.cancel();
    let at: number = times.wink + times.winkToDigits;
    for (const digit of this.#number) {
      this.#call.after(at, () => this.#options.outlet.sound({ kind: 'digit', digit }));
      this.#call.after(at + times.key, () => this.#options.outlet.sound(silence));
      at += times.key + times.betweenKeys;
    }
    this.#call.after(at, () => {
      this.#phase = 'waiting';
    });
  }

  #farOffHook(): void {
    if (this.#phase === 'waiting') {
      this.#phase = 'talking';
      this.speak('an extension speaking');
    } else if (this.#phase === 'idle') {
      this.#phase = 'receiving';
      this.#digits = '';
      this.#call.after(between(this.#options.random, 130, 250), () => this.#wink());
    }
  }

  #farOnHook(): void {
    if (this.#phase === 'idle' || this.#phase === 'clearing') {
      this.#phase = 'idle';
      return;
    }
    // A PBX takes its time to believe it.
    this.#call.after(times.clear, () => {
      if (!this.#farOff && this.#phase !== 'seizing' && this.#phase !== 'dialling') this.hangUp();
    });
  }

  #wink(): void {
    this.#hook(true);
    this.#call.after(times.wink, () => this.#hook(false));
  }

  #ring(number: string): void {
    this.#phase = 'ringing';
    this.dialled = number;
    const outcome = (this.#options.plan ?? networkOutcome)(number);
    if (outcome.kind !== 'answers') return;
    this.#call.after(outcome.afterMs, () => {
      this.#phase = 'talking';
      this.#hook(true);
      this.speak(outcome.says);
    });
  }

  #hook(offHook: boolean): void {
    if (this.#offHook === offHook) return;
    this.#offHook = offHook;
    this.#options.outlet.signal({ kind: offHook ? 'offHook' : 'onHook' });
  }
}
