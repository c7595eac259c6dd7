import type { Clock, Log, Random } from '../../src/base/index.js';
import { type MediaEvent, type MediaNetwork, MediaPorts } from '../../src/media/index.js';
import { ProcessLink } from './process-link.js';

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
  readonly #link: ProcessLink;
  #ready: () => void = () => undefined;
  #listener: (up: boolean) => void = () => undefined;
  #up = false;
  #stopped = false;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
    const { path, networks, clock, random, log } = options;
    this.ports = new MediaPorts({ networks, clock, random, log, onSynced: () => this.#synced() });
    this.#link = new ProcessLink({
      ...{ path, clock, log, lineBytes },
      process: 'the media engine',
      without: 'calls have no sound',
      onConnected: (send) => this.ports.attached(send),
      onHeard: (value) => {
        if (!isEvent(value)) return false;
        this.ports.heard(value);
        return true;
      },
      onClosed: () => this.#closed(),
    });
  }

  /** Connects. Resolves once the ports of a controller before us can be claimed, or when none came within so long. */
  start(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(withinMs, resolve);
      this.#ready = () => {
        timer.cancel();
        resolve();
      };
      this.#link.start();
    });
  }

  /** Told when an engine goes, and when one is there again; the one listener. */
  on(listener: (up: boolean) => void): void {
    this.#listener = listener;
  }

  /** The engine and its ports go on. */
  stop(): void {
    this.#stopped = true;
    this.ports.stop();
    this.#link.stop();
  }

  #synced(): void {
    this.#ready();
    if (!this.#up) this.#listener(true);
    this.#up = true;
  }

  #closed(): void {
    this.ports.detached();
    if (this.#up && !this.#stopped) this.#listener(false);
    this.#up = false;
  }
}

/** Both ends are of one build: the rest is the contract and not a stranger's input. */
function isEvent(value: unknown): value is MediaEvent {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
