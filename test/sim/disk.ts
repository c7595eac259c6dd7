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
  /** How often each record was closed. */
  readonly closings = new Map<string, number>();
  /** Records that could not be written. */
  readonly unwritten = new Set<string>();
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
    const epoch = this.#epoch;
    const write = (change: () => void): Promise<void> => this.#write(epoch, change);
    const keep = (record: CallRecord, change: () => void): Promise<void> =>
      write(() => {
        this.records.set(record.id, record);
        change();
      }).catch((error: unknown) => {
        this.unwritten.add(record.id);
        throw error;
      });
    return {
      bindings: {
        load: () => Promise.resolve([...this.bindings.values()]),
        save: ({ put, remove }) =>
          write(() => {
            for (const token of remove) this.bindings.delete(token);
            for (const binding of put) this.bindings.set(binding.token, binding);
          }),
      },
      records: {
        open: (record) => keep(record, () => undefined),
        close: (record) => keep(record, () => this.closings.set(record.id, (this.closings.get(record.id) ?? 0) + 1)),
      },
      timeline: {
        append: (entry) => void this.timeline.push(entry),
        recent: (count) => this.timeline.slice(-count).reverse(),
      },
    };
  }

  /** Records that a process left open. */
  unfinished(): readonly CallRecord[] {
    return [...this.records.values()].filter((record) => record.endedWall === undefined);
  }

  #write(epoch: number, change: () => void): Promise<void> {
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
