/**
 * `npm run ha1 -- USERNAME REALM`: asks for the password and prints the lines of a users file. The password is read from
 * standard input, so that it stands in no history and no list of processes.
 */
import { createInterface } from 'node:readline/promises';
import { Secret } from '../../src/base/index.js';
import { ha1Lines } from '../../src/directory/index.js';

const [username, realm] = process.argv.slice(2);
if (username === undefined || realm === undefined) {
  process.stderr.write('holdfast: usage: npm run ha1 -- USERNAME REALM   (the password is asked for)\n');
  process.exit(2);
}
process.stderr.write(`Password of ${username} at ${realm}: `);
const lines = createInterface({ input: process.stdin });
const [password = ''] = [(await lines[Symbol.asyncIterator]().next()).value];
lines.close();
if (typeof password !== 'string' || password === '') {
  process.stderr.write('\nholdfast: no password was given\n');
  process.exit(2);
}
process.stdout.write(ha1Lines(username, realm, new Secret(password)));
