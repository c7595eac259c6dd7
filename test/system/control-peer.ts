import { connect, type Socket } from 'node:net';
import { secret, until } from './sip-server-bench.js';

/** An application that speaks the control protocol by hand: it sees what drachtio-srf hides. */
export class ControlPeer {
  readonly frames: string[] = [];
  closed = false;
  readonly #socket: Socket;
  #held = Buffer.alloc(0);
  #ids = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async connect(port: number): Promise<ControlPeer> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new ControlPeer(socket);
  }

  /** Connected, authenticated, with its routes in force. */
  static async routed(port: number, verbs: readonly string[], tags = ''): Promise<ControlPeer> {
    const peer = await ControlPeer.connect(port);
    await peer.ask(`authenticate|${secret}|${tags}`);
    for (const verb of verbs) await peer.ask(`route|${verb}`);
    return peer;
  }

  /** Sends a message under a new id; returns the id. */
  say(message: string): string {
    const id = `m${++this.#ids}`;
    const text = `${id}|${message}`;
    this.#socket.write(`${Buffer.byteLength(text)}#${text}`);
    return id;
  }

  /** Raw bytes. */
  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** Stops reading, as an application that hangs does. */
  pause(): void {
    this.#socket.pause();
  }

  /** What the server answered, after `response|id|`. */
  async ask(message: string): Promise<string> {
    return this.answer(this.say(message));
  }

  async answer(id: string): Promise<string> {
    const mark = `|response|${id}|`;
    const frame = await this.frame((f) => f.includes(mark));
    return frame.slice(frame.indexOf(mark) + mark.length);
  }

  /** The first frame that fits; removes it. */
  async frame(fits: (frame: string) => boolean): Promise<string> {
    let found = -1;
    await until(
      () => {
        found = this.frames.findIndex(fits);
        return found >= 0;
      },
      `a frame; got ${this.frames.map((f) => f.slice(0, 80)).join(' / ')}`,
    );
    return this.frames.splice(found, 1)[0] ?? '';
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    for (let hash = this.#held.indexOf(35); hash > 0; hash = this.#held.indexOf(35)) {
      const to = hash + 1 + Number(this.#held.toString('latin1', 0, hash));
      if (this.#held.length < to) return;
      this.frames.push(this.#held.toString('utf8', hash + 1, to));
      this.#held = this.#held.subarray(to);
    }
  }
}
