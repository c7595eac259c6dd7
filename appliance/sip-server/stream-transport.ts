import { createServer, type Server, type Socket } from 'node:net';
import { type Log, silentLog, type Timer } from '../../src/base/index.js';
import { emptyBody, sourceName } from '../../src/sip/index.js';
import { type ConnectionLimits, connectionLimits } from './connection-limits.js';
import { type Carrier, ConnectionLink } from './connection-link.js';
import { defaultPort, hostPort, type ListenAddress, type Protocol } from './listen-address.js';
import type { Link, Transport, TransportGround } from './transport.js';

/** The same as a connection's own time-out, where a datagram would do as well. */
const TRY_TIMEOUT_MS = 1_000;
/** A dead peer's connection is found by the kernel's own probes; the application needs no timer for it. */
const KEEP_ALIVE_AFTER_MS = 60_000;
/** How often the one timer of all connections looks for those that take too long. */
const SWEEP_MS = 1_000;
/** One line a minute about each kind of mistake, however many make it. */
const COMPLAINT_MS = 60_000;
const MAX_COMPLAINTS = 1_000;

/** How one protocol makes connections; everything else is the same for TCP, TLS, WS and WSS. */
export interface Connector {
  /** Leads a new socket through its handshake to {@link StreamTransport.welcome}, or destroys it. */
  greet(socket: Socket): void;
  /** Opens a connection from the address `from`; missing where only clients do. */
  dial?(link: ConnectionLink, from: string | undefined): Carrier;
  /** How often each connection is asked for a sign of life. */
  readonly beatMs?: number;
}

export type ConnectionKind = (transport: StreamTransport) => Connector;

/** A socket that was let in. */
interface Guest {
  readonly socket: Socket;
  readonly since: number;
  /** By which it is counted. */
  source: string;
}

export interface StreamOptions {
  readonly limits?: Partial<ConnectionLimits> | undefined;
  readonly log?: Log | undefined;
}

/** One listener of connections: who may come in, which connections there are, and who takes too long. */
export class StreamTransport implements Transport {
  readonly protocol: Protocol;
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly wildcard: boolean;
  readonly ground: TransportGround;
  readonly connector: Connector;
  readonly limits: ConnectionLimits;
  readonly #log: Log;
  readonly #server: Server;
  readonly #all = new Set<ConnectionLink>();
  readonly #byPeer = new Map<string, ConnectionLink>();
  /** Connections whose handshake goes on, by the peer's address and port. */
  readonly #greeting = new Map<string, Guest>();
  readonly #sources = new Map<string, number>();
  readonly #unfinished = new Set<ConnectionLink>();
  readonly #stalled = new Set<ConnectionLink>();
  #guests = 0;
  #sweep: Timer | undefined;
  #beatAt = 0;
  readonly #complained = new Map<string, number>();
  #closed = false;

  private constructor(
    server: Server,
    listen: ListenAddress,
    ground: TransportGround,
    kind: ConnectionKind,
    options: StreamOptions,
  ) {
    this.#server = server;
    this.protocol = listen.protocol;
    this.family = listen.address.includes(':') ? 6 : 4;
    this.address = listen.address;
    const bound = server.address();
    this.port = bound !== null && typeof bound === 'object' ? bound.port : listen.port;
    this.wildcard = listen.address === '0.0.0.0' || listen.address === '::';
    this.ground = ground;
    this.limits = { ...connectionLimits, ...options.limits };
    this.#log = options.log ?? silentLog;
    this.connector = kind(this);
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => undefined);
  }

  /** Rejects with the operating system's error, e.g. code EADDRINUSE. */
  static open(
    listen: ListenAddress,
    ground: TransportGround,
    kind: ConnectionKind,
    options: StreamOptions = {},
  ): Promise<StreamTransport> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS });
      server.once('error', reject);
      server.listen({ port: listen.port, host: listen.address, ipv6Only: true }, () => {
        server.off('error', reject);
        resolve(new StreamTransport(server, listen, ground, kind, options));
      });
    });
  }

  get connections(): number {
    return this.#all.size;
  }

  link(address: string, port: number, name?: string): Link {
    return this.connected(address, port, name) ?? new ConnectionLink(this, address, port, name);
  }

  connect(address: string, port: number, done: (link: Link | undefined) => void, name?: string): void {
    const link = this.connected(address, port, name) ?? new ConnectionLink(this, address, port, name);
    link.whenConnected(TRY_TIMEOUT_MS, (connected) => done(connected ? link : undefined));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    this.#sweep = undefined;
    for (const { socket } of [...this.#greeting.values()]) socket.destroy();
    for (const link of [...this.#all]) link.destroy('closing');
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  // ---- for links and kinds

  /** The open connection to this address, if it may carry what is meant for `name`. */
  connected(address: string, port: number, name?: string): ConnectionLink | undefined {
    const link = this.#byPeer.get(hostPort(address, port));
    return link?.open === true && link.speaksFor(name) ? link : undefined;
  }

  /** A link is known from its first byte to its end. */
  remember(link: ConnectionLink): void {
    this.#all.add(link);
    this.#byPeer.set(hostPort(link.address, link.port), link);
  }

  forget(link: ConnectionLink): void {
    this.#all.delete(link);
    this.#unfinished.delete(link);
    this.#stalled.delete(link);
    this.#drop(hostPort(link.address, link.port), link);
    if (link.aliasPort !== undefined) this.#drop(hostPort(link.address, link.aliasPort), link);
  }

  /** Requests to the peer's own port may use this connection, which the peer opened (RFC 5923). */
  alias(link: ConnectionLink, port: number | undefined): void {
    const own = port ?? defaultPort(this.protocol);
    if (own === 0 || own > 65535 || link.aliasPort !== undefined) return;
    link.aliasPort = own;
    this.#byPeer.set(hostPort(link.address, own), link);
  }

  /**
   * The handshake is over. `peer` is who is really there when the socket's other end only passes things on; it may be
   * one connection too many for that peer, and then nothing is returned.
   */
  welcome(
    address: string,
    port: number,
    carry: (link: ConnectionLink) => Carrier,
    peer?: { readonly address: string; readonly port: number },
  ): boolean {
    const key = hostPort(address, port);
    const guest = this.#greeting.get(key);
    this.#greeting.delete(key);
    if (guest === undefined || this.#closed) return false;
    if (peer !== undefined && !this.#countAs(guest, peer.address)) return false;
    const link = new ConnectionLink(this, peer?.address ?? address, peer?.port ?? port);
    link.take(carry(link));
    this.remember(link);
    if (this.connector.beatMs !== undefined) this.#sweepLater();
    return true;
  }

  /** A message has begun and is not whole: it has some seconds to become so. */
  began(link: ConnectionLink): void {
    link.unfinishedSince = this.ground.clock.now();
    this.#unfinished.add(link);
    this.#sweepLater();
  }

  finished(link: ConnectionLink): void {
    link.unfinishedSince = undefined;
    this.#unfinished.delete(link);
  }

  /** Something waits that the peer does not take. */
  stalled(link: ConnectionLink): void {
    if (link.stalledSince !== undefined) return;
    link.stalledSince = this.ground.clock.now();
    this.#stalled.add(link);
    this.#sweepLater();
  }

  /**
   * What a peer got wrong, once a minute for each kind of mistake; of those whom we looked for (`each`) once a minute for
   * each of them.
   */
  complain(what: string, why: string, address: string, each = false): void {
    const now = this.ground.clock.now();
    const key = each ? `${what} ${address}` : what;
    if (now - (this.#complained.get(key) ?? Number.NEGATIVE_INFINITY) < COMPLAINT_MS) return;
    if (this.#complained.size >= MAX_COMPLAINTS) this.#complained.clear();
    this.#complained.set(key, now);
    this.#log.warn(what, { why, address, protocol: this.protocol, connections: this.#guests });
  }

  // ---- who may come in

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined || this.#refuses(address)) {
      socket.destroy();
      return;
    }
    const guest: Guest = { socket, since: this.ground.clock.now(), source: sourceName(address) };
    const key = hostPort(address, port);
    this.#guests++;
    this.#count(guest.source, 1);
    this.#greeting.set(key, guest);
    socket.once('close', () => {
      this.#guests--;
      this.#count(guest.source, -1);
      if (this.#greeting.get(key) === guest) this.#greeting.delete(key);
    });
    this.connector.greet(socket);
    if (this.#greeting.has(key)) this.#sweepLater();
  }

  #refuses(address: string): boolean {
    if (this.#closed || this.ground.shuts(address, emptyBody)) return true;
    if (this.#guests < this.limits.total) return this.#crowded(address);
    this.complain('connection refused', `there are ${this.#guests} already`, address);
    return true;
  }

  #crowded(address: string): boolean {
    const count = this.#sources.get(sourceName(address)) ?? 0;
    if (count < this.limits.perSource) return false;
    this.complain('connection refused', `this source has ${count} already`, address);
    return true;
  }

  #countAs(guest: Guest, address: string): boolean {
    if (this.ground.shuts(address, emptyBody) || this.#crowded(address)) return false;
    this.#count(guest.source, -1);
    guest.source = sourceName(address);
    this.#count(guest.source, 1);
    return true;
  }

  #count(source: string, by: 1 | -1): void {
    const count = (this.#sources.get(source) ?? 0) + by;
    if (count <= 0) this.#sources.delete(source);
    else this.#sources.set(source, count);
  }

  #drop(key: string, link: ConnectionLink): void {
    if (this.#byPeer.get(key) === link) this.#byPeer.delete(key);
  }

  // ---- who takes too long

  /** One timer for all connections, and none while nobody keeps us waiting. */
  #sweepLater(): void {
    if (this.#sweep !== undefined || this.#closed) return;
    this.#sweep = this.ground.clock.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      const now = this.ground.clock.now();
      this.#sweepAt(now);
      const beats = this.connector.beatMs !== undefined && this.#all.size > 0;
      if (beats || this.#greeting.size + this.#unfinished.size + this.#stalled.size > 0) this.#sweepLater();
    });
  }

  #sweepAt(now: number): void {
    const { handshakeMs, messageMs, stallMs } = this.limits;
    // A map keeps the order of arrival: the first that is young enough ends the search.
    for (const guest of this.#greeting.values()) {
      if (now - guest.since < handshakeMs) break;
      guest.socket.destroy();
    }
    for (const link of [...this.#unfinished]) {
      if (now - (link.unfinishedSince ?? now) >= messageMs) link.destroy('ETIMEDOUT');
    }
    for (const link of [...this.#stalled]) {
      if (link.backlog === 0) {
        link.stalledSince = undefined;
        this.#stalled.delete(link);
      } else if (now - (link.stalledSince ?? now) >= stallMs) link.destroy('ETIMEDOUT');
    }
    const { beatMs } = this.connector;
    if (beatMs === undefined || now - this.#beatAt < beatMs) return;
    this.#beatAt = now;
    for (const link of [...this.#all]) link.beat();
  }
}
