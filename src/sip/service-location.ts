import type { Random } from '../base/index.js';

/** What RFC 3263 §4 chooses between. */
export type SipProtocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** RFC 3403. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly name: string;
}

/** A name that has SRV records, and what is spoken there. */
export interface SipService {
  readonly protocol: SipProtocol;
  readonly name: string;
}

/** NAPTR services of SIP: RFC 3263 §4.1, RFC 7118 §5.4. */
const services: Readonly<Record<string, SipProtocol>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
  'SIP+D2W': 'ws',
  'SIPS+D2W': 'wss',
};

/**
 * The services that a domain offers and we can speak, the domain's choice first (RFC 3263 §4.1). `secure`: for a sips
 * URI the others are none.
 */
export function naptrServices(
  records: readonly NaptrRecord[],
  secure: boolean,
  speaks: (protocol: SipProtocol) => boolean,
): readonly SipService[] {
  const usable: { readonly service: SipService; readonly record: NaptrRecord }[] = [];
  for (const record of records) {
    const protocol = services[record.service.toUpperCase()];
    if (protocol === undefined || record.flags.toLowerCase() !== 's' || record.replacement === '') continue;
    if ((secure && protocol !== 'tls' && protocol !== 'wss') || !speaks(protocol)) continue;
    usable.push({ service: { protocol, name: record.replacement }, record });
  }
  usable.sort((a, b) => a.record.order - b.record.order || a.record.preference - b.record.preference);
  return usable.map(({ service }) => service);
}

/** Where SRV records of a domain are looked for; nothing for WebSockets, which have no such name (RFC 7118). */
export function srvService(domain: string, protocol: SipProtocol): SipService | undefined {
  if (protocol === 'ws' || protocol === 'wss') return undefined;
  const prefix = protocol === 'udp' ? '_sip._udp' : protocol === 'tcp' ? '_sip._tcp' : '_sips._tcp';
  return { protocol, name: `${prefix}.${domain}` };
}

/** The order in which one request tries the servers: by priority, within it at random by weight (RFC 2782). */
export function orderServers(records: readonly SrvRecord[], random: Random): readonly SrvRecord[] {
  // A target of "." says that the service is not there.
  const left = records.filter(({ name }) => name !== '' && name !== '.');
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const priority = Math.min(...left.map((r) => r.priority));
    // Those of weight 0 first: they are then drawn only when the draw is 0.
    const peers = left.filter((r) => r.priority === priority).sort((a, b) => a.weight - b.weight);
    const total = peers.reduce((sum, r) => sum + r.weight, 0);
    let draw = Math.floor(random.next() * (total + 1));
    const chosen = peers.find((r) => {
      draw -= r.weight;
      return draw <= 0;
    });
    if (chosen === undefined) break;
    ordered.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
  return ordered;
}
