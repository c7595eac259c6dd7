import type { Socket } from 'node:net';
import { atTurnEnd } from '../io/index.js';
import { FrameWriter } from './control-codec.js';

/** An application that has not read for so long will not read again. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** A connected application: its routes, and frames to it. */
export class App {
  /** Verbs in lower case. */
  readonly verbs = new Set<string>();
  tags: readonly string[] = [];
  authenticated = false;
  /** The server connected to it, for one request and what follows from that. */
  readonly outbound: boolean;
  readonly #socket: Socket;
  readonly #nextId: () => string;
  /** Told once whether the application said the secret, where the server connected to it. */
  #onSettled: ((app: App | undefined) => void) | undefined;
  readonly #writer = new FrameWriter();
  #scheduled = false;

  /** `onSettled`: the connection is ours, to a listening application; it is told whether it came to anything. */
  constructor(socket: Socket, nextId: () => string, onSettled?: (app: App | undefined) => void) {
    this.outbound = onSettled !== undefined;
    this.#onSettled = onSettled;
    this.#socket = socket;
    this.#nextId = nextId;
  }

  settle(usable: boolean): void {
    const told = this.#onSettled;
    this.#onSettled = undefined;
    told?.(usable ? this : undefined);
  }

  get connected(): boolean {
    return !this.#socket.destroyed;
  }

  /** What the application has not read yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Frames of one turn of the event loop leave together. */
  send(leader: string, sip?: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#writer.frame(`${this.#nextId()}|${leader}`, sip);
    if (this.#scheduled) return;
    this.#scheduled = true;
    atTurnEnd(this.#flush);
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

  /** Sends what waits, then cuts the connection without waiting for the application. */
  close(): void {
    this.#flush();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#writer.empty || this.#socket.destroyed) return;
    this.#socket.write(this.#writer.take());
    if (this.#socket.writableLength > BACKLOG_BYTES) this.#socket.destroy();
  };
}
