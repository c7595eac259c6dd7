import type { Timer } from '../../src/base/index.js';
import { type Framed, type SipRequest, topVia, type ViaTransport } from '../../src/sip/index.js';
import { atTurnEnd } from '../io/index.js';
import { hostPort, type Protocol } from './listen-address.js';
import type { StreamTransport } from './stream-transport.js';
import { type Link, viaTransport } from './transport.js';

/** A peer that does not take the connection in this time is as good as refusing it. */
const CONNECT_TIMEOUT_MS = 4_000;
/** A peer that reads nothing while this much waits for it is cut off. */
const BACKLOG_BYTES = 4 * 1024 * 1024;

const crlf = Buffer.from('\r\n');

/** What a link needs of its connection: a socket of TCP or TLS, or a WebSocket. */
export interface Carrier {
  /** Sends messages, in order. */
  write(messages: readonly Buffer[]): void;
  /** Bytes that the peer has not taken yet. */
  readonly backlog: number;
  readonly localAddress: string | undefined;
  /** True when the peer has proved that it may be spoken to under this name; missing where nobody proves anything. */
  speaksFor?(name: string): boolean;
  /** The peer's certificate was asked for and found good: its word on itself can be believed. */
  readonly proved?: boolean;
  /** Where the protocol has a sign of life of its own: false when the last one was never answered. */
  beat?(): boolean;
  /** Closes; what was written before still leaves. */
  end(): void;
  destroy(): void;
}

/** One connection, in either direction, of TCP, TLS, WS or WSS. */
export class ConnectionLink implements Link {
  readonly transport: ViaTransport;
  readonly protocol: Protocol;
  readonly reliable = true;
  readonly watchers = new Set<(why: string) => void>();
  /** When the message that is still arriving began, in the clock's ms; undefined between messages. */
  unfinishedSince: number | undefined;
  /** The peer's own port that requests for it may name to come this way (RFC 5923). */
  aliasPort: number | undefined;
  /** Since when the peer has taken nothing of what waits for it. */
  stalledSince: number | undefined;
  #carrier: Carrier | undefined;
  #connecting:
    | {
        readonly waiting: { bytes: Buffer; failed: ((why: string) => void) | undefined }[];
        readonly told: (() => void)[];
        readonly timer: Timer;
      }
    | undefined;
  #gone = false;
  #out: Buffer[] = [];
  #aliasRead = false;

  constructor(
    readonly listener: StreamTransport,
    readonly address: string,
    readonly port: number,
    /** The name under which we look for this peer: what its certificate must show. */
    readonly name?: string,
  ) {
    this.protocol = listener.protocol;
    this.transport = viaTransport[listener.protocol];
  }

  get open(): boolean {
    return !this.#gone;
  }

  get localAddress(): string {
    const { locals } = this.listener.ground;
    const own = this.listener.wildcard
      ? (this.#carrier?.localAddress ?? locals.towards(this.address))
      : this.listener.address;
    return locals.shownTo(this.address, own);
  }

  get sentBy(): string {
    return hostPort(this.localAddress, this.listener.port);
  }

  get backlog(): number {
    return this.#carrier?.backlog ?? 0;
  }

  /** A connection to this address may carry what is meant for `name` (RFC 5923 §4). */
  speaksFor(name: string | undefined): boolean {
    if (name === undefined || name === this.name || name === this.address) return true;
    return this.#carrier?.speaksFor?.(name) ?? true;
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (this.#carrier === undefined && !this.#gone) {
      const other = this.listener.connected(this.address, this.port, this.name);
      if (other !== undefined && other !== this) {
        other.send(bytes, failed);
        return;
      }
      this.#connect();
    }
    if (this.#gone) {
      this.listener.ground.clock.after(0, () => failed?.(`ECONNRESET ${hostPort(this.address, this.port)}`));
      return;
    }
    if (this.#connecting !== undefined) this.#connecting.waiting.push({ bytes, failed });
    else this.#write(bytes);
  }

  /** Connects where there is no connection yet; `done` is told once, on a later turn or at once when connected. */
  whenConnected(withinMs: number, done: (connected: boolean) => void): void {
    if (this.#carrier === undefined && !this.#gone) this.#connect();
    if (this.#gone || this.#connecting === undefined) {
      done(!this.#gone);
      return;
    }
    let told = false;
    const tell = (connected: boolean) => {
      if (told) return;
      told = true;
      timer.cancel();
      this.watchers.delete(ended);
      done(connected);
    };
    const ended = () => tell(false);
    const timer = this.listener.ground.clock.after(withinMs, () => tell(false));
    this.watchers.add(ended);
    this.#connecting.told.push(() => tell(true));
  }

  /** Closes, and tells everybody who waits for something on this connection. */
  destroy(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.listener.forget(this);
    this.#connecting?.timer.cancel();
    for (const { failed } of this.#connecting?.waiting ?? []) failed?.(`${why} ${hostPort(this.address, this.port)}`);
    this.#connecting = undefined;
    this.#carrier?.destroy();
    for (const watcher of [...this.watchers]) watcher(`${why} ${hostPort(this.address, this.port)}`);
    this.watchers.clear();
  }

  // ---- for carriers and the listener

  take(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  /** The connection that we asked for is there, its handshake done. */
  connected(): void {
    const connecting = this.#connecting;
    if (connecting === undefined) return;
    connecting.timer.cancel();
    this.#connecting = undefined;
    for (const { bytes } of connecting.waiting) this.#write(bytes);
    for (const tell of connecting.told) tell();
  }

  /** True when the source is shut out, and the connection with it. */
  shuts(bytes: Buffer): boolean {
    if (!this.listener.ground.shuts(this.address, bytes)) return false;
    this.destroy('ECONNRESET');
    return true;
  }

  arrived(framed: Framed): void {
    if (framed === 'ping') {
      this.#write(crlf);
      return;
    }
    if (!this.#aliasRead && framed.kind === 'request') {
      this.#aliasRead = true;
      if (this.#carrier?.proved === true) this.#readAlias(framed);
    }
    this.listener.ground.receiver(framed, this);
  }

  /** Nothing more of what this peer says can be understood: answers leave, then it is over. */
  refuse(): void {
    this.#flush();
    this.#carrier?.end();
  }

  beat(): void {
    if (this.#carrier?.beat?.() === false) this.destroy('ETIMEDOUT');
  }

  #connect(): void {
    const { ground, connector } = this.listener;
    if (connector.dial === undefined) {
      // A WebSocket server never opens a connection (RFC 7118 §4): this peer has to come back by itself.
      this.#gone = true;
      return;
    }
    const timer = ground.clock.after(CONNECT_TIMEOUT_MS, () => this.destroy('ETIMEDOUT'));
    this.#connecting = { waiting: [], told: [], timer };
    this.listener.remember(this);
    this.#carrier = connector.dial(this, this.listener.wildcard ? undefined : this.listener.address);
  }

  /** RFC 5923 §8: a peer that proved who it is may say that requests to its listening port can come this way. */
  #readAlias({ headers }: SipRequest): void {
    if (!/;\s*alias\s*(?:;|=|$)/i.test(headers.get('Via') ?? '')) return;
    const port = /:(\d{1,5})$/.exec(topVia(headers)?.sentBy ?? '')?.[1];
    this.listener.alias(this, port === undefined ? undefined : Number(port));
  }

  /** Everything of one turn of the event loop leaves in one write. */
  #write(bytes: Buffer): void {
    if (bytes !== crlf) this.listener.ground.sent(bytes, this);
    this.#out.push(bytes);
    if (this.#out.length === 1) atTurnEnd(() => this.#flush());
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const out = this.#out;
    this.#out = [];
    const carrier = this.#carrier;
    if (this.#gone || carrier === undefined) return;
    carrier.write(out);
    if (carrier.backlog === 0) return;
    if (carrier.backlog > BACKLOG_BYTES) this.destroy('EPIPE');
    else this.listener.stalled(this);
  }
}
