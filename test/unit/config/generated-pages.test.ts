import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedPages } from '../../../appliance/config/generated-pages.js';
import { exampleFile, parseConfiguration, referencePage } from '../../../src/config/index.js';
import { parseUsers } from '../../../src/directory/index.js';

function onDisk(name: string): string {
  return readFileSync(new URL(`../../../../appliance/config/${name}`, import.meta.url), 'utf8');
}

test('the files on disk are what the schema says; otherwise run "npm run docs"', () => {
  for (const [name, text] of generatedPages()) assert.equal(onDisk(name), text, name);
});

test('the example parses without a warning, and shows a realistic branch', () => {
  const parsed = parseConfiguration(exampleFile(), 'example.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(parsed.warnings, []);
  assert.equal(parsed.value.trunks.length, 2);
  assert.equal(parsed.value.dialPlan.sites.length, 1);
});

test('every setting of the example that is behind a comment sign parses too', () => {
  const uncommented = exampleFile()
    .replace(/^( *)#(?=[A-Za-z]+:| {2}- | {4}[A-Za-z])/gm, '$1')
    // A trunk is a gateway or made of channels; the example's first one is a gateway.
    .replace(/^ *channels: \["dahdi.*\n/m, '');
  const parsed = parseConfiguration(uncommented, 'example.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed.ok ? '' : parsed.error));
  assert.equal(parsed.value.trunks[0]?.password?.reveal(), 'change-me');
  assert.equal(parsed.value.sip.externalAddress, '203.0.113.7');
  const { spans, telephones, officeLines } = parsed.value.lines;
  assert.deepEqual([spans.length, telephones.length, officeLines.length], [1, 1, 1]);
});

test('the reference names every setting', () => {
  const page = referencePage();
  for (const name of ['name', 'didPrefix', 'alsoAllows', 'holdDownSeconds', 'giveUpMs'])
    assert.ok(page.includes(`| \`${name}\` |`), name);
  for (const heading of ['`trunks[]`', '`dialPlan.patterns[]`', '`dialPlan.sites[]`', '`classesOfRestriction[]`']) {
    assert.ok(page.includes(heading), heading);
  }
});

test('the example of a users file belongs to the example of a configuration', () => {
  const parsed = parseConfiguration(exampleFile(), 'example.yaml');
  const users = parseUsers(onDisk('users.yaml'), 'users.yaml');
  assert.ok(parsed.ok && users.ok);
  const classes = parsed.value.classesOfRestriction.map((entry) => entry.name);
  for (const user of users.value) {
    assert.equal(user.realm, parsed.value.centre.domain);
    assert.ok(classes.includes(user.classOfRestriction), user.classOfRestriction);
  }
});
