import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';

const library = koffi.load('libc.so.6');
const grant = library.func('int grantpt(int)');
const unlock = library.func('int unlockpt(int)');
const nameOf = library.func('const char *ptsname(int)');

/** Both ends of a wire: a device file like a serial port's, and whoever sits behind it. */
export class PseudoTerminal {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  constructor() {
    this.#descriptor = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    if (grant(this.#descriptor) !== 0 || unlock(this.#descriptor) !== 0) throw new Error('no pseudo-terminal');
    this.path = nameOf(this.#descriptor);
  }

  say(text: string): void {
    writeSync(this.#descriptor, Buffer.from(text, 'latin1'));
  }

  /** What there is; '' where there is nothing. */
  read(): string {
    const bytes = Buffer.alloc(65_536);
    try {
      return bytes.toString('latin1', 0, readSync(this.#descriptor, bytes));
    } catch {
      // Nothing there (EAGAIN), or nobody has it open (EIO).
      return '';
    }
  }

  /** Reads until it ends with `end`. */
  async until(end: string, patienceMs = 20_000): Promise<string> {
    let text = '';
    for (let waited = 0; waited < patienceMs; waited += 20) {
      text += this.read();
      if (text.endsWith(end)) return text;
      await sleep(20);
    }
    throw new Error(`only ${JSON.stringify(text.slice(-200))} was heard`);
  }

  hangUp(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }
}
