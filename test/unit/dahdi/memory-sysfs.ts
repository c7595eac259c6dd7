import type { Sysfs } from '../../../hw/dahdi/index.js';

/** Files by their paths, as the kernel shows them; a value that begins with `-> ` is a link. */
export type Files = Readonly<Record<string, string>>;

/** A tree in memory; writing to a card's files does what the driver does. */
export class MemorySysfs implements Sysfs {
  readonly files: Map<string, string>;
  readonly written: string[] = [];
  /** Counts how often a folder was made anew. */
  readonly instances = new Map<string, number>();
  /** What the driver does with what is written; the fault it answers. */
  onWrite: (path: string, text: string) => string | undefined = () => undefined;

  constructor(files: Files = {}) {
    this.files = new Map(Object.entries(files));
  }

  add(files: Files): void {
    for (const [path, text] of Object.entries(files)) this.files.set(path, text);
  }

  instance(path: string): string {
    return this.list(path).length === 0 ? '' : String(this.instances.get(path) ?? 1);
  }

  remove(under: string): void {
    this.instances.set(under, (this.instances.get(under) ?? 1) + 1);
    for (const path of [...this.files.keys()]) if (path.startsWith(under)) this.files.delete(path);
  }

  list(path: string): readonly string[] {
    const under = `${path}/`;
    const names = new Set<string>();
    for (const file of this.files.keys()) {
      const name = file.startsWith(under) ? file.slice(under.length).split('/')[0] : undefined;
      if (name !== undefined && name !== '.') names.add(name);
    }
    return [...names].sort();
  }

  read(path: string): string | undefined {
    return this.files.get(path)?.replace(/\n$/, '');
  }

  link(path: string): string | undefined {
    const text = this.files.get(path);
    return text?.startsWith('-> ') === true ? text.slice(3) : undefined;
  }

  readLater(path: string, done: (text: string | undefined) => void): void {
    done(this.files.get(path));
  }

  writeLater(path: string, text: string, done: (fault: string | undefined) => void): void {
    this.written.push(`${path} ${text}`);
    done(this.onWrite(path, text));
  }
}
