import type { DnsQueries } from '../../appliance/sip-server/index.js';

/** A name server that knows no name. */
export const noDns: DnsQueries = {
  naptr: () => Promise.resolve({ records: [], ttlS: 15 }),
  srv: () => Promise.resolve({ records: [], ttlS: 15 }),
  addresses: () => Promise.resolve({ records: [], ttlS: 15 }),
};

/** A name server by which every name is at one IPv4 address. */
export function dnsAt(address: string): DnsQueries {
  return {
    ...noDns,
    addresses: (_name, family) => Promise.resolve({ records: family === 4 ? [address] : [], ttlS: 60 }),
  };
}
