import type { SipRequest } from './message.js';
import { tagOf } from './name-addr.js';
import { cseqNumber } from './request-builder.js';
import type { TopVia } from './top-via.js';
import { branchCookie } from './via.js';

/**
 * What finds the server transaction of a request (RFC 3261 §17.2.3): branch, sent-by and method, ACK counting as
 * INVITE. Without the magic cookie (RFC 2543 clients) the fields that such a client keeps equal take its place.
 */
export function serverKey(request: SipRequest, via: TopVia, method: string = request.method): string {
  const name = method === 'ACK' ? 'INVITE' : method;
  if (via.branch.startsWith(branchCookie)) return `${via.branch}|${via.sentBy}|${name}`;
  const h = request.headers;
  const from = tagOf(h.get('From') ?? '') ?? '';
  return `${request.uri}|${from}|${h.get('Call-ID')}|${cseqNumber(h)}|${via.sentBy}|${via.branch}|${name}`;
}

/** Equal for copies of one request that came by different ways (RFC 3261 §8.2.2.2); empty inside a dialog. */
export function mergeKey(request: SipRequest): string {
  const h = request.headers;
  if (tagOf(h.get('To') ?? '') !== undefined) return '';
  return `${h.get('Call-ID')}|${tagOf(h.get('From') ?? '') ?? ''}|${h.get('CSeq')}`;
}

/** What finds the client transaction of a response (RFC 3261 §17.1.3): our branches are unique but for CANCEL's. */
export function clientKey(branch: string, cseqMethod: string): string {
  return cseqMethod === 'CANCEL' ? `${branch}|CANCEL` : branch;
}
