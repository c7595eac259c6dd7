import type { SipResponse } from './message.js';
import { reasonPhrase } from './reason-phrase.js';

/** Within 4xx these tell the caller what to do about it (RFC 3261 §16.7 step 6). */
const helpful: ReadonlySet<number> = new Set([401, 407, 415, 420, 484]);

/** The better the smaller: 6xx, then the lowest class; in 4xx those that help; a peer's own word before a silence. */
function rank(response: SipResponse, made: boolean): number {
  const { status } = response;
  if (status >= 600) return 0;
  const within = status < 500 && !helpful.has(status) ? 2 : 0;
  return Math.floor(status / 100) * 10 + within + (made ? 1 : 0);
}

/** The final response of one branch. `made`: the branch brought none, and this stands for it (408, 503). */
export interface BranchFinal {
  readonly response: SipResponse;
  readonly made: boolean;
}

/**
 * What goes back when no branch succeeded (RFC 3261 §16.7 step 6), with all challenges of the others (step 7). A 503
 * becomes a 500: it says something of that server, not of this one. Undefined when nothing may be said: the silence of
 * a branch of a non-INVITE request is no 408 (RFC 4320 §4.2).
 */
export function bestResponse(finals: readonly BranchFinal[], method: string): SipResponse | undefined {
  let best: BranchFinal | undefined;
  for (const final of finals) {
    if (method !== 'INVITE' && final.response.status === 408) continue;
    if (best === undefined || rank(final.response, final.made) < rank(best.response, best.made)) best = final;
  }
  if (best === undefined) return undefined;
  const { response } = best;
  if (response.status === 503) {
    response.status = 500;
    response.reason = reasonPhrase(500);
    response.headers.remove('Retry-After');
  }
  if (response.status === 401 || response.status === 407) addChallenges(response, finals);
  return response;
}

function addChallenges(best: SipResponse, finals: readonly BranchFinal[]): void {
  for (const { response } of finals) {
    if (response === best || (response.status !== 401 && response.status !== 407)) continue;
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      for (const challenge of response.headers.all(name)) best.headers.append(name, challenge);
    }
  }
}
