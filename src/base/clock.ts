/** Time as an argument: the system clock lives in `appliance/io`, the virtual one in `test/sim`. */
export interface Clock {
  /** Monotonic milliseconds. Durations come from here, never from {@link wall}. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC, for people and records only: it may jump. */
  wall(): number;
  /** Runs `fire` once, `delayMs` from now. A negative or zero delay fires on a later turn, never synchronously. */
  after(delayMs: number, fire: () => void): Timer;
}

export interface Timer {
  /** Idempotent; cancelling a timer that fired does nothing. */
  cancel(): void;
}
