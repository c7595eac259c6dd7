import { hexToken, type Random } from '../../src/base/index.js';
import { answerChallenge, digestHash, ha1, parseChallenge } from '../../src/sip/index.js';
import type { ReceivedResponse } from './sip-application.js';

/** The realm of the centre, and the domain of everybody's address. */
export const realm = 'lab.holdfast.test';

export interface Person {
  readonly extension: string;
  readonly did: string;
  readonly name: string;
  readonly password: string;
}

/** Who belongs to the lab branch: three SIP telephones, one of the reader's own, and two analog telephones. */
export const people: readonly Person[] = [
  { extension: '1001', did: '+13125550201', name: 'Reception', password: 'holdfast-1001' },
  { extension: '1002', did: '+13125550202', name: 'Workshop', password: 'holdfast-1002' },
  { extension: '1003', did: '+13125550203', name: 'Lift car', password: 'holdfast-1003' },
  { extension: '1004', did: '+13125550204', name: 'Your phone', password: 'holdfast-1004' },
  { extension: '1005', did: '+13125550205', name: 'Porter', password: 'holdfast-1005' },
  { extension: '1006', did: '+13125550206', name: 'Archive', password: 'holdfast-1006' },
];

/** For a softphone of the reader's own. */
export const spareExtension = '1004';

/** Whose the analog telephones are, by the jack. */
export const telephones: readonly { readonly channel: string; readonly person: Person }[] = [
  ['sim/0:1', '1005'],
  ['sim/0:2', '1006'],
].flatMap(([channel = '', extension]) =>
  people.filter((person) => person.extension === extension).map((person) => ({ channel, person })),
);

/** What callers from the telephone network show. */
export const outsideNumber = '+13125550123';
export const outsideName = 'Lab outside caller';

export function isEmergency(number: string): boolean {
  return number === '911' || number === '9911' || number === '112';
}

const proxyFields = ['Proxy-Authenticate', 'Proxy-Authorization'] as const;
const serverFields = ['WWW-Authenticate', 'Authorization'] as const;

/** The answer to a 401 or 407 (RFC 7616), as header fields; undefined when the challenge cannot be met. */
export function proof(
  response: ReceivedResponse,
  method: string,
  uri: string,
  account: { readonly username: string; readonly password: string },
  random: Random,
): Record<string, string> | undefined {
  const [asks, tells] = response.status === 407 ? proxyFields : serverFields;
  // Several challenges come joined by commas; the server prefers the first (RFC 8760 §2.3).
  for (const text of (response.get(asks) ?? '').split(/,\s*(?=Digest\s)/i)) {
    const challenge = parseChallenge(text);
    const hash = challenge.ok ? digestHash(challenge.value.algorithm) : undefined;
    if (!challenge.ok || hash === undefined) continue;
    const answer = answerChallenge({
      challenge: challenge.value,
      method,
      uri,
      username: account.username,
      ha1: ha1(account.username, challenge.value.realm, account.password, hash),
      cnonce: hexToken(random, 8),
      nc: 1,
    });
    if (answer.ok) return { [tells]: answer.value };
  }
  return undefined;
}

/** The user part of a SIP URI or of a From or To value; '' where there is none. */
export function userOf(value: string | undefined): string {
  return /sips?:([^@;>]+)@/.exec(value ?? '')?.[1] ?? '';
}
