import { createConnection, type Socket } from 'node:net';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import { JsonLineReader } from '../io/index.js';

/** A process that dies is replaced within a second: the socket is tried this often, ms. */
const retryMs = 50;
/** The process speaks each second; a connection that is silent for so long is broken, ms. */
const silenceMs = 5000;
/** A missing process is worth a line in the log after this, ms. */
const awayMs = 5000;

export interface ProcessLinkOptions {
  /** The process's command socket. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** In the log, e.g. `the media engine`. */
  readonly process: string;
  /** What it means that the process is away, e.g. `calls have no sound`. */
  readonly without: string;
  /** The longest line that the process may write, bytes. */
  readonly lineBytes: number;
  readonly onConnected: (send: (command: object) => void) => void;
  /** False: it means nothing. */
  readonly onHeard: (value: unknown) => boolean;
  readonly onClosed: () => void;
}

/** The controller's end of the private socket of another process of ours, connected whenever that is there. */
export class ProcessLink {
  readonly #options: ProcessLinkOptions;
  #socket: Socket | undefined;
  #retry: Timer | undefined;
  #silence: Timer | undefined;
  #complaint: Timer | undefined;
  #stopped = false;

  constructor(options: ProcessLinkOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopped) return;
    const { path, log, process, lineBytes, onConnected, onHeard, onClosed } = this.#options;
    this.#complain();
    const socket = createConnection(path);
    this.#socket = socket;
    const reader = new JsonLineReader(lineBytes);
    socket.on('connect', () => {
      this.#complaint?.cancel();
      this.#complaint = undefined;
      this.#heard();
      onConnected((command) => {
        if (!socket.destroyed) socket.write(`${JSON.stringify(command)}\n`);
      });
    });
    socket.on('data', (chunk) => {
      this.#heard();
      const lines = reader.push(chunk);
      for (const line of lines.ok ? lines.value : []) {
        if (socket.destroyed) return;
        if (!line.ok || !onHeard(line.value)) log.warn(`${process} said something unknown`);
      }
      if (!lines.ok) socket.destroy();
    });
    socket.on('error', (error) => log.debug(process, { why: error.message }));
    socket.on('close', () => {
      this.#silence?.cancel();
      onClosed();
      if (!this.#stopped) this.#retry = this.#options.clock.after(retryMs, () => this.start());
    });
  }

  /** The process goes on. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#silence?.cancel();
    this.#complaint?.cancel();
    // What was said last still leaves.
    this.#socket?.destroySoon();
  }

  #heard(): void {
    this.#silence?.cancel();
    this.#silence = this.#options.clock.after(silenceMs, () => {
      this.#options.log.warn(`${this.#options.process} is silent: connecting again`, { forMs: silenceMs });
      this.#socket?.destroy();
    });
  }

  #complain(): void {
    const { clock, log, path, process, without } = this.#options;
    this.#complaint ??= clock.after(awayMs, () =>
      log.error(`${process} has been away for 5 s: ${without}`, { socket: path }),
    );
  }
}
