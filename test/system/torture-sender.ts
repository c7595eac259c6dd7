import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Headers, parseMessage, type SipMessage, type SipResponse } from '../../src/sip/index.js';
import { readVector } from '../vectors/rfc4475-vectors.js';

/** An address of its own, because the Vias of the vectors decide to which port an answer goes (RFC 3261 §18.2.2). */
const address = '127.0.44.75';
/** The ports that those Vias name; without one it is 5060. */
const ports = [5060, 5050, 5070];

/** The sender of RFC 4475's messages, and the reader of whatever comes back. */
export class TortureSender {
  readonly #sockets: readonly Socket[];
  #answers: { readonly response: SipResponse; readonly port: number }[] = [];
  #wake: () => void = () => undefined;

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    for (const socket of sockets) socket.on('message', (bytes, from) => this.#receive(bytes, from.port));
  }

  static async open(): Promise<TortureSender> {
    const sockets: Socket[] = [];
    for (const port of ports) {
      const socket = createSocket('udp4');
      sockets.push(socket);
      socket.bind(port, address);
      await once(socket, 'listening');
    }
    return new TortureSender(sockets);
  }

  /** The final answer to a vector; undefined where none comes in the time. */
  async answerTo(name: string, port: number, withinMs: number): Promise<SipResponse | undefined> {
    const bytes = readVector(name);
    const about = subjectOf(bytes);
    this.#sockets[0]?.send(bytes, port, '127.0.0.1');
    const end = performance.now() + withinMs;
    for (;;) {
      const final = this.#answers.find(({ response, port: from }) => {
        return response.status >= 200 && from === port && about === subject(response.headers);
      });
      const left = end - performance.now();
      if (final !== undefined || left <= 0) return final?.response;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #receive(bytes: Buffer, port: number): void {
    const message = messageIn(bytes);
    if (message?.kind !== 'response') return;
    this.#answers.push({ response: message, port });
    this.#wake();
  }
}

/** The answer to a malformed request repeats what is malformed in it. */
function messageIn(bytes: Buffer): SipMessage | undefined {
  const parsed = parseMessage(bytes);
  return parsed.ok ? parsed.value : parsed.error.salvaged;
}

/** What an answer has in common with its request, and with no other vector: failures of INVITEs come again and again. */
function subject(headers: Headers): string {
  return `${headers.get('Call-ID')} ${headers.get('CSeq')}`;
}

function subjectOf(bytes: Buffer): string {
  const message = messageIn(bytes);
  return message === undefined ? '' : subject(message.headers);
}
