/** What one listener of connections bears. */
export interface ConnectionLimits {
  /** Connections in all, those in their handshake included: about as many as a branch of 10,000 phones could ever need. */
  readonly total: number;
  /** Of one IPv4 address or one IPv6 network of 64 bits: a whole office may stand behind one address translator. */
  readonly perSource: number;
  /** From the first packet to the end of the handshakes of TLS and WebSocket. */
  readonly handshakeMs: number;
  /** From a message's first byte to its last: the largest one at 64 kbit/s. */
  readonly messageMs: number;
  /** How long a peer may take nothing of what waits for it. */
  readonly stallMs: number;
}

export const connectionLimits: ConnectionLimits = {
  total: 20_000,
  perSource: 2_000,
  handshakeMs: 10_000,
  messageMs: 10_000,
  stallMs: 30_000,
};
