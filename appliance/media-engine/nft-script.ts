import type { TransportAddress } from '../../src/media/index.js';
import type { KernelFlow } from './kernel-flows.js';

/** Ours alone: made at the start, removed at the end, and what a killed engine left of it at the next start. */
export const nftTable = 'ip holdfast_media';

const key = 'type ipv4_addr . inet_service . ipv4_addr . inet_service : verdict';
const lookup = 'ip saddr . udp sport . ip daddr . udp dport vmap';

/** Removes the table, whether it is there or not. */
export const removeScript = `add table ${nftTable}\ndelete table ${nftTable}\n`;

/**
 * The empty table. Addresses are rewritten before routing, so that the kernel forwards, and the source after it, because a packet that
 * arrives with an address of ours would be refused as a martian. Without connection tracking: the packets' first ones were ours.
 */
export const makeScript = `${removeScript}table ${nftTable} {
  map arriving { ${key}; }
  map leaving { ${key}; }
  chain arrive {
    type filter hook prerouting priority raw; policy accept;
    ${lookup} @arriving
  }
  chain leave {
    type filter hook postrouting priority 110; policy accept;
    ${lookup} @leaving
  }
}
`;

/** `id`: a whole number that names the flow's chains and counters. */
export function addScript(id: number, flow: KernelFlow): string {
  const { from, at, by, to, payloadTypes, dscp } = flow;
  // The payload type is the seven bits after the marker, behind UDP's eight bytes (RFC 3550 §5.1).
  const passes = `@th,73,7 { ${payloadTypes.join(', ')} }`;
  return `add counter ${nftTable} in_${id}
add counter ${nftTable} out_${id}
add chain ${nftTable} in_${id}
add chain ${nftTable} out_${id}
add rule ${nftTable} in_${id} ${passes} counter name "in_${id}" notrack ip daddr set ${to.host} udp dport set ${to.port} accept
add rule ${nftTable} out_${id} counter name "out_${id}" ip saddr set ${by.host} udp sport set ${by.port} ip dscp set ${dscp} accept
add element ${nftTable} arriving { ${tuple(from, at)} : goto in_${id} }
add element ${nftTable} leaving { ${tuple(from, to)} : goto out_${id} }
`;
}

/** The kernel forwards no more; what it counted can still be read. */
export function stopScript({ from, at, to }: KernelFlow): string {
  return `delete element ${nftTable} arriving { ${tuple(from, at)} }
delete element ${nftTable} leaving { ${tuple(from, to)} }
`;
}

/** Removes what is left of a flow that was stopped. */
export function dropScript(id: number): string {
  const kinds = ['in', 'out'].map((side) => `${nftTable} ${side}_${id}`);
  return ['flush chain', 'delete chain', 'delete counter']
    .flatMap((verb) => kinds.map((each) => `${verb} ${each}\n`))
    .join('');
}

/** Packets and bytes of the kernel's own counters; bytes count the IP and UDP headers. */
export interface NftCounter {
  readonly packets: number;
  readonly bytes: number;
}

/** What `nft -j list counters` says, by name. Something else: nothing. */
export function readCounters(text: string): ReadonlyMap<string, NftCounter> {
  const counters = new Map<string, NftCounter>();
  for (const { counter } of listed(text)) {
    if (typeof counter !== 'object' || counter === null) continue;
    if (!('name' in counter && 'packets' in counter && 'bytes' in counter)) continue;
    const { name, packets, bytes } = counter;
    if (typeof name === 'string' && typeof packets === 'number' && typeof bytes === 'number')
      counters.set(name, { packets, bytes });
  }
  return counters;
}

function listed(text: string): readonly { readonly counter?: unknown }[] {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null || !('nftables' in read) || !Array.isArray(read.nftables)) return [];
    return read.nftables.filter((entry) => typeof entry === 'object' && entry !== null);
  } catch {
    return [];
  }
}

function tuple(from: TransportAddress, to: TransportAddress): string {
  return `${from.host} . ${from.port} . ${to.host} . ${to.port}`;
}
