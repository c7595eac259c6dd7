import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from '../../../appliance/sip-server/connection-limits.js';

test('an IPv4 host is counted by its address, an IPv6 host by its network', () => {
  assert.equal(sourceOf('192.0.2.7'), '192.0.2.7');
  const cases: readonly [string, string][] = [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ];
  for (const [address, source] of cases) assert.equal(sourceOf(address), source);
});
