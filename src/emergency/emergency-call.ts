import { type Configuration, inNetworks } from '../config/index.js';
import type { EmergencyMatch } from './emergency-numbers.js';

/** Who calls for help, as far as it is known. */
export interface EmergencyCaller {
  readonly username?: string;
  readonly extension?: string;
  /** False when the phone has no registration here. */
  readonly registered: boolean;
  /** Where the call came from: address and port. */
  readonly source: string;
  /** The number that emergency services are shown. */
  readonly callingNumber?: string;
}

/** What logs and records say of an emergency call: fields of one constant message. */
export interface EmergencyCallFields {
  readonly emergency: true;
  readonly test: boolean;
  readonly dialled: string;
  readonly number: string;
  readonly sent: string;
  readonly caller: string;
  readonly registered: boolean;
  readonly source: string;
  readonly callingNumber?: string;
}

export function emergencyCallFields(
  dialled: string,
  match: EmergencyMatch,
  caller: EmergencyCaller,
): EmergencyCallFields {
  return {
    emergency: true,
    test: match.test,
    dialled,
    number: match.number,
    sent: match.send,
    caller: caller.extension ?? caller.username ?? 'unknown',
    registered: caller.registered,
    source: caller.source,
    ...(caller.callingNumber === undefined ? {} : { callingNumber: caller.callingNumber }),
  };
}

/** Whether a phone that is not registered may call for help from `address`: it must stand in a network of the phones. */
export function mayCallUnregistered(address: string, phones: Pick<Configuration['phones'], 'networks'>): boolean {
  return inNetworks(address, phones.networks);
}
