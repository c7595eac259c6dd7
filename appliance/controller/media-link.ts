import { createConnection, type Socket } from 'node:net';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { MediaEvent, MediaPorts } from '../../src/media/index.js';
import { JsonLineReader } from '../io/index.js';

/** An engine that dies is replaced within a second: the socket is tried this often, ms. */
const retryMs = 50;
/** The engine speaks each second; a connection that is silent for so long is broken, ms. */
const silenceMs = 5000;
/** A missing engine is worth a line in the log after this, ms. */
const awayMs = 5000;
/** Ten thousand ports listed with all their settings, and no more. */
const lineBytes = 64 * 1024 * 1024;

export interface MediaLinkOptions {
  /** The engine's command socket. */
  readonly path: string;
  readonly ports: MediaPorts;
  readonly clock: Clock;
  readonly log: Log;
}

/** The controller's end of the media engine's socket, connected whenever there is an engine. */
export class MediaLink {
  readonly #options: MediaLinkOptions;
  #socket: Socket | undefined;
  #retry: Timer | undefined;
  #silence: Timer | undefined;
  #complaint: Timer | undefined;
  #stopped = false;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
  }

  connect(): void {
    if (this.#stopped) return;
    const { path, ports, log } = this.#options;
    this.#complain();
    const socket = createConnection(path);
    this.#socket = socket;
    const reader = new JsonLineReader(lineBytes);
    socket.on('connect', () => {
      this.#complaint?.cancel();
      this.#complaint = undefined;
      this.#heard();
      ports.attached((command) => {
        if (!socket.destroyed) socket.write(`${JSON.stringify(command)}\n`);
      });
    });
    socket.on('data', (chunk) => {
      this.#heard();
      const lines = reader.push(chunk);
      for (const line of lines.ok ? lines.value : []) {
        if (socket.destroyed) return;
        if (line.ok && isEvent(line.value)) ports.heard(line.value);
        else log.warn('the media engine said something unknown');
      }
      if (!lines.ok) socket.destroy();
    });
    socket.on('error', (error) => log.debug('media engine', { why: error.message }));
    socket.on('close', () => {
      this.#silence?.cancel();
      ports.detached();
      if (!this.#stopped) this.#retry = this.#options.clock.after(retryMs, () => this.connect());
    });
  }

  /** The engine and its ports go on. */
  disconnect(): void {
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
      this.#options.log.warn('the media engine is silent: connecting again', { forMs: silenceMs });
      this.#socket?.destroy();
    });
  }

  #complain(): void {
    this.#complaint ??= this.#options.clock.after(awayMs, () =>
      this.#options.log.error('the media engine has been away for 5 s: calls have no sound', {
        socket: this.#options.path,
      }),
    );
  }
}

/** Both ends are of one build: the rest is the contract and not a stranger's input. */
function isEvent(value: unknown): value is MediaEvent {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
