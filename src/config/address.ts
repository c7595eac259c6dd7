/** True for four decimal parts without leading zeros (inet_aton's octal reading would be a trap). */
export function isIpv4(word: string): boolean {
  return ipv4Bytes(word) !== undefined;
}

/** True for RFC 4291 §2.2 text, without a zone. */
export function isIpv6(word: string): boolean {
  return ipv6Bytes(word) !== undefined;
}

export interface Prefix {
  readonly bytes: readonly number[];
  readonly length: number;
  /** True when bits beyond the length are set. */
  readonly hostBits: boolean;
  /** The network that the text means, with those bits cleared. */
  readonly network: string;
}

/** Reads `address/length`. */
export function parsePrefix(word: string): Prefix | undefined {
  const slash = word.indexOf('/');
  const bytes = addressBytes(word.slice(0, Math.max(0, slash)));
  const lengthText = word.slice(slash + 1);
  if (slash < 1 || bytes === undefined || !/^\d{1,3}$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  if (length > bytes.length * 8) return undefined;
  const masked = bytes.map((b, i) => b & maskByte(length, i));
  const hostBits = masked.some((b, i) => b !== bytes[i]);
  return { bytes: masked, length, hostBits, network: `${formatAddress(masked)}/${length}` };
}

/** Whether `address` (IPv4, IPv6, or IPv4 inside IPv6 as dual-stack sockets show it) lies in one of `networks`. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const seen = addressBytes(address.replace(/^\[|\]$/g, '').replace(/%.*$/, ''));
  if (seen === undefined) return false;
  const bytes = isMapped(seen) ? seen.slice(12) : seen;
  return networks.some((network) => {
    const prefix = parsePrefix(network);
    if (prefix === undefined || prefix.bytes.length !== bytes.length) return false;
    return prefix.bytes.every((b, i) => b === ((bytes[i] ?? 0) & maskByte(prefix.length, i)));
  });
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function maskByte(length: number, index: number): number {
  const bits = Math.min(8, Math.max(0, length - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function addressBytes(word: string): readonly number[] | undefined {
  return ipv4Bytes(word) ?? ipv6Bytes(word);
}

function ipv4Bytes(word: string): readonly number[] | undefined {
  const parts = word.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((p) => (/^(0|[1-9]\d{0,2})$/.test(p) ? Number(p) : 256));
  return bytes.every((b) => b < 256) ? bytes : undefined;
}

function ipv6Bytes(word: string): readonly number[] | undefined {
  const halves = word.split('::');
  if (halves.length > 2 || word.length < 2) return undefined;
  const head = groupBytes(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupBytes(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** The bytes of colon-separated groups; the last may be an IPv4 address when `last` says that nothing follows. */
function groupBytes(part: string, last: boolean): readonly number[] | undefined {
  if (part === '') return [];
  const bytes: number[] = [];
  const groups = part.split(':');
  for (const [i, group] of groups.entries()) {
    const quad = last && i === groups.length - 1 ? ipv4Bytes(group) : undefined;
    if (quad !== undefined) bytes.push(...quad);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** RFC 5952 in short: lower case, the longest run of zero groups compressed. */
function formatAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const runs = [...groups.join(':').matchAll(/(^|:)0(:0)+(:|$)/g)].map((m) => m[0]);
  const longest = runs.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? groups.join(':') : groups.join(':').replace(longest, '::');
}
