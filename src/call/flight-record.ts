import { limits } from '../base/index.js';

/** One moment of a call. */
export interface FlightEntry {
  readonly atMs: number;
  readonly text: string;
}

/** The last moments of a call: always kept, and shown only when the call ends badly. */
export class FlightRecord {
  readonly #entries: FlightEntry[] = [];

  add(atMs: number, text: string): void {
    if (this.#entries.length === limits.flightRecordEntries) this.#entries.shift();
    this.#entries.push({ atMs, text });
  }

  /** One string per entry, oldest first, in milliseconds of the monotonic clock. */
  lines(): readonly string[] {
    return this.#entries.map((entry) => `${entry.atMs.toFixed(0)} ${entry.text}`);
  }
}
