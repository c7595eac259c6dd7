import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emergencyCallFields, mayCallUnregistered } from '../../../src/emergency/index.js';
import { configurationOf } from '../config/sample.js';

const match = { number: '911', send: '911', test: false };

test('the record of an emergency call says who called, from where, and what was sent', () => {
  const caller = {
    username: 'alice',
    extension: '2001',
    registered: true,
    source: '192.168.10.20:5060',
    callingNumber: '+13125550101',
  };
  assert.deepEqual(emergencyCallFields('9911', match, caller), {
    emergency: true,
    test: false,
    dialled: '9911',
    number: '911',
    sent: '911',
    caller: '2001',
    registered: true,
    source: '192.168.10.20:5060',
    callingNumber: '+13125550101',
  });
});

test('an unknown caller is recorded too', () => {
  const fields = emergencyCallFields('911', match, { registered: false, source: '192.168.10.99:5062' });
  assert.deepEqual([fields.caller, fields.registered, 'callingNumber' in fields], ['unknown', false, false]);
});

test('only a phone that stands in the phones’ networks may call for help without a registration', () => {
  const { phones } = configurationOf('phones: { networks: [192.168.10.0/24] }\n');
  assert.equal(mayCallUnregistered('192.168.10.7', phones), true);
  assert.equal(mayCallUnregistered('::ffff:192.168.10.7', phones), true);
  assert.equal(mayCallUnregistered('192.168.11.7', phones), false);
  assert.equal(mayCallUnregistered('198.51.100.1', configurationOf().phones), false);
  assert.equal(mayCallUnregistered('127.0.0.1', configurationOf().phones), true);
});
