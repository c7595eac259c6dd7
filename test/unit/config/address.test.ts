import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inNetworks, isIpv4, isIpv6, parsePrefix } from '../../../src/config/address.js';

test('addresses', () => {
  for (const good of ['0.0.0.0', '255.255.255.255', '192.0.2.1']) assert.equal(isIpv4(good), true, good);
  for (const bad of ['256.0.0.0', '1.2.3', '1.2.3.4.5', '01.2.3.4', '', '1.2.3.', 'a.b.c.d'])
    assert.equal(isIpv4(bad), false, bad);
  const six = [
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:192.0.2.1',
    'FE80::1',
  ];
  for (const good of six) assert.equal(isIpv6(good), true, good);
  const notSix = [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7::8:9',
    '::1.2.3',
    '192.0.2.1',
  ];
  for (const bad of notSix) assert.equal(isIpv6(bad), false, bad);
});

test('a network with host bits says which network is meant', () => {
  assert.equal(parsePrefix('192.168.17.5/20')?.network, '192.168.16.0/20');
  assert.equal(parsePrefix('2001:db8:0:0:1::/48')?.network, '2001:db8::/48');
  assert.equal(parsePrefix('10.0.0.0/8')?.hostBits, false);
  assert.equal(parsePrefix('::/0')?.network, '::/0');
  for (const bad of ['10.0.0.0/', '/8', '10.0.0.0/x', '10.0.0.0/33', '::/129'])
    assert.equal(parsePrefix(bad), undefined, bad);
});

test('membership of networks', () => {
  const lan = ['192.168.10.0/23', 'fe80::/10', '::1/128'];
  for (const inside of ['192.168.11.255', '::ffff:192.168.10.1', 'fe80::1%eth0', '[fe80::1]', '::1']) {
    assert.equal(inNetworks(inside, lan), true, inside);
  }
  for (const outside of ['192.168.12.0', '::2', 'fec0::1', 'example.com', ''])
    assert.equal(inNetworks(outside, lan), false, outside);
  assert.equal(inNetworks('198.51.100.1', ['0.0.0.0/0']), true);
  assert.equal(inNetworks('2001:db8::1', ['0.0.0.0/0']), false);
});
