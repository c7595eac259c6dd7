import type { Clock } from '../../src/base/index.js';
import type { LineOrder, LineSignal } from '../../src/tdm/index.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import { type ExchangeTone, exchangeTones, type SimulatedSound, silence } from './sound.js';

/** What is remembered of a long call. */
const mostHeard = 100;

/** The network's end of a B-channel: sound both ways; all else is said on the D-channel. */
export class BearerEnd implements LineEnd {
  readonly signalling = ['bearer', 'clear'] as const;
  readonly #outlet: LineOutlet;
  readonly #tones: Errands;
  /** What the far end says now. */
  #earpiece: SimulatedSound = silence;
  /** All that was heard since the call began, but for silence. */
  #heard: readonly SimulatedSound[] = [];

  constructor(clock: Clock, outlet: LineOutlet) {
    this.#outlet = outlet;
    this.#tones = new Errands(clock);
  }

  get earpiece(): SimulatedSound {
    return this.#earpiece;
  }

  get heard(): readonly SimulatedSound[] {
    return this.#heard;
  }

  tone(name: ExchangeTone): void {
    this.#tones.cancel();
    const { frequencies, cadence } = exchangeTones[name];
    this.#tones.cadence(cadence, (on) => this.#outlet.sound(on ? { kind: 'tone', frequencies } : silence));
  }

  speak(says: string): void {
    this.#tones.cancel();
    this.#outlet.sound({ kind: 'voice', says });
  }

  quiet(): void {
    this.#tones.cancel();
    this.#outlet.sound(silence);
  }

  /** Another call begins, and what was heard was of the last one. */
  begin(): void {
    this.quiet();
    this.#heard = [];
  }

  order(_order: LineOrder): void {}

  hear(sound: SimulatedSound): void {
    this.#earpiece = sound;
    if (sound.kind !== 'silence') this.#heard = [...this.#heard, sound].slice(-mostHeard);
  }

  stands(): readonly LineSignal[] {
    return [];
  }

  unplugged(): void {
    this.#tones.cancel();
  }
}
