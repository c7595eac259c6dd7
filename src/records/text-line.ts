/** A serial line as its users see it. */
export interface TextLine {
  /** True when the last octet has left; false where the line is gone: nothing is known of what was not told true. One at a time. */
  readonly write: (text: string) => Promise<boolean>;
  /** The line is there, again or for the first time. */
  readonly onUp: (listener: () => void) => void;
  readonly onText: (listener: (text: string) => void) => void;
}
