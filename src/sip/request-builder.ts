import { Headers } from './headers.js';
import { emptyBody, type SipRequest, type SipResponse } from './message.js';

/** The number of a CSeq value; NaN when it has none. */
export function cseqNumber(headers: Headers): number {
  return Number.parseInt(headers.get('CSeq') ?? '', 10);
}

/** The method of a CSeq value, empty when it has none. */
export function cseqMethod(headers: Headers): string {
  const value = headers.get('CSeq') ?? '';
  return value.slice(Math.max(value.lastIndexOf(' '), value.lastIndexOf('\t')) + 1);
}

/** The ACK that an INVITE client transaction makes for a non-2xx final response (RFC 3261 §17.1.1.3). */
export function ackToFailure(invite: SipRequest, response: SipResponse): SipRequest {
  return hopByHop(invite, 'ACK', response.headers.get('To') ?? '');
}

/** The CANCEL of an INVITE (RFC 3261 §9.1); `extra` headers, e.g. Reason, go along. */
export function cancelFor(invite: SipRequest, extra: readonly (readonly [string, string])[] = []): SipRequest {
  const cancel = hopByHop(invite, 'CANCEL', invite.headers.get('To') ?? '');
  for (const [name, value] of extra) cancel.headers.append(name, value);
  return cancel;
}

function hopByHop(invite: SipRequest, method: string, to: string): SipRequest {
  const headers = new Headers();
  headers.append('Via', invite.headers.get('Via') ?? '');
  for (const route of invite.headers.all('Route')) headers.append('Route', route);
  headers.append('Max-Forwards', '70');
  headers.append('From', invite.headers.get('From') ?? '');
  headers.append('To', to);
  headers.append('Call-ID', invite.headers.get('Call-ID') ?? '');
  headers.append('CSeq', `${cseqNumber(invite.headers)} ${method}`);
  return { kind: 'request', method, uri: invite.uri, headers, body: emptyBody };
}
