import type { Link, Receiver, Transport } from './transport.js';

/** True lets packets through; false drops them in both directions, silently, as a cut line does. */
export type Gate = () => boolean;

/** Wraps a transport so that a gate can cut it. The receiver given to the inner transport must come from {@link gatedReceiver}. */
export class GatedTransport implements Transport {
  readonly protocol;
  readonly family;
  readonly address;
  readonly port;
  readonly inner: Transport;
  readonly gate: Gate;
  readonly #links = new WeakMap<Link, GatedLink>();

  constructor(inner: Transport, gate: Gate) {
    this.inner = inner;
    this.gate = gate;
    this.protocol = inner.protocol;
    this.family = inner.family;
    this.address = inner.address;
    this.port = inner.port;
  }

  get connections(): number {
    return this.inner.connections;
  }

  link(address: string, port: number, name?: string): Link {
    return this.wrap(this.inner.link(address, port, name));
  }

  connect(address: string, port: number, done: (link: Link | undefined) => void, name?: string): void {
    if (this.inner.connect === undefined || !this.gate()) done(undefined);
    else this.inner.connect(address, port, (link) => done(link === undefined ? undefined : this.wrap(link)), name);
  }

  connected(address: string, port: number, name?: string): Link | undefined {
    const link = this.inner.connected?.(address, port, name);
    return link === undefined ? undefined : this.wrap(link);
  }

  /** The gated view of an inner link; the same one each time for a connection. */
  wrap(link: Link): Link {
    if (!link.reliable) return new GatedLink(this, link);
    let gated = this.#links.get(link);
    if (gated === undefined) {
      gated = new GatedLink(this, link);
      this.#links.set(link, gated);
    }
    return gated;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** `of` gives the wrapper of the transport that a link belongs to. */
export function gatedReceiver(
  receiver: Receiver,
  gate: Gate,
  of: (inner: Transport) => GatedTransport | undefined,
): Receiver {
  return (message, link) => {
    if (gate()) receiver(message, of(link.listener)?.wrap(link) ?? link);
  };
}

class GatedLink implements Link {
  readonly transport;
  readonly reliable;
  readonly protocol;
  readonly address;
  readonly port;
  readonly listener: GatedTransport;
  readonly #inner: Link;

  constructor(listener: GatedTransport, inner: Link) {
    this.listener = listener;
    this.#inner = inner;
    this.transport = inner.transport;
    this.reliable = inner.reliable;
    this.protocol = inner.protocol;
    this.address = inner.address;
    this.port = inner.port;
  }

  get open(): boolean {
    return this.#inner.open;
  }

  get watchers(): Set<(why: string) => void> | undefined {
    return this.#inner.watchers;
  }

  get localAddress(): string {
    return this.#inner.localAddress;
  }

  get sentBy(): string {
    return this.#inner.sentBy;
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (this.listener.gate()) this.#inner.send(bytes, failed);
  }
}
