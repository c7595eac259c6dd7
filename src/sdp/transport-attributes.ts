import { attributeValues, type MediaDescription, type SessionDescription } from './session-description.js';

/** `a=setup` (RFC 4145 §4, RFC 8842 §5.2). */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

/** The hashes that RFC 8122 §5 leaves us: not MD5, not SHA-1. Bytes of each. */
const fingerprintBytes: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };

/** The value of an attribute at media level, else at session level: for those that RFC 8859 calls inherited. */
export function inheritedValues(
  description: SessionDescription,
  media: MediaDescription,
  name: string,
): readonly string[] {
  const own = attributeValues(media, name);
  return own.length > 0 ? own : attributeValues(description, name);
}

/** `a=fingerprint` as `sha-256 AB:CD…`, hash in lower case and digits in upper; undefined where it is malformed or its hash too weak. */
export function readFingerprint(value: string): string | undefined {
  const match = /^(\S+) +((?:[0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{2})$/.exec(value.trim());
  const [hash = '', digits = ''] = [match?.[1]?.toLowerCase(), match?.[2]?.toUpperCase()];
  return fingerprintBytes[hash] === (digits.length + 1) / 3 ? `${hash} ${digits}` : undefined;
}

export function readSetup(value: string | undefined): Setup | undefined {
  const word = value?.trim().toLowerCase();
  return word === 'active' || word === 'passive' || word === 'actpass' || word === 'holdconn' ? word : undefined;
}

/** `a=rtcp` (RFC 3605 §2.1): where RTCP goes when it is not the next port; undefined where it is malformed. */
export function readRtcpAttribute(value: string): { readonly port: number; readonly host?: string } | undefined {
  const match = /^(\d{1,5})(?: +IN +IP[46] +(\S+))?$/.exec(value.trim());
  const port = Number(match?.[1] ?? 0);
  if (port < 1 || port > 65535) return undefined;
  return { port, ...(match?.[2] === undefined ? {} : { host: match[2] }) };
}

/** The identification tags of the first `a=group:BUNDLE` (RFC 9143 §6). */
export function bundledMids(description: SessionDescription): readonly string[] {
  for (const group of attributeValues(description, 'group')) {
    const [semantics, ...mids] = group.split(/ +/);
    if (semantics === 'BUNDLE') return mids;
  }
  return [];
}
