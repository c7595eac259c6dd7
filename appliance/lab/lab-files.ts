import { Secret } from '../../src/base/index.js';
import { ha1Lines } from '../../src/directory/index.js';
import { people, realm, telephones } from './account.js';

export interface LabAddresses {
  /** Where Holdfast speaks SIP: `127.0.0.1:15060`. */
  readonly holdfast: string;
  /** Where its SIP server and controller meet: `127.0.0.1:40001`. */
  readonly control: string;
  readonly centre: string;
  readonly pstn: string;
}

/** The configuration of the lab branch: a small one, and a true one. */
export function labConfiguration(at: LabAddresses, usersFile: string, storeFolder: string): string {
  return `# The lab branch. Written anew at each start; copy it to begin a configuration of your own.
site:
  name: Lab branch
  countryCode: "1"
  areaCode: "312"
  mainNumber: "+13125550200"
sip:
  listen:
    - udp/${at.holdfast}
    - tcp/${at.holdfast}
  control: ${at.control}
centre:
  domain: ${realm}
  targets:
    - sip:${at.centre};transport=udp
phones:
  expiresSeconds: 60
users:
  file: ${JSON.stringify(usersFile)}
survivability:
  # Shorter than in earnest (10, 120 and 900): so that the return can be watched.
  goodProbes: 5
  holdDownSeconds: 20
  holdDownMaxSeconds: 120
lines:
  # No card: a simulated world with two analog telephones, and a T1 to the telephone network.
  cards: simulator
  spans:
    - span: sim/1
      signalling: pri
      switchType: ni2
      side: user
  telephones:
${telephones.map(({ channel, person }) => `    - channel: ${channel}\n      user: "${person.extension}"`).join('\n')}
trunks:
  - name: t1
    order: 1
    channels: ["sim/1:1-23"]
    numberFormat: national
  - name: pstn
    order: 2
    uri: sip:${at.pstn};transport=udp
    probeIntervalSeconds: 5
store:
  directory: ${JSON.stringify(storeFolder)}
`;
}

/** Its users, with the digests of their passwords. */
export function labUsers(): string {
  const users = people.map(
    (person) => `  - username: "${person.extension}"
    extension: "${person.extension}"
    did: "${person.did}"
    displayName: "${person.name}"
    classOfRestriction: international
${ha1Lines(person.extension, realm, new Secret(person.password))}`,
  );
  return `# The people of the lab branch; their passwords are holdfast-NUMBER, for example holdfast-1004.
realm: ${realm}
users:
${users.join('')}`;
}
