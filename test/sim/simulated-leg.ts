import type { Clock } from '../../src/base/index.js';
import type { Leg, LegCommand, LegEvent, LegReleased } from '../../src/call/index.js';

/** Who is at the far end of a simulated leg. */
export interface FarEnd {
  /** Every command but `release`, which the leg answers itself. */
  command(leg: SimulatedLeg, command: LegCommand): void;
  /** The leg is over; `byUs`: the branch released it. */
  over(leg: SimulatedLeg, event: LegReleased, byUs: boolean): void;
  /** How long a release takes to be confirmed, ms. */
  releaseMs(): number;
}

let made = 0;

/** A request that nobody answers (RFC 3261 §17.1.2.2, timer F). */
const unansweredMs = 32_000;

/** A leg whose far end is simulated. It keeps the contract of `Leg`, and complains where its user breaks it. */
export class SimulatedLeg implements Leg {
  readonly id: string;
  readonly can = { hold: true, transfer: true, digits: true };
  readonly #clock: Clock;
  readonly #far: FarEnd;
  readonly #over: (leg: SimulatedLeg) => void;
  #listener: ((event: LegEvent) => void) | undefined;
  #state: 'live' | 'mute' | 'releasing' | 'released' | 'dead' = 'live';

  constructor(clock: Clock, far: FarEnd, over: (leg: SimulatedLeg) => void) {
    this.id = `leg-${++made}`;
    this.#clock = clock;
    this.#far = far;
    this.#over = over;
  }

  get live(): boolean {
    return this.#state === 'live';
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
  }

  do(command: LegCommand): void {
    if (this.#state !== 'live' && this.#state !== 'mute') return;
    if (command.kind !== 'release') {
      if (this.#state === 'live') this.#far.command(this, command);
      return;
    }
    const delayMs = this.#state === 'mute' ? unansweredMs : this.#far.releaseMs();
    this.#state = 'releasing';
    const { kind: _kind, ...why } = command;
    this.#clock.after(delayMs, () => this.#release({ kind: 'released', ...why }, true));
  }

  /** The far end lost its power: it says nothing any more, and a release is never confirmed. */
  mute(): void {
    if (this.#state === 'live') this.#state = 'mute';
  }

  /** Something happens at the far end. Without effect once the leg is over. */
  emit(event: Exclude<LegEvent, LegReleased>): void {
    if (this.#state === 'live') this.#listener?.(event);
  }

  /** The far end hangs up, refuses, or turns out not to be there. */
  end(event: Omit<LegReleased, 'kind'>): void {
    if (this.#state === 'live' || this.#state === 'releasing') this.#release({ kind: 'released', ...event }, false);
  }

  /** The process that used the leg is gone: nobody hears anything any more. */
  kill(): void {
    if (this.#state === 'released' || this.#state === 'dead') return;
    this.#state = 'dead';
    this.#over(this);
  }

  #release(event: LegReleased, byUs: boolean): void {
    if (this.#state === 'released' || this.#state === 'dead') return;
    this.#state = 'released';
    this.#over(this);
    this.#listener?.(event);
    this.#far.over(this, event, byUs);
  }
}
