import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../src/base/index.js';
import { parseMessage } from '../../src/sip/index.js';
import type { Carrier, ConnectionLink } from './connection-link.js';
import type { ConnectionKind, StreamTransport } from './stream-transport.js';
import type { TlsCredentials } from './tls-credentials.js';
import { secured } from './tls-transport.js';
import { errorCode } from './udp-transport.js';

/** RFC 7118 §4.1. */
const subprotocol = 'sip';
/** Browsers cannot ping by themselves, and proxies on the way forget a silent connection after a minute. */
const BEAT_MS = 25_000;
/** The request of an upgrade: a path, cookies of the page, nothing else. */
const HEAD_BYTES = 16 * 1024;
const POLICY_VIOLATION = 1008;
/** Who is at the other end, where the web page's own process passes a connection on. */
export const peerHeader = 'holdfast-peer';

/** SIP over WebSocket (RFC 7118); with credentials, over TLS. */
export function webSocket(credentials?: TlsCredentials): ConnectionKind {
  return (transport) => {
    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.sipMessageBytes,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
    // It listens nowhere: sockets come from the transport. It reads one request of each and hands the rest on.
    const http = createServer({ maxHeaderSize: HEAD_BYTES }, (_request, response) => {
      response.writeHead(426, { Upgrade: 'websocket', Connection: 'close', 'Sec-WebSocket-Protocol': subprotocol });
      response.end();
    });
    http.on('clientError', (_error, socket) => socket.destroy());
    http.on('upgrade', (request, socket, head) => upgrade(sockets, request, socket, head, transport));
    const begin = (socket: Socket) => http.emit('connection', socket);
    return { beatMs: BEAT_MS, greet: credentials === undefined ? begin : secured(credentials, transport, begin) };
  };
}

function upgrade(
  sockets: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  transport: StreamTransport,
): void {
  const { remoteAddress = '', remotePort = 0, localAddress } = request.socket;
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (offered?.includes(subprotocol) !== true) {
    socket.end(
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nSec-WebSocket-Protocol: sip\r\nContent-Length: 0\r\n\r\n',
    );
    return;
  }
  const peer = passedOn(request, remoteAddress, transport);
  if (peer === 'unreadable') {
    socket.destroy();
    return;
  }
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const carry = (link: ConnectionLink) => new WebSocketCarrier(ws, socket, link, localAddress);
    if (!transport.welcome(remoteAddress, remotePort, carry, peer)) ws.terminate();
  });
}

/**
 * The peer that the web page's process names. Only a listener that nobody outside of this machine can reach believes
 * it: anywhere else the header would let everybody choose an address.
 */
function passedOn(
  request: IncomingMessage,
  from: string,
  transport: StreamTransport,
): { address: string; port: number } | undefined | 'unreadable' {
  const named = request.headers[peerHeader];
  if (named === undefined || !isLoopback(transport.address) || !isLoopback(from)) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(String(named));
  const address = match?.[1] ?? match?.[2] ?? '';
  return isIP(address) === 0 ? 'unreadable' : { address, port: Number(match?.[3]) };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** One SIP message is one WebSocket message (RFC 7118 §5). */
class WebSocketCarrier implements Carrier {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  /** Sign of life since the last ping. */
  #alive = true;

  constructor(
    ws: WebSocket,
    socket: Duplex,
    link: ConnectionLink,
    readonly localAddress: string | undefined,
  ) {
    this.#ws = ws;
    this.#socket = socket;
    // Before the library's own: what has come counts as begun until it is found to be whole.
    socket.prependListener('data', () => {
      this.#alive = true;
      if (link.unfinishedSince === undefined) link.listener.began(link);
    });
    const whole = () => {
      if (link.unfinishedSince !== undefined) link.listener.finished(link);
    };
    ws.on('message', (data: Buffer) => {
      whole();
      if (!link.shuts(data)) this.#read(data, link);
    });
    ws.on('ping', whole);
    ws.on('pong', whole);
    ws.on('error', (error) => link.destroy(errorCode(error)));
    ws.on('close', () => link.destroy('ECONNRESET'));
  }

  get backlog(): number {
    return this.#ws.bufferedAmount;
  }

  write(messages: readonly Buffer[]): void {
    this.#socket.cork();
    for (const bytes of messages) this.#ws.send(bytes, { binary: !isUtf8(bytes) });
    this.#socket.uncork();
  }

  beat(): boolean {
    if (!this.#alive) return false;
    this.#alive = false;
    this.#ws.ping();
    return true;
  }

  end(): void {
    this.#ws.close(POLICY_VIOLATION);
  }

  destroy(): void {
    this.#ws.terminate();
  }

  #read(data: Buffer, link: ConnectionLink): void {
    if (isKeepAlive(data)) {
      if (data.length === 4) link.arrived('ping');
      return;
    }
    const parsed = parseMessage(data);
    if (parsed.ok) {
      link.arrived(parsed.value);
      return;
    }
    link.arrived(parsed.error);
    // Whoever sends what is no SIP at all is in the wrong place.
    if (parsed.error.salvaged === undefined) link.refuse();
  }
}

/** CRLF, or the double one that wants an answer (RFC 5626 §3.5.1). */
function isKeepAlive(data: Buffer): boolean {
  return data.length <= 4 && data.every((byte) => byte === 13 || byte === 10);
}
