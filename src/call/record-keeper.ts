import type { Log } from '../base/index.js';
import type { CallRecord, CallRecordStore } from './call-record.js';

/** Keeps the record of one call on disk in step with it: one write at a time, and the closed record last. */
export class RecordKeeper {
  readonly #store: CallRecordStore;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #written: CallRecord | undefined;
  #asked = false;

  /** `record`: as it is on disk already. */
  constructor(store: CallRecordStore, log: Log, record?: CallRecord) {
    this.#store = store;
    this.#log = log;
    this.#written = record;
  }

  /** Resolves when the record is durable, or cannot be. */
  open(record: CallRecord): Promise<void> {
    this.#last = this.#write(record);
    return this.#last;
  }

  /** Writes what `current` says once the writes before are done, if it differs; undefined: nothing to write now. */
  keep(current: () => CallRecord | undefined): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#last = this.#last.then(() => {
      this.#asked = false;
      const record = current();
      if (record !== undefined && !same(record, this.#written)) return this.#write(record);
      return undefined;
    });
  }

  /** Resolves in any case. */
  close(record: CallRecord): Promise<void> {
    this.#last = this.#last
      .then(() => this.#store.close(record))
      .catch((error: unknown) => this.#log.error('call record not closed', { error: String(error) }));
    return this.#last;
  }

  #write(record: CallRecord): Promise<void> {
    this.#written = record;
    return this.#store
      .open(record)
      .catch((error: unknown) => this.#log.error('call record not written', { error: String(error) }));
  }
}

/** Whether two values would be written alike: plain data all through. */
function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [left, right] = [Object.entries(one), Object.entries(other)];
  return left.length === right.length && left.every(([name, value]) => same(value, Reflect.get(other, name)));
}
