import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { WorldCommand, WorldState } from '../../src/tdm/index.js';

/** The line process starts after the lab, and may be started again. */
const reconnectMs = 500;
const answerMs = 2000;

export interface WorldLinkOptions {
  /** The simulator's control socket, in the line process. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

interface Asked {
  readonly answer: (refused: string | undefined) => void;
  readonly patience: Timer;
}

/** The simulated telephones and the T1, which live in the line process, as the lab sees and moves them. */
export class WorldLink {
  readonly #options: WorldLinkOptions;
  readonly #asked = new Map<number, Asked>();
  #socket: Socket | undefined;
  #retry: Timer | undefined;
  #state: WorldState | undefined;
  #count = 0;
  #closed = false;

  constructor(options: WorldLinkOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Undefined while the line process is away. */
  get state(): WorldState | undefined {
    return this.#state;
  }

  /** Resolves with the reason when it cannot be done. */
  command(command: WorldCommand): Promise<string | undefined> {
    const socket = this.#socket;
    if (socket === undefined || this.#state === undefined) return Promise.resolve('The lines are not there yet.');
    const id = ++this.#count;
    return new Promise((resolve) => {
      const patience = this.#options.clock.after(answerMs, () => this.#answered(id, 'The lines do not answer.'));
      this.#asked.set(id, { answer: resolve, patience });
      socket.write(`${JSON.stringify({ id, command })}\n`);
    });
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#socket?.destroy();
  }

  #connect(): void {
    const { path, clock, log, onChange } = this.#options;
    const socket = connect(path);
    this.#socket = socket;
    createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
      .on('line', (line) => this.#line(line))
      .on('error', () => undefined);
    // Whatever ends it, it is tried again.
    socket.on('error', (failure) => log.debug('no simulated lines', { failure }));
    socket.on('close', () => {
      this.#state = undefined;
      for (const id of [...this.#asked.keys()]) this.#answered(id, 'The lines do not answer.');
      if (this.#closed) return;
      onChange();
      this.#retry = clock.after(reconnectMs, () => this.#connect());
    });
  }

  #line(line: string): void {
    // Both ends are of one build: the world's shape is the contract and not a stranger's input.
    const told: { readonly state?: WorldState; readonly id?: number; readonly refused?: string } = JSON.parse(line);
    if (told.state !== undefined) {
      this.#state = told.state;
      this.#options.onChange();
    } else if (told.id !== undefined) this.#answered(told.id, told.refused);
  }

  #answered(id: number, refused: string | undefined): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    asked.patience.cancel();
    asked.answer(refused);
  }
}
