import { isIP } from 'node:net';
import type { Configuration } from '../../src/config/index.js';
import type { MediaNetwork } from '../../src/media/index.js';
import { parseSipUri } from '../../src/sip/index.js';
import { localAddressTowards } from '../io/index.js';

/**
 * Where sound is sent and received: a network each for telephones, the centre and trunks. An address that the configuration does
 * not say is the one that the telephones signal to, or from which packets to the peer leave.
 */
export async function mediaNetworks({
  media,
  phones,
  centre,
  trunks,
  sip,
}: Configuration): Promise<readonly MediaNetwork[]> {
  const { ports } = media;
  const ofUri = (uri: string | undefined): string | undefined => {
    const read = parseSipUri(uri ?? '');
    return read.ok ? read.value.host.replace(/^\[|\]$/g, '') : undefined;
  };
  // Telephones find us where they signal to.
  const listener = sip.listen.find(({ host }) => isIP(host) !== 0 && host !== '0.0.0.0' && host !== '::')?.host;
  const own = {
    phones: listener ?? (await towards(firstHost(phones.networks[0]))),
    centre: (await towards(ofUri(centre.targets[0]))) ?? listener,
    trunks: (await towards(ofUri(trunks[0]?.uri))) ?? listener,
  };
  return (['phones', 'centre', 'trunks'] as const).map((name) => ({
    name,
    address: media[name].address ?? own[name] ?? '127.0.0.1',
    ports,
  }));
}

function towards(host: string | undefined): Promise<string | undefined> {
  return host === undefined ? Promise.resolve(undefined) : localAddressTowards(host);
}

/** `192.168.10.0/24` → `192.168.10.1`: an address that is reached as the telephones are. */
function firstHost(network: string | undefined): string | undefined {
  const address = network?.split('/')[0];
  if (address === undefined) return undefined;
  return address.includes(':') ? address.replace(/::$/, '::1') : address.replace(/\.0$/, '.1');
}
