import type { Request, Response } from 'express';
import type { Clock, Timer } from '../../src/base/index.js';

/** The page shows nothing older than this. */
const HEARTBEAT_MS = 2000;
/** Changes that come in a burst (a hundred phones registering) are one push. */
const GATHER_MS = 40;
/** Showing a branch must not cost what serving it does: one part in a hundred of the processor's time, and no more. */
const REST_PER_WORK = 100;
/** Each stream holds a socket; more watchers than this are not people. */
const STREAMS = 64;
/** A watcher that does not read is dropped before its backlog fills the memory. */
const BACKLOG_BYTES = 1024 * 1024;

export interface EventSource {
  readonly name: string;
  /** The event's data, or undefined when there is none now. */
  readonly data: () => unknown;
}

/** Server-sent events (WHATWG HTML §9.2): every source's data at each change, and at least every two seconds. */
export class EventStream {
  readonly #clock: Clock;
  readonly #sources: readonly EventSource[];
  readonly #watchers = new Set<Response>();
  #heartbeat: Timer | undefined;
  #gather: Timer | undefined;
  #number = 0;
  #restUntil = 0;

  constructor(clock: Clock, sources: readonly EventSource[]) {
    this.#clock = clock;
    this.#sources = sources;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  readonly open = (request: Request, response: Response): void => {
    if (this.#watchers.size >= STREAMS) {
      response.status(503).set('Retry-After', '5').json({ error: 'Too many pages are open.' });
      return;
    }
    response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    response.write('retry: 1000\n\n');
    response.write(this.#frames());
    this.#watchers.add(response);
    this.#beat();
    const leave = (): void => {
      this.#watchers.delete(response);
      if (this.#watchers.size === 0) this.#quiet();
    };
    request.once('close', leave);
    response.once('error', leave);
  };

  /** Something changed: push soon. */
  readonly changed = (): void => {
    if (this.#watchers.size === 0 || this.#gather !== undefined) return;
    const restMs = Math.min(this.#restUntil - this.#clock.now(), HEARTBEAT_MS);
    this.#gather = this.#clock.after(Math.max(GATHER_MS, restMs), () => {
      this.#gather = undefined;
      this.#push();
    });
  };

  close(): void {
    this.#quiet();
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  #push(): void {
    if (this.#watchers.size === 0) return;
    const begun = this.#clock.now();
    const frames = this.#frames();
    this.#restUntil = begun + (this.#clock.now() - begun) * REST_PER_WORK;
    for (const watcher of this.#watchers) {
      if (watcher.writableLength > BACKLOG_BYTES) {
        this.#watchers.delete(watcher);
        watcher.destroy();
      } else {
        watcher.write(frames);
      }
    }
    this.#beat();
  }

  #frames(): string {
    let text = '';
    for (const source of this.#sources) {
      const data = source.data();
      if (data !== undefined) text += `event: ${source.name}\nid: ${++this.#number}\ndata: ${JSON.stringify(data)}\n\n`;
    }
    return text;
  }

  #beat(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#clock.after(HEARTBEAT_MS, () => this.#push());
  }

  #quiet(): void {
    this.#heartbeat?.cancel();
    this.#gather?.cancel();
    this.#heartbeat = undefined;
    this.#gather = undefined;
  }
}
