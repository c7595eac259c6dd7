import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createRequire } from 'node:module';
import { connect, type Server as TcpServer, type Socket as TcpSocket } from 'node:net';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import {
  type ListenAddress,
  type SipServerHandle,
  type SipServerOptions,
  startSipServer,
} from '../../appliance/sip-server/index.js';
import {
  createResponse,
  cseqNumber,
  formatMessage,
  Headers,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  StreamFramer,
} from '../../src/sip/index.js';

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

export const secret = 'cymru';

export function sdp(port = 4000): string {
  return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=sendrecv\r\n`;
}

/** Everything that a test opened, closed at its end in the order of need. */
export class Scene {
  readonly #closers: (() => Promise<void> | void)[] = [];

  async server(options: Partial<SipServerOptions> = {}): Promise<ServerUnderTest> {
    const handle = await startSipServer({
      clock: systemClock,
      random: systemRandom,
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      control: { host: '127.0.0.1', port: 0 },
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
      srf.connect({ host: '127.0.0.1', port, secret });
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
}

/** A peer that speaks SIP by hand: it answers nothing and repeats nothing unless told. */
export class Peer {
  readonly transport: 'UDP' | 'TCP';
  readonly address: string;
  port = 0;
  readonly received: SipMessage[] = [];
  readonly #waiting: { test: (m: SipMessage) => boolean; resolve: (m: SipMessage) => void }[] = [];
  #udp: UdpSocket | undefined;
  #tcp: TcpSocket | undefined;
  #branches = 0;
  /** Bytes outside messages, e.g. keep-alive answers. */
  raw = '';
  closed = false;

  private constructor(transport: 'UDP' | 'TCP', address: string) {
    this.transport = transport;
    this.address = address;
  }

  static async udp(address: string): Promise<Peer> {
    const peer = new Peer('UDP', address);
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    peer.#udp = socket;
    socket.on('message', (bytes) => peer.#take(bytes));
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    peer.port = socket.address().port;
    return peer;
  }

  static async tcp(port: number): Promise<Peer> {
    const peer = new Peer('TCP', '127.0.0.1');
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    peer.#tcp = socket;
    const framer = new StreamFramer();
    socket.on('data', (chunk) => {
      peer.raw += chunk.toString('latin1');
      for (const framed of framer.push(chunk)) {
        if (framed !== 'ping' && framed.kind !== 'fault') peer.#arrived(framed);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      peer.closed = true;
    });
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    peer.port = socket.localPort ?? 0;
    return peer;
  }

  get hostPort(): string {
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  /** Sends raw bytes to a listener. */
  write(bytes: Buffer | string, to?: ListenAddress): void {
    if (this.#tcp !== undefined) this.#tcp.write(bytes);
    else if (to !== undefined) this.#udp?.send(bytes, to.port, to.address);
  }

  send(message: SipMessage, to?: ListenAddress): void {
    this.write(formatMessage(message), to);
  }

  /** A request with all that is mandatory; `headers` replaces or adds. */
  request(method: string, uri: string, headers: Readonly<Record<string, string>> = {}, body = ''): SipRequest {
    this.#branches++;
    const id = `${this.port}-${this.#branches}`;
    const list = new Headers([
      ['Via', `SIP/2.0/${this.transport} ${this.hostPort};rport;branch=z9hG4bK${id}`],
      ['Max-Forwards', '70'],
      ['From', `<sip:peer@${this.hostPort}>;tag=from-${id}`],
      ['To', `<${uri}>`],
      ['Call-ID', `call-${id}`],
      ['CSeq', `1 ${method}`],
      ['Contact', `<sip:peer@${this.hostPort}${this.transport === 'TCP' ? ';transport=tcp' : ''}>`],
    ]);
    if (body !== '') list.append('Content-Type', 'application/sdp');
    for (const name in headers) list.set(name, headers[name] ?? '');
    return { kind: 'request', method, uri, headers: list, body: Buffer.from(body) };
  }

  /** The next request of a dialog that `response` answered, seen from the side that sent `request`. */
  inDialog(
    method: string,
    request: SipRequest,
    response: SipResponse,
    cseq: number,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): SipRequest {
    const target = /<([^>]+)>/.exec(response.headers.get('Contact') ?? '')?.[1] ?? request.uri;
    return this.request(
      method,
      target,
      {
        From: request.headers.get('From') ?? '',
        To: response.headers.get('To') ?? '',
        'Call-ID': request.headers.get('Call-ID') ?? '',
        CSeq: `${cseq} ${method}`,
        ...headers,
      },
      body,
    );
  }

  /** A response as this peer makes it. */
  response(
    request: SipRequest,
    status: number,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): SipResponse {
    const response = createResponse(request, status, `to-${this.port}`);
    if (status > 100 && status < 300) {
      response.headers.append(
        'Contact',
        `<sip:peer@${this.hostPort}${this.transport === 'TCP' ? ';transport=tcp' : ''}>`,
      );
    }
    if (body !== '') response.headers.append('Content-Type', 'application/sdp');
    for (const name in headers) response.headers.set(name, headers[name] ?? '');
    response.body = Buffer.from(body);
    return response;
  }

  /** The first message of that name (method or status) not taken yet; removes it. */
  async next(name: string, withinMs = 2000): Promise<SipMessage> {
    const test = (m: SipMessage) => (m.kind === 'request' ? m.method : String(m.status)) === name;
    const at = this.received.findIndex(test);
    const found = this.received[at];
    if (found !== undefined) {
      this.received.splice(at, 1);
      return found;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`no ${name} within ${withinMs} ms; got ${this.received.map(nameOf).join(' ') || 'nothing'}`),
          ),
        withinMs,
      );
      this.#waiting.push({
        test,
        resolve: (m) => {
          clearTimeout(timer);
          resolve(m);
        },
      });
    });
  }

  async nextRequest(method: string, withinMs?: number): Promise<SipRequest> {
    const message = await this.next(method, withinMs);
    if (message.kind !== 'request') throw new Error('not a request');
    return message;
  }

  async nextResponse(status: number, withinMs?: number): Promise<SipResponse> {
    const message = await this.next(String(status), withinMs);
    if (message.kind !== 'response') throw new Error('not a response');
    return message;
  }

  /** INVITE → 2xx → ACK towards the server; what a caller knows afterwards. */
  async call(uri: string, to?: ListenAddress): Promise<{ request: SipRequest; response: SipResponse }> {
    const request = this.request('INVITE', uri, {}, sdp());
    this.send(request, to);
    const response = await this.nextResponse(200);
    this.send(this.inDialog('ACK', request, response, cseqNumber(request.headers)), to);
    return { request, response };
  }

  close(): void {
    if (!this.closed) this.#udp?.close();
    this.#tcp?.destroy();
    this.closed = true;
  }

  #take(bytes: Buffer): void {
    this.raw += bytes.toString('latin1');
    const parsed = parseMessage(bytes);
    if (parsed.ok) this.#arrived(parsed.value);
  }

  #arrived(message: SipMessage): void {
    const at = this.#waiting.findIndex(({ test }) => test(message));
    const [waiter] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (waiter === undefined) this.received.push(message);
    else waiter.resolve(message);
  }
}

export function nameOf(message: SipMessage): string {
  return message.kind === 'request' ? message.method : String(message.status);
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
