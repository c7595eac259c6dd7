import type { Clock } from '../../src/base/index.js';
import type { LineOrder, LineSignal } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import type { SimulatedSound } from './sound.js';

export interface EmergencyTandemOptions {
  readonly clock: Clock;
  readonly outlet: LineOutlet;
}

/** A call for help as the tandem understood it. */
export interface EmergencyCall {
  readonly called: string;
  /** As the trunk says it: information digit and number, without KP and ST. */
  readonly calling: string;
}

type Phase = 'idle' | 'seized' | 'called' | 'asking' | 'talking' | 'clearing';

const times = { winkDelay: 180, wink: 200, request: 400, speak: 100 } as const;

/** One CAMA trunk of an emergency services tandem: it only takes calls, and asks each who it is. */
export class EmergencyTandem implements LineEnd {
  readonly signalling = ['cama'] as const;
  readonly #outlet: LineOutlet;
  readonly #call: Errands;
  #phase: Phase = 'idle';
  #offHook = false;
  #field: string | undefined;
  #called = '';
  readonly calls: EmergencyCall[] = [];
  readonly heard: SimulatedSound[] = [];

  constructor({ clock, outlet }: EmergencyTandemOptions) {
    this.#outlet = outlet;
    this.#call = new Errands(clock);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The call taker ends the call. */
  hangUp(): void {
    this.#call.cancel();
    this.#hook(false);
    if (this.#phase !== 'idle') this.#phase = 'clearing';
  }

  order(order: LineOrder): void {
    if (order.kind !== 'hook') return;
    if (order.offHook && this.#phase === 'idle') {
      this.#phase = 'seized';
      this.#call.after(times.winkDelay, () => this.#hook(true));
      this.#call.after(times.winkDelay + times.wink, () => this.#hook(false));
    } else if (!order.offHook) {
      this.#call.cancel();
      this.#hook(false);
      this.#field = undefined;
      this.#phase = 'idle';
    }
  }

  hear(sound: SimulatedSound): void {
    if (this.#phase === 'talking' && sound.kind !== 'silence') this.heard.push(sound);
    if (sound.kind !== 'mf') return;
    const field = this.#field;
    if (sound.signal === 'KP') this.#field = '';
    else if (field === undefined) return;
    else if (sound.signal !== 'ST') this.#field = field + sound.signal;
    else {
      this.#field = undefined;
      this.#understood(field);
    }
  }

  stands(): readonly LineSignal[] {
    return [{ kind: this.#offHook ? 'offHook' : 'onHook' }];
  }

  unplugged(): void {
    this.#call.cancel();
    this.#phase = 'idle';
    this.#offHook = false;
  }

  #understood(field: string): void {
    if (this.#phase === 'seized') {
      this.#phase = 'called';
      this.#called = field;
      this.#call.after(times.request, () => {
        this.#phase = 'asking';
        this.#hook(true);
      });
    } else if (this.#phase === 'asking') {
      this.#phase = 'talking';
      this.calls.push({ called: this.#called, calling: field });
      this.#call.after(times.speak, () => this.#outlet.sound({ kind: 'voice', says: 'what is your emergency' }));
    }
  }

  #hook(offHook: boolean): void {
    if (this.#offHook === offHook) return;
    this.#offHook = offHook;
    this.#outlet.signal({ kind: offHook ? 'offHook' : 'onHook' });
  }
}
