/**
 * What one probe found.
 * - `answered`: any SIP answer of the centre, whatever its status. `address` is where it came from ("192.0.2.1:5060",
 *   "[2001:db8::1]:5060"), if known: it keeps being used when the name stops resolving.
 * - `silent`: nothing within the time given. A 408 that the local stack made up is `silent`, not `answered`.
 * - `refused`: the far end said no: RST, ICMP port unreachable, ECONNREFUSED.
 * - `unreachable`: this machine or a router knows no way (ENETUNREACH, EHOSTUNREACH); counts as a miss.
 * - `unresolved`: the target's name has no address (DNS).
 */
export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly rttMs: number; readonly address?: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'unresolved'; readonly why: string };

/** Port: sends one OPTIONS on the live flow. Never rejects; several probes of one target may be under way at once. */
export interface Prober {
  /** `target`: SIP URI. An answer after `timeoutMs` may still be returned: it counts, without its round trip. */
  probe(target: string, timeoutMs: number): Promise<ProbeOutcome>;
}
