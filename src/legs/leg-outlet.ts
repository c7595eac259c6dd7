import { cause } from '../base/index.js';
import type { LegEvent, LegReleased } from '../call/index.js';

/** The one listener of a leg, and the promise that `released` comes once and last. */
export class LegOutlet {
  #listener: ((event: LegEvent) => void) | undefined;
  /** What happened before anybody listened. */
  #early: LegEvent[] = [];
  #released = false;
  readonly #live: Set<LegOutlet>;
  readonly #forget: () => void;

  /** `live` holds the outlet until the leg is released. `forget`: the leg's dialog is gone with its SIP server. */
  constructor(live: Set<LegOutlet>, forget: () => void) {
    this.#live = live;
    this.#forget = forget;
    this.join();
  }

  /** The leg may now be lost with its SIP server. */
  join(): void {
    this.#live.add(this);
  }

  /** It may not: it is not known yet whether the SIP server has its dialog at all. */
  leave(): void {
    this.#live.delete(this);
  }

  /** The SIP server is gone, and with it whatever the leg had there. */
  lost(): void {
    if (this.released) return;
    this.#forget();
    this.end({ cause: cause.temporaryFailure, lost: true });
  }

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
    this.#live.delete(this);
    this.#tell({ kind: 'released', ...event });
  }

  #tell(event: LegEvent): void {
    if (this.#listener === undefined) this.#early.push(event);
    else this.#listener(event);
  }
}
