import type { Headers } from './headers.js';
import { keyedHash } from './keyed-hash.js';
import type { SipRequest } from './message.js';
import { tagOf } from './name-addr.js';
import { cseqNumber } from './request-builder.js';

/** RFC 5393 §5.3.3: what a request without Max-Breadth is given. */
const defaultBreadth = 60;

/**
 * The second part of our branch (RFC 3261 §16.6 step 8, RFC 5393 §4.2.1): equal for a request that comes again with
 * nothing changed that decides where it goes. Keyed, so that nobody else can write it. The topmost Via has no part in
 * it: a loop by way of another proxy would go unseen.
 */
export function loopMark(request: SipRequest, key: string): string {
  const h = request.headers;
  let text = `${request.uri}\n${tagOf(h.get('From') ?? '') ?? ''}\n${tagOf(h.get('To') ?? '') ?? ''}\n`;
  text += `${h.get('Call-ID')}\n${cseqNumber(h)}\n`;
  for (const name of ['Route', 'Proxy-Require', 'Proxy-Authorization', 'Authorization']) {
    text += `${h.all(name).join(',')}\n`;
  }
  return `.${keyedHash(text, key)}`;
}

/** True when the request has passed here before, as it is (RFC 3261 §16.3 step 4). */
export function hasLooped(request: SipRequest, mark: string): boolean {
  return request.headers.all('Via').some((via) => branchOf(via).endsWith(mark));
}

function branchOf(via: string): string {
  const at = via.toLowerCase().indexOf(';branch=');
  if (at < 0) return '';
  const end = via.indexOf(';', at + 1);
  return via.slice(at + 8, end < 0 ? via.length : end).trim();
}

/** How many branches this request may have at a time, all hops together (RFC 5393 §5). */
export function maxBreadth(headers: Headers): number {
  const value = headers.get('Max-Breadth');
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : defaultBreadth;
}
