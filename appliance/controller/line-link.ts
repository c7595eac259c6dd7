import type { Clock, Log } from '../../src/base/index.js';
import type { LineReport } from '../../src/tdm/index.js';
import { LinkedLines } from './linked-lines.js';
import { ProcessLink } from './process-link.js';

/** A span's report has 31 channels of some 300 bytes; a frame in words is shorter. */
const lineBytes = 1024 * 1024;

export interface LineLinkOptions {
  /** The line process's command socket. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange?: () => void;
}

/** The controller's end of the line process's socket, connected whenever there is one. */
export class LineLink {
  /** Usable at once, whether there is a process or not. */
  readonly lines: LinkedLines;
  readonly #link: ProcessLink;
  #listener: (up: boolean) => void = () => undefined;
  #up = false;
  #stopped = false;
  #ready: () => void = () => undefined;
  readonly #clock: Clock;

  constructor(options: LineLinkOptions) {
    const { path, clock, log, onChange } = options;
    this.#clock = clock;
    this.lines = new LinkedLines({ clock, log, ...(onChange === undefined ? {} : { onChange }) });
    this.#link = new ProcessLink({
      ...{ path, clock, log, lineBytes },
      process: 'the line process',
      without: 'no call passes the lines',
      onConnected: (send) => this.lines.attached(send),
      onHeard: (value) => {
        if (!isReport(value)) return false;
        if (this.#stopped) return true;
        this.lines.heard(value);
        if (value.kind === 'ready') this.#is(true);
        return true;
      },
      onClosed: () => {
        // Who stops leaves its calls to the next controller, and hears no more of them.
        if (this.#stopped) return;
        this.lines.detached();
        this.#is(false);
      },
    });
  }

  /** The process is there. */
  get up(): boolean {
    return this.#up;
  }

  start(): void {
    this.#link.start();
  }

  /** Resolves once the process is there with all its cards, or at the end of the time: then no call of before is gone on with. */
  ready(withinMs: number): Promise<void> {
    if (this.#up) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.after(withinMs, () => {
        this.lines.giveUp();
        resolve();
      });
      this.#ready = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Told when the process goes, and when one is there again with all its cards; the one listener. */
  on(listener: (up: boolean) => void): void {
    this.#listener = listener;
  }

  /** The process stays, and so do answered calls, for the next controller. */
  stop(): void {
    this.#stopped = true;
    this.#link.stop();
  }

  #is(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    if (up) this.#ready();
    this.#listener(up);
  }
}

/** Both ends are of one build: the rest is the contract and not a stranger's input. */
function isReport(value: unknown): value is LineReport {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
