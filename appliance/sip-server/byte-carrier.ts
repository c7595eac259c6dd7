import type { Socket } from 'node:net';
import { StreamFramer } from '../../src/sip/index.js';
import type { Carrier, ConnectionLink } from './connection-link.js';
import { errorCode } from './udp-transport.js';

/** A connection that carries a stream of bytes: TCP, and TLS over it. */
export class ByteCarrier implements Carrier {
  readonly #socket: Socket;
  readonly #link: ConnectionLink;
  readonly #framer = new StreamFramer();
  #over = false;

  constructor(socket: Socket, link: ConnectionLink) {
    this.#socket = socket;
    this.#link = link;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => link.destroy(errorCode(error)));
    socket.on('close', () => link.destroy('ECONNRESET'));
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  write(messages: readonly Buffer[]): void {
    const [first] = messages;
    this.#socket.write(messages.length === 1 && first !== undefined ? first : Buffer.concat(messages));
  }

  end(): void {
    this.#socket.end(() => this.#link.destroy('EPROTO'));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const link = this.#link;
    if (this.#over || link.shuts(chunk)) return;
    const framed = this.#framer.push(chunk);
    for (const one of framed) link.arrived(one);
    if (this.#framer.mustClose) {
      this.#over = true;
      link.refuse();
      return;
    }
    if (!this.#framer.unfinished) {
      if (link.unfinishedSince !== undefined) link.listener.finished(link);
    } else if (link.unfinishedSince === undefined || framed.length > 0) link.listener.began(link);
  }
}
