import type { MediaCommand } from './media-command.js';
import type { CommonPortEvent } from './media-engine.js';
import type { ListedPort, MediaEvent, PortStatistics } from './media-event.js';
import type { PortId } from './port-settings.js';

/** What is the same for ports of every kind. */
export interface LivePortOptions {
  readonly id: PortId;
  /** Goes to the engine, if one is there. */
  readonly tell: (command: MediaCommand) => void;
  readonly onClose: () => void;
  /** Nothing is left of it in the engine; `opened` false: its place is somebody else's. */
  readonly onGone: (opened: boolean) => void;
}

/** One port as it should be, and all that another engine needs to go on with it; `Event` is what its owner is told. */
export abstract class LivePort<Event> {
  readonly id: PortId;
  readonly #options: LivePortOptions;
  #listener: ((event: Event | CommonPortEvent) => void) | undefined;
  #closing = false;
  #over = false;
  #statistics: PortStatistics | undefined;

  constructor(options: LivePortOptions) {
    this.#options = options;
    this.id = options.id;
  }

  /** Makes the port in an engine that does not have it. */
  abstract openAgain(): void;
  /** Takes over what an engine says that it has: all of it (`adopt`), or only what the engine knows better. */
  abstract reconcile(listed: ListedPort, adopt: boolean): void;
  /** Keeps what another engine would need; what its owner is told of it, if anything. */
  protected abstract noted(event: Extract<MediaEvent, { readonly port: PortId }>): Event | undefined;

  /** `close` was said; the engine may not have done it yet. */
  get closing(): boolean {
    return this.#closing;
  }

  /** As told last by the engine that is there. */
  get statistics(): PortStatistics | undefined {
    return this.#statistics;
  }

  digit(digit: string, durationMs: number): void {
    if (!this.#closing) this.tell({ kind: 'digit', port: this.id, digit, durationMs });
  }

  askStatistics(): void {
    if (!this.#closing) this.tell({ kind: 'askStatistics', port: this.id });
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.tell({ kind: 'close', port: this.id });
    this.#options.onClose();
  }

  on(listener: (event: Event | CommonPortEvent) => void): void {
    this.#listener = listener;
  }

  /** What the engine said of this port. */
  heard(event: Extract<MediaEvent, { readonly port: PortId }>): void {
    if (event.kind === 'closed') {
      this.finish(event.statistics);
      return;
    }
    if (event.kind === 'statistics') {
      this.#statistics = event.statistics;
      this.#emit(event);
      return;
    }
    const told = this.noted(event);
    if (told !== undefined) this.#emit(told);
  }

  /** The engine refused a command; without `opened` nothing is left of the port. */
  refused(opened: boolean, why: string): void {
    this.#emit({ kind: 'failed', port: this.id, opened, why });
    if (!opened) this.finish();
  }

  /** The port is gone; nothing follows. */
  finish(statistics = this.#statistics): void {
    if (this.#over) return;
    this.#closing = true;
    this.#statistics = statistics;
    this.#emit({ kind: 'closed', port: this.id, ...(statistics === undefined ? {} : { statistics }) });
    this.#over = true;
  }

  /** The owner's place for it is free, or somebody else's. */
  gone(opened: boolean): void {
    this.#options.onGone(opened);
  }

  protected tell(command: MediaCommand): void {
    this.#options.tell(command);
  }

  /** Another engine counts from the beginning. */
  protected forgetStatistics(): void {
    this.#statistics = undefined;
  }

  #emit(event: Event | CommonPortEvent): void {
    if (!this.#over) this.#listener?.(event);
  }
}
