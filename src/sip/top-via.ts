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
  const params = value.indexOf(';');
  const head = (params < 0 ? value : value.slice(0, params)).trimEnd();
  const space = head.lastIndexOf(' ');
  const slash = head.lastIndexOf('/', space);
  if (space < 0 || slash < 0) return undefined;
  return {
    transport: head
      .slice(slash + 1, space)
      .trim()
      .toUpperCase(),
    sentBy: head.slice(space + 1).toLowerCase(),
    branch: parameter(value, 'branch') ?? '',
    rport: parameter(value, 'rport') !== undefined,
  };
}

function parameter(value: string, name: string): string | undefined {
  for (let at = value.indexOf(';'); at >= 0; ) {
    const next = value.indexOf(';', at + 1);
    const text = value.slice(at + 1, next < 0 ? value.length : next).trim();
    if (text.length >= name.length && text.slice(0, name.length).toLowerCase() === name) {
      if (text.length === name.length) return '';
      const rest = text.slice(name.length).trimStart();
      if (rest.startsWith('=')) return rest.slice(1).trim();
    }
    at = next;
  }
  return undefined;
}

/**
 * Writes where the request really came from into its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4). `received` always
 * goes along with a filled `rport`; what the client itself wrote there is replaced.
 */
export function stampVia(headers: Headers, address: string, port: number): void {
  const first = headers.get('Via');
  if (first === undefined) return;
  const host = address.indexOf(':') >= 0 ? `[${address}]` : address;
  const parts = first.split(';');
  let stamped = parts[0] ?? '';
  let asked = false;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] ?? '';
    const name = part.split('=', 1)[0]?.trim().toLowerCase();
    if (name === 'received') continue;
    if (name === 'rport') {
      asked = true;
      stamped += `;rport=${port}`;
      continue;
    }
    stamped += `;${part}`;
  }
  const sentBy = topVia(headers)?.sentBy ?? '';
  if (asked || !(sentBy === host || sentBy.startsWith(`${host}:`))) stamped += `;received=${address}`;
  if (stamped !== first) headers.replaceFirst('Via', stamped);
}
