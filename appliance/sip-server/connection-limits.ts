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

/** By what a peer is counted: an IPv6 host has a whole /64 to call from (RFC 6177), so that network counts as one. */
export function sourceOf(address: string): string {
  if (address.indexOf(':') < 0) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
