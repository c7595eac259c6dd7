import { createConnection, type Socket } from 'node:net';
import type { WorldCommand, WorldSpan, WorldState, WorldTelephone } from '../../../src/tdm/index.js';
import { until } from './patience.js';

/** The telephones and the telephone network behind the simulated cards, played by the test over the world's control socket. */
export class SimulatedWorld {
  readonly #socket: Socket;
  readonly #asked = new Map<number, (refused: string | undefined) => void>();
  #state: WorldState | undefined;
  #asks = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#hear(JSON.parse(line));
    });
  }

  static async connect(path: string): Promise<SimulatedWorld> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new SimulatedWorld(socket);
  }

  async do(command: WorldCommand): Promise<void> {
    const id = ++this.#asks;
    const refused = await new Promise<string | undefined>((resolve) => {
      this.#asked.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ id, command })}\n`);
    });
    if (refused !== undefined) throw new Error(`${command.kind}: ${refused}`);
  }

  async telephone(
    channel: string,
    what: string,
    withinMs: number,
    holds: (telephone: WorldTelephone) => boolean,
  ): Promise<WorldTelephone> {
    const found = () => this.#state?.telephones.find((one) => one.channel === channel);
    return until(`the telephone on ${channel} ${what}`, withinMs, () => {
      const seen = found();
      return seen !== undefined && holds(seen) ? seen : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(found())}`);
    });
  }

  async span(what: string, withinMs: number, holds: (span: WorldSpan) => boolean): Promise<WorldSpan> {
    const found = () => this.#state?.spans[0];
    return until(`the T1 ${what}`, withinMs, () => {
      const seen = found();
      return seen !== undefined && holds(seen) ? seen : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; its channels: ${JSON.stringify(found()?.slots.slice(0, 5))}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #hear(message: { readonly id?: number; readonly refused?: string; readonly state?: WorldState }): void {
    if (message.state !== undefined) this.#state = message.state;
    if (message.id === undefined) return;
    this.#asked.get(message.id)?.(message.refused);
    this.#asked.delete(message.id);
  }
}
