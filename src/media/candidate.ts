import type { IceCandidate, TransportAddress } from './port-settings.js';

const kinds: ReadonlySet<string> = new Set(['host', 'srflx', 'prflx', 'relay']);

/**
 * The value of `a=candidate` (RFC 8839 §5.1), with or without `candidate:` before it. Undefined where it is malformed, of a kind that
 * we do not know, or named by a host name: browsers hide addresses behind multicast DNS, and their checks tell us the address.
 */
export function parseCandidate(value: string): IceCandidate | undefined {
  const words = value
    .trim()
    .replace(/^candidate:/, '')
    .split(/ +/);
  const [foundation = '', component = '', transport = '', priority = '', host = '', port = '', typ, type = ''] = words;
  const protocol = transport.toLowerCase();
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(foundation) || !/^[12]$/.test(component) || !/^\d{1,10}$/.test(priority))
    return undefined;
  if ((protocol !== 'udp' && protocol !== 'tcp') || typ !== 'typ' || !isCandidateType(type)) return undefined;
  const address = readAddress(host, port);
  if (address === undefined || Number(priority) > 0x7fff_ffff || Number(priority) < 1) return undefined;
  const extensions = new Map<string, string>();
  for (let at = 8; at + 1 < words.length; at += 2) extensions.set(words[at] ?? '', words[at + 1] ?? '');
  const related = readAddress(extensions.get('raddr') ?? '', extensions.get('rport') ?? '');
  return {
    foundation,
    component: Number(component),
    protocol,
    priority: Number(priority),
    address,
    type,
    ...(related === undefined ? {} : { related }),
  };
}

/** Without `candidate:` before it. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, protocol, priority, address, type, related } = candidate;
  const words = [foundation, component, protocol, priority, address.host, address.port, 'typ', type];
  return [...words, ...(related === undefined ? [] : ['raddr', related.host, 'rport', related.port])].join(' ');
}

/** The candidate that a port of ours is by itself (RFC 8445 §5.1.2.1: type preference 126). */
export function hostCandidate(address: TransportAddress, component: 1 | 2): IceCandidate {
  const priority = 126 * 2 ** 24 + 65535 * 2 ** 8 + (256 - component);
  return { foundation: '1', component, protocol: 'udp', priority, address, type: 'host' };
}

export function sameAddress(a: TransportAddress | undefined, b: TransportAddress | undefined): boolean {
  return a?.host === b?.host && a?.port === b?.port;
}

function isCandidateType(word: string): word is IceCandidate['type'] {
  return kinds.has(word);
}

function readAddress(host: string, port: string): TransportAddress | undefined {
  if (!isAddress(host) || !/^\d{1,5}$/.test(port) || Number(port) > 65535) return undefined;
  return { host, port: Number(port) };
}

/** IPv4 in dotted decimal, or what can only be IPv6. */
export function isAddress(host: string): boolean {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (v4 !== null) return v4.slice(1).every((part) => Number(part) < 256);
  return /^[0-9A-Fa-f:.]{2,45}$/.test(host) && host.includes(':');
}

/** `4` or `6`. */
export function familyOf(host: string): 'IP4' | 'IP6' {
  return host.includes(':') ? 'IP6' : 'IP4';
}

/** Addresses that are of no use across a NAT: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6. */
export function isPrivate(host: string): boolean {
  const [a = -1, b = -1] = host.split('.').map(Number);
  if (host.includes(':')) return /^f[cd]|^fe[89ab]/i.test(host);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254)
  );
}

/** This machine itself, whatever else it is called. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || /^(?:::1|::ffff:127\.[\d.]+)$/i.test(host);
}

/** Where nothing of ours may be sent, whoever asks: multicast and broadcast. */
export function isManyfold(host: string): boolean {
  const first = Number(host.split('.')[0]);
  return host.includes(':') ? /^ff/i.test(host) : first >= 224 || first === 0;
}
