import { isSpace, skipSpace } from './characters.js';
import type { Headers } from './headers.js';

/** The parts of the topmost Via that matching and response routing need. */
export interface TopVia {
  /** Upper case: UDP, TCP ... */
  readonly transport: string;
  /** `host` or `host:port` in lower case, as written. */
  readonly sentBy: string;
  /** Empty when there is none. */
  readonly branch: string;
  /** The client asked for symmetric routing (RFC 3581). */
  readonly rport: boolean;
}

/** Undefined when there is no Via, or nothing in it that could be one. The parser gives every hop a line of its own. */
export function topVia(headers: Headers): TopVia | undefined {
  const value = headers.get('Via');
  if (value === undefined) return undefined;
  const headTo = headEnd(value);
  const space = value.lastIndexOf(' ', headTo - 1);
  const slash = value.lastIndexOf('/', space);
  if (space < 0 || slash < 0) return undefined;
  return {
    transport: transportAt(value, slash + 1, space),
    sentBy: value.slice(space + 1, headTo).toLowerCase(),
    branch: parameter(value, 'branch') ?? '',
    rport: parameter(value, 'rport') !== undefined,
  };
}

/** Where protocol and sent-by end: at the first parameter, without the space before it. */
function headEnd(value: string): number {
  const params = value.indexOf(';');
  let to = params < 0 ? value.length : params;
  while (to > 0 && isSpace(value.charCodeAt(to - 1))) to--;
  return to;
}

const transports = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];

function transportAt(value: string, from: number, to: number): string {
  for (const transport of transports) {
    if (transport.length === to - from && value.startsWith(transport, from)) return transport;
  }
  return value.slice(from, to).trim().toUpperCase();
}

function parameter(value: string, name: string): string | undefined {
  for (let at = value.indexOf(';'); at >= 0; ) {
    const next = value.indexOf(';', at + 1);
    const to = next < 0 ? value.length : next;
    const from = skipSpace(value, at + 1, to);
    if (isNamed(value, from, to, name)) {
      const rest = skipSpace(value, from + name.length, to);
      if (rest === to) return '';
      if (value.charCodeAt(rest) === 61) return value.slice(rest + 1, to).trim();
    }
    at = next;
  }
  return undefined;
}

/** True when `name`, which is in lower case, begins at `from`, in any case. */
function isNamed(value: string, from: number, to: number, name: string): boolean {
  if (to - from < name.length || (value.charCodeAt(from) | 32) !== name.charCodeAt(0)) return false;
  return value.startsWith(name, from) || value.slice(from, from + name.length).toLowerCase() === name;
}

/**
 * Writes where the request really came from into its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4). `received` always
 * goes along with a filled `rport`; what the client itself wrote there is replaced.
 */
export function stampVia(headers: Headers, address: string, port: number): void {
  const first = headers.get('Via');
  if (first === undefined) return;
  const host = address.indexOf(':') >= 0 ? `[${address}]` : address;
  const params = first.indexOf(';');
  let stamped = params < 0 ? first : first.slice(0, params);
  let asked = false;
  for (let at = params; at >= 0; ) {
    const next = first.indexOf(';', at + 1);
    const to = next < 0 ? first.length : next;
    const from = skipSpace(first, at + 1, to);
    if (isWhole(first, from, to, 'rport')) {
      asked = true;
      stamped += `;rport=${port}`;
    } else if (!isWhole(first, from, to, 'received')) stamped += first.slice(at, to);
    at = next;
  }
  if (asked || !isSentBy(first, host)) stamped += `;received=${address}`;
  if (stamped !== first) headers.replaceFirst('Via', stamped);
}

/** True when the parameter in `[from, to)` has that name, and not a longer one. */
function isWhole(value: string, from: number, to: number, name: string): boolean {
  if (!isNamed(value, from, to, name)) return false;
  const after = skipSpace(value, from + name.length, to);
  return after === to || value.charCodeAt(after) === 61;
}

/** True when sent-by is that host, with or without a port. */
function isSentBy(value: string, host: string): boolean {
  const to = headEnd(value);
  const from = value.lastIndexOf(' ', to - 1) + 1;
  const hostTo = from + host.length;
  if (hostTo > to || value.slice(from, hostTo).toLowerCase() !== host) return false;
  return hostTo === to || value.charCodeAt(hostTo) === 58;
}
