/** The base values of RFC 3261 §17.1.1.1 (Table 4), in milliseconds. */
export interface TimerSettings {
  /** Estimate of the round trip. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2Ms: number;
  /** Longest time that a message stays in the network. */
  readonly t4Ms: number;
}

/** RFC 3261 Table 4. */
export const standardTimers: TimerSettings = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** What the tables' timers are computed from. Reliable transports differ only here: in durations. */
export interface TimerContext {
  readonly timers: TimerSettings;
  /** The transport delivers or says that it did not: no retransmission, no waiting for stragglers. */
  readonly reliable: boolean;
  /** The current retransmission interval; the retransmitting action doubles it. */
  intervalMs: number;
  /** What is left of 64*T1 since the transaction began: this timer outlives a change of state. */
  remainingMs(): number;
}

/** 64*T1: how long a peer's silence is waited out (timers B, F, H, L, M and J). */
export function sixtyFourT1(c: TimerContext): number {
  return 64 * c.timers.t1Ms;
}

/** The interval of the next retransmission, none on a reliable transport. */
export function retransmission(c: TimerContext): number {
  return c.reliable ? Number.POSITIVE_INFINITY : c.intervalMs;
}

/** T4 for stragglers on an unreliable transport (timers I and K), nothing on a reliable one. */
export function stragglers(c: TimerContext): number {
  return c.reliable ? 0 : c.timers.t4Ms;
}

/** Doubles the interval up to T2 (timers E and G). */
export function backOff(c: TimerContext): void {
  c.intervalMs = Math.min(2 * c.intervalMs, c.timers.t2Ms);
}
