import type { Headers } from '../../src/sip/index.js';

/**
 * What the control protocol knows and this server does not do yet, in one place: call detail events, proxying,
 * reliable provisional responses (RFC 3262) and session timers (RFC 4028). Each is refused with its reason.
 */

/** Why a verb, or an event asked for with `route`, is refused; undefined when it is not known as deferred. */
export function deferredVerb(verb: string): string | undefined {
  if (verb === 'proxy') return 'proxying is not supported yet';
  return undefined;
}

/** Option tags that a request may not require: the server would have to do its part. */
export const deferredOptionTags: ReadonlySet<string> = new Set(['100rel', 'timer']);

/**
 * A header that an application wrote, without the promise of what the server does not do yet: a peer would take it at
 * its word. Undefined: the header is left out.
 */
export function withoutDeferred(name: string, value: string): string | undefined {
  if (name === 'Session-Expires' || name === 'Min-SE') return undefined;
  if (name !== 'Supported' && name !== 'Require') return value;
  const tags = value.split(',').map((tag) => tag.trim());
  const kept = tags.filter((tag) => !deferredOptionTags.has(tag.toLowerCase()));
  if (kept.length === tags.length) return value;
  return kept.length === 0 ? undefined : kept.join(', ');
}

/** Why a provisional response of an application is refused; undefined when it is plain. */
export function deferredProvisional(headers: Headers): string | undefined {
  if (!/(^|[\s,])100rel([\s,]|$)/i.test(headers.get('Require') ?? '')) return undefined;
  return 'reliable provisional responses (100rel) are not supported yet';
}

/** Why an in-dialog request of an application is refused. */
export function deferredMethod(method: string): string | undefined {
  return method === 'PRACK' ? 'reliable provisional responses (100rel) are not supported yet' : undefined;
}
