/**
 * Why the centre does not serve, told apart because each has another remedy and another person to call.
 * `trunk` is a fault of a local line: raised by routing, named here so that every fault has one list of names.
 */
export type FaultClass = 'wan-link' | 'wan-path' | 'central-refused' | 'central-application' | 'dns' | 'trunk';

/** Faults in the words of a person at the branch. */
export const faultNames: { readonly [fault in FaultClass]: string } = {
  'wan-link': 'the WAN link of this box is down',
  'wan-path': 'the link is up but nothing comes back from the centre',
  'central-refused': 'the centre is reached but refuses the connection',
  'central-application': 'the centre is reached but its telephone service is down',
  dns: "the centre's name does not resolve",
  trunk: 'a local line is down',
};

export interface TargetStatus {
  /** SIP URI as configured. */
  readonly target: string;
  readonly state: 'unknown' | 'up' | 'suspect' | 'down';
  readonly fault?: FaultClass;
  readonly why: string;
  /** The one that calls and registrations use. */
  readonly best: boolean;
  /** Last known address, in use while the name does not resolve. */
  readonly cachedAddress?: string;
  readonly rttMs?: number;
  readonly rttP99Ms?: number;
  /** How long a probe, or a call, waits for a first answer now. */
  readonly timeoutMs: number;
  readonly lastAnswerWall?: number;
  readonly missesInARow: number;
  /** Share of the last 256 ordinary probes that were lost while the path was up, 0-1. */
  readonly loss: number;
}

export interface PathStatus {
  readonly state: 'up' | 'suspect' | 'down';
  /** Present when down, and when up with `dns` failing while a cached address still serves. */
  readonly fault?: FaultClass;
  /** Since when `state` holds; ms since 1970, UTC. */
  readonly sinceWall: number;
  /** A sentence for people. */
  readonly why: string;
  /** Of the best target. */
  readonly rttP99Ms?: number;
  readonly lastAnswerWall?: number;
  readonly targets: readonly TargetStatus[];
}

/**
 * What the monitor tells. `down` comes again when the fault changes. `probe` concerns only the best target, so that a
 * dead second one never spoils a streak. `fault` and `fault-over` are faults that leave the path up.
 */
export type PathEvent =
  | { readonly kind: 'up'; readonly why: string }
  | { readonly kind: 'down'; readonly fault: FaultClass; readonly why: string }
  | { readonly kind: 'probe'; readonly good: boolean }
  | { readonly kind: 'fault'; readonly fault: FaultClass; readonly why: string }
  | { readonly kind: 'fault-over'; readonly fault: FaultClass; readonly why: string };
