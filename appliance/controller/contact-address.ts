import { type Configuration, overTls, type SipListener } from '../../src/config/index.js';
import { parseSipUri } from '../../src/sip/index.js';
import { localAddressTowards } from '../io/index.js';

export interface ContactAddress {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
}

const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Where the centre reaches this box: the external address, or the listener's own, or the one from which packets to the
 * centre leave. Where even that is unknown (no route at this moment) the SIP server puts in what it then sends from.
 */
export async function contactAddress({ sip, centre }: Configuration): Promise<ContactAddress> {
  const target = parseSipUri(centre.targets[0] ?? '');
  const tcp = target.ok && target.value.parameters.get('transport')?.toLowerCase() === 'tcp';
  const transport = overTls(centre.targets[0] ?? '') ? 'tls' : tcp ? 'tcp' : 'udp';
  const targetHost = target.ok ? target.value.host.replace(/^\[|\]$/g, '') : '';
  const sixth = targetHost.includes(':');
  const fits = (listener: SipListener): boolean =>
    listener.transport === transport && listener.host.includes(':') === sixth;
  const listener = sip.listen.find(fits) ?? sip.listen.find((l) => l.transport === transport) ?? sip.listen[0];
  const port = listener?.port ?? 5060;
  if (sip.externalAddress !== undefined) return { host: bracketed(sip.externalAddress), port, transport };
  if (listener !== undefined && !wildcards.has(listener.host)) {
    return { host: bracketed(listener.host), port, transport };
  }
  const own = await localAddressTowards(targetHost);
  return { host: own === undefined ? 'localhost' : bracketed(own), port, transport };
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
