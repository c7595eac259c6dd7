import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatListenAddress, parseListenAddress } from '../../../appliance/sip-server/index.js';

test('listen addresses are read and written', () => {
  for (const text of [
    'udp/127.0.0.1:5060',
    'tcp/0.0.0.0:0',
    'udp/[::1]:5062',
    'tls/[::]:5061',
    'ws/127.0.0.1:80',
    'wss/0.0.0.0:443',
  ]) {
    const parsed = parseListenAddress(text);
    assert.ok(parsed.ok);
    assert.equal(formatListenAddress(parsed.value), text);
  }
  const bare = parseListenAddress('udp/10.0.0.1');
  assert.ok(bare.ok && bare.value.port === 5060);
  const secure = parseListenAddress('tls/10.0.0.1');
  assert.ok(secure.ok && secure.value.port === 5061);
});

test('what is wrong is said in words', () => {
  const cases: readonly [string, RegExp][] = [
    ['127.0.0.1:5060', /is not PROTOCOL\/ADDRESS:PORT/],
    ['sctp/127.0.0.1:5060', /must be udp, tcp, tls, ws or wss/],
    ['udp/localhost:5060', /not an IP address/],
    ['udp/127.0.0.1:99999', /at most 65535/],
    ['udp/::1:5060', /is not PROTOCOL/],
  ];
  for (const [text, reason] of cases) {
    const parsed = parseListenAddress(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.error, reason);
  }
});
