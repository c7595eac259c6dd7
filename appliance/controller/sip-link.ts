import Srf from 'drachtio-srf';
import type { Clock, Log, Secret, Timer } from '../../src/base/index.js';
import { asApplication, type ReceivedRequest, type Reply, type SipApplication } from '../../src/legs/index.js';

import { gatherWrites } from './gathered-writes.js';

type Handler = (request: ReceivedRequest, reply: Reply) => void;

export interface SipLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
  readonly clock: Clock;
  readonly log: Log;
  readonly onInvite: Handler;
  readonly onRegister: Handler;
  readonly onNotify: Handler;
  readonly onConnected: () => void;
  readonly onLost: () => void;
}

/** drachtio-srf tries again after 150 ms, then ever later; a branch waits for nobody longer than this. */
const retryMaxDelayMs = 500;
/** It gives up after an hour in all; then the process ends, and its supervisor starts a fresh one. */
const connectTimeoutMs = 3_600_000;
const awayMs = 5000;

/** What phones send outside dialogs beside INVITE, REGISTER and NOTIFY, and what it is answered. */
const answered = { options: 200, subscribe: 489, publish: 489, message: 405, info: 481, refer: 405 };

/** drachtio-srf as far as the connection goes; the legs use the rest. */
interface Connection {
  connect(options: object): unknown;
  disconnect(): unknown;
  on(event: 'connect' | 'error' | 'close', listener: (error?: Error | null) => void): unknown;
}

/** The application's end of the control protocol: drachtio-srf, connected for as long as the process lives. */
export class SipLink {
  readonly application: SipApplication;
  readonly #connection: Connection;
  readonly #options: SipLinkOptions;
  #connected = false;
  #complaint: Timer | undefined;

  constructor(options: SipLinkOptions) {
    this.#options = options;
    const srf = new Srf();
    this.#connection = srf;
    this.application = asApplication(srf);
    this.#connection.on('connect', (error) => this.#onConnect(error));
    this.#connection.on('error', (error) => options.log.debug('control connection', { why: error?.message }));
    this.#connection.on('close', () => this.#onClose());
    const route = (method: string, handler: Handler): void => {
      const handle: Handler = (request, reply) => {
        gatherWrites(Reflect.get(request, 'socket'));
        handler(request, reply);
      };
      Reflect.apply(Reflect.get(srf, method), srf, [handle]);
    };
    route('invite', options.onInvite);
    route('register', options.onRegister);
    route('notify', options.onNotify);
    for (const [method, status] of Object.entries(answered)) {
      // In a dialog that nobody here knows (any more), whatever the method.
      route(method, (request, reply) => reply.send((request.stackDialogId ?? '') === '' ? status : 481, '', {}));
    }
  }

  connect(): void {
    const { host, port, secret } = this.#options;
    const reconnect = { retryMaxDelay: retryMaxDelayMs, connectTimeout: connectTimeoutMs };
    this.#connection.connect({ host, port, secret: secret.reveal(), reconnect });
  }

  disconnect(): void {
    this.#complaint?.cancel();
    this.#connection.disconnect();
  }

  #onConnect(error: Error | null | undefined): void {
    const { log, onConnected } = this.#options;
    if (error !== null && error !== undefined) {
      log.error('the SIP server refuses the control connection: check the secret', { why: error.message });
      return;
    }
    this.#complaint?.cancel();
    this.#connected = true;
    log.info('connected to the SIP server');
    onConnected();
  }

  #onClose(): void {
    if (!this.#connected) return;
    this.#connected = false;
    const { clock, log, host, port, onLost } = this.#options;
    onLost();
    this.#complaint = clock.after(awayMs, () =>
      log.error('the SIP server has been away for 5 s', { control: `${host}:${port}` }),
    );
  }
}
