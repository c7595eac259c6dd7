import koffi from 'koffi';
import type { Kernel, Readiness } from './kernel.js';

/** fcntl.h, sys/epoll.h, sys/socket.h and linux/netlink.h, as on all of Debian's processors that Node.js runs on but MIPS. */
const flags = { readWrite: 0o2, nonBlock: 0o4000, closeOnExec: 0o2000000 } as const;
const epoll = { add: 1, remove: 2, in: 0x1, urgent: 0x2, error: 0x8, hangUp: 0x10 } as const;
const socketKinds = { unix: 1, netlink: 16, stream: 1, datagram: 2, uevents: 15 } as const;
const rights = { socketLevel: 1, scmRights: 1 } as const;
/** Octets: x86-64 packs `struct epoll_event`, others do not. */
const eventBytes = process.arch === 'x64' ? 12 : 16;
const eventData = eventBytes - 8;
const mostEvents = 256;
/** Controllers come one at a time. */
const backlog = 4;

interface Watch {
  readonly ready: (readiness: Readiness) => void;
}

/**
 * The kernel itself, by koffi. One epoll has all descriptors; a call of `epoll_wait` is always under way on one thread of libuv's pool,
 * and comes back to this one with what is ready, so nothing polls and nothing blocks.
 */
export class LinuxKernel implements Kernel {
  readonly #calls = loadCalls();
  readonly #epoll: number;
  /** Ends the wait. */
  readonly #waker: number;
  readonly #events = new Uint8Array(eventBytes * mostEvents);
  /** What other threads read and write. */
  readonly #lent = new Set<Uint8Array>();
  readonly #watches = new Map<number, Watch>();
  readonly #atExit = (): void => this.stop();
  #stopped = false;

  constructor() {
    this.#epoll = this.#calls.epollCreate(flags.closeOnExec);
    this.#waker = this.#calls.eventDescriptor(0, flags.closeOnExec | flags.nonBlock);
    this.#control(epoll.add, this.#waker, epoll.in);
    // A process ends only when its threads have: one that waits must be woken, whoever calls process.exit.
    process.once('exit', this.#atExit);
    this.#wait();
  }

  open(path: string): number {
    return this.#result(this.#calls.open(path, flags.readWrite | flags.nonBlock | flags.closeOnExec));
  }

  close(descriptor: number): void {
    this.unwatch(descriptor);
    this.#calls.close(descriptor);
  }

  ioctl(descriptor: number, request: number, argument: Uint8Array): number {
    return this.#result(this.#calls.ioctl(descriptor, request, argument));
  }

  ioctlLater(descriptor: number, request: number, argument: Uint8Array, done: (result: number) => void): void {
    this.#lent.add(argument);
    this.#calls.ioctlLater(descriptor, request, argument, (fault: unknown, result: number) => {
      this.#lent.delete(argument);
      if (fault !== null && fault !== undefined) throw fault;
      // koffi keeps the error of the other thread for this turn.
      done(this.#result(result));
    });
  }

  read(descriptor: number, buffer: Uint8Array): number {
    return this.#result(this.#calls.read(descriptor, buffer, buffer.length));
  }

  write(descriptor: number, bytes: Uint8Array): number {
    return this.#result(this.#calls.write(descriptor, bytes, bytes.length));
  }

  watch(descriptor: number, readable: boolean, ready: (readiness: Readiness) => void): number {
    this.#watches.set(descriptor, { ready });
    const result = this.#control(epoll.add, descriptor, epoll.urgent | (readable ? epoll.in : 0));
    if (result < 0) this.#watches.delete(descriptor);
    return result;
  }

  unwatch(descriptor: number): void {
    if (this.#watches.delete(descriptor)) this.#control(epoll.remove, descriptor, 0);
  }

  listen(path: string): number {
    const descriptor = this.#socket(socketKinds.unix, socketKinds.stream, 0);
    if (descriptor < 0) return descriptor;
    const address = new Uint8Array(2 + Buffer.byteLength(path) + 1);
    address.set([socketKinds.unix, 0]);
    address.set(Buffer.from(path), 2);
    const bound = this.#result(this.#calls.bind(descriptor, address, address.length));
    const result = bound < 0 ? bound : this.#result(this.#calls.listen(descriptor, backlog));
    if (result >= 0) return descriptor;
    this.#calls.close(descriptor);
    return result;
  }

  accept(listener: number): number {
    return this.#result(this.#calls.accept(listener, null, null, flags.nonBlock | flags.closeOnExec));
  }

  sendDescriptor(connection: number, descriptor: number): number {
    const control = new DataView(new ArrayBuffer(24));
    control.setBigUint64(0, 20n, true);
    control.setInt32(8, rights.socketLevel, true);
    control.setInt32(12, rights.scmRights, true);
    control.setInt32(16, descriptor, true);
    const message = {
      name: null,
      nameLength: 0,
      parts: [{ base: Buffer.from('d'), length: 1 }],
      partCount: 1,
      control: new Uint8Array(control.buffer),
      controlLength: 24,
      flags: 0,
    };
    return this.#result(this.#calls.sendMessage(connection, message, noSignal));
  }

  openUevents(): number {
    const descriptor = this.#socket(socketKinds.netlink, socketKinds.datagram, socketKinds.uevents);
    if (descriptor < 0) return descriptor;
    const address = new DataView(new ArrayBuffer(12));
    address.setUint16(0, socketKinds.netlink, true);
    // The group that the kernel itself speaks to (2 is udev's).
    address.setUint32(8, 1, true);
    const result = this.#result(this.#calls.bind(descriptor, new Uint8Array(address.buffer), 12));
    if (result >= 0) return descriptor;
    this.#calls.close(descriptor);
    return result;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    process.removeListener('exit', this.#atExit);
    this.#calls.write(this.#waker, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8);
  }

  #socket(family: number, kind: number, protocol: number): number {
    return this.#result(this.#calls.socket(family, kind | flags.nonBlock | flags.closeOnExec, protocol));
  }

  #control(operation: number, descriptor: number, events: number): number {
    const event = new DataView(new ArrayBuffer(eventBytes));
    event.setUint32(0, events, true);
    event.setInt32(eventData, descriptor, true);
    return this.#result(this.#calls.epollControl(this.#epoll, operation, descriptor, new Uint8Array(event.buffer)));
  }

  #wait(): void {
    this.#calls.epollWaitLater(this.#epoll, this.#events, mostEvents, -1, (_fault: unknown, count: number) => {
      if (this.#stopped) {
        this.#calls.close(this.#waker);
        this.#calls.close(this.#epoll);
        return;
      }
      const view = new DataView(this.#events.buffer);
      // -1: a signal came between.
      for (let place = 0; place < count; place++) {
        const events = view.getUint32(place * eventBytes, true);
        const descriptor = view.getInt32(place * eventBytes + eventData, true);
        this.#watches.get(descriptor)?.ready({
          readable: (events & epoll.in) !== 0,
          urgent: (events & epoll.urgent) !== 0,
          gone: (events & (epoll.error | epoll.hangUp)) !== 0,
        });
      }
      this.#wait();
    });
  }

  #result(result: number): number {
    return result < 0 ? -koffi.errno() : result;
  }
}

const noSignal = 0x4000;

function loadCalls() {
  const libc = koffi.load('libc.so.6');
  const part = koffi.struct({ base: 'void *', length: 'size_t' });
  const message = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    parts: koffi.pointer(part),
    partCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  const ioctl = libc.func('int ioctl(int descriptor, unsigned long request, void *argument)');
  const wait = libc.func('int epoll_wait(int epoll, void *events, int most, int timeout)');
  return {
    open: libc.func('int open(const char *path, int flags)'),
    close: libc.func('int close(int descriptor)'),
    ioctl,
    ioctlLater: ioctl.async,
    read: libc.func('int64_t read(int descriptor, void *buffer, size_t length)'),
    write: libc.func('int64_t write(int descriptor, const void *bytes, size_t length)'),
    socket: libc.func('int socket(int family, int kind, int protocol)'),
    bind: libc.func('int bind(int socket, const void *address, uint32_t length)'),
    listen: libc.func('int listen(int socket, int backlog)'),
    accept: libc.func('int accept4(int socket, void *address, void *length, int flags)'),
    sendMessage: libc.func('sendmsg', 'int64_t', ['int', koffi.pointer(message), 'int']),
    epollCreate: libc.func('int epoll_create1(int flags)'),
    epollControl: libc.func('int epoll_ctl(int epoll, int operation, int descriptor, void *event)'),
    epollWaitLater: wait.async,
    eventDescriptor: libc.func('int eventfd(unsigned int initial, int flags)'),
  };
}
