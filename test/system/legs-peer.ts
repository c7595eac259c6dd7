import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  createResponse,
  type Dialog,
  formatMessage,
  Headers,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../src/sip/index.js';

type Fields = readonly (readonly [name: string, value: string])[];

let counter = 0;

/** A SIP element on UDP that does only what a test says. Retransmissions that reach it are dropped. */
export class LegsPeer {
  readonly received: SipMessage[] = [];
  /** Told of each message as it comes. */
  onMessage: (message: SipMessage) => void = () => {};
  readonly #socket: Socket;
  readonly #seen = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => this.#receive(bytes));
  }

  /** `address`: one of 127.0.0.0/8. */
  static async open(address = '127.0.0.1'): Promise<LegsPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new LegsPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get hostPort(): string {
    return `${this.#socket.address().address}:${this.port}`;
  }

  get uri(): string {
    return `sip:${this.hostPort}`;
  }

  /** A request outside any dialog. */
  request(method: string, uri: string, fields: Fields = [], body = ''): SipRequest {
    counter++;
    const headers = new Headers([
      ['Via', `SIP/2.0/UDP ${this.hostPort};branch=z9hG4bK-peer-${counter}`],
      ['Max-Forwards', '70'],
      ['From', `"Alice" <sip:201@example.org>;tag=peer-${counter}`],
      ['To', `<${uri}>`],
      ['Call-ID', `call-${counter}@peer`],
      ['CSeq', `1 ${method}`],
      ['Contact', `<sip:peer@${this.hostPort}>`],
    ]);
    for (const [name, value] of fields) headers.set(name, value);
    if (body !== '' && !headers.has('Content-Type')) headers.append('Content-Type', 'application/sdp');
    return { kind: 'request', method, uri, headers, body: Buffer.from(body) };
  }

  /** A request of a dialog, ready to send. */
  inDialog(dialog: Dialog, method: string, fields: Fields = [], body = '', cseq?: number): SipRequest {
    counter++;
    const request = dialog.request(method, cseq);
    request.headers.prepend('Via', `SIP/2.0/UDP ${this.hostPort};branch=z9hG4bK-peer-${counter}`);
    request.headers.append('Contact', `<sip:peer@${this.hostPort}>`);
    for (const [name, value] of fields) request.headers.set(name, value);
    if (body !== '' && !request.headers.has('Content-Type')) request.headers.append('Content-Type', 'application/sdp');
    return { ...request, body: Buffer.from(body) };
  }

  response(request: SipRequest, status: number, fields: Fields = [], body = ''): SipResponse {
    const response = createResponse(request, status, `peer-${this.port}`);
    if (status > 100 && status < 300) response.headers.append('Contact', `<sip:peer@${this.hostPort}>`);
    for (const [name, value] of fields) response.headers.append(name, value);
    if (body !== '') response.headers.append('Content-Type', 'application/sdp');
    return { ...response, body: Buffer.from(body) };
  }

  send(message: SipMessage, port: number): void {
    this.#socket.send(formatMessage(message), port, '127.0.0.1');
  }

  /** Answers to where the request came from. */
  reply(request: SipRequest, status: number, fields: Fields = [], body = ''): SipResponse {
    const response = this.response(request, status, fields, body);
    const via = /^SIP\/2\.0\/UDP [^;:]+:(\d+)/.exec(request.headers.get('Via') ?? '');
    this.send(response, Number(via?.[1] ?? 5060));
    return response;
  }

  /** The next message that is such a request (by method), or such a response (by status). Others before it are passed over. */
  async take(what: string, timeoutMs?: number): Promise<SipRequest>;
  async take(what: number, timeoutMs?: number): Promise<SipResponse>;
  async take(what: string | number, timeoutMs = 3000): Promise<SipMessage> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      for (; this.#taken < this.received.length; this.#taken++) {
        const message = this.received[this.#taken];
        if (message === undefined) continue;
        if (message.kind === 'request' ? message.method === what : message.status === what) {
          this.#taken++;
          return message;
        }
      }
      if (Date.now() >= until) throw new Error(`no ${what} within ${timeoutMs} ms; got ${this.summary()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - Date.now());
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  summary(): string {
    return this.received
      .map((m) => (m.kind === 'request' ? m.method : `${m.status}/${m.headers.get('CSeq')}`))
      .join(', ');
  }

  /** How many such messages came so far. */
  count(what: string | number): number {
    return this.received.filter((m) => (m.kind === 'request' ? m.method : m.status) === what).length;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(bytes: Buffer): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) return;
    const message = parsed.value;
    const { headers } = message;
    const key = `${headers.get('Via')}|${headers.get('CSeq')}|${message.kind === 'request' ? message.method : message.status}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.received.push(message);
    this.onMessage(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** An offer or answer with one audio line. */
export function sdp(port: number, direction = 'sendrecv', version = 1): string {
  return [
    'v=0',
    `o=- 7 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n');
}
