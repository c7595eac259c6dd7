/** Responses that wait for one lost before them. A peer that is further ahead breaks RFC 3262 §3, or attacks. */
const HELD_LIMIT = 8;

/**
 * Reliable provisional responses of one INVITE in one early dialog, in the order of their RSeq (RFC 3262 §4): repeated
 * ones are dropped, those behind a gap wait until it is filled. `R` is the response.
 */
export class ProvisionalSequence<R> {
  /** Handed on and not acknowledged yet, the oldest first. */
  readonly unacknowledged: number[] = [];
  readonly #held = new Map<number, R>();
  /** The last RSeq handed on; 0 before the first. */
  #last = 0;

  /** Takes one response; returns those that are to be handed on now, in order. */
  take(rseq: number, response: R): readonly R[] {
    if (this.#last !== 0 && rseq !== this.#last + 1) {
      if (rseq > this.#last && this.#held.size < HELD_LIMIT) this.#held.set(rseq, response);
      return [];
    }
    const ready: R[] = [response];
    this.#advance(rseq);
    for (let next = this.#held.get(rseq + 1); next !== undefined; next = this.#held.get(this.#last + 1)) {
      this.#held.delete(this.#last + 1);
      this.#advance(this.#last + 1);
      ready.push(next);
    }
    return ready;
  }

  /** Takes note of a PRACK: false when no such response waits for one. */
  acknowledge(rseq: number): boolean {
    const at = this.unacknowledged.indexOf(rseq);
    if (at >= 0) this.unacknowledged.splice(at, 1);
    return at >= 0;
  }

  #advance(rseq: number): void {
    this.#last = rseq;
    this.unacknowledged.push(rseq);
  }
}
