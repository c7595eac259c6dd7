import { createSocket } from 'node:dgram';
import type { Clock } from '../../src/base/index.js';

/** How long the network may take to say that nobody listens there. */
const LISTEN_MS = 1_000;
/** Peers that are asked about at the same time, at most. */
const MAX_PEERS = 200;

/** A keep-alive that every SIP element ignores (RFC 5626 §3.5.1 has it on streams; phones send it on datagrams too). */
const keepAlive = Buffer.from('\r\n\r\n');

/**
 * Learns that nobody listens on a UDP port. The listener's own socket has many peers, so that the system does not say
 * which of them sent ICMP port unreachable; a socket connected to one peer is told.
 */
export class UdpProbe {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, ((why: string) => void)[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `refused` with the system's code if the peer's host says so within a second. */
  ask(from: string | undefined, address: string, port: number, refused: (why: string) => void): void {
    const key = `${address} ${port}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(refused);
      return;
    }
    if (this.#waiting.size >= MAX_PEERS) return;
    this.#waiting.set(key, [refused]);
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (why: string | undefined) => {
      const told = this.#waiting.get(key);
      if (told === undefined) return;
      this.#waiting.delete(key);
      timer.cancel();
      socket.close();
      if (why !== undefined) for (const tell of told) tell(why);
    };
    const timer = this.#clock.after(LISTEN_MS, () => end(undefined));
    socket.unref();
    socket.on('error', (error) => {
      const refusal = 'code' in error && error.code === 'ECONNREFUSED';
      end(refusal ? 'ECONNREFUSED' : undefined);
    });
    socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) }, () => {
      socket.connect(port, address, () => socket.send(keepAlive));
    });
  }
}
