import type { DnsQueries } from '../../../appliance/sip-server/index.js';
import type { NaptrRecord, SrvRecord } from '../../../src/sip/index.js';

/** What a name server knows, by type and name: `A host.test`, `SRV _sip._udp.host.test`, `NAPTR host.test`. */
export type Zone = Readonly<Record<string, readonly (string | SrvRecord | NaptrRecord)[]>>;

/** Answers from `zone`, and writes down what was asked. Names that start with `dead` fail. */
export function zoneQueries(zone: Zone, asked: string[] = [], ttlS = 60): DnsQueries {
  const answer = <T>(type: string, name: string, is: (record: unknown) => record is T) => {
    asked.push(`${type} ${name}`);
    if (name.startsWith('dead')) return Promise.reject(new Error('SERVFAIL'));
    const records: unknown[] = [...(zone[`${type} ${name}`] ?? [])];
    return Promise.resolve({ records: records.filter(is), ttlS });
  };
  return {
    naptr: (name) => answer('NAPTR', name, isNaptr),
    srv: (name) => answer('SRV', name, isSrv),
    addresses: (name, family) => answer(family === 4 ? 'A' : 'AAAA', name, (r) => typeof r === 'string'),
  };
}

function isNaptr(record: unknown): record is NaptrRecord {
  return typeof record === 'object' && record !== null && 'service' in record;
}

function isSrv(record: unknown): record is SrvRecord {
  return typeof record === 'object' && record !== null && 'priority' in record;
}
