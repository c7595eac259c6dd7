/** What epoll says of a descriptor. */
export interface Readiness {
  readonly readable: boolean;
  /** DAHDI: an event waits (POLLPRI). */
  readonly urgent: boolean;
  /** Hung up, or its device is gone. */
  readonly gone: boolean;
}

/**
 * The kernel's calls that this driver makes; results are as system calls give them: zero and more, or a negated errno. Those of tests run
 * on a virtual clock.
 */
export interface Kernel {
  /** For reading and writing, without blocking. */
  open(path: string): number;
  close(descriptor: number): void;
  /** At once: for what takes no more than a spin lock in the kernel. Reads and writes `argument` in place. */
  ioctl(descriptor: number, request: number, argument: Uint8Array): number;
  /** On a thread of its own: for what may sleep in the kernel, and on a broken card for ever. */
  ioctlLater(descriptor: number, request: number, argument: Uint8Array, done: (result: number) => void): void;
  read(descriptor: number, buffer: Uint8Array): number;
  write(descriptor: number, bytes: Uint8Array): number;
  /** Until {@link unwatch}; events of DAHDI always, what can be read only where `readable`. */
  watch(descriptor: number, readable: boolean, ready: (readiness: Readiness) => void): number;
  unwatch(descriptor: number): void;
  /** A Unix stream socket that listens at a path, which must be free. */
  listen(path: string): number;
  accept(listener: number): number;
  /** Hands over `descriptor` with one octet (SCM_RIGHTS, unix(7)). */
  sendDescriptor(connection: number, descriptor: number): number;
  /** A socket that the kernel tells of devices by (NETLINK_KOBJECT_UEVENT). */
  openUevents(): number;
  /** Ends all watching. */
  stop(): void;
}

/** Errors of the kernel that mean something here; generic on x86-64, arm64 and riscv64. */
export const errno = {
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  ENOTTY: 25,
  EPERM: 1,
  ENOSYS: 38,
  ENODATA: 61,
  ENOBUFS: 105,
  EINPROGRESS: 115,
} as const;

const names: ReadonlyMap<number, string> = new Map(Object.entries(errno).map(([name, value]) => [value, name]));

/** Of a negative result, for people. */
export function errorName(result: number): string {
  return names.get(-result) ?? `error ${-result}`;
}
