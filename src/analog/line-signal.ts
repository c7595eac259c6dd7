/** What a line card sees of its line. Cards that decode hook flashes, winks and pulses say so; others say only the hook. */
export type LineSignal =
  /** FXS: the loop is closed. E&M: the far end is off hook (its M lead, or bit A of CAS). */
  | { readonly kind: 'offHook' }
  | { readonly kind: 'onHook' }
  /** FXS: a decoded hook flash. */
  | { readonly kind: 'flash' }
  /** E&M: a decoded wink. */
  | { readonly kind: 'wink' }
  /** A decoded train of 1-10 dial pulses. */
  | { readonly kind: 'pulses'; readonly count: number }
  /** FXO: ringing voltage. FXS: the burst of a cadence that we asked for. */
  | { readonly kind: 'ringOn' }
  | { readonly kind: 'ringOff' }
  /** FXO: current in the loop that we closed, and its loss while we hold it closed. */
  | { readonly kind: 'current'; readonly flows: boolean }
  /** FXO: which way the exchange feeds the line; told when it changes. */
  | { readonly kind: 'polarity'; readonly reversed: boolean }
  /** Ground start. FXS: the far end grounded the ring lead. */
  | { readonly kind: 'ringGround' }
  /** Ground start. FXO: the exchange grounded the tip lead. */
  | { readonly kind: 'tipGround' }
  /** What an order with a length came to: all digits are out. */
  | { readonly kind: 'pulsesSent' };

/** What a line card is told to do. Carried out in order; what cannot be done comes back as a fault of the channel. */
export type LineOrder =
  /** FXO: closes or opens the loop. E&M: our own signalling lead. FXS: joins the line to its samples, or rests. */
  | { readonly kind: 'hook'; readonly offHook: boolean }
  /** FXS: rings until told otherwise; alternately on and off, from the start again at the end. Milliseconds. */
  | { readonly kind: 'ring'; readonly cadence: readonly number[] }
  | { readonly kind: 'stopRing' }
  | { readonly kind: 'wink'; readonly durationMs: number }
  | { readonly kind: 'flash'; readonly durationMs: number }
  | { readonly kind: 'polarity'; readonly reversed: boolean }
  /** FXS: battery on the line; off is the open switching interval that ends a call. */
  | { readonly kind: 'battery'; readonly on: boolean }
  /** Ground start. FXS: our tip lead. */
  | { readonly kind: 'tipGround'; readonly on: boolean }
  /** Ground start. FXO: our ring lead. */
  | { readonly kind: 'ringGround'; readonly on: boolean }
  /** Dials trains of pulses by the card's own timing; `pulsesSent` follows. 1-10 each. */
  | {
      readonly kind: 'pulses';
      readonly counts: readonly number[];
      readonly breakMs: number;
      readonly makeMs: number;
      readonly interDigitMs: number;
    }
  /** FXS: sound reaches a telephone that is on hook, for its caller-ID receiver. */
  | { readonly kind: 'onHookTransmission'; readonly durationMs: number }
  /** Length of the echo path that is cancelled, ms; 0 is off. */
  | { readonly kind: 'echoCanceller'; readonly tailMs: number }
  /** FXS: the voltage that lights a neon lamp. */
  | { readonly kind: 'neon'; readonly on: boolean };
