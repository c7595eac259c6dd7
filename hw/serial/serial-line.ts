import { LinuxBinding } from '@serialport/bindings-cpp';
import { SerialPortStream } from '@serialport/stream';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import { unsentOctets } from './unsent.js';

export interface SerialSettings {
  /** The device file, e.g. /dev/ttyS0. */
  readonly path: string;
  /** Bit/s. */
  readonly speed: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  /** Whether the far end stops us by its wire (CTS). */
  readonly flowControl: boolean;
}

export interface SerialLineOptions extends SerialSettings {
  readonly clock: Clock;
  readonly log: Log;
}

type Port = SerialPortStream<typeof LinuxBinding>;

/** A device that is missing may be plugged in at any time. */
const retryMs = 5000;
/** Whether octets have left is asked so often while they have not. */
const askMs = 20;
/** A terminal that was hung up does not always say so: it is asked. */
const watchMs = 2000;

/** One serial port for as long as the process lives: what breaks is opened again. */
export class SerialLine {
  readonly #options: SerialLineOptions;
  readonly #up: (() => void)[] = [];
  readonly #heard: ((text: string) => void)[] = [];
  #port: Port | undefined;
  #pending: ((sent: boolean) => void) | undefined;
  #timer: Timer | undefined;
  #asking: Timer | undefined;
  #told = false;
  #stopped = false;

  constructor(options: SerialLineOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#port !== undefined;
  }

  onUp(listener: () => void): void {
    this.#up.push(listener);
  }

  onText(listener: (text: string) => void): void {
    this.#heard.push(listener);
  }

  start(): void {
    if (!this.#stopped) this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  /** True when the last octet has left the driver; false where the port is gone. One at a time. */
  write(text: string): Promise<boolean> {
    const port = this.#port;
    if (port === undefined || this.#pending !== undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#pending = resolve;
      port.write(Buffer.from(text, 'latin1'), (error) => {
        if (port !== this.#port) return;
        if (error) this.#broke(port, error);
        else this.#whenSent(port);
      });
    });
  }

  #open(): void {
    const { path, speed: baudRate, dataBits, parity, flowControl: rtscts } = this.#options;
    // hupcl: the far end must not see the line fall and rise with each restart of ours.
    const port: Port = new SerialPortStream({
      ...{
        binding: LinuxBinding,
        path,
        baudRate,
        dataBits,
        parity,
        rtscts,
        stopBits: 1,
        hupcl: false,
        autoOpen: false,
      },
    });
    port.on('error', (error) => this.#broke(port, error));
    port.on('close', () => this.#broke(port, new Error('closed')));
    port.on('end', () => this.#broke(port, new Error('hung up')));
    port.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      for (const listener of this.#heard) listener(text);
    });
    port.open((error) => {
      if (error) {
        this.#missing(error);
        return;
      }
      if (this.#stopped) {
        port.close();
        return;
      }
      this.#port = port;
      this.#options.log.info('serial port open', { path });
      this.#told = false;
      this.#watch(port);
      for (const listener of this.#up) listener();
    });
  }

  #missing(error: Error): void {
    const { path, log } = this.#options;
    if (!this.#told)
      log.warn('serial port cannot be opened; it is tried again and again', { path, why: error.message });
    this.#told = true;
    this.#again();
  }

  #broke(port: Port, error: Error): void {
    if (port !== this.#port) return;
    const { path, log } = this.#options;
    log.warn('serial port is gone', { path, why: error.message });
    this.#end();
    this.#again();
  }

  #again(): void {
    if (!this.#stopped) this.#timer = this.#options.clock.after(retryMs, () => this.#open());
  }

  #end(): void {
    const port = this.#port;
    this.#port = undefined;
    this.#timer?.cancel();
    this.#asking?.cancel();
    this.#settle(false);
    if (port?.isOpen === true) port.close(() => undefined);
  }

  #settle(sent: boolean): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.(sent);
  }

  #whenSent(port: Port): void {
    const left = octetsOf(port);
    if (left === undefined) this.#broke(port, new Error('hung up'));
    else if (left === 0) this.#settle(true);
    else
      this.#asking = this.#options.clock.after(askMs, () => {
        if (port === this.#port) this.#whenSent(port);
      });
  }

  #watch(port: Port): void {
    this.#timer = this.#options.clock.after(watchMs, () => {
      if (port !== this.#port) return;
      if (octetsOf(port) === undefined) this.#broke(port, new Error('hung up'));
      else this.#watch(port);
    });
  }
}

function octetsOf(port: Port): number | undefined {
  const descriptor = port.port?.fd;
  return descriptor === undefined || descriptor === null ? undefined : unsentOctets(descriptor);
}
