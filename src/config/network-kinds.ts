import { ok, type Result } from '../base/index.js';
import { parseSipUri } from '../sip/index.js';
import { isIpv4, isIpv6, parsePrefix } from './address.js';
import { complain } from './plain-kinds.js';
import { type Complaint, kind } from './shape.js';

export const port = kind<number>({
  name: 'port',
  says: 'a port number, 1 to 65535',
  jsonSchema: { type: 'integer', minimum: 1, maximum: 65535 },
  readText: readPort,
  write: (value) => value,
});

export const ipAddress = kind<string>({
  name: 'IP address',
  says: 'an IPv4 or IPv6 address',
  jsonSchema: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  readText: (word) =>
    isIpv4(word) || isIpv6(word)
      ? ok(word)
      : complain(`"${word}" is not an IP address`, 'write an address such as 192.0.2.10 or 2001:db8::10'),
  write: (value) => value,
});

/** A network, e.g. `192.168.10.0/24`. */
export const cidr = kind<string>({
  name: 'network',
  says: 'a network as address/length, e.g. 192.168.10.0/24',
  jsonSchema: { type: 'string', pattern: '^[0-9A-Fa-f.:]+/[0-9]{1,3}$' },
  readText: (word) => {
    const prefix = parsePrefix(word);
    if (prefix === undefined) return complain(`"${word}" is not a network`, 'write one such as 192.168.10.0/24');
    if (prefix.hostBits) return complain(`"${word}" is an address inside a network`, `write ${prefix.network}`);
    return ok(word);
  },
  write: (value) => value,
});

/** A domain name or an IP address (IPv6 without brackets). */
export const hostName = kind<string>({
  name: 'host name',
  says: 'a domain name or an IP address',
  jsonSchema: { type: 'string', minLength: 1, maxLength: 253 },
  readText: (word) =>
    isHost(word)
      ? ok(word.toLowerCase())
      : complain(`"${word}" is not a host name`, 'write one such as voip.example.com'),
  write: (value) => value,
});

export interface HostPort {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export const hostPort = kind<HostPort>({
  name: 'host:port',
  says: 'a host and port, e.g. 127.0.0.1:9022 or [::1]:9022',
  jsonSchema: { type: 'string', pattern: '^.+:[0-9]{1,5}$' },
  readText: readHostPort,
  write: formatHostPort,
});

/** A server by its address, where nobody may wait for a name server. */
export const ipPort = kind<HostPort>({
  name: 'IP address:port',
  says: 'an IP address and port, e.g. 203.0.113.20:3478 or [2001:db8::20]:3478',
  jsonSchema: { type: 'string', pattern: '^.+:[0-9]{1,5}$' },
  readText: (word) => {
    const at = readHostPort(word);
    if (!at.ok || isIpv4(at.value.host) || isIpv6(at.value.host)) return at;
    return complain(`"${at.value.host}" is not an IP address`, 'write the address, not the name');
  },
  write: formatHostPort,
});

/** Ports from the first to the last, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const portRange = kind<PortRange>({
  name: 'range of ports',
  says: 'first and last port with a hyphen between, e.g. 20000-29999',
  jsonSchema: { type: 'string', pattern: '^[0-9]{1,5}-[0-9]{1,5}$' },
  readText: (word) => {
    const [first = '', last = '', ...rest] = word.split('-').map((part) => part.trim());
    if (rest.length > 0 || last === '') return complain(`"${word}" is not a range`, 'write one such as 20000-29999');
    const [from, to] = [readPort(first), readPort(last)];
    if (!from.ok) return from;
    if (!to.ok) return to;
    if (from.value >= to.value)
      return complain('the last port is not above the first', 'write one such as 20000-29999');
    return ok({ first: from.value, last: to.value });
  },
  write: ({ first, last }) => `${first}-${last}`,
});

/** The transports of SIP (RFC 3261, RFC 7118). */
export type SipTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
const sipTransports: readonly SipTransport[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Where the SIP server listens. */
export interface SipListener {
  readonly transport: SipTransport;
  readonly host: string;
  readonly port: number;
}

export const sipListener = kind<SipListener>({
  name: 'SIP listener',
  says: 'transport/address:port, e.g. udp/0.0.0.0:5060',
  jsonSchema: { type: 'string', pattern: '^(udp|tcp|tls|ws|wss)/.+:[0-9]{1,5}$' },
  readText: (word) => {
    const slash = word.indexOf('/');
    const transport = word.slice(0, Math.max(0, slash)).toLowerCase();
    const known = sipTransports.find((name) => name === transport);
    if (known === undefined) {
      return complain(
        `"${word}" does not begin with udp/, tcp/, tls/, ws/ or wss/`,
        'write transport/address:port, e.g. udp/0.0.0.0:5060',
      );
    }
    const at = readHostPort(word.slice(slash + 1));
    if (!at.ok) return at;
    if (!isIpv4(at.value.host) && !isIpv6(at.value.host)) {
      return complain(
        `"${at.value.host}" is not an IP address`,
        'listen on an address; 0.0.0.0 or [::] for all of them',
      );
    }
    return ok({ transport: known, ...at.value });
  },
  write: (value) => `${value.transport}/${formatHostPort(value)}`,
});

/** A SIP URI of a server: no password, no headers (RFC 3261 §19.1.1). */
export const sipUri = kind<string>({
  name: 'SIP URI',
  says: 'a SIP URI, e.g. sip:voip.example.com:5060;transport=tcp',
  jsonSchema: { type: 'string', pattern: '^sips?:.+$' },
  readText: readSipUri,
  write: (value) => value,
});

/** True for a URI of a server that is reached over TLS. */
export function overTls(uri: string): boolean {
  const lower = uri.toLowerCase();
  return lower.startsWith('sips:') || /;transport=tls(?:;|$)/.test(lower);
}

/** A network interface as Linux names it: at most 15 bytes, no slash, no space. */
export const interfaceName = kind<string>({
  name: 'interface',
  says: 'a network interface, e.g. eth0',
  jsonSchema: { type: 'string', pattern: '^[^/\\s]{1,15}$' },
  readText: (word) =>
    /^[A-Za-z0-9_.:@-]{1,15}$/.test(word) && word !== '.' && word !== '..'
      ? ok(word)
      : complain(`"${word}" is not an interface name`, 'write one as "ip link" lists them, e.g. eth0'),
  write: (value) => value,
});

/** `host:port`, with brackets around IPv6. */
export function formatHostPort(value: HostPort): string {
  return `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`;
}

function readPort(word: string): Result<number, Complaint> {
  const value = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (value >= 1 && value <= 65535) return ok(value);
  return complain(`"${word}" is not a port number`, 'write a number from 1 to 65535');
}

function readHostPort(word: string): Result<HostPort, Complaint> {
  const colon = word.lastIndexOf(':');
  const bracketed = word.startsWith('[') && word[colon - 1] === ']';
  const host = bracketed ? word.slice(1, colon - 1) : word.slice(0, Math.max(0, colon));
  if (colon < 1 || (!bracketed && host.includes(':'))) {
    return complain(`"${word}" is not host:port`, 'write host:port, with IPv6 in brackets: [::1]:5060');
  }
  if (bracketed ? !isIpv6(host) : !isHost(host)) {
    return complain(`"${host}" is not a host name`, 'write a domain name or an IP address before the colon');
  }
  const value = readPort(word.slice(colon + 1));
  return value.ok ? ok({ host: host.toLowerCase(), port: value.value }) : value;
}

function readSipUri(word: string): Result<string, Complaint> {
  const lower = word.toLowerCase();
  if (!lower.startsWith('sip:') && !lower.startsWith('sips:'))
    return complain(`"${word}" does not begin with sip:`, `write sip:${word}`);
  if (/[\s<>"]/.test(word)) {
    return complain(`"${word}" holds a character that a SIP URI cannot`, 'write scheme, host and parameters alone');
  }
  const uri = parseSipUri(word);
  if (!uri.ok) {
    return complain(`"${word}" is not a SIP URI`, 'write one such as sip:192.0.2.10:5060;transport=udp');
  }
  const { host, port: at, password, headers, parameters } = uri.value;
  if (password !== undefined) {
    return complain('a password in a URI is seen by everybody', 'use the settings username and password');
  }
  if (headers !== undefined)
    return complain('header fields in a URI have no meaning here', 'remove what follows the ?');
  if (!isHost(host.replace(/^\[|\]$/g, ''))) {
    return complain(`"${host}" is not a host name`, 'write a domain name or an IP address');
  }
  if (at === 0 || (at ?? 0) > 65535) return complain(`"${at}" is not a port number`, 'write a number from 1 to 65535');
  const transport = parameters.get('transport');
  if (parameters.has('transport') && !/^(udp|tcp|tls)$/i.test(transport ?? '')) {
    return complain(`"${transport ?? ''}" is no transport to a server`, 'write ;transport=udp, tcp or tls');
  }
  if (uri.value.scheme === 'sips' && transport?.toLowerCase() === 'udp') {
    return complain('sips: goes over TLS, never over UDP', 'write sip:, or remove ;transport=udp');
  }
  return ok(word);
}

function isHost(word: string): boolean {
  if (isIpv4(word) || isIpv6(word)) return true;
  if (word.length > 253 || /^[\d.]+$/.test(word)) return false;
  return word.split('.').every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(label));
}
