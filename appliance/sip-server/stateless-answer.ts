import { createResponse, formatMessage, type ParseFault, type SipRequest } from '../../src/sip/index.js';

/** The answer to a malformed request; the same bytes get the same answer again. */
export function faultAnswer(request: SipRequest, fault: ParseFault): Buffer {
  const response = createResponse(request, fault.status, statelessTag(request), fault.reason);
  return formatMessage(response);
}

/** The refusal of a request that the server has no room for. */
export function refusalAnswer(request: SipRequest, retryAfterS: number): Buffer {
  const response = createResponse(request, 503, statelessTag(request));
  response.headers.append('Retry-After', String(retryAfterS));
  return formatMessage(response);
}

/** RFC 3261 §8.2.7: without state, the same request gets the same tag again. */
function statelessTag(request: SipRequest): string {
  const via = request.headers.get('Via') ?? '';
  let hash = 0x811c9dc5;
  for (let i = 0; i < via.length; i++) hash = Math.imul(hash ^ via.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
