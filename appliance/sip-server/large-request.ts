import { formatMessage, type SipRequest } from '../../src/sip/index.js';

/** A request with a smaller body is never near the limit of a datagram. */
const LARGE_BODY_BYTES = 400;
/** What our Via will add. */
const VIA_BYTES = 80;
/** Where the path's MTU is not known (RFC 3261 §18.1.1). */
const MAX_DATAGRAM_BYTES = 1300;

/** Too large for a datagram. */
export function isLarge(request: SipRequest): boolean {
  return request.body.length >= LARGE_BODY_BYTES && formatMessage(request).length + VIA_BYTES > MAX_DATAGRAM_BYTES;
}
