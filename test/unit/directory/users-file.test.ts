import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/index.js';
import { exampleUsersFile, ha1Lines, parseUsers, type User, type UsersFault } from '../../../src/directory/index.js';

const md5 = 'a'.repeat(32);
const sha256 = 'b'.repeat(64);

function file(...users: string[]): string {
  return `realm: example.com\nusers:\n${users.join('')}`;
}

function entry(username: string, extension: string, more = ''): string {
  return `  - username: ${username}\n    extension: ${extension}\n    classOfRestriction: national\n    ha1: {md5: ${md5}}\n${more}`;
}

function users(text: string): readonly User[] {
  const parsed = parseUsers(text, 'users.yaml');
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error));
  return parsed.value;
}

function faults(text: string): readonly UsersFault[] {
  const parsed = parseUsers(text, 'users.yaml');
  assert.ok(!parsed.ok, 'the file should be refused');
  for (const fault of parsed.error)
    assert.ok(fault.reason !== '' && fault.remedy !== '' && fault.file === 'users.yaml');
  return parsed.error;
}

test('the example file is good, documented, and holds the digests of its passwords', () => {
  const [alice, bob, carol] = users(exampleUsersFile('centre.example'));
  assert.equal(alice?.extension, '2001');
  assert.equal(alice?.did, '+13125550101');
  assert.equal(alice?.realm, 'centre.example');
  assert.equal(bob?.displayName, 'Bob Baker');
  assert.equal(carol?.did, undefined);
  const lines = ha1Lines('carol', 'centre.example', new Secret('carol-secret'), 0);
  assert.ok(lines.includes(carol?.ha1.md5?.reveal() ?? '-') && lines.includes(carol?.ha1.sha256?.reveal() ?? '-'));
});

test('the digests are those of RFC 7616 §3.9.1', () => {
  const lines = ha1Lines('Mufasa', 'testrealm@host.com', new Secret('Circle Of Life'));
  assert.match(lines, /md5: 939e7578ed9e3c518a452acee763bce9\n/);
});

test('numbers stay as written, leading zeros and digits-only digests included', () => {
  const [user] = users(
    `realm: 12\nusers:\n  - username: 007\n    extension: 0201\n    classOfRestriction: a\n    ha1:\n      md5: ${'1'.repeat(32)}\n`,
  );
  assert.equal(user?.username, '007');
  assert.equal(user?.extension, '0201');
  assert.equal(user?.realm, '12');
  assert.equal(user?.ha1.md5?.reveal(), '1'.repeat(32));
});

test('every fault is listed with its line', () => {
  const text = file(
    entry('alice', '2001'),
    entry('bob', '20x2'),
    entry('carol', '2001'),
    entry('dave', '2004', '    did: 0312555\n'),
    entry('eve', '2005', '    colour: red\n'),
    `  - username: frank\n    extension: "2006"\n    classOfRestriction: a\n    ha1:\n      md5: abc\n      sha1: ff\n`,
    '  - extension: "2007"\n    classOfRestriction: a\n    ha1: {}\n',
  );
  const found = faults(text).map(({ line, reason }) => `${line}: ${reason}`);
  assert.deepEqual(found, [
    "8: 'extension' is not 1 to 15 digits: '20x2'",
    "12: 'extension' '2001' stands on line 4 already",
    "19: 'did' is not an E.164 number: '0312555'",
    "24: unknown key 'colour'",
    "29: 'ha1.md5' is not 32 hexadecimal digits (it has 3 characters)",
    "30: unknown key 'sha1' in 'ha1'",
    "33: 'ha1' holds no digest",
    "31: 'username' is missing",
  ]);
});

test('duplicate names and numbers are found, and so is a key that stands twice', () => {
  const twice = faults(
    file(
      entry('alice', '1'),
      entry('alice', '2', '    did: "+13125550101"\n'),
      entry('bob', '3', '    did: "+13125550101"\n'),
    ),
  );
  assert.equal(twice.length, 2);
  assert.match(faults(file(entry('alice', '1', '    extension: "2"\n')))[0]?.reason ?? '', /same key/);
});

test('a file that is no users file at all is refused with its reason', () => {
  assert.match(faults('')[0]?.reason ?? '', /no keys/);
  assert.match(faults('users: []')[0]?.reason ?? '', /'realm' is missing/);
  assert.match(faults('realm: a')[0]?.reason ?? '', /'users' is missing/);
  assert.match(faults('realm: a\nusers: 5')[0]?.reason ?? '', /not a list/);
  assert.match(faults('realm: a\nusers:\n  - 5')[0]?.reason ?? '', /not a set of keys/);
  assert.match(faults('realm: [a]\nusers: []')[0]?.reason ?? '', /'realm'/);
  assert.match(faults('realm: "a\nusers: []')[0]?.reason ?? '', /not valid YAML/);
  assert.match(faults('realm: a\nusers: []\ncolour: red')[0]?.reason ?? '', /unknown key 'colour'/);
});

test('aliases, merges and prototype names do no harm', () => {
  assert.ok(!parseUsers('realm: a\nusers: &u\n  - *u\n', 'f').ok);
  assert.match(faults(file(entry('alice', '1', '    __proto__: x\n')))[0]?.reason ?? '', /unknown key/);
  assert.match(faults(file(entry('alice', '1', '    toString: x\n')))[0]?.reason ?? '', /unknown key/);
  assert.deepEqual(users('realm: a\nusers: []\n'), []);
});

test('digests never show', () => {
  const [user] = users(
    file(`  - {username: a, extension: "1", classOfRestriction: b, ha1: {sha256: ${sha256.toUpperCase()}}}\n`),
  );
  assert.equal(user?.ha1.sha256?.reveal(), sha256);
  assert.ok(!JSON.stringify(user).includes(sha256));
  const wrong = faults(file(`  - {username: a, extension: "1", classOfRestriction: b, ha1: {sha256: ${md5}}}\n`));
  assert.ok(!JSON.stringify(wrong).includes(md5));
});
