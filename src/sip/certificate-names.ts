import { parseSipUri } from './uri.js';

/** Whom a certificate names, as RFC 5922 §7.1 reads it. Lower case. */
export interface CertificateNames {
  /** Domains, from URIs where there are SIP URIs, else from DNS names, else from the common name. */
  readonly domains: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * Reads `subjectAltName` as Node.js writes it: `URI:sip:example.com, DNS:example.com, IP Address:192.0.2.1`. Values
 * that hold a quote or a comma come as JSON strings there; no domain looks like that, so they name nobody.
 */
export function certificateNames(subjectAltName: string | undefined, commonName: string | undefined): CertificateNames {
  const uris: string[] = [];
  const hosts: string[] = [];
  const addresses: string[] = [];
  let named = false;
  for (const entry of (subjectAltName ?? '').split(', ')) {
    const colon = entry.indexOf(':');
    const [kind, value] = [entry.slice(0, colon), entry.slice(colon + 1).toLowerCase()];
    if (kind === 'URI') {
      named = true;
      const domain = domainOf(value);
      if (domain !== undefined) uris.push(domain);
    } else if (kind === 'DNS') {
      named = true;
      hosts.push(value);
    } else if (kind === 'IP Address') addresses.push(plainAddress(value));
  }
  // §7.1: the common name speaks only where the extension names nobody.
  const common = named || commonName === undefined ? [] : [commonName.toLowerCase()];
  return { domains: uris.length > 0 ? uris : [...hosts, ...common], addresses };
}

/**
 * RFC 5922 §7.2: the whole name, without regard to case, and no wildcards: a certificate for `*.example.com` speaks for
 * nobody. An IP address must be among the certificate's addresses.
 */
export function namesPeer(names: CertificateNames, peer: string): boolean {
  const wanted = peer.toLowerCase().replace(/\.$/, '');
  if (wanted.includes(':') || /^[\d.]+$/.test(wanted)) return names.addresses.includes(plainAddress(wanted));
  return names.domains.includes(wanted);
}

/** A SIP URI names a domain when it has no user part (§7.1). */
function domainOf(uri: string): string | undefined {
  if (!uri.startsWith('sip:') && !uri.startsWith('sips:')) return undefined;
  const parsed = parseSipUri(uri);
  return parsed.ok && parsed.value.user === undefined ? parsed.value.host : undefined;
}

/** IPv6 in full: certificates print it as `2001:DB8:0:0:0:0:0:1`. */
function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/^\[|\]$/g, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
