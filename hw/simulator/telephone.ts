import { between, type Clock, type Random } from '../../src/base/index.js';
import type { LineOrder, LineSignal } from '../../src/tdm/index.js';
import { demodulate, type ShownCaller } from './caller-id-modem.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import { type SimulatedSound, silence } from './sound.js';

export interface TelephoneOptions {
  readonly clock: Clock;
  /** A dial is never quite even. */
  readonly random: Random;
  readonly outlet: LineOutlet;
  /** What its card tells of the hook: the loop as it is, or what a card with a decoder makes of it. */
  readonly hook: 'raw' | 'decoded';
  /** How a digit is pulsed, ms. */
  readonly pulse?: { readonly breakMs: number; readonly makeMs: number };
}

/** How long a key is pressed, and how long the finger is away, ms. */
const [keyMs, betweenKeysMs] = [90, 90];
const betweenPulsedDigitsMs = 700;
/** A card with a decoder knows so long after the last pulse that the digit is over. */
const decodedDigitMs = 200;
/** GR-30-CORE §2.5.3: the acknowledgement is there within 160 ms. */
const acknowledgeMs = 60;
const alertTones = '2130 2750';
/** What a card with a decoder takes for a flash, ms: shorter is nothing, longer a hang-up. */
const decodedFlash = { minMs: 300, maxMs: 1000 } as const;

/** An analog telephone with a bell, a dial, keys, a screen and a lamp. */
export class Telephone implements LineEnd {
  readonly signalling = ['fxs-loop', 'fxs-kewl'] as const;
  readonly #options: TelephoneOptions;
  readonly #dialling: Errands;
  readonly #bell: Errands;
  readonly #hands: Errands;
  #lifted = false;
  #battery = true;
  #ringing = false;
  #alerted = false;
  #speaks = false;
  #hearsOnHookUntil = Number.NEGATIVE_INFINITY;
  /** When the bell was last quiet again. */
  #rungUntil = Number.NEGATIVE_INFINITY;
  #earpiece: SimulatedSound = silence;
  #reversed = false;
  #neon = false;
  /** All that came out of the earpiece, but for silence. */
  readonly heard: SimulatedSound[] = [];
  shown: ShownCaller | undefined;
  /** How often the bell began to ring. */
  rings = 0;

  constructor(options: TelephoneOptions) {
    this.#options = options;
    this.#dialling = new Errands(options.clock);
    this.#bell = new Errands(options.clock);
    this.#hands = new Errands(options.clock);
  }

  get lifted(): boolean {
    return this.#lifted;
  }

  /** The bell sounds now. */
  get ringing(): boolean {
    return this.#ringing;
  }

  /** It is rung, also while the bell is quiet between two rings. */
  get alerted(): boolean {
    return this.#alerted;
  }

  /** What the earpiece gives now. */
  get earpiece(): SimulatedSound {
    return this.#lifted && this.#battery ? this.#earpiece : silence;
  }

  get lamp(): { readonly neon: boolean; readonly data: boolean } {
    return { neon: this.#neon, data: this.shown?.lamp === true };
  }

  /** Equipment that charges sees the answer by this. */
  get reversed(): boolean {
    return this.#reversed;
  }

  lift(): void {
    if (this.#lifted) return;
    this.#lifted = true;
    this.#stopRing();
    this.#earpiece = silence;
    this.#loop(true);
  }

  hangUp(): void {
    this.#dialling.cancel();
    this.#hands.cancel();
    if (!this.#lifted) return;
    this.quiet();
    this.#lifted = false;
    this.#loop(false);
  }

  flash(ms = 500): void {
    if (!this.#lifted) return;
    const { hook, outlet } = this.#options;
    if (hook === 'decoded' && ms < decodedFlash.minMs) return;
    if (hook === 'decoded' && ms <= decodedFlash.maxMs) {
      this.#hands.after(ms, () => {
        if (this.#lifted && this.#battery) outlet.signal({ kind: 'flash' });
      });
      return;
    }
    this.#loop(false);
    this.#hands.after(ms, () => {
      if (this.#lifted) this.#loop(true);
    });
  }

  /** Keys, one after the other. */
  press(digits: string): void {
    [...digits].forEach((digit, at) => {
      this.#dialling.after(at * (keyMs + betweenKeysMs), () => this.#say({ kind: 'digit', digit }));
      this.#dialling.after(at * (keyMs + betweenKeysMs) + keyMs, () => this.#say(silence));
    });
  }

  /** Turns the dial: 1-9 and 0, which has ten pulses. */
  dial(digits: string): void {
    // With the handset down a dial opens no loop.
    if (!this.#lifted) return;
    const { hook, outlet } = this.#options;
    const { breakMs, makeMs } = this.#options.pulse ?? { breakMs: 61, makeMs: 39 };
    let at = 0;
    for (const digit of digits) {
      const count = digit === '0' ? 10 : Number(digit);
      for (let i = 0; i < count; i++) {
        // A worn governor: up to 5 % off.
        const pace = between(this.#options.random, 0.95, 1.05);
        if (hook === 'raw') {
          this.#dialling.after(at, () => this.#loop(false));
          this.#dialling.after(at + breakMs * pace, () => this.#loop(true));
        }
        at += (breakMs + makeMs) * pace;
      }
      if (hook === 'decoded')
        this.#dialling.after(at + decodedDigitMs, () => {
          if (this.#battery) outlet.signal({ kind: 'pulses', count });
        });
      at += betweenPulsedDigitsMs;
    }
  }

  speak(says: string): void {
    this.#speaks = true;
    this.#say({ kind: 'voice', says });
  }

  /** Whoever spoke stops. */
  quiet(): void {
    if (this.#speaks) this.#say(silence);
    this.#speaks = false;
  }

  order(order: LineOrder): void {
    switch (order.kind) {
      case 'ring':
        this.#ring(order.cadence);
        return;
      case 'stopRing':
        this.#stopRing();
        return;
      case 'battery':
        this.#feed(order.on);
        return;
      case 'polarity':
        this.#reversed = order.reversed;
        return;
      case 'neon':
        this.#neon = order.on;
        return;
      case 'onHookTransmission':
        this.#hearsOnHookUntil = this.#options.clock.now() + order.durationMs;
        return;
      default:
        return;
    }
  }

  hear(sound: SimulatedSound): void {
    if (!this.#lifted) {
      // A line at rest carries no sound but while the card lets it through.
      const beganAt = this.#options.clock.now() - ((sound.kind === 'data' ? sound.sinceMs : undefined) ?? 0);
      // And none while it is rung.
      const through = beganAt <= this.#hearsOnHookUntil && !this.#ringing && beganAt >= this.#rungUntil;
      if (through && sound.kind === 'data') this.shown = demodulate(sound.bits) ?? this.shown;
      return;
    }
    this.#earpiece = sound;
    if (!this.#battery || sound.kind === 'silence') return;
    this.heard.push(sound);
    if (sound.kind === 'data') this.shown = demodulate(sound.bits) ?? this.shown;
    if (sound.kind === 'tone' && sound.frequencies.join(' ') === alertTones)
      this.#hands.after(acknowledgeMs, () => this.#say({ kind: 'digit', digit: 'D' }));
  }

  stands(): readonly LineSignal[] {
    return [{ kind: this.#lifted ? 'offHook' : 'onHook' }];
  }

  unplugged(): void {
    this.#dialling.cancel();
    this.#hands.cancel();
    this.#stopRing();
  }

  #say(sound: SimulatedSound): void {
    if (this.#lifted && this.#battery) this.#options.outlet.sound(sound);
  }

  #loop(closed: boolean): void {
    if (this.#battery) this.#options.outlet.signal({ kind: closed ? 'offHook' : 'onHook' });
  }

  #feed(on: boolean): void {
    if (this.#battery === on) return;
    this.#battery = true;
    if (this.#lifted) this.#loop(on);
    this.#battery = on;
  }

  #ring(cadence: readonly number[]): void {
    this.#bell.cancel();
    if (this.#lifted) return;
    this.#alerted = true;
    this.#bell.cadence(cadence, (on) => {
      this.#ringing = on;
      if (on) this.rings++;
      else this.#rungUntil = this.#options.clock.now();
      this.#options.outlet.signal({ kind: on ? 'ringOn' : 'ringOff' });
    });
  }

  #stopRing(): void {
    this.#bell.cancel();
    this.#alerted = false;
    this.#ringing = false;
  }
}
