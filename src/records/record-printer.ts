import type { Log } from '../base/index.js';
import type { TextLine } from './text-line.js';

/** Lines that wait, oldest first, on disk. */
export interface RecordQueue {
  readonly first: () => Promise<QueuedLine | undefined>;
  readonly remove: (key: string) => Promise<void>;
}

export interface QueuedLine {
  readonly key: string;
  readonly text: string;
}

/**
 * Prints what waits, one line after the other, each gone from the queue only when its last octet has left. Nobody who reads means
 * that everything waits; a line that broke off is printed again whole.
 */
export class RecordPrinter {
  readonly #queue: RecordQueue;
  readonly #line: TextLine;
  readonly #log: Log;
  #printing = false;
  #again = false;
  #stopped = false;

  constructor(queue: RecordQueue, line: TextLine, log: Log) {
    this.#queue = queue;
    this.#line = line;
    this.#log = log;
    line.onUp(() => this.wake());
  }

  /** Something may wait, or be heard again. */
  wake(): void {
    this.#again = true;
    if (!this.#printing && !this.#stopped) void this.#print();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #print(): Promise<void> {
    this.#printing = true;
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        for (let next = await this.#queue.first(); next !== undefined; next = await this.#queue.first()) {
          if (this.#stopped || !(await this.#line.write(`${next.text}\r\n`))) break;
          await this.#queue.remove(next.key);
        }
      }
    } catch (error) {
      this.#log.error('call records could not be printed', { error });
    } finally {
      this.#printing = false;
    }
  }
}
