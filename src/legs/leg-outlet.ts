import type { LegEvent, LegReleased } from '../call/index.js';

/** The one listener of a leg, and the promise that `released` comes once and last. */
export class LegOutlet {
  #listener: ((event: LegEvent) => void) | undefined;
  /** What happened before anybody listened. */
  #early: LegEvent[] = [];
  #released = false;

  get released(): boolean {
    return this.#released;
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#early.splice(0)) listener(event);
  }

  emit(event: Exclude<LegEvent, LegReleased>): void {
    if (!this.#released) this.#tell(event);
  }

  end(event: Omit<LegReleased, 'kind'>): void {
    if (this.#released) return;
    this.#released = true;
    this.#tell({ kind: 'released', ...event });
  }

  #tell(event: LegEvent): void {
    if (this.#listener === undefined) this.#early.push(event);
    else this.#listener(event);
  }
}
