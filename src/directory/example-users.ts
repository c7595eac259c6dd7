import { Secret } from '../base/index.js';
import { ha1Lines } from './ha1.js';

const people = [
  {
    username: 'alice',
    extension: '2001',
    did: '+13125550101',
    displayName: 'Alice Archer',
    classOfRestriction: 'international',
  },
  { username: 'bob', extension: '2002', did: '+13125550102', displayName: 'Bob Baker', classOfRestriction: 'national' },
  { username: 'carol', extension: '2003', displayName: 'Carol Cook', classOfRestriction: 'internal' },
] as const;

/** A documented users file whose passwords are `<username>-secret`, for the lab and for a first look. */
export function exampleUsersFile(realm = 'example.com'): string {
  const users = people.map((person) => {
    const lines = Object.entries(person).map(([key, value], i) => `${i === 0 ? '  - ' : '    '}${key}: "${value}"\n`);
    return lines.join('') + ha1Lines(person.username, realm, new Secret(`${person.username}-secret`));
  });
  return `# The people and devices of this branch. The file is read as a whole: one fault, and the users before it stay in force.
#
# realm               the centre's digest realm: the HA1 values below were made for it
# username            SIP user name, and the name in the phone's credentials
# extension           digits, as colleagues dial it
# did                 optional: the number from outside, E.164 with +
# displayName         optional: shown to the called person
# classOfRestriction  a class of the configuration: which numbers may be dialled
# ha1                 H(username:realm:password) in hex, as the centre keeps it; a phone needs no second password
#                     md5 (32 digits), sha256 (64 digits): one or both. Treat this file like a password file.
realm: "${realm}"
users:
${users.join('\n')}`;
}
