import { createConnection, type Socket } from 'node:net';
import type { Clock, Log, Random, Timer } from '../../src/base/index.js';
import { type MediaEvent, type MediaNetwork, MediaPorts } from '../../src/media/index.js';
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
  readonly networks: readonly MediaNetwork[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The controller's end of the media engine's socket, connected whenever there is an engine. */
export class MediaLink {
  /** Usable at once, whether there is an engine or not. */
  readonly ports: MediaPorts;
  readonly #options: MediaLinkOptions;
  #socket: Socket | undefined;
  #retry: Timer | undefined;
  #silence: Timer | undefined;
  #complaint: Timer | undefined;
  #ready: () => void = () => undefined;
  #listener: (up: boolean) => void = () => undefined;
  #up = false;
  #stopped = false;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
    const { networks, clock, random, log } = options;
    this.ports = new MediaPorts({ networks, clock, random, log, onSynced: () => this.#synced() });
  }

  /** Connects. Resolves once the ports of a controller before us can be claimed, or when none came within so long. */
  start(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(withinMs, resolve);
      this.#ready = () => {
        timer.cancel();
        resolve();
      };
      this.#connect();
    });
  }

  /** Told when an engine goes, and when one is there again; the one listener. */
  on(listener: (up: boolean) => void): void {
    this.#listener = listener;
  }

  /** The engine and its ports go on. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#silence?.cancel();
    this.#complaint?.cancel();
    this.ports.stop();
    // What was said last still leaves.
    this.#socket?.destroySoon();
  }

  #connect(): void {
    if (this.#stopped) return;
    const { ports } = this;
    const { path, log } = this.#options;
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
      if (this.#up && !this.#stopped) this.#listener(false);
      this.#up = false;
      if (!this.#stopped) this.#retry = this.#options.clock.after(retryMs, () => this.#connect());
    });
  }

  #synced(): void {
    this.#ready();
    if (!this.#up) this.#listener(true);
    this.#up = true;
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
