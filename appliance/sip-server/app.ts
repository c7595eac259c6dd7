import type { Socket } from 'node:net';
import { FrameWriter } from './control-codec.js';

/** A connected application: its routes, and frames to it. */
export class App {
  /** Verbs in lower case. */
  readonly verbs = new Set<string>();
  tags: readonly string[] = [];
  authenticated = false;
  readonly #socket: Socket;
  readonly #nextId: () => string;
  readonly #writer = new FrameWriter();
  #scheduled = false;

  constructor(socket: Socket, nextId: () => string) {
    this.#socket = socket;
    this.#nextId = nextId;
  }

  get connected(): boolean {
    return !this.#socket.destroyed;
  }

  /** Frames of one turn of the event loop leave together. */
  send(leader: string, sip?: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#writer.frame(`${this.#nextId()}|${leader}`, sip);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  ok(messageId: string, fields = ''): void {
    this.send(fields === '' ? `response|${messageId}|OK` : `response|${messageId}|OK|${fields}`);
  }

  /** `reason` becomes the message of the application's error. */
  nok(messageId: string, reason: string): void {
    this.send(`response|${messageId}|NOK|${reason.replace(/[|\r\n]/g, ' ')}`);
  }

  /** Sends what waits, then ends the connection. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (!this.#writer.empty && !this.#socket.destroyed) this.#socket.write(this.#writer.take());
  };
}
