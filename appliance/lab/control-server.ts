import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../src/base/index.js';
import type { Lab } from './lab.js';
import { parseLabCommand } from './lab-command.js';

const GATHER_MS = 50;
const BODY_BYTES = 4096;

/** The lab's control API: HTTP on loopback, for the controller's page and for tests. */
export class LabControlServer {
  readonly #lab: Lab;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #watchers = new Set<ServerResponse>();
  readonly #stopWatching: () => void;
  #gather: Timer | undefined;

  constructor(lab: Lab, clock: Clock) {
    this.#lab = lab;
    this.#clock = clock;
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#stopWatching = lab.onChange(() => this.#changed());
  }

  /** Resolves with the port; rejects with the system's error. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port }, () => {
        const bound = this.#server.address();
        resolve(bound !== null && typeof bound === 'object' ? bound.port : port);
      });
    });
  }

  close(): void {
    this.#stopWatching();
    this.#gather?.cancel();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // A page of some browser has no business here: the controller's page is the door.
    if (request.headers.origin !== undefined) {
      answer(response, 403, { error: 'Not for browsers.' });
      return;
    }
    const path = (request.url ?? '/').replace(/\?.*/, '').slice(1);
    if (request.method === 'GET' && path === 'state') answer(response, 200, this.#lab.state());
    else if (request.method === 'GET' && path === 'events') this.#watch(request, response);
    else if (request.method === 'POST') this.#command(path, request, response);
    else answer(response, 404, { error: 'There is nothing here.' });
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(this.#frame());
    this.#watchers.add(response);
    request.once('close', () => this.#watchers.delete(response));
  }

  #changed(): void {
    if (this.#watchers.size === 0) return;
    this.#gather ??= this.#clock.after(GATHER_MS, () => {
      this.#gather = undefined;
      const frame = this.#frame();
      for (const watcher of this.#watchers) watcher.write(frame);
    });
  }

  #frame(): string {
    return `data: ${JSON.stringify(this.#lab.state())}\n\n`;
  }

  #command(name: string, request: IncomingMessage, response: ServerResponse): void {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > BODY_BYTES) request.destroy();
    });
    request.on('end', async () => {
      const command = parseLabCommand(name, text);
      const refused = command === undefined ? 'The lab does not know this command.' : await this.#lab.command(command);
      if (refused === undefined) answer(response, 200, { done: true });
      else answer(response, command === undefined ? 400 : 409, { error: refused });
    });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
