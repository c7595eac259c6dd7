import type { Span } from './span.js';

/** What a backend tells of its cards while it runs. */
export type HardwareEvent =
  /** At start for each span that is there, and again when a card returns: then it is another object of the same id. */
  | { readonly kind: 'plugged'; readonly span: Span }
  | { readonly kind: 'unplugged'; readonly id: string }
  /** A card is there, but cannot be used; `install` names what a person has to do. */
  | {
      readonly kind: 'unusable';
      readonly card: string;
      readonly lacks: 'driver' | 'firmware' | 'rights';
      readonly install: string;
    };

/** One backend: real cards, simulated ones, or a recording. */
export interface LineHardware {
  /** Those that are there now. */
  readonly spans: readonly Span[];
  /** Any number of listeners; each is told first of what is there. */
  on(listener: (event: HardwareEvent) => void): void;
}
