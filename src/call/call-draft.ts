import { type Cause, cause } from '../base/index.js';
import type { CallRecord, StepRecord } from './call-record.js';
import type { CallSetup } from './leg.js';

/** How a call came to its end. */
export interface CallEnd {
  readonly cause: Cause;
  readonly releasedBy: 'caller' | 'called' | 'holdfast';
}

/** A call record while it is being written. */
export class CallDraft {
  #record: CallRecord;

  constructor(options: {
    readonly id: string;
    readonly setup: CallSetup;
    readonly called: string;
    readonly user: string | undefined;
    readonly emergency: boolean;
    readonly startedWall: number;
  }) {
    const { id, setup, called, user, emergency, startedWall } = options;
    this.#record = {
      id,
      sessionId: setup.sessionId,
      from: setup.asserted ?? setup.from,
      to: called,
      dialled: setup.dialled,
      ...(user === undefined ? {} : { user }),
      steps: [],
      emergency,
      startedWall,
    };
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
