import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers, stampVia, topVia } from '../../../src/sip/index.js';

test('the topmost Via is read as matching needs it', () => {
  const headers = new Headers([
    ['Via', 'SIP/2.0/udp Host.Test:5062;rport;branch=z9hG4bKx;x=y'],
    ['Via', 'SIP/2.0/TCP other;branch=z9hG4bKy'],
  ]);
  assert.deepEqual(topVia(headers), { transport: 'UDP', sentBy: 'host.test:5062', branch: 'z9hG4bKx', rport: true });
  assert.equal(topVia(new Headers()), undefined);
  assert.equal(topVia(new Headers([['Via', 'nonsense']])), undefined);
  const bare = topVia(new Headers([['Via', 'SIP / 2.0 / TLS [::1]']]));
  assert.deepEqual(bare, { transport: 'TLS', sentBy: '[::1]', branch: '', rport: false });
});

const cases: readonly [via: string, address: string, stamped: string][] = [
  [
    'SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKa',
    '10.0.0.1',
    'SIP/2.0/UDP 10.0.0.1:5060;rport=4000;branch=z9hG4bKa;received=10.0.0.1',
  ],
  ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa', '10.0.0.1', 'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa'],
  ['SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa', '10.0.0.1', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa'],
  [
    'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa',
    '192.0.2.5',
    'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;received=192.0.2.5',
  ],
  [
    'SIP/2.0/UDP pc.test;branch=z9hG4bKa;received=1.1.1.1',
    '192.0.2.5',
    'SIP/2.0/UDP pc.test;branch=z9hG4bKa;received=192.0.2.5',
  ],
  [
    'SIP/2.0/UDP [2001:db8::1];rport=1;branch=z9hG4bKa',
    '2001:db8::1',
    'SIP/2.0/UDP [2001:db8::1];rport=4000;branch=z9hG4bKa;received=2001:db8::1',
  ],
  [
    'SIP/2.0/UDP 10.0.0.10:5060;branch=z9hG4bKa',
    '10.0.0.1',
    'SIP/2.0/UDP 10.0.0.10:5060;branch=z9hG4bKa;received=10.0.0.1',
  ],
];

test('received and rport tell where the request came from (RFC 3261 §18.2.1, RFC 3581 §4)', () => {
  for (const [via, address, stamped] of cases) {
    const headers = new Headers([['Via', via]]);
    stampVia(headers, address, 4000);
    assert.equal(headers.get('Via'), stamped);
  }
});
