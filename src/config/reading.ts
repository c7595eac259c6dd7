import type { LineCounter, ParsedNode } from 'yaml';

/** One thing wrong (or doubtful) in a configuration file, for people: where, why and what to do. */
export interface ConfigurationFault {
  readonly file: string;
  /** Where in the configuration, e.g. `trunks[1].uri`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly reason: string;
  readonly remedy: string;
}

/** `branch.yaml:12:5: trunks[1].uri: reason (remedy)`, the way compilers say it, so that editors can jump there. */
export function formatFault(fault: ConfigurationFault): string {
  const where = `${fault.file}:${fault.line}:${fault.column}`;
  return `${where}: ${fault.path === '' ? '' : `${fault.path}: `}${fault.reason} (${fault.remedy})`;
}

/** The faults found in one file so far, and where each of its values stands. */
export class Reading {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #knownPaths: readonly string[];
  readonly #offsets = new Map<string, number>();
  readonly #faults: ConfigurationFault[] = [];

  /** `knownPaths`: every `section.key` of the schema, to say where a misplaced key belongs. */
  constructor(file: string, lines: LineCounter, knownPaths: readonly string[]) {
    this.#file = file;
    this.#lines = lines;
    this.#knownPaths = knownPaths;
  }

  /** Where a key of this name belongs, if it does anywhere. */
  homeOf(name: string): string | undefined {
    return this.#knownPaths.find((path) => path.endsWith(`.${name}`));
  }

  /** In the order of the file. */
  get faults(): readonly ConfigurationFault[] {
    return this.#faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  /** Remembers where the value at `path` stands. */
  place(path: string, node: ParsedNode | undefined): void {
    if (node !== undefined) this.#offsets.set(path, node.range[0]);
  }

  fault(path: string, node: ParsedNode | undefined, reason: string, remedy: string): void {
    this.#faults.push(this.at(path, reason, remedy, node?.range[0]));
  }

  faultAt(path: string, offset: number, reason: string, remedy: string): void {
    this.#faults.push(this.at(path, reason, remedy, offset));
  }

  /** A fault at `path`, or at its nearest ancestor that stands in the file when the value itself does not. */
  at(path: string, reason: string, remedy: string, offset = this.#nearest(path)): ConfigurationFault {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, path, line: Math.max(1, line), column: Math.max(1, col), reason, remedy };
  }

  #nearest(path: string): number {
    for (let at = path; at !== ''; at = parentPath(at)) {
      const offset = this.#offsets.get(at);
      if (offset !== undefined) return offset;
    }
    return this.#offsets.get('') ?? 0;
  }
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0));
}
