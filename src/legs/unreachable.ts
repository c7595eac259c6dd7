import type { Unreachable } from '../call/index.js';
import type { ReceivedResponse } from './application.js';

/** What a failure to send, or the reason of a response that the SIP server made up, says of the far end. */
export function unreachableBecause(text: string): Unreachable {
  if (/resolv|ENOTFOUND|EAI_AGAIN|\bDNS\b|no address/i.test(text)) return 'unresolved';
  if (/no answer|timed? ?out|timeout/i.test(text)) return 'silent';
  return 'refused';
}

/**
 * Whether a final response came from nobody: the SIP server made it itself, so it has no source address (RFC 3261
 * §8.1.3.1: 408 for a timeout, 503 for a transport error). A 408 or 503 from the network is a real answer.
 */
export function unreachableIn(response: ReceivedResponse): Unreachable | undefined {
  if (response.status !== 408 && response.status !== 503) return undefined;
  const local = response.source === 'application' || (response.source_address ?? '') === '';
  if (!local) return undefined;
  return response.status === 408 ? 'silent' : unreachableBecause(response.get('Reason') ?? response.reason ?? '');
}
