import type { Clock } from '../base/index.js';
import type { ProbeOutcome, Prober } from '../wan/index.js';
import type { ReceivedResponse, SipApplication } from './application.js';
import { unreachableBecause, unreachableIn } from './unreachable.js';

export interface SrfProberOptions {
  readonly application: SipApplication;
  readonly clock: Clock;
  readonly userAgent: string;
  /** The host part of From. */
  readonly domain: () => string;
}

/** Probes by OPTIONS (RFC 3261 §11) over drachtio-srf. */
export class SrfProber implements Prober {
  readonly #options: SrfProberOptions;

  constructor(options: SrfProberOptions) {
    this.#options = options;
  }

  probe(target: string, timeoutMs: number): Promise<ProbeOutcome> {
    const { application, clock, userAgent, domain } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs, () => resolve({ kind: 'silent' }));
      const done = (outcome: ProbeOutcome): void => {
        timer.cancel();
        resolve(outcome);
      };
      let sentAt = clock.now();
      const headers = { From: `<sip:holdfast@${domain()}>`, To: `<${target}>`, 'User-Agent': userAgent };
      try {
        application.request({ uri: target, method: 'OPTIONS', headers }, (error, request) => {
          if (error !== null || request === undefined) {
            done(failed(error?.message ?? 'not sent'));
            return;
          }
          sentAt = clock.now();
          request.on('response', (response) => {
            if (response.status >= 200) done(outcomeOf(response, clock.now() - sentAt));
          });
        });
      } catch (error) {
        done(failed(String(error)));
      }
    });
  }
}

function outcomeOf(response: ReceivedResponse, rttMs: number): ProbeOutcome {
  const unreachable = unreachableIn(response);
  if (unreachable === 'silent') return { kind: 'silent' };
  if (unreachable !== undefined) return failed(reasonText(response));
  const { source_address: address, source_port: port } = response;
  if (address === undefined || address === '') return { kind: 'answered', status: response.status, rttMs };
  const host = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  return { kind: 'answered', status: response.status, rttMs, address: `${host}:${port ?? 5060}` };
}

function reasonText(response: ReceivedResponse): string {
  const reason = response.get('Reason') ?? response.reason ?? '';
  return /text="([^"]*)"/.exec(reason)?.[1] ?? reason;
}

function failed(why: string): ProbeOutcome {
  if (/ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL|no route/i.test(why)) return { kind: 'unreachable', why };
  const unreachable = unreachableBecause(why);
  return unreachable === 'silent' ? { kind: 'silent' } : { kind: unreachable, why };
}
