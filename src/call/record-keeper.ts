import type { Log } from '../base/index.js';
import type { CallRecord, CallRecordStore } from './call-record.js';

/** Keeps the record of one call on disk in step with it: one write at a time, and the closed record last. */
export class RecordKeeper {
  readonly #store: CallRecordStore;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #written = '';
  #asked = false;

  /** `record`: as it is on disk already. */
  constructor(store: CallRecordStore, log: Log, record?: CallRecord) {
    this.#store = store;
    this.#log = log;
    if (record !== undefined) this.#written = JSON.stringify(record);
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
      if (record !== undefined && JSON.stringify(record) !== this.#written) return this.#write(record);
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
    this.#written = JSON.stringify(record);
    return this.#store
      .open(record)
      .catch((error: unknown) => this.#log.error('call record not written', { error: String(error) }));
  }
}
