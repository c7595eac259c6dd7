import { canonicalName, isKnownName } from './header-names.js';
import { splitList } from './lists.js';

/**
 * The header lines of a message in their order. Names are kept in the standards' long form (an unknown name as it
 * came); lookup takes any case and the compact forms. Values are unfolded and trimmed, and otherwise as they came.
 */
export class Headers {
  #names: string[] = [];
  #values: string[] = [];

  constructor(entries?: Iterable<readonly [name: string, value: string]>) {
    if (entries === undefined) return;
    for (const [name, value] of entries) this.append(name, value);
  }

  /** For the parser, which has checked both; the arrays become the headers' own. */
  static of(names: string[], values: string[]): Headers {
    const headers = new Headers();
    headers.#names = names;
    headers.#values = values;
    return headers;
  }

  /** Header lines. */
  get count(): number {
    return this.#names.length;
  }

  /** The first line's value. */
  get(name: string): string | undefined {
    const at = this.#find(name, 0);
    return at < 0 ? undefined : this.#values[at];
  }

  /** The values of all lines of that name, in order, commas not split. */
  all(name: string): readonly string[] {
    const found: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + 1)) {
      const value = this.#values[at];
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  /** The members of all lines of that name, split at commas (RFC 3261 §7.3.1). */
  list(name: string): readonly string[] {
    const lines = this.all(name);
    const [only] = lines;
    if (only === undefined) return lines;
    return lines.length === 1 ? splitList(only) : lines.flatMap(splitList);
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /** One line of that name, with `value`: at the place of the first, or at the end. */
  set(name: string, value: string): void {
    const canonical = canonicalName(name);
    check(canonical, value);
    const at = this.#find(canonical, 0);
    if (at < 0) {
      this.#names.push(canonical);
      this.#values.push(value);
      return;
    }
    this.#values[at] = value;
    this.#removeFrom(canonical, at + 1);
  }

  /** Replaces the first line's value and leaves the others; false when there is none. */
  replaceFirst(name: string, value: string): boolean {
    const canonical = canonicalName(name);
    check(canonical, value);
    const at = this.#find(canonical, 0);
    if (at < 0) return false;
    this.#values[at] = value;
    return true;
  }

  /** Adds a line after all others. */
  append(name: string, value: string): void {
    const canonical = canonicalName(name);
    check(canonical, value);
    this.#names.push(canonical);
    this.#values.push(value);
  }

  /** Adds a line before the first of that name, or before all others. */
  prepend(name: string, value: string): void {
    const canonical = canonicalName(name);
    check(canonical, value);
    const at = Math.max(0, this.#find(canonical, 0));
    this.#names.splice(at, 0, canonical);
    this.#values.splice(at, 0, value);
  }

  /** Removes every line of that name. */
  remove(name: string): void {
    this.#removeFrom(name, 0);
  }

  /** Removes the first line of that name and returns its value. */
  removeFirst(name: string): string | undefined {
    const at = this.#find(name, 0);
    if (at < 0) return undefined;
    const value = this.#values[at];
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
    return value;
  }

  *entries(): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i] ?? '', this.#values[i] ?? ''];
  }

  /** The lines as text, each ended by CRLF; `contentLength` takes the place of what the message said of itself. */
  format(contentLength: number): string {
    const names = this.#names;
    const values = this.#values;
    let text = '';
    let said = false;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? '';
      if (name !== 'Content-Length') {
        text += `${name}: ${values[i] ?? ''}\r\n`;
      } else if (!said) {
        said = true;
        text += `Content-Length: ${contentLength}\r\n`;
      }
    }
    return said ? text : `${text}Content-Length: ${contentLength}\r\n`;
  }

  clone(): Headers {
    return Headers.of(this.#names.slice(), this.#values.slice());
  }

  /** The first line of that name, in any spelling, at or behind `from`; -1 when there is none. */
  #find(name: string, from: number): number {
    const names = this.#names;
    const initial = name.charCodeAt(0) | 32;
    for (let i = from; i < names.length; i++) {
      const other = names[i] ?? '';
      if (other === name) return i;
      if (other.length === name.length && (other.charCodeAt(0) | 32) === initial) return this.#findSpelled(name, i);
    }
    return isKnownName(name) ? -1 : this.#findSpelled(name, from);
  }

  #findSpelled(name: string, from: number): number {
    const names = this.#names;
    const canonical = canonicalName(name);
    if (isKnownName(canonical)) return names.indexOf(canonical, from);
    const lower = canonical.toLowerCase();
    for (let i = from; i < names.length; i++) {
      const other = names[i] ?? '';
      if (other.length === lower.length && other.toLowerCase() === lower) return i;
    }
    return -1;
  }

  #removeFrom(name: string, from: number): void {
    for (let at = this.#find(name, from); at >= 0; at = this.#find(name, at)) {
      this.#names.splice(at, 1);
      this.#values.splice(at, 1);
    }
  }
}

/** A line end inside a name or value would let one header write another: only our own bug can bring one here. */
function check(name: string, value: string): void {
  if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0 || name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
    throw new Error(`line end inside the header '${JSON.stringify(name)}'`);
  }
}
