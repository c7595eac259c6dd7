/** A way that a request can take, and the one to take when this one fails; or why there is none (RFC 3263 §4). */
export type Way<P> = { readonly link: P; readonly next?: (() => Way<P>) | undefined } | { readonly failure: string };

/** What the peer has said to a request so far. */
export type Heard = 'nothing' | 'trying' | 'progress';

/**
 * Whether the next address is tried (RFC 3263 §4.3): after silence, a transport error, or 503. An INVITE that somebody
 * has taken stays where it is; a 503 after no more than a 100 is a refusal that never rang.
 */
export function triesNext(method: string, heard: Heard, outcome: 'timedOut' | 'failed' | number): boolean {
  if (method === 'INVITE' && heard === 'progress') return false;
  if (outcome === 503) return true;
  if (typeof outcome === 'number') return false;
  return method !== 'INVITE' || heard === 'nothing';
}
