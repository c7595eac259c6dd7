import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Log } from '../../src/base/index.js';
import { JsonLineReader } from './json-lines.js';

/** A media port's whole settings with all its candidates and formats are some 20 KB; nothing else is longer. */
export const commandBytes = 256 * 1024;
/** A controller that reads nothing while so much waits for it is as good as gone. Ten thousand ports listed are 20 MB. */
const backlogBytes = 64 * 1024 * 1024;
/** `sun_path` less its end (unix(7)). */
const longestPath = 107;

export interface CommandSocketOptions<Event> {
  /** Its folder is made if need be, and must be ours alone: keys pass here. */
  readonly path: string;
  readonly log: Log;
  /** A controller is there, in the place of the one before. */
  readonly onConnected: (tell: (event: Event) => void) => void;
  readonly onCommand: (value: unknown) => void;
  /** What is said of a line that is no JSON, or too long. */
  readonly unreadable: (why: string) => Event;
  readonly onGone: (tell: (event: Event) => void) => void;
}

/** Where the controller speaks to a process of ours: one controller at a time, JSON lines both ways. */
export class CommandSocket<Event> {
  readonly #options: CommandSocketOptions<Event>;
  readonly #server: Server;
  #controller: Socket | undefined;

  private constructor(options: CommandSocketOptions<Event>) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects with why not: the folder is somebody else's, the path is too long. */
  static async open<Event>(options: CommandSocketOptions<Event>): Promise<CommandSocket<Event>> {
    const { path } = options;
    if (Buffer.byteLength(path) > longestPath)
      throw new Error(`the path of the socket is longer than ${longestPath} bytes: ${path}`);
    ownFolder(dirname(path));
    // What a dead process left behind; a living one keeps its connections, and loses its address.
    rmSync(path, { force: true });
    const socket = new CommandSocket<Event>(options);
    await new Promise<void>((resolve, reject) => {
      socket.#server.once('error', reject);
      socket.#server.listen(path, () => {
        socket.#server.off('error', reject);
        socket.#server.on('error', (error) => options.log.error('the command socket fails', { error }));
        resolve();
      });
    });
    chmodSync(path, 0o600);
    return socket;
  }

  close(): Promise<void> {
    this.#controller?.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const { log, onConnected, onCommand, onGone, unreadable } = this.#options;
    if (this.#controller !== undefined) log.warn('another controller connects, and replaces the one before');
    const before = this.#controller;
    this.#controller = socket;
    before?.destroy();
    const reader = new JsonLineReader(commandBytes);
    const tell = (event: Event): void => {
      if (socket.destroyed) return;
      socket.write(`${JSON.stringify(event)}\n`);
      if (socket.writableLength <= backlogBytes) return;
      log.warn('the controller does not read', { waitingBytes: socket.writableLength });
      socket.destroy();
    };
    const hear = (chunk: Buffer): void => {
      const lines = reader.push(chunk);
      if (!lines.ok) {
        tell(unreadable(lines.error));
        log.warn('a controller is cut off', { why: lines.error });
        socket.off('data', hear);
        socket.destroySoon();
        return;
      }
      for (const line of lines.value) {
        if (this.#controller !== socket) return;
        if (line.ok) onCommand(line.value);
        else tell(unreadable(line.error));
      }
    };
    socket.on('data', hear);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#controller === socket) this.#controller = undefined;
      onGone(tell);
    });
    onConnected(tell);
  }
}

function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (!lstatSync(folder).isDirectory() || uid !== process.getuid?.())
    throw new Error(`the folder of the socket belongs to somebody else: ${folder}`);
  chmodSync(folder, 0o700);
}
