import type { Clock, Timer } from '../base/index.js';
import { stepMs, type TransmissionStep } from './caller-id-transmission.js';
import type { LineSound } from './line-notice.js';
import type { LineOrder } from './line-signal.js';

export interface TransmissionOutlet {
  readonly clock: Clock;
  readonly order: (order: LineOrder) => void;
  readonly play: (sound: LineSound) => void;
}

/** Longer than any pulse of ringing: `stopRing` ends it. */
const restOfCadenceMs = 10_000;

/** Carries out the steps of a transmission, one after the other. */
export class TransmissionRun {
  readonly #outlet: TransmissionOutlet;
  readonly #done: () => void;
  readonly #left: TransmissionStep[];
  #timer: Timer | undefined;
  #reversed = false;
  #under: TransmissionStep['kind'] | undefined;

  /** Begins at once. `done` is called on a later turn, and not after {@link stop}. */
  constructor(outlet: TransmissionOutlet, steps: readonly TransmissionStep[], done: () => void) {
    this.#outlet = outlet;
    this.#done = done;
    this.#left = [...steps];
    this.#next();
  }

  /** Leaves the line as it was before. */
  stop(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#endStep();
    this.#endReversal();
  }

  #next(): void {
    this.#endStep();
    const step = this.#left.shift();
    if (step === undefined) this.#endReversal();
    else this.#begin(step);
    this.#timer = this.#outlet.clock.after(step === undefined ? 0 : stepMs(step), () => {
      if (step !== undefined) return this.#next();
      this.#timer = undefined;
      this.#done();
    });
  }

  #begin(step: TransmissionStep): void {
    this.#under = step.kind;
    switch (step.kind) {
      case 'pause':
        return;
      case 'reversal':
        this.#reversed = true;
        this.#outlet.order({ kind: 'polarity', reversed: true });
        return;
      case 'ringPulse':
        this.#outlet.order({ kind: 'ring', cadence: [step.durationMs, restOfCadenceMs] });
        return;
      default:
        this.#outlet.play({ kind: 'step', step });
        return;
    }
  }

  #endStep(): void {
    const kind = this.#under;
    this.#under = undefined;
    if (kind === 'ringPulse') this.#outlet.order({ kind: 'stopRing' });
    if (kind === 'tone' || kind === 'fsk' || kind === 'dtmf') this.#outlet.play({ kind: 'nothing' });
  }

  #endReversal(): void {
    if (this.#reversed) this.#outlet.order({ kind: 'polarity', reversed: false });
    this.#reversed = false;
  }
}
