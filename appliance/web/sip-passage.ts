import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** The path under which telephones in browsers find the SIP server. */
export const sipPath = '/sip';
/** Of all telephones that come by the page; each costs two sockets here. */
const MAX_PASSAGES = 5_000;
/** The SIP server is on this machine: it answers at once, or it is not there. */
const CONNECT_TIMEOUT_MS = 2_000;

/** What the SIP server needs to know of the request; nothing else of it is passed on. */
const passed = [
  'host',
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
];

/**
 * Hands WebSockets of SIP (RFC 7118) on to the SIP server's own listener on loopback, which does everything else. It is
 * told who is really there by a header that it believes on loopback alone; what the client wrote there is not passed on.
 */
export class SipPassage {
  readonly #to: { readonly host: string; readonly port: number };
  readonly #open = new Set<Duplex>();

  constructor(to: { readonly host: string; readonly port: number }) {
    this.#to = to;
  }

  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { remoteAddress, remotePort } = request.socket;
    if (remoteAddress === undefined || remotePort === undefined || this.#open.size >= MAX_PASSAGES) {
      refuseUpgrade(socket, '503 Service Unavailable');
      return;
    }
    const inner = connect({ ...this.#to, noDelay: true, keepAlive: true, timeout: CONNECT_TIMEOUT_MS });
    this.#open.add(socket);
    const end = () => {
      this.#open.delete(socket);
      socket.destroy();
      inner.destroy();
    };
    let through = false;
    inner.once('connect', () => {
      through = true;
      inner.setTimeout(0);
      const peer = remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
      const lines = passed.flatMap((name) => headerLine(request, name));
      inner.write(`GET ${sipPath} HTTP/1.1\r\n${lines.join('')}Holdfast-Peer: ${peer}\r\n\r\n`);
      if (head.length > 0) inner.write(head);
      socket.pipe(inner);
      inner.pipe(socket);
    });
    inner.once('timeout', end);
    inner.once('error', () => {
      if (!through) refuseUpgrade(socket, '503 Service Unavailable');
      end();
    });
    inner.once('close', end);
    socket.once('error', end);
    socket.once('close', end);
  }

  close(): void {
    for (const socket of [...this.#open]) socket.destroy();
  }
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function headerLine(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name];
  return value === undefined ? [] : [`${name}: ${String(value)}\r\n`];
}
