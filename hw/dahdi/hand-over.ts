import { rmSync } from 'node:fs';
import type { Kernel } from './kernel.js';

/** What is said to the media engine on the socket, after the descriptor. */
const said = { silent: Uint8Array.of(0x30), speak: Uint8Array.of(0x31) } as const;

/**
 * Hands an open channel to the media engine: whoever connects gets the descriptor (SCM_RIGHTS). DAHDI opens a channel once (a second
 * open is EBUSY) and keeps events and samples in one open file, so both processes hold it: events are read here, samples there. The
 * connection stays: its end tells either side that the other is gone, and without it no descriptor would come free after a crash.
 */
export class HandOver {
  readonly #kernel: Kernel;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #before: () => void;
  readonly #listener: number;
  #connection: number | undefined;
  #quiet = false;

  /** `before` runs ahead of each hand-over: samples that nobody took are old by then. */
  constructor(kernel: Kernel, path: string, descriptor: number, before: () => void) {
    this.#kernel = kernel;
    this.#path = path;
    this.#descriptor = descriptor;
    this.#before = before;
    rmSync(path, { force: true });
    this.#listener = kernel.listen(path);
    if (this.#listener >= 0) kernel.watch(this.#listener, true, () => this.#accept());
  }

  /** A negated errno where the socket could not be made. */
  get result(): number {
    return this.#listener;
  }

  /** Somebody has the samples. */
  get taken(): boolean {
    return this.#connection !== undefined;
  }

  /** While the card dials pulses, any write would end that. */
  silence(quiet: boolean): void {
    if (this.#quiet === quiet) return;
    this.#quiet = quiet;
    if (this.#connection !== undefined) this.#kernel.write(this.#connection, quiet ? said.silent : said.speak);
  }

  close(): void {
    this.#drop();
    if (this.#listener < 0) return;
    this.#kernel.close(this.#listener);
    rmSync(this.#path, { force: true });
  }

  #accept(): void {
    const connection = this.#kernel.accept(this.#listener);
    if (connection < 0) return;
    // One engine: a new one is there because the old one is gone.
    this.#drop();
    this.#before();
    if (this.#kernel.sendDescriptor(connection, this.#descriptor) < 0) {
      this.#kernel.close(connection);
      return;
    }
    this.#connection = connection;
    if (this.#quiet) this.#kernel.write(connection, said.silent);
    this.#kernel.watch(connection, true, () => {
      // It says nothing; its end is all that can be read.
      if (this.#connection === connection) this.#drop();
    });
  }

  #drop(): void {
    if (this.#connection === undefined) return;
    this.#kernel.close(this.#connection);
    this.#connection = undefined;
  }
}
