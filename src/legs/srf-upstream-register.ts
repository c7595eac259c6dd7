import type { Clock } from '../base/index.js';
import type { UpstreamAnswer, UpstreamRegister, UpstreamRequest } from '../registrar/index.js';
import { escapeUser, quote, splitList } from '../sip/index.js';
import type { ReceivedResponse, SipApplication, SipHeaders } from './application.js';
import { splitChallenges } from './credentials.js';
import { unreachableIn } from './unreachable.js';

export interface SrfUpstreamRegisterOptions {
  readonly application: SipApplication;
  readonly clock: Clock;
  readonly userAgent: string;
  /** SIP URI of the server of the centre that is to be asked now. */
  readonly target: () => string;
  /** Milliseconds to wait for the answer. */
  readonly timeoutMs: () => number;
}

/** Fields of a REGISTER's answer that the registrar may want; those of the second list hold one value per element. */
const singleFields = ['Expires', 'Min-Expires', 'Retry-After', 'Unsupported', 'Require', 'Authentication-Info', 'Date'];
const listFields = ['Contact', 'Service-Route', 'Path', 'P-Associated-URI', 'Supported'];
const challengeFields = ['WWW-Authenticate', 'Proxy-Authenticate'];

/** REGISTER to the centre over drachtio-srf. Never rejects; the phone's credentials pass untouched. */
export class SrfUpstreamRegister implements UpstreamRegister {
  readonly #options: SrfUpstreamRegisterOptions;

  constructor(options: SrfUpstreamRegisterOptions) {
    this.#options = options;
  }

  register(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { application, clock, target, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs(), () => resolve({ kind: 'silent' }));
      const done = (answer: UpstreamAnswer): void => {
        timer.cancel();
        resolve(answer);
      };
      const uri = request.requestUri;
      try {
        const headers = this.#headers(request);
        application.request({ uri, method: 'REGISTER', proxy: target(), headers }, (error, sent) => {
          if (error !== null || sent === undefined) {
            done({ kind: 'refused', why: error?.message ?? 'not sent' });
            return;
          }
          sent.on('response', (response) => {
            if (response.status >= 200) done(upstreamAnswerOf(response));
          });
        });
      } catch (error) {
        done({ kind: 'refused', why: String(error) });
      }
    });
  }

  #headers(request: UpstreamRequest): SipHeaders {
    const aor = `<sip:${escapeUser(request.username)}@${request.domain}>`;
    const everything = request.contactUri === '*';
    return {
      From: aor,
      To: aor,
      'Call-ID': request.callId,
      CSeq: `${request.cseq} REGISTER`,
      Contact: everything ? '*' : `<${request.contactUri}>;expires=${request.expires}${flowOf(request)}`,
      ...(everything ? { Expires: '0' } : {}),
      ...(request.path === undefined
        ? {}
        : { Path: request.path, Supported: request.flow === undefined ? 'path' : 'path, outbound' }),
      ...(request.authorization === undefined ? {} : { Authorization: request.authorization }),
      ...(request.proxyAuthorization === undefined ? {} : { 'Proxy-Authorization': request.proxyAuthorization }),
      'User-Agent': this.#options.userAgent,
    };
  }
}

function flowOf({ flow }: UpstreamRequest): string {
  return flow === undefined ? '' : `;+sip.instance=${quote(flow.instance)};reg-id=${flow.regId}`;
}

/** A final answer of the centre as the registrar reads it. */
export function upstreamAnswerOf(response: ReceivedResponse): UpstreamAnswer {
  const unreachable = unreachableIn(response);
  if (unreachable === 'silent') return { kind: 'silent' };
  if (unreachable !== undefined) return { kind: 'refused', why: response.get('Reason') ?? unreachable };
  const headers: Record<string, readonly string[]> = {};
  const take = (names: readonly string[], split: (value: string) => readonly string[]): void => {
    for (const name of names) {
      const value = response.get(name);
      if (value !== undefined) headers[name.toLowerCase()] = split(value);
    }
  };
  take(singleFields, (value) => [value]);
  take(listFields, splitList);
  take(challengeFields, splitChallenges);
  return { kind: 'answer', status: response.status, headers };
}
