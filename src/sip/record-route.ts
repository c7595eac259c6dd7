import { keyedHash } from './keyed-hash.js';
import type { SipRequest } from './message.js';
import { tagOf } from './name-addr.js';
import { parseSipUri } from './uri.js';

/** The parameter of our Record-Route by which its dialog's requests are known again. */
const PARAMETER = 'hfd';

/**
 * What our Record-Route says beside its address: a proof that we proxied the dialog, so that a route through us carries
 * its requests and nobody else's. A proxy that follows every Route is open to the world.
 */
export function recordRouteParameter(request: SipRequest, key: string): string {
  const h = request.headers;
  return `;${PARAMETER}=${proof(h.get('Call-ID') ?? '', tagOf(h.get('From') ?? '') ?? '', key)}`;
}

/** True for a route that {@link recordRouteParameter} marked for the dialog of `request`, which either side may send. */
export function isRecordRouteOf(uri: string, request: SipRequest, key: string): boolean {
  if (!uri.includes(PARAMETER)) return false;
  const parsed = parseSipUri(uri);
  const given = parsed.ok ? parsed.value.parameters.get(PARAMETER) : undefined;
  if (given === undefined) return false;
  const callId = request.headers.get('Call-ID') ?? '';
  return ['From', 'To'].some((name) => {
    const tag = tagOf(request.headers.get(name) ?? '');
    return tag !== undefined && proof(callId, tag, key) === given;
  });
}

function proof(callId: string, tag: string, key: string): string {
  return keyedHash(`${callId}\n${tag}`, key);
}
