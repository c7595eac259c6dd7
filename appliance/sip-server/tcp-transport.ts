import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import type { Timer } from '../../src/base/index.js';
import { emptyBody, StreamFramer } from '../../src/sip/index.js';
import { hostPort, type ListenAddress } from './listen-address.js';
import type { Link, Transport, TransportGround } from './transport.js';
import { errorCode } from './udp-transport.js';

/** A peer that does not take the connection in this time is as good as refusing it. */
const CONNECT_TIMEOUT_MS = 4_000;
/** The same where a datagram would do as well. */
const TRY_TIMEOUT_MS = 1_000;
/** Connections of one listener; beyond it the system refuses. */
const MAX_CONNECTIONS = 20_000;
/** A peer that reads nothing while this much waits for it is cut off. */
const BACKLOG_BYTES = 4 * 1024 * 1024;

const crlf = Buffer.from('\r\n');

export class TcpTransport implements Transport {
  readonly protocol = 'tcp';
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly wildcard: boolean;
  readonly ground: TransportGround;
  readonly #server: Server;
  readonly #all = new Set<TcpLink>();
  readonly #byPeer = new Map<string, TcpLink>();

  private constructor(server: Server, listen: ListenAddress, ground: TransportGround) {
    this.#server = server;
    this.family = listen.address.includes(':') ? 6 : 4;
    this.address = listen.address;
    const bound = server.address();
    this.port = bound !== null && typeof bound === 'object' ? bound.port : listen.port;
    this.wildcard = listen.address === '0.0.0.0' || listen.address === '::';
    this.ground = ground;
    server.on('connection', (socket) => {
      if (ground.shuts(socket.remoteAddress ?? '', emptyBody)) {
        socket.destroy();
        return;
      }
      const link = new TcpLink(this, socket.remoteAddress ?? '', socket.remotePort ?? 0, socket);
      this.remember(link);
    });
    server.on('error', () => undefined);
    server.maxConnections = MAX_CONNECTIONS;
  }

  /** Rejects with the operating system's error, e.g. code EADDRINUSE. */
  static open(listen: ListenAddress, ground: TransportGround): Promise<TcpTransport> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true, keepAlive: true });
      server.once('error', reject);
      server.listen({ port: listen.port, host: listen.address, ipv6Only: true }, () => {
        server.off('error', reject);
        resolve(new TcpTransport(server, listen, ground));
      });
    });
  }

  get connections(): number {
    return this.#all.size;
  }

  link(address: string, port: number): Link {
    const existing = this.#byPeer.get(hostPort(address, port));
    return existing?.open === true ? existing : new TcpLink(this, address, port, undefined);
  }

  connect(address: string, port: number, done: (link: Link | undefined) => void): void {
    const existing = this.#byPeer.get(hostPort(address, port));
    const link = existing?.open === true ? existing : new TcpLink(this, address, port, undefined);
    link.whenConnected(TRY_TIMEOUT_MS, (connected) => done(connected ? link : undefined));
  }

  /** For links only: a link is known from its first byte to its end. */
  remember(link: TcpLink): void {
    this.#all.add(link);
    this.#byPeer.set(hostPort(link.address, link.port), link);
  }

  /** For links only. */
  forget(link: TcpLink): void {
    this.#all.delete(link);
    const key = hostPort(link.address, link.port);
    if (this.#byPeer.get(key) === link) this.#byPeer.delete(key);
  }

  /** Another link may have connected to the same peer in the meantime. */
  connected(address: string, port: number): TcpLink | undefined {
    return this.#byPeer.get(hostPort(address, port));
  }

  close(): Promise<void> {
    for (const link of [...this.#all]) link.destroy('closing');
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** One connection, in either direction. */
class TcpLink implements Link {
  readonly transport = 'TCP';
  readonly protocol = 'tcp';
  readonly reliable = true;
  readonly watchers = new Set<(why: string) => void>();
  #socket: Socket | undefined;
  #connecting:
    | { readonly waiting: { bytes: Buffer; failed: ((why: string) => void) | undefined }[]; timer: Timer }
    | undefined;
  #gone = false;
  #out: Buffer[] = [];

  constructor(
    readonly listener: TcpTransport,
    readonly address: string,
    readonly port: number,
    socket: Socket | undefined,
  ) {
    if (socket !== undefined) this.#take(socket);
  }

  get open(): boolean {
    return !this.#gone;
  }

  get localAddress(): string {
    const { locals } = this.listener.ground;
    const own = this.listener.wildcard
      ? (this.#socket?.localAddress ?? locals.towards(this.address))
      : this.listener.address;
    return locals.shownTo(this.address, own);
  }

  get sentBy(): string {
    return hostPort(this.localAddress, this.listener.port);
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (this.#gone) {
      this.listener.ground.clock.after(0, () => failed?.(`ECONNRESET ${hostPort(this.address, this.port)}`));
      return;
    }
    if (this.#socket === undefined) {
      const other = this.listener.connected(this.address, this.port);
      if (other?.open === true && other !== this) {
        other.send(bytes, failed);
        return;
      }
      this.#connect();
    }
    if (this.#connecting !== undefined) {
      this.#connecting.waiting.push({ bytes, failed });
      return;
    }
    this.#write(bytes);
  }

  /** Connects where there is no connection yet; `done` is told once, on a later turn or at once when connected. */
  whenConnected(withinMs: number, done: (connected: boolean) => void): void {
    if (this.#gone || (this.#socket !== undefined && this.#connecting === undefined)) {
      done(!this.#gone);
      return;
    }
    if (this.#socket === undefined) this.#connect();
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
    this.#socket?.once('connect', () => tell(true));
  }

  destroy(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.listener.forget(this);
    this.#connecting?.timer.cancel();
    for (const { failed } of this.#connecting?.waiting ?? []) failed?.(`${why} ${hostPort(this.address, this.port)}`);
    this.#connecting = undefined;
    this.#socket?.destroy();
    for (const watcher of [...this.watchers]) watcher(`${why} ${hostPort(this.address, this.port)}`);
    this.watchers.clear();
  }

  #connect(): void {
    const from = this.listener.wildcard ? {} : { localAddress: this.listener.address };
    const socket = netConnect({ host: this.address, port: this.port, noDelay: true, keepAlive: true, ...from });
    const timer = this.listener.ground.clock.after(CONNECT_TIMEOUT_MS, () => this.destroy('ETIMEDOUT'));
    this.#connecting = { waiting: [], timer };
    this.listener.remember(this);
    this.#take(socket);
    socket.on('connect', () => {
      const waiting = this.#connecting?.waiting ?? [];
      this.#connecting?.timer.cancel();
      this.#connecting = undefined;
      for (const { bytes } of waiting) this.#write(bytes);
    });
  }

  #take(socket: Socket): void {
    this.#socket = socket;
    const framer = new StreamFramer();
    socket.on('data', (chunk) => {
      if (this.listener.ground.shuts(this.address, chunk)) {
        this.destroy('ECONNRESET');
        return;
      }
      for (const framed of framer.push(chunk)) {
        if (framed === 'ping') this.#write(crlf);
        else this.listener.ground.receiver(framed, this);
      }
      if (!framer.mustClose) return;
      this.#flush();
      socket.end(() => this.destroy('EPROTO'));
    });
    socket.on('error', (error) => this.destroy(errorCode(error)));
    socket.on('close', () => this.destroy('ECONNRESET'));
  }

  /** Everything of one turn of the event loop leaves in one write. */
  #write(bytes: Buffer): void {
    if (bytes !== crlf) this.listener.ground.sent(bytes, this);
    this.#out.push(bytes);
    if (this.#out.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const [first] = this.#out;
    const bytes = this.#out.length === 1 && first !== undefined ? first : Buffer.concat(this.#out);
    this.#out = [];
    const socket = this.#socket;
    if (this.#gone || socket === undefined) return;
    socket.write(bytes);
    if (socket.writableLength > BACKLOG_BYTES) this.destroy('EPIPE');
  }
}
