import { readdirSync, readFile, readFileSync, readlinkSync, statSync, writeFile } from 'node:fs';
import { join } from 'node:path';

/** The kernel's files of devices (sysfs, procfs), and the machine's firmware: paths below a root. */
export interface Sysfs {
  /** Names in a folder, sorted; [] where there is none. */
  list(path: string): readonly string[];
  /** One attribute without its line end; undefined where it is not there. */
  read(path: string): string | undefined;
  /** What a symbolic link says. */
  link(path: string): string | undefined;
  /** Another each time that the folder is made anew, under whatever name; '' where there is none. */
  instance(path: string): string;
  /** For files whose reading may wait for a card. */
  readLater(path: string, done: (text: string | undefined) => void): void;
  /** `fault`: what the driver answered, e.g. `EINVAL`. It may wait for a card. */
  writeLater(path: string, text: string, done: (fault: string | undefined) => void): void;
}

export class FileSysfs implements Sysfs {
  readonly #root: string;

  /** `/`, or the root of a recorded tree. */
  constructor(root: string) {
    this.#root = root;
  }

  list(path: string): readonly string[] {
    try {
      return readdirSync(join(this.#root, path)).sort();
    } catch {
      return [];
    }
  }

  read(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8').replace(/\n$/, '');
    } catch {
      return undefined;
    }
  }

  link(path: string): string | undefined {
    try {
      return readlinkSync(join(this.#root, path));
    } catch {
      return undefined;
    }
  }

  instance(path: string): string {
    try {
      return String(statSync(join(this.#root, path), { bigint: true }).ino);
    } catch {
      return '';
    }
  }

  readLater(path: string, done: (text: string | undefined) => void): void {
    readFile(join(this.#root, path), 'utf8', (fault, text) => done(fault === null ? text : undefined));
  }

  writeLater(path: string, text: string, done: (fault: string | undefined) => void): void {
    writeFile(join(this.#root, path), text, (fault) => done(fault === null ? undefined : (fault.code ?? 'EIO')));
  }
}
