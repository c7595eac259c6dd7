import type { IceCandidate, TransportAddress } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { addressKey, canonical } from './address.js';

/** RFC 8445 §5.1.2.2. */
const typePreference = { host: 126, prflx: 110, srflx: 100, relay: 0 } as const;

/** RFC 8445 §5.1.2.1. `localPreference`: 0-65535, higher for the address that is liked better. */
export function candidatePriority(type: IceCandidate['type'], localPreference: number, component: Component): number {
  return typePreference[type] * 2 ** 24 + localPreference * 2 ** 8 + (256 - component);
}

/** A port has one address of its own; servers come in the order of the configuration. */
export const bestLocalPreference = 65_535;

/** RFC 8445 §6.1.2.3 as two numbers, since the formula's has 64 bits: the lesser priority decides. */
export interface PairPriority {
  readonly least: number;
  readonly most: number;
  readonly controllingMore: boolean;
}

export function pairPriority(controlling: number, controlled: number): PairPriority {
  return {
    least: Math.min(controlling, controlled),
    most: Math.max(controlling, controlled),
    controllingMore: controlling > controlled,
  };
}

/** Negative: `a` comes first. */
export function byPriority(a: PairPriority, b: PairPriority): number {
  return b.least - a.least || b.most - a.most || Number(b.controllingMore) - Number(a.controllingMore);
}

/** A peer names less than ten; more than this is an attack on whoever is asked to check them (RFC 8445 §19.5.1). */
export const remoteCandidatesMost = 50;

/** What of a peer's list can be checked: UDP, by address, of our components, in one spelling, each once. */
export function usableCandidates(
  candidates: readonly IceCandidate[],
  components: readonly Component[],
): IceCandidate[] {
  const seen = new Set<string>();
  const usable: IceCandidate[] = [];
  for (const candidate of candidates) {
    const address = canonical(candidate.address);
    const component = components.find((each) => each === candidate.component);
    if (address === undefined || component === undefined || candidate.protocol !== 'udp') continue;
    const key = `${component} ${addressKey(address)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    usable.push({ ...candidate, address });
  }
  return usable;
}

/** Candidate as the peer hears it. `foundation`: alike for what may share its fate (RFC 8445 §5.1.1.3). */
export function localCandidate(
  type: IceCandidate['type'],
  component: Component,
  address: TransportAddress,
  more: { readonly foundation: string; readonly preference: number; readonly related?: TransportAddress },
): IceCandidate {
  const { foundation, preference, related } = more;
  const priority = candidatePriority(type, preference, component);
  return {
    foundation,
    component,
    protocol: 'udp',
    priority,
    address,
    type,
    ...(related === undefined ? {} : { related }),
  };
}
