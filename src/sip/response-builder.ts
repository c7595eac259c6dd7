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
  headers.append('From', from.get('From') ?? '');
  const to = from.get('To') ?? '';
  headers.append('To', toTag === undefined || status === 100 || tagOf(to) !== undefined ? to : `${to};tag=${toTag}`);
  headers.append('Call-ID', from.get('Call-ID') ?? '');
  headers.append('CSeq', from.get('CSeq') ?? '');
  if (status === 100) {
    const timestamp = from.get('Timestamp');
    if (timestamp !== undefined) headers.append('Timestamp', timestamp);
  }
  return { kind: 'response', status, reason: reason ?? reasonPhrase(status), headers, body: emptyBody };
}
