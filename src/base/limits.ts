/** Every limit of the product that is not a configuration value, with its reason. Sizes in bytes unless named otherwise. */
export const limits = {
  /** drachtio-srf's parser is quadratic in a header line's length: 8 KB keeps the worst case in milliseconds. */
  sipHeaderLineBytes: 8 * 1024,
  /** The largest UDP datagram; nothing that telephones say is longer. */
  sipMessageBytes: 64 * 1024,
  /** A message with more header lines than this is an attack on the parser's callers. */
  sipHeaderCount: 256,
  /** Control frames carry one SIP message and a leader of at most 1 KB. */
  controlFrameBytes: 72 * 1024,
  /** Transitions that a call remembers for its flight record. */
  flightRecordEntries: 100,
} as const;
