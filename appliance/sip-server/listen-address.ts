import { isIP } from 'node:net';
import { err, ok, type Result } from '../../src/base/index.js';

/** The transports of SIP. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Where the server listens. Port 0 asks the operating system for a free one. */
export interface ListenAddress {
  readonly protocol: Protocol;
  /** An IPv4 or IPv6 address without brackets; `0.0.0.0` and `::` mean all. */
  readonly address: string;
  readonly port: number;
}

const protocols: readonly Protocol[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Reads `udp/127.0.0.1:5060` or `tcp/[::1]:5060`; the error is a sentence for people. */
export function parseListenAddress(text: string): Result<ListenAddress, string> {
  const match = /^([a-z]+)\/(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const protocol = protocols.find((p) => p === match?.[1]);
  if (match === null) return err(`'${text}' is not PROTOCOL/ADDRESS:PORT, e.g. udp/127.0.0.1:5060 or tcp/[::1]:5060`);
  if (protocol === undefined)
    return err(`'${text}': the protocol must be ${protocols.slice(0, -1).join(', ')} or ${protocols.at(-1)}`);
  const address = match[2] ?? match[3] ?? '';
  if (isIP(address) === 0) return err(`'${text}': '${address}' is not an IP address`);
  const port = match[4] === undefined ? defaultPort(protocol) : Number(match[4]);
  if (port > 65535) return err(`'${text}': a port is at most 65535`);
  return ok({ protocol, address, port });
}

/** The default port of a protocol (RFC 3261 §19.1.2; RFC 7118 §5 leaves WebSockets the ports of the web). */
export function defaultPort(protocol: Protocol): number {
  if (protocol === 'ws') return 80;
  if (protocol === 'wss') return 443;
  return protocol === 'tls' ? 5061 : 5060;
}

/** `host:port` as URIs and Via write it. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** As `ListenAddress` is written. */
export function formatListenAddress(l: ListenAddress): string {
  return `${l.protocol}/${hostPort(l.address, l.port)}`;
}
