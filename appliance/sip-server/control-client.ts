import { connect, type Socket } from 'node:net';
import type { Clock, Secret } from '../../src/base/index.js';
import { FrameReader } from './control-codec.js';

export interface ControlClientOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
  readonly clock: Clock;
}

/** A server that says nothing for so long is not one. */
const ANSWER_WITHIN_MS = 5_000;
/** One traced message of the largest size, as text. */
const LONGEST_FRAME_BYTES = 512 * 1024;

/** A connection to the control port that routes nothing: it asks for what this server knows beyond drachtio's verbs. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #reader = new FrameReader(LONGEST_FRAME_BYTES);
  readonly #waiting = new Map<string, { done: (fields: readonly string[]) => void; failed: (why: Error) => void }>();
  #asked = 0;
  #ended: Error | undefined;

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the control connection was closed')));
  }

  /** Rejects when nobody listens there, or the secret is wrong. */
  static async open({ host, port, secret, clock }: ControlClientOptions): Promise<ControlClient> {
    const socket = connect({ host, port, noDelay: true });
    const client = new ControlClient(socket, clock);
    try {
      await client.ask('authenticate', secret.reveal());
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  get open(): boolean {
    return this.#ended === undefined;
  }

  /** The answer behind `OK`; rejects with the server's reason. */
  ask(verb: string, ...fields: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = String(++this.#asked);
      const timer = this.#clock.after(ANSWER_WITHIN_MS, () => {
        this.#waiting.delete(id);
        reject(new Error(`no answer to '${verb}'`));
      });
      this.#waiting.set(id, {
        done: ([word = '', ...rest]) => {
          timer.cancel();
          if (word === 'OK') resolve(rest.join('|'));
          else reject(new Error(rest.join(' ') || word));
        },
        failed: (why) => {
          timer.cancel();
          reject(why);
        },
      });
      const frame = [id, verb, ...fields].join('|');
      this.#socket.write(`${Buffer.byteLength(frame)}#${frame}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const frames = this.#reader.push(chunk);
    if (!frames.ok) {
      this.#end(new Error(frames.error));
      return;
    }
    for (const frame of frames.value) {
      const [, verb, id = '', ...fields] = frame.split('|');
      if (verb !== 'response') continue;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.done(fields);
    }
  }

  #end(why: Error): void {
    this.#ended ??= why;
    for (const { failed } of this.#waiting.values()) failed(why);
    this.#waiting.clear();
    this.#socket.destroy();
  }
}
