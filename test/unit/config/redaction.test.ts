import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { formatFault, jsonSchema, redacted } from '../../../src/config/index.js';
import { configurationOf, faultsOf, least } from './sample.js';

const withSecret = "trunks: [{ name: a, uri: 'sip:192.0.2.1', username: u, password: hunter2 }]\n";

test('a printed configuration shows no secret', () => {
  const c = configurationOf(withSecret);
  const printed = JSON.stringify(redacted(c));
  assert.match(printed, /"password":"\[secret\]"/);
  for (const text of [printed, JSON.stringify(c), inspect(c, { depth: 9 })])
    assert.equal(text.includes('hunter2'), false);
  assert.equal(c.trunks[0]?.password?.reveal(), 'hunter2');
});

test('what is printed is plain data in the form of the file', () => {
  const printed = JSON.stringify(redacted(configurationOf()));
  assert.match(printed, /"listen":\["udp\/0\.0\.0\.0:5060","tcp\/0\.0\.0\.0:5060"\]/);
  assert.match(printed, /"control":"127\.0\.0\.1:9022"/);
});

test('a fault prints as compilers print theirs', () => {
  const [fault] = faultsOf(`${least}web: { port: x }\n`);
  assert.ok(fault !== undefined);
  assert.equal(
    formatFault(fault),
    'test.yaml:4:14: web.port: "x" is not a port number (write a number from 1 to 65535)',
  );
});

test('the JSON Schema knows every key, what must be written, and initial values', () => {
  const schema = JSON.parse(JSON.stringify(jsonSchema()));
  assert.deepEqual(schema.required, ['site', 'centre', 'users']);
  assert.deepEqual(Object.keys(schema.properties), Object.keys(configurationOf()));
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.web.properties.port.default, 8080);
  assert.deepEqual(schema.properties.trunks.items.required, ['name']);
  assert.deepEqual(schema.properties.centre.properties.contact.enum, ['rewrite', 'path']);
});
