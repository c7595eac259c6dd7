import type { SideQuality } from './call-record.js';
import type { Leg } from './leg.js';

/** The legs that took part in one call, for what their sound was like. */
export class QualityNotes {
  readonly #legs = new Map<Leg, SideQuality['side']>();

  takesPart(leg: Leg, side: SideQuality['side']): void {
    this.#legs.set(leg, side);
  }

  /** It goes on in another call, which will tell. */
  leaves(leg: Leg): void {
    this.#legs.delete(leg);
  }

  /** Once every leg is released. Undefined, at once: no sound passed here. */
  figures(): Promise<readonly SideQuality[]> | undefined {
    const asked = [...this.#legs].flatMap(([leg, side]) => {
      const answer = leg.quality?.();
      return answer === undefined ? [] : [answer.then((figures) => figures && { side, ...figures })];
    });
    if (asked.length === 0) return undefined;
    return Promise.all(asked).then((all) => all.filter((each) => each !== undefined));
  }
}
