import type { Clock } from '../../src/base/index.js';
import type { CallRecord, CallRecordStore } from '../../src/call/index.js';
import type { Binding, BindingStore } from '../../src/registrar/index.js';
import type { TimelineEntry, TimelineStore } from '../../src/survivability/index.js';

/** The time of one synchronous write, ms. */
const syncMs = 2;

/** A disk: what was synced survives a crash, what was under way does not. */
export class Disk {
  readonly bindings = new Map<string, Binding>();
  readonly records = new Map<string, CallRecord>();
  readonly timeline: TimelineEntry[] = [];
  /** Refuses to write. */
  full = false;
  #epoch = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The process dies: writes that are under way never happen, and nobody is told. */
  crash(): void {
    this.#epoch++;
  }

  /** The stores as one process sees them. */
  stores(): { bindings: BindingStore; records: CallRecordStore; timeline: TimelineStore } {
    return {
      bindings: {
        load: () => Promise.resolve([...this.bindings.values()]),
        save: ({ put, remove }) =>
          this.#write(() => {
            for (const token of remove) this.bindings.delete(token);
            for (const binding of put) this.bindings.set(binding.token, binding);
          }),
      },
      records: {
        open: (record) => this.#write(() => this.records.set(record.id, record)),
        close: (record) => this.#write(() => this.records.set(record.id, record)),
      },
      timeline: {
        append: (entry) => void this.timeline.push(entry),
        recent: (count) => this.timeline.slice(-count).reverse(),
      },
    };
  }

  #write(change: () => void): Promise<void> {
    const epoch = this.#epoch;
    return new Promise((resolve, reject) => {
      this.#clock.after(syncMs, () => {
        if (epoch !== this.#epoch) return;
        if (this.full) {
          reject(new Error('disk full'));
          return;
        }
        change();
        resolve();
      });
    });
  }
}
