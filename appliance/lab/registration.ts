import { type Clock, hexToken, type Log, type Random, type Timer } from '../../src/base/index.js';
import type { LabPhone } from '../io/index.js';
import { proof, realm } from './account.js';
import type { ReceivedResponse, SipApplication } from './sip-application.js';

/** A phone asks for this; what it is granted counts. Short, so that one sees who answers. */
const WANTED_S = 60;
const RETRY_MS = 1500;
/** A password that is wrong now will most likely be wrong in a second. */
const REFUSED_RETRY_MS = 15_000;

export interface RegistrationOptions {
  readonly extension: string;
  readonly password: () => string;
  /** `sip:1001@127.0.2.101:40001` */
  readonly contact: string;
  /** Where Holdfast is: `sip:127.0.0.1:15060;transport=udp`. */
  readonly proxy: string;
  readonly application: SipApplication;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onChange: () => void;
}

/** Keeps one phone registered (RFC 3261 §10), as an ordinary phone does. */
export class Registration {
  readonly #options: RegistrationOptions;
  #callId: string;
  #tag: string;
  #sequence = 0;
  #timer: Timer | undefined;
  /** Counts starts: what an earlier one still gets answered is not for us. */
  #era = 0;
  state: LabPhone['registration'] = 'off';
  why = '';

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#callId = hexToken(options.random, 12);
    this.#tag = hexToken(options.random, 6);
  }

  start(): void {
    this.#era++;
    this.#timer?.cancel();
    this.#callId = hexToken(this.#options.random, 12);
    this.#tag = hexToken(this.#options.random, 6);
    this.#sequence = 0;
    this.#become('registering', '');
    this.#send(WANTED_S, undefined, this.#era);
  }

  /** Takes the registration back, and tries no more. */
  stop(): void {
    this.#era++;
    this.#timer?.cancel();
    if (this.state === 'registered') this.#send(0, undefined, this.#era);
    this.#become('off', '');
  }

  #send(expires: number, credentials: Record<string, string> | undefined, era: number): void {
    const { application, extension, contact, proxy } = this.#options;
    const uri = `sip:${realm}`;
    const address = `<sip:${extension}@${realm}>`;
    const headers = {
      'Call-ID': this.#callId,
      CSeq: `${++this.#sequence} REGISTER`,
      From: `${address};tag=${this.#tag}`,
      To: address,
      Contact: `<${contact}>`,
      Expires: String(expires),
      'User-Agent': 'Holdfast lab phone',
      ...credentials,
    };
    application.request({ uri, method: 'REGISTER', headers, proxy }, (error, request) => {
      if (request === undefined) {
        if (era === this.#era) this.#retry('silent', String(error), RETRY_MS);
        return;
      }
      request.on('response', (response) => {
        if (response.status >= 200 && era === this.#era) this.#answered(response, uri, expires, credentials, era);
      });
    });
  }

  #answered(
    response: ReceivedResponse,
    uri: string,
    expires: number,
    credentials: Record<string, string> | undefined,
    era: number,
  ): void {
    const { status } = response;
    if (status < 300) {
      if (expires === 0) return;
      const grantedS = this.#granted(response) ?? expires;
      this.#become('registered', '');
      this.#timer = this.#options.clock.after(grantedS * 750, () => this.#send(WANTED_S, undefined, era));
      return;
    }
    const { random, extension, password } = this.#options;
    if ((status === 401 || status === 407) && credentials === undefined) {
      const answer = proof(response, 'REGISTER', uri, { username: extension, password: password() }, random);
      if (answer !== undefined) {
        this.#send(expires, answer, era);
        return;
      }
    }
    if (expires === 0) return;
    const why = `${status} ${response.reason ?? ''}`.trim();
    if (status === 401 || status === 403 || status === 407) this.#retry('refused', why, REFUSED_RETRY_MS);
    else this.#retry('silent', why, RETRY_MS);
  }

  /** Of our own contact, where several are listed. */
  #granted(response: ReceivedResponse): number | undefined {
    const own = (response.get('Contact') ?? '').split(',').find((text) => text.includes(this.#options.contact));
    const seconds = Number(/;\s*expires=(\d+)/i.exec(own ?? '')?.[1] ?? response.get('Expires'));
    return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  }

  #retry(state: LabPhone['registration'], why: string, ms: number): void {
    const era = this.#era;
    this.#options.log.info('phone not registered', { extension: this.#options.extension, why });
    this.#become(state, why);
    this.#timer = this.#options.clock.after(ms, () => this.#send(WANTED_S, undefined, era));
  }

  #become(state: LabPhone['registration'], why: string): void {
    this.state = state;
    this.why = why;
    this.#options.onChange();
  }
}
