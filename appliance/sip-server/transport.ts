import type { Clock } from '../../src/base/index.js';
import type { ParseFault, Path, SipMessage, ViaTransport } from '../../src/sip/index.js';
import type { Protocol } from './listen-address.js';
import type { LocalAddresses } from './local-address.js';

/** A way to one peer by one listener: what transactions send on, and where a message came from. */
export interface Link extends Path {
  readonly listener: Transport;
  readonly protocol: Protocol;
  /** The peer's address, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Our own address as this peer should know it. */
  readonly localAddress: string;
  /** A connection that is gone is not sent on again; datagram links are always open. */
  readonly open: boolean;
}

/** Told of everything that arrives: messages, and bytes that are none. */
export type Receiver = (message: SipMessage | ParseFault, link: Link) => void;

/** What every transport is given. */
export interface TransportGround {
  readonly clock: Clock;
  readonly locals: LocalAddresses;
  readonly receiver: Receiver;
  /** Told of each message that leaves. */
  readonly sent: (bytes: Buffer, link: Link) => void;
  /**
   * True when what comes from this address is not even to be read. Asked with each datagram, and with each piece of a
   * stream, before the parser sees it; `bytes` is what came, empty for a new connection.
   */
  readonly shuts: (address: string, bytes: Buffer) => boolean;
}

/** One listener of one protocol. */
export interface Transport {
  readonly protocol: Protocol;
  readonly family: 4 | 6;
  /** The bound address, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Live connections; 0 for datagrams. */
  readonly connections: number;
  /**
   * The way to a peer: an existing connection where there is one. Connecting happens with the first `send`. `name` is
   * under what we look for the peer (a domain): over TLS it has to prove that it is so called.
   */
  link(address: string, port: number, name?: string): Link;
  /** Connections only: a link that is connected, or nothing when that did not work within a second. */
  connect?(address: string, port: number, done: (link: Link | undefined) => void, name?: string): void;
  /** Connections only: the one to or from that peer, where there is one. */
  connected?(address: string, port: number, name?: string): Link | undefined;
  close(): Promise<void>;
}

export const viaTransport: { readonly [protocol in Protocol]: ViaTransport } = {
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  ws: 'WS',
  wss: 'WSS',
};
