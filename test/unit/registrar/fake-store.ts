import type { Clock } from '../../../src/base/index.js';
import type { Binding, BindingStore } from '../../../src/registrar/index.js';

/** A disk that takes its time: what is not flushed when the power goes is gone. */
export class FakeStore {
  readonly #clock: Clock;
  readonly #flushMs: number;
  readonly disk = new Map<string, Binding>();
  saves = 0;
  failing = false;
  #generation = 0;

  constructor(clock: Clock, flushMs = 2) {
    this.#clock = clock;
    this.#flushMs = flushMs;
  }

  /** The disk as one run of the process sees it; after {@link crash} that run reaches nothing any more. */
  attach(): BindingStore {
    const generation = this.#generation;
    return {
      load: async () => [...this.disk.values()],
      save: (changes) => this.#save(generation, structuredClone(changes)),
    };
  }

  #save(generation: number, changes: Parameters<BindingStore['save']>[0]): Promise<void> {
    this.saves++;
    return new Promise((resolve, reject) => {
      this.#clock.after(this.#flushMs, () => {
        if (generation !== this.#generation) return;
        if (this.failing) {
          reject(new Error('disk full'));
          return;
        }
        for (const binding of changes.put) this.disk.set(binding.token, binding);
        for (const token of changes.remove) this.disk.delete(token);
        resolve();
      });
    });
  }

  /** Power loss: writes under way never happen, and nobody hears of them. */
  crash(): void {
    this.#generation++;
  }
}
