import type { Configuration } from './schema.js';

/** What a country's numbering fixes, so that a site has to say only its country code. */
export interface Country {
  /** Dialled before a national number; empty where there is none. */
  readonly nationalPrefix: string;
  /** Dialled before a country code. */
  readonly internationalPrefix: string;
  /** Numbers that reach emergency services, beside 112. */
  readonly emergency: readonly string[];
  /** What 112 is sent as, where the fixed network does not know it. */
  readonly sends112As?: string;
  /** Numbers that answer with what an emergency centre would see, and alarm nobody. */
  readonly emergencyTest: readonly string[];
  /** E.164 patterns of numbers that cost extra. */
  readonly premium: readonly string[];
}

/** ITU-T E.164 recommends 0 and 00; countries that differ, or whose emergency numbers we vouch for, follow below. */
const usual: Country = {
  nationalPrefix: '0',
  internationalPrefix: '00',
  emergency: [],
  emergencyTest: [],
  premium: [],
};

/** By country code, without the plus sign. */
export const countries: Readonly<Record<string, Country>> = {
  // North American Numbering Plan; 933 is the test number of 911 service providers.
  '1': {
    nationalPrefix: '1',
    internationalPrefix: '011',
    emergency: ['911'],
    sends112As: '911',
    emergencyTest: ['933'],
    premium: ['+1900NXXXXXX', '+1976NXXXXXX', '+1NXX976XXXX'],
  },
  '31': { ...usual, premium: ['+3190[069].'] },
  '33': { ...usual, emergency: ['15', '17', '18', '114'], premium: ['+3389.'] },
  '34': { ...usual, nationalPrefix: '', premium: ['+3480[3567].', '+34905.'] },
  '39': { ...usual, nationalPrefix: '', emergency: ['113', '115', '118'], premium: ['+3989.'] },
  '41': { ...usual, emergency: ['117', '118', '144', '1414', '1415'], premium: ['+4190[016].'] },
  '43': { ...usual, emergency: ['122', '133', '144'], premium: ['+439.'] },
  '44': { ...usual, emergency: ['999'], premium: ['+449.', '+4487[0-3].'] },
  '45': { ...usual, nationalPrefix: '', premium: ['+4590XXXXXX'] },
  '47': { ...usual, nationalPrefix: '', emergency: ['110', '113'], premium: ['+478[23].'] },
  '48': { ...usual, nationalPrefix: '', emergency: ['997', '998', '999'], premium: ['+4870.'] },
  '49': { ...usual, emergency: ['110'], premium: ['+49900.', '+49137.', '+49118.'] },
  '61': {
    ...usual,
    internationalPrefix: '0011',
    emergency: ['000'],
    sends112As: '000',
    premium: ['+6119.'],
  },
  '64': { ...usual, emergency: ['111'], sends112As: '111', premium: ['+64900.'] },
  '353': { ...usual, emergency: ['999'], premium: ['+35315[67]X.'] },
};

export function countryOf(countryCode: string): Country {
  return countries[countryCode] ?? usual;
}

/** Reaches emergency services from any phone at any site, whatever the file says. */
export const universalEmergencyNumber = '112';

/** Every emergency number of a configuration, as dialled without outside prefix: built in, test and configured. */
export function emergencyDigits(c: Pick<Configuration, 'site' | 'emergency'>): readonly string[] {
  const country = countryOf(c.site.countryCode);
  const all = [...country.emergency, ...country.emergencyTest, universalEmergencyNumber, ...c.emergency.numbers];
  return [...new Set(all)];
}
