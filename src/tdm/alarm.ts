/** Why a span or a line carries no calls, or soon may not (ANSI T1.231, ITU-T G.775, G.732). */
export type Alarm =
  /** We cannot find the frame (loss of frame), after integration. */
  | 'red'
  /** The far end tells us that it does not hear us: remote alarm indication. */
  | 'yellow'
  /** All ones: a device between says that it lost its own input (AIS). */
  | 'blue'
  /** No pulses at all. */
  | 'los'
  /** A loop-back for maintenance is up. */
  | 'loopback'
  /** Analog: an exchange's line without battery. */
  | 'noBattery'
  /** The card does not answer. */
  | 'card';

/** Counted by the card since it started (ANSI T1.231, ITU-T G.826). They only grow; a card that does not count says 0. */
export interface SpanCounters {
  /** Blocks lost or repeated because two clocks differ. */
  readonly slips: number;
  /** Bipolar violations: line code errors. */
  readonly bipolarViolations: number;
  /** Frame check errors: CRC-6 (T1 ESF) or CRC-4 (E1). */
  readonly crcErrors: number;
  readonly framingErrors: number;
  readonly erroredSeconds: number;
  readonly severelyErroredSeconds: number;
  readonly unavailableSeconds: number;
}

export const noCounts: SpanCounters = {
  slips: 0,
  bipolarViolations: 0,
  crcErrors: 0,
  framingErrors: 0,
  erroredSeconds: 0,
  severelyErroredSeconds: 0,
  unavailableSeconds: 0,
};
