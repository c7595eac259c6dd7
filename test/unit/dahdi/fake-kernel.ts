import { errno, type Kernel, type Readiness } from '../../../hw/dahdi/index.js';
import { channelEvents, requests, structs, values } from '../../../hw/dahdi/kernel-codes.js';
import type { Clock } from '../../../src/base/index.js';

/** One channel as the kernel keeps it. */
export class FakeChannel {
  open = false;
  readonly events: number[] = [];
  readonly frames: Uint8Array[] = [];
  readonly written: Uint8Array[] = [];
  /** Its card's interrupts come: samples wait again soon after they were read. */
  alive = true;
  sounds = true;
  full = false;
  offHook = false;
  received = 0;
  alarms = 0;
  /** Answers that are not 0, by request; used up one after another, the last for ever. */
  readonly answers = new Map<number, number[]>();
  /** What was told, in order. */
  readonly told: { readonly request: number; readonly value: number; readonly argument: Uint8Array }[] = [];
  gone = false;

  of(request: number): readonly number[] {
    return this.told.filter((each) => each.request === request).map(({ value }) => value);
  }
}

interface File {
  readonly path: string;
  channel: FakeChannel | undefined;
}

/** The kernel's telephony, on the virtual clock, with faults on request. */
export class FakeKernel implements Kernel {
  readonly #clock: Clock;
  readonly #files = new Map<number, File>();
  readonly #ready = new Map<number, { readonly readable: boolean; readonly tell: (readiness: Readiness) => void }>();
  readonly #channels = new Map<number, FakeChannel>();
  readonly uevents: Uint8Array[] = [];
  /** What opening `/dev/dahdi/ctl` answers instead. */
  controlFault = 0;
  /** Cards' calls do not come back while it stands. */
  hangs = false;
  readonly #hung: (() => void)[] = [];
  readonly told: { readonly request: number; readonly argument: Uint8Array }[] = [];
  readonly answers = new Map<number, number>();
  /** Of every span, as DAHDI_SPANSTAT has them. */
  readonly status = new Map<string, number>();
  stopped = false;
  /** Descriptors that were handed over, and what was said beside. */
  readonly handed: number[] = [];
  readonly said: string[] = [];
  #next = 10;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get openFiles(): number {
    return this.#files.size;
  }

  channel(number: number): FakeChannel {
    let found = this.#channels.get(number);
    if (found === undefined) {
      found = new FakeChannel();
      this.#channels.set(number, found);
    }
    return found;
  }

  /** An event comes on a channel. */
  event(number: number, ...events: readonly number[]): void {
    this.channel(number).events.push(...events);
    this.#wake(number, { readable: false, urgent: true, gone: false });
  }

  frame(number: number, frame: Uint8Array): void {
    // It carries frames and nothing else.
    this.channel(number).sounds = false;
    this.channel(number).frames.push(Uint8Array.from([...frame, 0x12, 0x34]));
    this.#wake(number, { readable: true, urgent: false, gone: false });
  }

  /** The card is pulled out: open files stay, and answer nothing but that. */
  pullOut(...numbers: readonly number[]): void {
    for (const number of numbers) {
      this.channel(number).gone = true;
      this.#wake(number, { readable: true, urgent: true, gone: true });
      this.#channels.delete(number);
    }
  }

  uevent(...texts: readonly string[]): void {
    this.uevents.push(Buffer.from(`${texts.join('\0')}\0`, 'latin1'));
    for (const [descriptor, file] of this.#files)
      if (file.path === 'uevents') this.#ready.get(descriptor)?.tell({ readable: true, urgent: false, gone: false });
  }

  /** What hung comes back. */
  comeBack(): void {
    this.hangs = false;
    for (const finish of this.#hung.splice(0)) finish();
  }

  open(path: string): number {
    if (path === '/dev/dahdi/ctl' && this.controlFault < 0) return this.controlFault;
    return this.#file(path);
  }

  close(descriptor: number): void {
    const file = this.#files.get(descriptor);
    if (file?.channel !== undefined) file.channel.open = false;
    this.#files.delete(descriptor);
    this.#ready.delete(descriptor);
  }

  ioctl(descriptor: number, request: number, argument: Uint8Array): number {
    const channel = this.#files.get(descriptor)?.channel;
    if (channel === undefined) return -errno.ENODEV;
    const view = new DataView(argument.buffer, argument.byteOffset);
    if (request === requests.getEvent) {
      if (channel.gone) {
        view.setInt32(0, channelEvents.removed, true);
        return -errno.ENODEV;
      }
      view.setInt32(0, channel.events.shift() ?? channelEvents.none, true);
      return 0;
    }
    if (channel.gone) return -errno.ENODEV;
    channel.told.push({ request, value: view.getInt32(0, true), argument: Uint8Array.from(argument) });
    if (request === requests.getParameters) {
      view.setInt32(structs.params.rxisoffhook, channel.offHook ? 1 : 0, true);
      view.setInt32(structs.params.rxhooksig, channel.received, true);
      view.setUint32(structs.params.chan_alarms, channel.alarms, true);
    }
    const answers = channel.answers.get(request);
    return (answers === undefined || answers.length < 2 ? answers?.[0] : answers.shift()) ?? 0;
  }

  ioctlLater(descriptor: number, request: number, argument: Uint8Array, done: (result: number) => void): void {
    const finish = (): void => void this.#clock.after(1, () => done(this.#control(descriptor, request, argument)));
    if (this.hangs) this.#hung.push(finish);
    else finish();
  }

  read(descriptor: number, buffer: Uint8Array): number {
    const file = this.#files.get(descriptor);
    if (file?.path === 'uevents') return this.#fill(buffer, this.uevents.shift());
    const channel = file?.channel;
    if (channel === undefined || channel.gone) return -errno.ENODEV;
    if (channel.events.length > 0) return -values.eventWaiting;
    if (channel.frames.length > 0) return this.#fill(buffer, channel.frames.shift());
    if (!channel.sounds) return -errno.EAGAIN;
    // As much as its buffers hold.
    channel.sounds = false;
    this.#clock.after(10, () => {
      channel.sounds = channel.alive;
    });
    return 80;
  }

  write(descriptor: number, bytes: Uint8Array): number {
    const file = this.#files.get(descriptor);
    if (file?.path === 'connection') {
      this.said.push(Buffer.from(bytes).toString());
      return bytes.length;
    }
    const channel = file?.channel;
    if (channel === undefined || channel.gone) return -errno.ENODEV;
    if (channel.events.length > 0) return -values.eventWaiting;
    if (channel.full) return -errno.EAGAIN;
    channel.written.push(Uint8Array.from(bytes));
    return bytes.length;
  }

  watch(descriptor: number, readable: boolean, tell: (readiness: Readiness) => void): number {
    this.#ready.set(descriptor, { readable, tell });
    return 0;
  }

  unwatch(descriptor: number): void {
    this.#ready.delete(descriptor);
  }

  listen(path: string): number {
    return this.#file(path);
  }

  accept(): number {
    return this.#file('connection');
  }

  sendDescriptor(_connection: number, descriptor: number): number {
    this.handed.push(descriptor);
    return 1;
  }

  /** The media engine comes for the samples. */
  connect(path: string): void {
    for (const [descriptor, file] of this.#files)
      if (file.path === path) {
        this.#ready.get(descriptor)?.tell({ readable: true, urgent: false, gone: false });
        return;
      }
    throw new Error('nobody listens');
  }

  openUevents(): number {
    return this.#file('uevents');
  }

  stop(): void {
    this.stopped = true;
  }

  #control(descriptor: number, request: number, argument: Uint8Array): number {
    const file = this.#files.get(descriptor);
    if (file === undefined) return -errno.ENODEV;
    const view = new DataView(argument.buffer, argument.byteOffset);
    if (request === requests.specify) {
      const channel = this.channel(view.getInt32(0, true));
      if (channel.open) return -errno.EBUSY;
      channel.open = true;
      file.channel = channel;
      return 0;
    }
    if (file.channel !== undefined) return this.ioctl(descriptor, request, argument);
    this.told.push({ request, argument: Uint8Array.from(argument) });
    if (request === requests.spanStatus)
      for (const [name, value] of this.status) {
        const offset = Object.entries(structs.spaninfo).find(([field]) => field === name)?.[1];
        if (offset !== undefined) view.setInt32(offset, value, true);
      }
    return this.answers.get(request) ?? 0;
  }

  #wake(number: number, readiness: Readiness): void {
    const channel = this.#channels.get(number);
    for (const [descriptor, file] of this.#files) {
      if (file.channel !== channel || channel === undefined) continue;
      const watch = this.#ready.get(descriptor);
      watch?.tell({ ...readiness, readable: readiness.readable && watch.readable });
    }
  }

  #file(path: string): number {
    const descriptor = this.#next++;
    this.#files.set(descriptor, { path, channel: undefined });
    return descriptor;
  }

  #fill(buffer: Uint8Array, bytes: Uint8Array | undefined): number {
    if (bytes === undefined) return -errno.EAGAIN;
    buffer.set(bytes);
    return bytes.length;
  }
}
