import type { Clock } from '../base/index.js';
import type { SubscribeAnswer, SubscribeRequest, UpstreamSubscribe } from '../registrar/index.js';
import { escapeUser, messageSummaryType } from '../sip/index.js';
import type { RequestOptions, SipApplication, SipHeaders } from './application.js';
import { upstreamAnswerOf } from './srf-upstream-register.js';

export interface SrfUpstreamSubscribeOptions {
  readonly application: SipApplication;
  readonly clock: Clock;
  readonly userAgent: string;
  /** SIP URI of the server of the centre that is to be asked now. */
  readonly target: () => string;
  /** Milliseconds to wait for the answer. */
  readonly timeoutMs: () => number;
}

/** SUBSCRIBE to mailboxes at the centre over drachtio-srf (RFC 6665, RFC 3842). Never rejects. */
export class SrfUpstreamSubscribe implements UpstreamSubscribe {
  readonly #options: SrfUpstreamSubscribeOptions;

  constructor(options: SrfUpstreamSubscribeOptions) {
    this.#options = options;
  }

  subscribe(request: SubscribeRequest): Promise<SubscribeAnswer> {
    const { application, clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs(), () => resolve({ kind: 'silent' }));
      const done = (answer: SubscribeAnswer): void => {
        timer.cancel();
        resolve(answer);
      };
      try {
        application.request(this.#requestOf(request), (error, sent) => {
          if (error !== null || sent === undefined) {
            done({ kind: 'refused', why: error?.message ?? 'not sent' });
            return;
          }
          sent.on('response', (response) => {
            if (response.status < 200) return;
            const { stackDialogId = '' } = response;
            done({
              ...upstreamAnswerOf(response),
              uri: sent.uri,
              ...(stackDialogId === '' ? {} : { dialog: stackDialogId }),
            });
          });
        });
      } catch (error) {
        done({ kind: 'refused', why: String(error) });
      }
    });
  }

  #requestOf(request: SubscribeRequest): RequestOptions {
    const { dialog } = request;
    const headers = this.#headers(request);
    if (dialog !== undefined) return { uri: 'sip:placeholder', method: 'SUBSCRIBE', headers, stackDialogId: dialog };
    const aor = `sip:${escapeUser(request.username)}@${request.domain}`;
    const parties = { From: `<${aor}>`, To: `<${aor}>` };
    return { uri: aor, method: 'SUBSCRIBE', proxy: this.#options.target(), headers: { ...parties, ...headers } };
  }

  #headers({ contactUri, expires, authorization, proxyAuthorization }: SubscribeRequest): SipHeaders {
    return {
      Contact: `<${contactUri}>`,
      Event: 'message-summary',
      Accept: messageSummaryType,
      Expires: String(expires),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(proxyAuthorization === undefined ? {} : { 'Proxy-Authorization': proxyAuthorization }),
      'User-Agent': this.#options.userAgent,
    };
  }
}
