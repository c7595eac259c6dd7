import { createHmac } from 'node:crypto';
import type { SipRequest } from './message.js';
import { tagOf } from './name-addr.js';
import { parseSipUri } from './uri.js';

/** The parameter of our Record-Route by which its dialog's requests are known again. */
const PARAMETER = 'hfd';
const LENGTH = 16;

/**
 * What our Record-Route says beside its address: a proof that we proxied the dialog, so that a route through us carries
 * its requests and nobody else's. A proxy that follows every Route is open to the world.
 */
export function recordRouteParameter(request: SipRequest, key: Uint8Array): string {
  const h = request.headers;
  return `;${PARAMETER}=${proof(h.get('Call-ID') ?? '', tagOf(h.get('From') ?? '') ?? '', key)}`;
}

/** True for a route that {@link recordRouteParameter} marked for the dialog of `request`, which either side may send. */
export function isRecordRouteOf(uri: string, request: SipRequest, key: Uint8Array): boolean {
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

function proof(callId: string, tag: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(`${callId}\n${tag}`).digest('hex').slice(0, LENGTH);
}
