import { err, ok, type Result } from '../../src/base/index.js';

const lineEnd = 0x0a;

/** A line as it was read: a value, or why it is none. */
export type JsonLine = Result<unknown, string>;

/**
 * Cuts a stream of bytes into lines of JSON. A line that is no JSON is a fault of its own; one that is too long is the end:
 * what follows it cannot be told from its rest.
 */
export class JsonLineReader {
  readonly #limitBytes: number;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Buffer): Result<readonly JsonLine[], string> {
    const lines: JsonLine[] = [];
    let rest = chunk;
    for (let at = rest.indexOf(lineEnd); at >= 0; at = rest.indexOf(lineEnd)) {
      if (this.#bytes + at > this.#limitBytes) return this.#tooLong();
      lines.push(read(Buffer.concat([...this.#waiting, rest.subarray(0, at)]).toString('utf8')));
      this.#waiting = [];
      this.#bytes = 0;
      rest = rest.subarray(at + 1);
    }
    this.#bytes += rest.length;
    if (this.#bytes > this.#limitBytes) return this.#tooLong();
    if (rest.length > 0) this.#waiting.push(rest);
    return ok(lines);
  }

  #tooLong(): { readonly ok: false; readonly error: string } {
    return err(`a line is longer than ${this.#limitBytes} bytes`);
  }
}

function read(text: string): JsonLine {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err('a line is not JSON');
  }
}
