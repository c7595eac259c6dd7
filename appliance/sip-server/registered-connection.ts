import { parseNameAddrList, type SipRequest, type SipResponse } from '../../src/sip/index.js';
import type { Destinations } from './destinations.js';
import { expiresOf } from './event-headers.js';
import type { Link } from './transport.js';

/** A phone on a connection is called over that connection (RFC 5626 in spirit; what drachtio does). */
export function rememberConnection(
  destinations: Destinations,
  request: SipRequest,
  response: SipResponse,
  link: Link,
): void {
  if (!link.reliable) return;
  const otherwise = expiresOf(response, expiresOf(request, 3600));
  for (const line of request.headers.all('Contact')) {
    const contacts = parseNameAddrList(line);
    if (!contacts.ok) continue;
    for (const contact of contacts.value) {
      const own = Number.parseInt(contact.parameters.get('expires') ?? '', 10);
      destinations.remember(contact.uri, link, Number.isFinite(own) ? own : otherwise);
    }
  }
}
