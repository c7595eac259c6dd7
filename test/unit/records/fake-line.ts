import { setImmediate } from 'node:timers/promises';
import type { TextLine } from '../../../src/records/index.js';

/** A serial line that a test holds up, breaks and mends. */
export class FakeLine implements TextLine {
  readonly written: string[] = [];
  up = true;
  readonly #up: (() => void)[] = [];
  readonly #heard: ((text: string) => void)[] = [];
  #stuck = false;
  #held: (() => void)[] = [];

  set stuck(stuck: boolean) {
    this.#stuck = stuck;
    if (!stuck) for (const go of this.#held.splice(0)) go();
  }

  async write(text: string): Promise<boolean> {
    if (this.#stuck) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.up) this.written.push(text);
    return this.up;
  }

  onUp(listener: () => void): void {
    this.#up.push(listener);
  }

  onText(listener: (text: string) => void): void {
    this.#heard.push(listener);
  }

  hear(text: string): void {
    for (const listener of this.#heard) listener(text);
  }

  comeUp(): void {
    this.up = true;
    for (const listener of this.#up) listener();
  }

  /** Until whatever was asked has happened. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 50; turns++) await setImmediate();
  }
}
