import type { SurvivabilitySettings } from './survivability-settings.js';

/**
 * How long a path must hold before the centre serves again. Rule: it starts at `holdDownMs`; each flap doubles it, up to
 * `holdDownMaxMs`; each `decayMs` of an unbroken path halves it, down to where it started. A flap is a loss of the path
 * while returning, or within `flapWindowMs` after the return.
 */
export class FlapDamping {
  readonly #settings: SurvivabilitySettings;
  #doublings = 0;
  #upSince: number | undefined;
  #cameBackAt: number | undefined;

  constructor(settings: SurvivabilitySettings) {
    this.#settings = settings;
  }

  /** How long the path is up by now, ms; 0 while it is down. */
  stableMs(now: number): number {
    return this.#upSince === undefined ? 0 : now - this.#upSince;
  }

  totalMs(now: number): number {
    const { holdDownMs, holdDownMaxMs } = this.#settings;
    return Math.min(holdDownMaxMs, holdDownMs * 2 ** this.#doublingsAt(now));
  }

  leftMs(now: number): number {
    return Math.max(0, this.totalMs(now) - this.stableMs(now));
  }

  pathUp(now: number): void {
    this.#upSince ??= now;
  }

  /** Keeps what decay left; whether the loss is a flap is said by the two below. */
  pathDown(now: number): void {
    this.#doublings = this.#doublingsAt(now);
    this.#upSince = undefined;
  }

  cameBack(now: number): void {
    this.#cameBackAt = now;
  }

  flap(now: number): void {
    const { holdDownMs, holdDownMaxMs } = this.#settings;
    // No more doublings than the limit shows, or decay would work through hidden ones first.
    if (holdDownMs * 2 ** this.#doublings < holdDownMaxMs) this.#doublings = this.#doublingsAt(now) + 1;
  }

  lossAfterReturn(now: number): void {
    const since = this.#cameBackAt;
    this.#cameBackAt = undefined;
    if (since !== undefined && now - since <= this.#settings.flapWindowMs) this.flap(now);
  }

  #doublingsAt(now: number): number {
    return Math.max(0, this.#doublings - Math.floor(this.stableMs(now) / this.#settings.decayMs));
  }
}
