import { createSocket, type Socket } from 'node:dgram';
import { answerStun, parseMessage } from '../../src/sip/index.js';
import { hostPort, type ListenAddress } from './listen-address.js';
import type { Link, Transport, TransportGround } from './transport.js';
import { UdpProbe } from './udp-probe.js';

/** Bursts of registrations wait here while the process is busy. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export class UdpTransport implements Transport {
  readonly protocol = 'udp';
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly connections = 0;
  readonly wildcard: boolean;
  readonly ground: TransportGround;
  readonly socket: Socket;
  readonly probe: UdpProbe;

  private constructor(socket: Socket, listen: ListenAddress, ground: TransportGround) {
    this.socket = socket;
    this.family = listen.address.includes(':') ? 6 : 4;
    this.address = listen.address;
    this.port = socket.address().port;
    this.wildcard = listen.address === '0.0.0.0' || listen.address === '::';
    this.ground = ground;
    this.probe = new UdpProbe(ground.clock);
  }

  /** Rejects with the operating system's error, e.g. code EADDRINUSE. */
  static open(listen: ListenAddress, ground: TransportGround): Promise<UdpTransport> {
    return new Promise((resolve, reject) => {
      const v6 = listen.address.includes(':');
      const socket = createSocket({ type: v6 ? 'udp6' : 'udp4', ipv6Only: v6, lookup: noLookup });
      socket.once('error', reject);
      socket.bind(listen.port, listen.address, () => {
        socket.off('error', reject);
        // What the network says of a datagram already sent (ICMP) is not tied to any request here: timers decide.
        socket.on('error', () => undefined);
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
        } catch {
          // The system's limit stays: only bursts suffer.
        }
        const transport = new UdpTransport(socket, listen, ground);
        socket.on('message', (bytes, from) => {
          if (isKeepAlive(bytes) || ground.shuts(from.address, bytes)) return;
          // The keep-alive of a flow (RFC 5626 §8); no SIP begins so.
          const stun = bytes[0] === 0 ? answerStun(bytes, from.address, from.port) : undefined;
          if (stun !== undefined) {
            socket.send(stun, from.port, from.address);
            return;
          }
          const parsed = parseMessage(bytes);
          ground.receiver(parsed.ok ? parsed.value : parsed.error, transport.link(from.address, from.port));
        });
        resolve(transport);
      });
    });
  }

  link(address: string, port: number): Link {
    return new UdpLink(this, address, port);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

/** What phones send to keep a NAT binding open: line ends or zeros, or nothing at all. */
function isKeepAlive(bytes: Buffer): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10 || byte === 0);
}

/** Addresses come resolved; the platform's own lookup would cost a turn of the event loop for each datagram. */
function noLookup(
  address: string,
  _options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, address, address.includes(':') ? 6 : 4);
}

class UdpLink implements Link {
  readonly transport = 'UDP';
  readonly protocol = 'udp';
  readonly reliable = false;
  readonly open = true;
  /** The last request sent: when it goes out again, the peer has been silent. */
  #last: Buffer | undefined;

  constructor(
    readonly listener: UdpTransport,
    readonly address: string,
    readonly port: number,
  ) {}

  get localAddress(): string {
    const { locals } = this.listener.ground;
    const own = this.listener.wildcard ? locals.towards(this.address) : this.listener.address;
    return locals.shownTo(this.address, own);
  }

  get sentBy(): string {
    return hostPort(this.localAddress, this.listener.port);
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    this.listener.ground.sent(bytes, this);
    if (failed === undefined) {
      this.listener.socket.send(bytes, this.port, this.address);
      return;
    }
    this.listener.socket.send(bytes, this.port, this.address, (error) => {
      if (error !== null) failed(`${errorCode(error)} ${hostPort(this.address, this.port)}`);
    });
    if (this.#last === bytes) {
      const from = this.listener.wildcard ? undefined : this.listener.address;
      this.listener.probe.ask(from, this.address, this.port, (why) => {
        failed(`${why} ${hostPort(this.address, this.port)}`);
      });
    }
    this.#last = bytes;
  }
}

/** `ECONNREFUSED` and the like, or the message where there is no code. */
export function errorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
