import { type Cause, cause } from '../base/index.js';
import type { CallOptions } from './call-options.js';
import type { CallRecord, StepRecord } from './call-record.js';

/** How a call came to its end. */
export interface CallEnd {
  readonly cause: Cause;
  readonly releasedBy: 'caller' | 'called' | 'holdfast';
}

/** A call record while it is being written. */
export class CallDraft {
  #record: CallRecord;

  private constructor(record: CallRecord) {
    this.#record = record;
  }

  /** `kept`: the record of a call that another process began. */
  static of(
    { id, setup, called, user, origin, emergency }: CallOptions,
    nowWall: number,
    kept?: CallRecord,
  ): CallDraft {
    if (kept !== undefined) {
      const { resume: _resume, ...record } = kept;
      return new CallDraft(record);
    }
    return new CallDraft({
      id,
      sessionId: setup.sessionId,
      from: setup.asserted ?? setup.from,
      to: called ?? setup.dialled,
      dialled: setup.dialled,
      ...(origin === undefined ? {} : { origin }),
      ...(user === undefined ? {} : { user }),
      steps: [],
      emergency: emergency ?? false,
      startedWall: nowWall,
    });
  }

  get record(): CallRecord {
    return this.#record;
  }

  answered(via: string, steps: readonly StepRecord[], answeredWall: number): void {
    this.#record = { ...this.#record, via, steps, answeredWall };
  }

  transferred(to: string, steps: readonly StepRecord[]): void {
    this.#record = {
      ...this.#record,
      transferredTo: [to, ...(this.#record.transferredTo ?? [])],
      steps: [...this.#record.steps, ...steps],
    };
  }

  /** The first end counts: whatever follows is its consequence. */
  ended(end: CallEnd, endedWall: number): void {
    if (this.#record.endedWall !== undefined) return;
    this.#record = { ...this.#record, ...end, endedWall };
  }

  /** The steps of a hunt that found nobody. */
  tried(steps: readonly StepRecord[]): void {
    if (this.#record.answeredWall === undefined) this.#record = { ...this.#record, steps };
  }

  /** Whether the network or this product (not a person) ended the call. */
  get endedBadly(): boolean {
    const value = this.#record.cause ?? cause.normalUnspecified;
    return value === cause.destinationOutOfOrder || value >= cause.noCircuitAvailable;
  }
}
