import type { Log } from '../base/index.js';
import { type DeskCall, formatDeskCall, formatFailure, OrderReader, type WaitingOrder } from './smdi.js';
import type { TextLine } from './text-line.js';

/** `invalid`: no such number; `blocked`: it has nothing that could show it. */
export type WaitingVerdict = 'done' | 'invalid' | 'blocked';

export interface MessageDeskSettings {
  readonly line: TextLine;
  readonly log: Log;
  readonly showWaiting: (number: string, on: boolean) => WaitingVerdict;
}

/**
 * Calls that wait to be told. A desk matches them with calls that ring now: what is older than some seconds is of no use, and a
 * desk that does not read must not cost memory.
 */
const waitingMost = 100;

/** The switch's end of a line by GR-283: tells the desk of its calls, and does what it orders. */
export class MessageDesk {
  readonly #settings: MessageDeskSettings;
  readonly #reader = new OrderReader();
  readonly #waiting: string[] = [];
  #writing = false;
  #dropped = 0;

  constructor(settings: MessageDeskSettings) {
    this.#settings = settings;
    settings.line.onText((text) => {
      for (const order of this.#reader.read(text)) {
        if (order.kind === 'waiting') this.#order(order);
        else settings.log.warn('the message desk ordered what is no order', { text: order.text });
      }
    });
    settings.line.onUp(() => {
      this.#reader.reset();
      // What waited since the line broke is of calls that are over.
      this.#waiting.length = 0;
    });
  }

  /** Of calls that were not told, for lack of room. */
  get dropped(): number {
    return this.#dropped;
  }

  tell(call: DeskCall): void {
    this.#say(formatDeskCall(call));
  }

  #order({ number, on }: WaitingOrder): void {
    const verdict = this.#settings.showWaiting(number, on);
    if (verdict === 'done') return;
    this.#settings.log.info('message waiting cannot be shown', { number, verdict });
    this.#say(formatFailure(number, verdict));
  }

  #say(text: string): void {
    if (this.#waiting.length >= waitingMost) {
      this.#waiting.shift();
      this.#dropped++;
      if (this.#dropped % waitingMost === 1)
        this.#settings.log.warn('the message desk does not read', { dropped: this.#dropped });
    }
    this.#waiting.push(text);
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      if (!(await this.#settings.line.write(text))) break;
    }
    this.#writing = false;
  }
}
