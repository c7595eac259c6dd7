import Srf from 'drachtio-srf';
import type { Clock, Log, Secret, Timer } from '../../src/base/index.js';
import { asApplication, type ReceivedRequest, type Reply, type SipApplication } from '../../src/legs/index.js';

export interface SipLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
  readonly clock: Clock;
  readonly log: Log;
  readonly onInvite: (request: ReceivedRequest, reply: Reply) => void;
  readonly onRegister: (request: ReceivedRequest, reply: Reply) => void;
  readonly onConnected: (again: boolean) => void;
  readonly onLost: () => void;
}

/** drachtio-srf tries again after 150 ms, then ever later; a branch waits for nobody longer than this. */
const retryMaxDelayMs = 500;
/** It gives up after an hour in all; then the process ends, and its supervisor starts a fresh one. */
const connectTimeoutMs = 3_600_000;
/** Methods that phones send outside dialogs, and what each is told. */
const answered: Readonly<Record<string, number>> = {
  options: 200,
  subscribe: 489,
  publish: 489,
  message: 405,
  info: 481,
  notify: 481,
  refer: 405,
};

/** The application's end of the control protocol: drachtio-srf, connected for as long as the process lives. */
export class SipLink {
  readonly application: SipApplication;
  readonly #srf: Srf;
  readonly #options: SipLinkOptions;
  #connected = false;
  #ever = false;
  #complaint: Timer | undefined;

  constructor(options: SipLinkOptions) {
    this.#options = options;
    const srf = new Srf();
    this.#srf = srf;
    this.application = asApplication(srf);
    const on = Reflect.get(srf, 'on').bind(srf) as (event: string, listener: (...words: never[]) => void) => void;
    on('connect', (error: Error | null) => this.#connect(error));
    on('error', (error: Error) => options.log.debug('control connection', { why: error.message }));
    on('close', () => this.#lost());
    on('invite', options.onInvite);
    on('register', options.onRegister);
    for (const [method, status] of Object.entries(answered)) {
      on(method, (_request: ReceivedRequest, reply: Reply) => reply.send(status, '', {}));
    }
  }

  get connected(): boolean {
    return this.#connected;
  }

  connect(): void {
    const { host, port, secret } = this.#options;
    const reconnect = { retryMaxDelay: retryMaxDelayMs, connectTimeout: connectTimeoutMs };
    Reflect.apply(Reflect.get(this.#srf, 'connect'), this.#srf, [{ host, port, secret: secret.reveal(), reconnect }]);
  }

  disconnect(): void {
    this.#complaint?.cancel();
    this.#srf.disconnect();
  }

  #connect(error: Error | null): void {
    if (error !== null && error !== undefined) {
      this.#options.log.error('the SIP server refuses the control connection: check the secret', {
        why: error.message,
      });
      return;
    }
    this.#complaint?.cancel();
    const again = this.#ever;
    this.#connected = true;
    this.#ever = true;
    this.#options.log.info('connected to the SIP server', { again });
    this.#options.onConnected(again);
  }

  #lost(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#options.onLost();
    this.#complaint = this.#options.clock.after(5000, () =>
      this.#options.log.error('the SIP server has been away for 5 s', {
        at: `${this.#options.host}:${this.#options.port}`,
      }),
    );
  }
}
