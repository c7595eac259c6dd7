import type { Pointer } from './libpri.js';

/** One D-channel of a group. */
export interface Link {
  readonly pri: Pointer;
  readonly frames: Uint8Array[];
  up: boolean;
  /** Its line carries nothing; what Q.921 believes of it stands for some seconds more. */
  alarmed: boolean;
  /** The other side took it out of service by a message: it stands by. */
  standsBy: boolean;
}

/**
 * Which D-channel of a group is in service (Q.931 annex F): the one on which the other side last spoke of calls, as long as it serves;
 * else the first that does. SERVICE messages about D-channels are heard, and not said: libpri has none to send.
 */
export class LinkGroup {
  readonly links: readonly Link[];
  readonly #switched: (now: Link | undefined, before: Link | undefined) => void;
  #heardOn: Link | undefined;

  constructor(links: readonly Link[], switched: (now: Link | undefined, before: Link | undefined) => void) {
    this.links = links;
    this.#switched = switched;
  }

  get active(): Link | undefined {
    const serves = (link: Link): boolean => link.up && !link.alarmed && !link.standsBy;
    const heard = this.#heardOn;
    return heard !== undefined && serves(heard) ? heard : this.links.find(serves);
  }

  heardOn(link: Link): void {
    this.#change(() => {
      this.#heardOn = link;
    });
  }

  linkIs(link: Link, up: boolean): void {
    this.#change(() => {
      link.up = up;
      link.standsBy = false;
    });
  }

  standsBy(link: Link): void {
    this.#change(() => {
      link.standsBy = true;
    });
  }

  alarm(link: Link, stands: boolean): void {
    this.#change(() => {
      link.alarmed = stands;
    });
  }

  #change(change: () => void): void {
    const before = this.active;
    change();
    const now = this.active;
    if (now !== before) this.#switched(now, before);
  }
}
