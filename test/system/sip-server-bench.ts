import { createRequire } from 'node:module';
import type { Server as TcpServer } from 'node:net';
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import {
  type ListenAddress,
  type SipServerHandle,
  type SipServerOptions,
  startSipServer,
} from '../../appliance/sip-server/index.js';
import { BeyondProtocol, listenersOf, type ServerOfChoice, serverOfChoice } from './server-of-choice.js';
import { Peer, sdp, type WebSocketOptions } from './sip-server-peer.js';

export { ownServerOnly, test } from './server-of-choice.js';
export { nameOf, Peer, sdp } from './sip-server-peer.js';

/** What the tests use of drachtio-srf, unchanged. */
export interface SrfMessage {
  readonly status: number;
  readonly reason: string;
  readonly method: string;
  readonly uri: string;
  readonly body: string;
  readonly source: string;
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackDialogId: string;
  readonly receivedOn?: string;
  get(name: string): string | undefined;
  has(name: string): boolean;
}

export interface SrfRequest extends SrfMessage {
  on(event: 'response', listener: (response: SrfMessage, ack: (options?: { body: string }) => void) => void): void;
  on(event: 'cancel', listener: (cancel: SrfMessage) => void): void;
  on(event: 'update', listener: (update: SrfRequest, reply: SrfReply) => void): void;
  cancel(options?: object, sent?: (error: unknown, request?: SrfMessage) => void): void;
}

export interface SrfReply {
  send(
    status: number,
    options?: { headers?: Record<string, string>; body?: string },
    sent?: (error: unknown, message?: SrfMessage) => void,
    acknowledged?: (ack: SrfMessage) => void,
  ): void;
  readonly stackDialogId: string;
}

export interface SrfDialog {
  readonly id: string;
  readonly remote: { readonly uri: string; readonly sdp: string };
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
  request(options: { method: string; headers?: Record<string, string>; body?: string }): Promise<SrfMessage>;
  modify(sdp: string): Promise<string>;
  destroy(options?: object): Promise<SrfMessage>;
  on(event: 'destroy', listener: (message: SrfMessage, reason?: string) => void): void;
  on(event: 'ack', listener: (message: SrfMessage) => void): void;
  on(event: string, listener: (request: SrfRequest, reply: SrfReply) => void): void;
}

export interface SrfProxyResult {
  readonly connected: boolean;
  readonly finalStatus?: number;
  readonly responses: readonly { readonly address: string; readonly msgs: readonly { readonly status: number }[] }[];
}

type Handler = (request: SrfRequest, reply: SrfReply) => void;

export interface SrfApp {
  connect(options: { host: string; port: number; secret: string; tls?: object }): void;
  listen(options: { host: string; port: number; secret: string; tls?: object }): TcpServer;
  endSession(message: SrfMessage | SrfReply): void;
  invite(handler: Handler): void;
  message(handler: Handler): void;
  options(handler: Handler): void;
  disconnect(): void;
  use(method: string, handler: Handler): void;
  on(event: 'connect', listener: (error: unknown, hostports: string, version: string) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'cdr:attempt', listener: (source: string, time: string, message: SrfMessage) => void): void;
  on(
    event: 'cdr:start' | 'cdr:stop',
    listener: (source: string, time: string, detail: string, message: SrfMessage) => void,
  ): void;
  request(uri: string, options: object, sent?: (error: Error | null, request: SrfRequest) => void): Promise<SrfRequest>;
  createUAS(
    request: SrfRequest,
    reply: SrfReply,
    options: { localSdp: string; headers?: Record<string, string> },
  ): Promise<SrfDialog>;
  createUAC(uri: string, options: object, progress?: object): Promise<SrfDialog>;
  proxyRequest(request: SrfRequest, destination: string | string[], options?: object): Promise<SrfProxyResult>;
  createB2BUA(
    request: SrfRequest,
    reply: SrfReply,
    uri: string,
    options?: object,
    progress?: object,
  ): Promise<{ uas: SrfDialog; uac: SrfDialog }>;
}

const load = createRequire(import.meta.url);
const Srf: new (tags?: readonly string[]) => SrfApp = load('drachtio-srf');

/** An application that is not connected yet. */
export function newSrf(tags: readonly string[] = []): SrfApp {
  return tags.length === 0 ? new Srf() : new Srf(tags);
}

export const secret = serverOfChoice?.secret ?? 'cymru';

/** Everything that a test opened, closed at its end in the order of need. */
export class Scene {
  readonly #closers: (() => Promise<void> | void)[] = [];

  async server(options: Partial<SipServerOptions> = {}): Promise<ServerUnderTest> {
    if (serverOfChoice !== undefined) return chosen(serverOfChoice, options);
    const handle = await startSipServer({
      clock: systemClock,
      random: systemRandom,
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      control: { host: '127.0.0.1', port: 0 },
      // Peers, server and application share one process here: that it is busy says nothing of the server.
      utilization: () => 0,
      secret,
      // Ten times faster than the standard, so that tests of silence stay short.
      timers: { t1Ms: 50, t2Ms: 400, t4Ms: 500 },
      ...options,
    });
    this.#closers.push(() => handle.close());
    return new ServerUnderTest(handle);
  }

  /** A connected application. `verbs` are routed before the promise resolves. */
  app(server: ServerUnderTest, routes: Record<string, Handler> = {}, tags: readonly string[] = []): Promise<SrfApp> {
    return this.appAt(server.handle.controlPort, routes, tags);
  }

  async appAt(port: number, routes: Record<string, Handler> = {}, tags: readonly string[] = []): Promise<SrfApp> {
    const srf = newSrf(tags);
    for (const method in routes) srf.use(method, routes[method] ?? (() => undefined));
    await new Promise<void>((resolve, reject) => {
      srf.on('connect', (error) => (error ? reject(error) : resolve()));
      srf.on('error', () => undefined);
      srf.connect({ host: serverOfChoice?.host ?? '127.0.0.1', port, secret });
    });
    // The routes were written before this turn: they are in force when the server answers the next thing.
    await new Promise((resolve) => setTimeout(resolve, 20));
    let gone = false;
    const disconnect = srf.disconnect.bind(srf);
    srf.disconnect = () => {
      if (!gone) disconnect();
      gone = true;
    };
    this.#closers.unshift(() => srf.disconnect());
    return srf;
  }

  async udpPeer(address = '127.0.0.1'): Promise<Peer> {
    const peer = await Peer.udp(address);
    this.#closers.unshift(() => peer.close());
    return peer;
  }

  async tcpPeer(port: number): Promise<Peer> {
    const peer = await Peer.tcp(port);
    this.#closers.unshift(() => peer.close());
    return peer;
  }

  async tlsPeer(port: number, options: TlsConnectionOptions): Promise<Peer> {
    const peer = await Peer.tls(port, options);
    this.#closers.unshift(() => peer.close());
    return peer;
  }

  /** `url`: `ws://127.0.0.1:PORT` or `wss://…`. */
  async webSocketPeer(url: string, options: WebSocketOptions = {}): Promise<Peer> {
    const peer = await Peer.webSocket(url, options);
    this.#closers.unshift(() => peer.close());
    return peer;
  }

  onClose(closer: () => Promise<void> | void): void {
    this.#closers.unshift(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.#closers) await closer();
  }
}

export class ServerUnderTest {
  constructor(readonly handle: SipServerHandle) {}

  listener(protocol: ListenAddress['protocol'] = 'udp', index = 0): ListenAddress {
    const listener = this.handle.listening.filter((l) => l.protocol === protocol)[index];
    if (listener === undefined) throw new Error(`no ${protocol} listener`);
    return listener;
  }

  get udpPort(): number {
    return this.listener().port;
  }

  /** How many dialogs the server has by now; nothing that another server could tell. */
  async dialogsBecome(count: number): Promise<void> {
    if (serverOfChoice === undefined) await until(() => this.handle.stats().dialogs === count, `${count} dialogs`);
  }

  /** How many applications are connected by now; another server is given a moment to notice. */
  async applicationsBecome(count: number): Promise<void> {
    if (serverOfChoice !== undefined) await pause(200);
    else await until(() => this.handle.stats().applications === count, `${count} applications`);
  }
}

/** A server that runs already, as far as the control protocol shows it. */
async function chosen(choice: ServerOfChoice, options: Partial<SipServerOptions>): Promise<ServerUnderTest> {
  for (const name of Object.keys(options)) {
    if (name !== 'listen') throw new BeyondProtocol(`the test sets '${name}' of the server`);
  }
  const listening = (await listenersOf(choice)).filter((l) => l.address === '127.0.0.1');
  for (const wanted of options.listen ?? []) {
    const same = (l: ListenAddress) => l.protocol === wanted.protocol && l.address === wanted.address;
    if (listening.filter(same).length < (options.listen ?? []).filter(same).length) {
      throw new BeyondProtocol(`the server does not listen on ${wanted.protocol}/${wanted.address} as often as needed`);
    }
  }
  const beyond = (what: string) => (): never => {
    throw new BeyondProtocol(`the test ${what}`);
  };
  return new ServerUnderTest({
    controlPort: choice.port,
    listening,
    ...{
      stats: beyond('reads statistics'),
      close: beyond('stops the server'),
      trust: beyond('changes who is trusted'),
      reloadCertificates: beyond('changes certificates'),
    },
  });
}

/** Real milliseconds; for proving that something does not happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when `test` holds, or rejects after two seconds. */
export async function until(test: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (test()) return;
    await pause(10);
  }
  throw new Error(`never: ${what}`);
}

/** The outcome of a request that an application sent. */
export function outcome(app: SrfApp, uri: string, options: object): Promise<SrfMessage> {
  return new Promise((resolve, reject) => {
    app.request(uri, options, (error, request) => {
      if (error) reject(error);
      else
        request.on('response', (response) => {
          if (response.status >= 200) resolve(response);
        });
    });
  });
}

/** Runs a test in a scene and closes it whatever happens. */
export async function scene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const s = new Scene();
  try {
    await body(s);
  } finally {
    await s.close();
  }
}

/** An application that answers every call. */
export async function answering(
  s: Scene,
  server: ServerUnderTest,
): Promise<{ app: SrfApp; answered: () => Promise<SrfDialog> }> {
  const dialogs: SrfDialog[] = [];
  const app: SrfApp = await s.app(server, {
    invite: (request, reply) => {
      void app.createUAS(request, reply, { localSdp: sdp() }).then((d) => dialogs.push(d));
    },
  });
  const answered = async () => {
    await until(() => dialogs.length > 0, 'the application has its dialog');
    const [dialog] = dialogs;
    if (dialog === undefined) throw new Error('no dialog');
    return dialog;
  };
  return { app, answered };
}
