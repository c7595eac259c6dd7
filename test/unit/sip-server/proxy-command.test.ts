import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxyCommand } from '../../../appliance/sip-server/proxy-command.js';
import { silentLog } from '../../../src/base/index.js';

const read = (leader: string) => readProxyCommand(leader.split('|'), 'text', silentLog);

test('a proxy frame as drachtio-srf writes it', () => {
  assert.deepEqual(read('m1|proxy|t1|remainInDialog|fullResponse||simultaneous|2s|500ms|sip:a@b|sip:c'), {
    messageId: 'm1',
    transactionId: 't1',
    remainInDialog: true,
    fullResponse: true,
    followRedirects: false,
    parallel: true,
    provisionalTimeoutMs: 2000,
    finalTimeoutMs: 500,
    destinations: ['sip:a@b', 'sip:c'],
    text: 'text',
  });
  const least = read('m1|proxy|t1|||followRedirects|serial|||');
  assert.equal(least.followRedirects, true);
  assert.equal(least.parallel, false);
  assert.equal(least.provisionalTimeoutMs, Number.POSITIVE_INFINITY);
  assert.deepEqual(least.destinations, []);
});

test('limits that are not understood are none; a number alone is milliseconds', () => {
  assert.equal(read('m|proxy|t|||||1500|2 minutes|').provisionalTimeoutMs, 1500);
  assert.equal(read('m|proxy|t|||||1500|2 minutes|').finalTimeoutMs, Number.POSITIVE_INFINITY);
});

test('destinations become URIs', () => {
  const given = ['192.0.2.1', '192.0.2.1:5070', 'host.test:5070', '<sip:a@b;lr>', 'SIPS:a@b', 'tel:+1', 'a@b:5060'];
  assert.deepEqual(read(`m|proxy|t|||||||${given.join('|')}`).destinations, [
    'sip:192.0.2.1',
    'sip:192.0.2.1:5070',
    'sip:host.test:5070',
    'sip:a@b;lr',
    'SIPS:a@b',
    'tel:+1',
    'sip:a@b:5060',
  ]);
});
