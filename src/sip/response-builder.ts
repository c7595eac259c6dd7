import { Headers } from './headers.js';
import { emptyBody, type SipRequest, type SipResponse } from './message.js';
import { tagOf } from './name-addr.js';
import { reasonPhrase } from './reason-phrase.js';

/**
 * The skeleton of a response (RFC 3261 §8.2.6): Via lines, From, To, Call-ID and CSeq of the request. `toTag` is added
 * to a To that has none; a 100 gets no tag and keeps the Timestamp.
 */
export function createResponse(request: SipRequest, status: number, toTag?: string, reason?: string): SipResponse {
  const from = request.headers;
  const headers = new Headers();
  for (const via of from.all('Via')) headers.append('Via', via);
  copy(from, headers, 'From');
  const to = from.get('To');
  const tagged = toTag === undefined || status === 100 || to === undefined || tagOf(to) !== undefined;
  if (to !== undefined) headers.append('To', tagged ? to : `${to};tag=${toTag}`);
  copy(from, headers, 'Call-ID');
  copy(from, headers, 'CSeq');
  if (status === 100) copy(from, headers, 'Timestamp');
  return { kind: 'response', status, reason: reason ?? reasonPhrase(status), headers, body: emptyBody };
}

/** What a malformed request lacks, its answer lacks too. */
function copy(from: Headers, to: Headers, name: string): void {
  const value = from.get(name);
  if (value !== undefined) to.append(name, value);
}
