import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket as TcpSocket } from 'node:net';
import { type ConnectionOptions as TlsConnectionOptions, connect as tlsConnect } from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { ListenAddress } from '../../appliance/sip-server/index.js';
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
  type ViaTransport,
} from '../../src/sip/index.js';

export function sdp(port = 4000): string {
  return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=sendrecv\r\n`;
}

export function nameOf(message: SipMessage): string {
  return message.kind === 'request' ? message.method : String(message.status);
}

export interface WebSocketOptions extends ClientOptions {
  readonly subprotocol?: string;
}

/** A peer that speaks SIP by hand: it answers nothing and repeats nothing unless told. */
export class Peer {
  readonly transport: ViaTransport;
  readonly address: string;
  port = 0;
  /** In a Via or Contact: a browser does not know its own address (RFC 7118 §5). */
  host = '';
  readonly received: SipMessage[] = [];
  readonly #waiting: { test: (m: SipMessage) => boolean; resolve: (m: SipMessage) => void }[] = [];
  #udp: UdpSocket | undefined;
  #connection: { write(bytes: Buffer | string): void; destroy(): void } | undefined;
  #branches = 0;
  readonly #unique = randomBytes(3).toString('hex');
  /** Bytes outside messages, e.g. keep-alive answers. */
  raw = '';
  closed = false;

  private constructor(transport: ViaTransport, address: string) {
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
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const peer = Peer.#stream('TCP', socket);
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    peer.port = socket.localPort ?? 0;
    return peer;
  }

  /** Rejects when the handshake fails. */
  static async tls(port: number, options: TlsConnectionOptions): Promise<Peer> {
    const socket = tlsConnect({ port, host: '127.0.0.1', ...options });
    const peer = Peer.#stream('TLS', socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('secureConnect', resolve);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('closed')));
    });
    peer.port = socket.localPort ?? 0;
    return peer;
  }

  static #stream(transport: 'TCP' | 'TLS', socket: TcpSocket): Peer {
    const peer = new Peer(transport, '127.0.0.1');
    peer.#connection = socket;
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
    return peer;
  }

  static async webSocket(url: string, options: WebSocketOptions): Promise<Peer> {
    const ws = new WebSocket(url, options.subprotocol ?? 'sip', options);
    const peer = new Peer(url.startsWith('wss') ? 'WSS' : 'WS', '127.0.0.1');
    peer.host = 'df7jal23ls0d.invalid';
    peer.#connection = { write: (bytes) => ws.send(bytes), destroy: () => ws.terminate() };
    ws.on('message', (data: Buffer) => peer.#take(data));
    ws.on('close', () => {
      peer.closed = true;
    });
    await new Promise<void>((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    });
    return peer;
  }

  get hostPort(): string {
    if (this.host !== '') return this.host;
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  get #parameter(): string {
    return this.transport === 'UDP' ? '' : `;transport=${this.transport.toLowerCase().replace('wss', 'ws')}`;
  }

  /** Sends raw bytes to a listener. */
  write(bytes: Buffer | string, to?: ListenAddress): void {
    if (this.#connection !== undefined) this.#connection.write(bytes);
    else if (to !== undefined) this.#udp?.send(bytes, to.port, to.address);
  }

  send(message: SipMessage, to?: ListenAddress): void {
    this.write(formatMessage(message), to);
  }

  /** A request with all that is mandatory; `headers` replaces or adds. */
  request(method: string, uri: string, headers: Readonly<Record<string, string>> = {}, body = ''): SipRequest {
    this.#branches++;
    const id = `${this.port}${this.#unique}-${this.#branches}`;
    const list = new Headers([
      ['Via', `SIP/2.0/${this.transport} ${this.hostPort};rport;branch=z9hG4bK${id}`],
      ['Max-Forwards', '70'],
      ['From', `<sip:peer@${this.hostPort}>;tag=from-${id}`],
      ['To', `<${uri}>`],
      ['Call-ID', `call-${id}`],
      ['CSeq', `1 ${method}`],
      ['Contact', `<sip:peer@${this.hostPort}${this.#parameter}>`],
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
      response.headers.append('Contact', `<sip:peer@${this.hostPort}${this.#parameter}>`);
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
    this.#connection?.destroy();
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
