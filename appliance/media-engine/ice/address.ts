import { isIPv4, isIPv6 } from 'node:net';
import type { TransportAddress } from '../../../src/media/index.js';

const ipv4Bytes = 4;
const ipv6Bytes = 16;
const ipv6Groups = 8;

/** Network order; undefined where `host` is no address (a name, for instance of mDNS). */
export function addressBytes(host: string): Buffer | undefined {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number));
  if (!isIPv6(host) || host.includes('%')) return undefined;
  // A last part in IPv4's notation is two groups (RFC 4291 §2.2).
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(host);
  const tail = dotted?.[2] === undefined ? undefined : addressBytes(dotted[2]);
  const text =
    tail === undefined
      ? host
      : `${dotted?.[1]}${tail.readUInt16BE(0).toString(16)}:${tail.readUInt16BE(2).toString(16)}`;
  const [head = '', rest] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, behind] = [groups(head), groups(rest ?? '')];
  const zeros = rest === undefined ? 0 : ipv6Groups - before.length - behind.length;
  const all = [...before, ...new Array<number>(Math.max(0, zeros)).fill(0), ...behind];
  if (all.length !== ipv6Groups) return undefined;
  const bytes = Buffer.alloc(ipv6Bytes);
  all.forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2);
  });
  return bytes;
}

/** RFC 5952; an IPv4 address in an IPv6 one (RFC 4291 §2.5.5.2) is written as what it is. */
export function addressText(bytes: Buffer): string | undefined {
  if (bytes.length === ipv4Bytes) return bytes.join('.');
  if (bytes.length !== ipv6Bytes) return undefined;
  const mapped = bytes.subarray(0, 10).every((octet) => octet === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (mapped) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: ipv6Groups }, (_, i) => bytes.readUInt16BE(i * 2));
  let [from, length] = [0, 0];
  for (let i = 0; i < ipv6Groups; i++) {
    let run = 0;
    while (i + run < ipv6Groups && groups[i + run] === 0) run++;
    if (run > length) [from, length] = [i, run];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

/** The one spelling of an address; undefined where it is none. */
export function canonical({ host, port }: TransportAddress): TransportAddress | undefined {
  const bytes = addressBytes(host);
  const text = bytes === undefined ? undefined : addressText(bytes);
  return text === undefined || !Number.isInteger(port) || port < 1 || port > 65_535 ? undefined : { host: text, port };
}

/** For maps and for people. Of canonical addresses equal keys are equal addresses. */
export function addressKey({ host, port }: TransportAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function sameAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.host === b.host;
}

export function sameFamily(a: TransportAddress, b: TransportAddress): boolean {
  return a.host.includes(':') === b.host.includes(':');
}
