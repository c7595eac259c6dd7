import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { LossyNetwork } from './lossy-network.js';
import type { VirtualClock } from './virtual-clock.js';

/** The simulation that the sockets of this process belong to at the moment. */
export interface SocketWorld {
  readonly clock: VirtualClock;
  /** Datagrams travel here between hosts named `address:port`. */
  readonly network: LossyNetwork;
  /** True: this datagram is lost, whatever the network does. */
  readonly loses?: (bytes: Buffer) => boolean;
}

let world: SocketWorld | undefined;
const listeners = new Map<number, EventEmitter>();

export function enterWorld(next: SocketWorld): void {
  world = next;
  listeners.clear();
}

/** One end of a connection: what it writes arrives at the other a turn later, in order. */
class MemoryStream extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly writableLength = 0;
  destroyed = false;
  other: MemoryStream | undefined;

  write(bytes: Buffer | string): boolean {
    const copy = Buffer.from(bytes);
    soon(() => {
      if (this.other?.destroyed === false) this.other.emit('data', copy);
    });
    return true;
  }

  end(): this {
    return this.destroy();
  }

  destroySoon(): void {
    this.destroy();
  }

  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    soon(() => {
      this.emit('close');
      this.other?.destroy();
    });
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

class MemoryListener extends EventEmitter {
  listen(options: { readonly port: number }, done: () => void): this {
    listeners.set(options.port, this);
    queueMicrotask(done);
    return this;
  }

  address(): null {
    return null;
  }

  close(done: () => void): this {
    queueMicrotask(done);
    return this;
  }
}

/** A bound socket sends and receives on the network; what {@link UdpProbe} opens is never answered. */
class MemoryDatagrams extends EventEmitter {
  #address = '';
  #port = 0;

  bind(port: number | object, address: string | (() => void), done?: () => void): this {
    if (typeof port === 'object' || typeof address !== 'string') return this;
    this.#address = address;
    this.#port = port;
    world?.network.attach(`${address}:${port}`, (bytes, from) => {
      const colon = from.lastIndexOf(':');
      this.emit('message', bytes, { address: from.slice(0, colon), port: Number(from.slice(colon + 1)) });
    });
    if (done !== undefined) queueMicrotask(done);
    return this;
  }

  send(bytes: Buffer, port: number, address: string): void {
    if (world?.loses?.(bytes) === true) return;
    world?.network.send(`${this.#address}:${this.#port}`, `${address}:${port}`, bytes);
  }

  address(): { readonly address: string; readonly port: number } {
    return { address: this.#address, port: this.#port };
  }

  setRecvBufferSize(): void {}

  unref(): this {
    return this;
  }

  close(done?: () => void): this {
    world?.network.detach(`${this.#address}:${this.#port}`);
    if (done !== undefined) queueMicrotask(done);
    return this;
  }
}

/** An application's end of a connection to the control port. */
export function connectTo(port: number): { send(bytes: Buffer): void; onData(take: (bytes: Buffer) => void): void } {
  const near = new MemoryStream();
  const far = new MemoryStream();
  near.other = far;
  far.other = near;
  listeners.get(port)?.emit('connection', far);
  return {
    send: (bytes) => void near.write(bytes),
    onData: (take) => void near.on('data', take),
  };
}

function soon(work: () => void): void {
  world?.clock.after(0, work);
}

/** Takes the place of `node:net`, `node:dgram` and setImmediate in this process, for modules that are loaded later. */
export function installMemorySockets(): void {
  const load = createRequire(import.meta.url);
  Object.assign(load('node:net'), { createServer: () => new MemoryListener() });
  Object.assign(load('node:dgram'), { createSocket: () => new MemoryDatagrams() });
  syncBuiltinESMExports();
  Object.assign(globalThis, { setImmediate: soon });
  // What the process rests under load (appliance/io/turn.ts) is real time.
  Object.assign(Atomics, { wait: () => 'timed-out' });
}
