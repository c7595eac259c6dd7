import { between, type Clock, type Random } from '../../src/base/index.js';
import type { LineOrder, LineSignal, Signalling } from '../../src/tdm/index.js';
import { modulate } from './caller-id-modem.js';
import { Errands } from './errands.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import { type NetworkOutcome, networkOutcome } from './network-plan.js';
import { type ExchangeTone, exchangeTones, type SimulatedSound, silence } from './sound.js';

export interface CentralOfficeSettings {
  readonly start: 'loop' | 'ground';
  /** How the far end's hang-up is told; busy tone follows in any case. */
  readonly disconnect: 'openLoop' | 'polarity' | 'tone';
  /** The far end's answer reverses the line. */
  readonly answerByPolarity: boolean;
  /** How a caller is shown: by data after the first ring, or ahead of ringing, announced by a reversal: by data, or by DTMF. */
  readonly callerId: 'dataAfterRing' | 'dataAhead' | 'dtmfAhead';
  /** Digits of a whole number; others are complete after a pause. */
  readonly numberLength: number;
}

export interface CentralOfficeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly outlet: LineOutlet;
  readonly settings: CentralOfficeSettings;
  readonly plan?: (number: string) => NetworkOutcome;
}

type Phase = 'idle' | 'ringing' | 'grounded' | 'dialTone' | 'dialling' | 'proceeding' | 'talking' | 'cleared';

/** An exchange's own times, ms. */
const times = {
  current: 15,
  tipGround: 60,
  interDigit: 3000,
  /** A loop that is open for less is a dial pulse or a flash. */
  hangUp: 1100,
  longestPulse: 120,
  pulsedDigit: 250,
  openInterval: 800,
  callerIdAfterRing: 500,
  /** Data needs so much; distinctive rings have shorter silences, too. */
  longSilence: 1400,
  /** From the reversal to what it announces, and from there to ringing. */
  announced: 250,
  ahead: 2500,
  dtmf: 70,
} as const;

/** A subscriber's line of a central office, and the telephone network behind it. */
export class CentralOfficeLine implements LineEnd {
  readonly signalling: readonly Signalling[];
  readonly #options: CentralOfficeOptions;
  /** What a call is doing; ends with it. */
  readonly #call: Errands;
  readonly #tones: Errands;
  /** Of the loop: pulses, flash, hang-up. */
  readonly #loopErrands: Errands;
  #phase: Phase = 'idle';
  #closed = false;
  #openedAt = 0;
  #pulses = 0;
  #digits = '';
  #reversed = false;
  #caller: { readonly number: string | undefined; readonly name: string | undefined } | undefined;
  #presented = false;
  /** The last number that was dialled here. */
  dialled = '';
  flashes = 0;
  /** All that the far end heard of us, but for silence. */
  readonly heard: SimulatedSound[] = [];
  /** A fault: the exchange gives current, and no dial tone. */
  noDialTone = false;

  constructor(options: CentralOfficeOptions) {
    this.#options = options;
    this.signalling = options.settings.start === 'ground' ? ['fxo-ground'] : ['fxo-loop', 'fxo-kewl'];
    this.#call = new Errands(options.clock);
    this.#tones = new Errands(options.clock);
    this.#loopErrands = new Errands(options.clock);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Somebody calls. False while the line is in use. */
  ring(number?: string, name?: string, cadence: readonly number[] = [2000, 4000]): boolean {
    if (this.#phase !== 'idle' || this.#closed) return false;
    this.#phase = 'ringing';
    this.#caller = { number, name };
    this.#presented = false;
    if (this.#options.settings.callerId === 'dataAfterRing') this.#ringBell(cadence);
    else {
      this.#reverse();
      this.#call.after(times.announced, () => this.#presentCaller());
      this.#call.after(times.announced + times.ahead, () => this.#ringBell(cadence));
    }
    return true;
  }

  /** The caller gives up, or the far end hangs up. */
  farHangUp(): void {
    if (this.#phase === 'ringing') {
      this.#call.cancel();
      this.#options.outlet.signal({ kind: 'ringOff' });
      if (this.#reversed) this.#reverse();
      this.#phase = 'idle';
    } else if (this.#phase === 'talking') this.#clear();
  }

  speak(says: string): void {
    if (this.#phase === 'talking') this.#options.outlet.sound({ kind: 'voice', says });
  }

  order(order: LineOrder): void {
    switch (order.kind) {
      case 'hook':
        if (order.offHook) this.#loopClosed();
        else this.#loopOpened();
        return;
      case 'flash':
        if (this.#phase === 'talking') this.flashes++;
        return;
      case 'ringGround':
        if (order.on && this.#phase === 'idle') this.#grounded();
        return;
      case 'pulses':
        this.#cardPulses(order);
        return;
      default:
        return;
    }
  }

  hear(sound: SimulatedSound): void {
    if (!this.#closed || sound.kind === 'silence') return;
    if (this.#phase === 'talking') this.heard.push(sound);
    if (sound.kind === 'digit') this.#digit(sound.digit);
  }

  stands(): readonly LineSignal[] {
    return this.#phase === 'ringing' ? [{ kind: 'ringOn' }] : [{ kind: 'ringOff' }, { kind: 'current', flows: false }];
  }

  unplugged(): void {
    this.#reset();
    this.#loopErrands.cancel();
    this.#closed = false;
  }

  #grounded(): void {
    this.#phase = 'grounded';
    this.#call.after(times.tipGround, () => this.#options.outlet.signal({ kind: 'tipGround' }));
    this.#call.after(times.hangUp, () => {
      if (!this.#closed) this.#reset();
    });
  }

  #loopClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loopErrands.cancel();
    const openMs = this.#options.clock.now() - this.#openedAt;
    if (this.#phase === 'idle' || this.#phase === 'grounded') {
      if (this.#options.settings.start === 'ground' && this.#phase === 'idle') return;
      this.#seized();
    } else if (this.#phase === 'ringing') this.#answeredHere();
    else if (openMs <= times.longestPulse) this.#pulsed();
    else if (this.#phase === 'talking') this.flashes++;
  }

  #loopOpened(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#openedAt = this.#options.clock.now();
    this.#loopErrands.cancel();
    this.#loopErrands.after(times.hangUp, () => this.#reset());
  }

  #seized(): void {
    this.#phase = 'dialTone';
    this.#digits = '';
    this.#call.cancel();
    this.#call.after(times.current, () => this.#options.outlet.signal({ kind: 'current', flows: true }));
    // Common control gives dial tone when it has a register free.
    const delayMs = between(this.#options.random, 80, 700);
    this.#call.after(delayMs, () => {
      if (this.#phase === 'dialTone' && !this.noDialTone) this.#tone('dial');
    });
  }

  #answeredHere(): void {
    this.#call.cancel();
    this.#phase = 'talking';
    this.#options.outlet.signal({ kind: 'ringOff' });
    this.#call.after(times.current, () => this.#options.outlet.signal({ kind: 'current', flows: true }));
    this.#call.after(times.current, () => this.speak(`${this.#caller?.name ?? 'somebody'} speaking`));
  }

  #ringBell(cadence: readonly number[]): void {
    let turns = 0;
    this.#call.cadence(cadence, (on) => {
      this.#options.outlet.signal({ kind: on ? 'ringOn' : 'ringOff' });
      const silenceMs = cadence[turns++ % cadence.length] ?? 0;
      if (!on && silenceMs >= times.longSilence) this.#call.after(times.callerIdAfterRing, () => this.#presentCaller());
    });
  }

  /** Once a call. */
  #presentCaller(): void {
    if (this.#presented) return;
    this.#presented = true;
    const { number, name } = this.#caller ?? {};
    if (this.#options.settings.callerId === 'dtmfAhead') this.#sayDigits(number === undefined ? 'D00C' : `D${number}C`);
    else this.#options.outlet.sound({ kind: 'data', bits: modulate(number, name) });
  }

  #sayDigits(digits: string): void {
    [...digits].forEach((digit, at) => {
      this.#call.after(at * 2 * times.dtmf, () => this.#options.outlet.sound({ kind: 'digit', digit }));
      this.#call.after((at * 2 + 1) * times.dtmf, () => this.#options.outlet.sound(silence));
    });
  }

  #pulsed(): void {
    if (this.#phase !== 'dialTone' && this.#phase !== 'dialling') return;
    this.#silence();
    this.#pulses++;
    this.#loopErrands.after(times.pulsedDigit, () => {
      const count = this.#pulses;
      this.#pulses = 0;
      if (count <= 10) this.#digit(String(count % 10));
    });
  }

  #cardPulses(order: Extract<LineOrder, { readonly kind: 'pulses' }>): void {
    let at = 0;
    for (const count of order.counts) {
      at += count * (order.breakMs + order.makeMs) + order.interDigitMs;
      this.#call.after(at, () => this.#digit(String(count % 10)));
    }
    this.#call.after(at, () => this.#options.outlet.signal({ kind: 'pulsesSent' }));
  }

  #digit(digit: string): void {
    if (this.#phase !== 'dialTone' && this.#phase !== 'dialling') return;
    this.#silence();
    this.#phase = 'dialling';
    this.#digits += digit;
    const soFar = this.#digits;
    if (soFar.length >= this.#options.settings.numberLength) this.#route();
    else
      this.#call.after(times.interDigit, () => {
        if (this.#digits === soFar) this.#route();
      });
  }

  #route(): void {
    if (this.#phase !== 'dialling') return;
    this.#phase = 'proceeding';
    this.dialled = this.#digits;
    const outcome = (this.#options.plan ?? networkOutcome)(this.#digits);
    switch (outcome.kind) {
      case 'answers':
        this.#tone('ringback');
        this.#call.after(outcome.afterMs, () => this.#answeredThere(outcome.says));
        if (outcome.talksMs !== undefined) this.#call.after(outcome.afterMs + outcome.talksMs, () => this.#clear());
        return;
      case 'rings':
        this.#tone('ringback');
        return;
      case 'announcement':
        this.#options.outlet.sound({ kind: 'voice', says: outcome.says });
        return;
      default:
        this.#tone(outcome.kind);
    }
  }

  #answeredThere(says: string): void {
    this.#phase = 'talking';
    this.#silence();
    if (this.#options.settings.answerByPolarity) this.#reverse();
    this.speak(says);
  }

  #clear(): void {
    this.#phase = 'cleared';
    const { disconnect } = this.#options.settings;
    if (disconnect === 'polarity') this.#reverse();
    if (disconnect === 'openLoop') {
      this.#options.outlet.signal({ kind: 'current', flows: false });
      this.#call.after(times.openInterval, () => {
        if (this.#closed) this.#options.outlet.signal({ kind: 'current', flows: true });
      });
    }
    this.#tone('busy');
  }

  #reverse(): void {
    this.#reversed = !this.#reversed;
    this.#options.outlet.signal({ kind: 'polarity', reversed: this.#reversed });
  }

  /** We hung up. */
  #reset(): void {
    this.#call.cancel();
    this.#silence();
    this.#pulses = 0;
    if (this.#reversed) this.#reverse();
    this.#phase = 'idle';
  }

  #tone(name: ExchangeTone): void {
    this.#tones.cancel();
    const { frequencies, cadence } = exchangeTones[name];
    this.#tones.cadence(cadence, (on) => this.#options.outlet.sound(on ? { kind: 'tone', frequencies } : silence));
  }

  #silence(): void {
    this.#tones.cancel();
    this.#options.outlet.sound(silence);
  }
}
