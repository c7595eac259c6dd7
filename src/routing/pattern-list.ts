import { compareSpecificity, matchesPattern, type NumberPattern, parseNumberPattern } from '../config/index.js';

/** The patterns of a configuration, whose parser has refused those that are none. */
export function compilePatterns(texts: readonly string[]): readonly NumberPattern[] {
  return texts.flatMap((text) => {
    const pattern = parseNumberPattern(text);
    return pattern.ok ? [pattern.value] : [];
  });
}

/** Entries with a pattern each, most specific first, so that the first match is the one that counts. */
export class PatternList<T> {
  readonly #entries: readonly { readonly pattern: NumberPattern; readonly entry: T }[];

  constructor(entries: readonly T[], textOf: (entry: T) => string) {
    this.#entries = entries
      .flatMap((entry) => compilePatterns([textOf(entry)]).map((pattern) => ({ pattern, entry })))
      .toSorted((a, b) => compareSpecificity(a.pattern, b.pattern));
  }

  find(number: string): T | undefined {
    return this.#entries.find(({ pattern }) => matchesPattern(pattern, number))?.entry;
  }
}
