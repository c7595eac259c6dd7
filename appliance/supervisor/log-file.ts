import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Five files of this size a process: a week of ordinary warnings, and never a full disk. */
const FILE_BYTES = 4 * 1024 * 1024;
const FILES = 5;

/** A process's output in a file that is set aside as `NAME.1` … `NAME.4` when it has grown. */
export class LogFile {
  readonly #path: string;
  readonly #limit: number;
  #file: number | undefined;
  #bytes = 0;

  constructor(path: string, limitBytes = FILE_BYTES) {
    this.#path = path;
    this.#limit = limitBytes;
    this.#open();
  }

  /** A log that cannot be written (full disk) is no reason to stop a telephone: the line is lost. */
  write(text: string): void {
    try {
      if (this.#bytes + text.length > this.#limit && this.#bytes > 0) this.#rotate();
      if (this.#file !== undefined) this.#bytes += writeSync(this.#file, text);
    } catch {
      this.#reopen();
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): void {
    this.#file = openSync(this.#path, 'a', 0o640);
    this.#bytes = fstatSync(this.#file).size;
  }

  #rotate(): void {
    this.close();
    for (let i = FILES - 1; i >= 1; i--) {
      try {
        renameSync(i === 1 ? this.#path : `${this.#path}.${i - 1}`, `${this.#path}.${i}`);
      } catch {
        // The older file is not there yet.
      }
    }
    this.#open();
  }

  #reopen(): void {
    try {
      this.close();
      this.#open();
    } catch {
      this.#file = undefined;
    }
  }
}
