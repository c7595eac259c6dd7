import type { Headers } from './headers.js';
import { parseDeltaSeconds } from './numbers.js';
import { parameterAt } from './parameters.js';

/** RFC 4028 §4: shorter session intervals are refused. */
export const defaultMinSeS = 90;

/** A Session-Expires value (RFC 4028 §4). */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: Refresher | undefined;
}

/** Relative to one transaction: who sent the request, who answered it. */
export type Refresher = 'uac' | 'uas';

/** Undefined when there is none, or none that can be read. */
export function sessionExpiresOf(headers: Headers): SessionExpires | undefined {
  const value = headers.get('Session-Expires');
  if (value === undefined) return undefined;
  const seconds = parseDeltaSeconds(value);
  if (seconds === undefined) return undefined;
  const refresher = parameterAt(value, 0, value.length, 'refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

export function formatSessionExpires(seconds: number, refresher: Refresher | undefined): string {
  return refresher === undefined ? String(seconds) : `${seconds};refresher=${refresher}`;
}

/** The Min-SE of a message, at least `otherwise`. */
export function minSeOf(headers: Headers, otherwise: number): number {
  return Math.max(otherwise, parseDeltaSeconds(headers.get('Min-SE') ?? '') ?? 0);
}

/** True when one of the list-valued lines of that name (Supported, Require, Allow) holds the token. */
export function listHas(headers: Headers, name: string, token: string): boolean {
  return headers.has(name) && headers.list(name).some((member) => member.toLowerCase() === token);
}

/**
 * What the callee agrees to (RFC 4028 §9, table 2). `own`: the application's wish. Undefined: no session timer.
 * `current`: the interval in force, which a request that says nothing of it does not end.
 */
export function answerSessionExpires(
  request: Headers,
  own: SessionExpires | undefined,
  current: SessionExpires | undefined,
  minSeS: number,
): (SessionExpires & { readonly refresher: Refresher; readonly require: boolean }) | undefined {
  const asked = sessionExpiresOf(request);
  const seconds = own?.seconds ?? asked?.seconds ?? current?.seconds;
  if (seconds === undefined) return undefined;
  const least = minSeOf(request, minSeS);
  // The callee may shorten the interval, never lengthen it; the floor is the caller's and ours.
  const agreed = Math.max(least, asked === undefined ? seconds : Math.min(seconds, asked.seconds));
  const supported = listHas(request, 'Supported', 'timer') || listHas(request, 'Require', 'timer');
  const wished = asked?.refresher ?? own?.refresher ?? current?.refresher ?? 'uac';
  const refresher = supported ? wished : 'uas';
  return { seconds: agreed, refresher, require: supported };
}
