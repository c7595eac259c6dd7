/** A reader of what strangers send, and the laws that it must keep for whatever arrives. */
export interface FuzzTarget {
  readonly name: string;
  /**
   * The product's own work: it must not throw, and take no longer than {@link hangMs} for the largest input. Whoever does
   * more than that gives the milliseconds that count.
   */
  readonly work: (input: Buffer) => undefined | Promise<number>;
  /** Throws where a law is broken; not timed. */
  readonly check?: (input: Buffer) => void | Promise<void>;
  /** What to begin with. */
  readonly seeds: () => readonly Buffer[];
  /** More to begin with, that is not ours to keep: no line of it enters the corpus. */
  readonly borrowed?: () => readonly Buffer[];
  /** Words of the protocol beside those that stand in the code. */
  readonly words: readonly string[];
  readonly mostBytes: number;
  /** Inputs that were drawn for each one in the tree, at most; the rest were like another. */
  readonly corpusFiles: number;
}

/** More than this for one input of 64 KB is a hang. */
export const hangMs = 50;
