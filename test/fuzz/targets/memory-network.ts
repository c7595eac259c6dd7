import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/** The end of a connection that the product holds; what it writes is kept, what it should read is given. */
export class MemorySocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly localAddress = '127.0.0.1';
  readonly localPort = 5060;
  readonly writableLength = 0;
  destroyed = false;

  constructor(
    readonly remotePort: number,
    readonly written: (bytes: Buffer) => void,
    readonly later: (work: () => void) => void,
  ) {
    super();
  }

  receive(bytes: Buffer): void {
    if (!this.destroyed) this.emit('data', bytes);
  }

  receiveEnd(): void {
    this.emit('end');
    this.destroy();
  }

  write(bytes: Buffer | string): boolean {
    if (!this.destroyed) this.written(Buffer.from(bytes));
    return true;
  }

  end(last?: Buffer | string | (() => void)): this {
    if (typeof last === 'function') this.later(last);
    else if (last !== undefined) this.write(last);
    this.destroy();
    return this;
  }

  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.later(() => this.emit('close'));
    return this;
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

class MemoryServer extends EventEmitter {
  maxConnections = 0;
  #port = 0;

  constructor(readonly network: MemoryNetwork) {
    super();
  }

  listen(options: { readonly port: number }, done?: () => void): this {
    this.#port = options.port;
    this.network.listeners.set(options.port, this);
    this.network.later(() => {
      done?.();
      this.emit('listening');
    });
    return this;
  }

  address(): { readonly port: number; readonly address: string } {
    return { port: this.#port, address: '127.0.0.1' };
  }

  close(done?: () => void): this {
    this.network.listeners.delete(this.#port);
    this.network.later(() => done?.());
    return this;
  }

  unref(): this {
    return this;
  }
}

/** All TCP of this process, without the kernel: a thousand sessions in a second, each alike. */
export class MemoryNetwork {
  readonly listeners = new Map<number, MemoryServer>();
  /** All that the product wrote since {@link begin}, as ISO 8859-1. */
  toldApplications = '';
  toldTelephones = '';
  #immediates: (() => void)[] = [];
  #ports = 40_000;

  /** Takes the place of `node:net`; setImmediate is a turn of {@link turn}. */
  install(): void {
    const net = createRequire(import.meta.url)('node:net') as Record<string, unknown>;
    net.createServer = () => new MemoryServer(this);
    net.connect = (options: { readonly port: number }) => this.#dial(options.port);
    net.createConnection = net.connect;
    syncBuiltinESMExports();
    const immediate = (work: (...words: unknown[]) => void, ...words: unknown[]) => this.later(() => work(...words));
    Object.assign(globalThis, { setImmediate: immediate });
    // Nobody rests here at the end of a turn.
    Object.assign(Atomics, { wait: () => 'timed-out' });
  }

  begin(): void {
    this.toldApplications = '';
    this.toldTelephones = '';
    this.#immediates = [];
    this.#ports = 40_000;
  }

  end(): void {
    this.turn();
    this.listeners.clear();
  }

  later(work: () => void): void {
    this.#immediates.push(work);
    // The listeners open before anybody turns this network.
    if (this.#immediates.length === 1) queueMicrotask(() => this.turn());
  }

  /** Runs what waits for the next turn of the event loop, and what that leads to, for a while. */
  turn(): void {
    for (let i = 0; i < 20 && this.#immediates.length > 0; i++) {
      const due = this.#immediates;
      this.#immediates = [];
      for (const work of due) work();
    }
  }

  /** A peer's connection to a listener of the product. */
  connect(port: number): MemorySocket {
    const socket = new MemorySocket(
      this.#ports++,
      (bytes) => this.#told(port, bytes),
      (work) => this.later(work),
    );
    this.listeners.get(port)?.emit('connection', socket);
    return socket;
  }

  /** A connection of the product's own: somebody takes it, unless the port is even and not a listener's. */
  #dial(port: number): MemorySocket {
    const socket = new MemorySocket(
      port,
      (bytes) => this.#told(port, bytes),
      (work) => this.later(work),
    );
    this.later(() => {
      if (port % 2 === 0) socket.emit('connect');
      else {
        socket.emit('error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
        socket.destroy();
      }
    });
    return socket;
  }

  #told(port: number, bytes: Buffer): void {
    const text = bytes.toString('latin1');
    if (port === 9022) this.toldApplications = (this.toldApplications + text).slice(-8_192);
    else this.toldTelephones = (this.toldTelephones + text).slice(-8_192);
  }
}
