import { type Headers, type Path, topVia, type ViaTransport } from '../../src/sip/index.js';
import { defaultPort } from './listen-address.js';
import type { Link } from './transport.js';

/**
 * The way back of a response to a request that came over a connection (RFC 3261 §18.2.2): that connection, and when it
 * is gone, a new one to the port that the topmost Via names.
 */
export class ReplyPath implements Path {
  readonly transport: ViaTransport;
  readonly reliable: boolean;
  readonly #link: Link;
  readonly #headers: Headers;

  constructor(link: Link, headers: Headers) {
    this.#link = link;
    this.#headers = headers;
    this.transport = link.transport;
    this.reliable = link.reliable;
  }

  get sentBy(): string {
    return this.#link.sentBy;
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    const { listener, address, protocol } = this.#link;
    if (this.#link.open) {
      this.#link.send(bytes, failed);
      return;
    }
    const port = /:(\d+)$/.exec(topVia(this.#headers)?.sentBy ?? '')?.[1];
    listener.link(address, port === undefined ? defaultPort(protocol) : Number(port)).send(bytes, failed);
  }
}
