import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeAddress,
  decodeDefaultRoutes,
  decodeLink,
  encodeDumpRequest,
  encodeLinkRequest,
} from '../../../appliance/netlink/rtnetlink.js';

/** Payloads as Linux 6.18 sent them for veth interfaces in a namespace, cut after the attributes of interest. */
const bytes = (hex: string) => Buffer.from(hex, 'hex');

test('a link: name, index, carrier', () => {
  const up = '000001000300000043100100000000000900030077616e300000000008000d00e8030000';
  assert.deepEqual(decodeLink(bytes(up)), { index: 3, name: 'wan0', carrier: true });
  const noPeer = `${up.slice(0, 16)}03100000${up.slice(24)}`;
  assert.deepEqual(decodeLink(bytes(noPeer)), { index: 3, name: 'wan0', carrier: false });
  const setDown = `${up.slice(0, 16)}02100100${up.slice(24)}`;
  assert.equal(decodeLink(bytes(setDown))?.carrier, false);
});

test('an address, in the shortest text', () => {
  const v4 = '021880000300000008000100c000020208000200c00002020900030077616e3000000000';
  assert.deepEqual(decodeAddress(bytes(v4)), { index: 3, address: '192.0.2.2' });
  const v6 = '0a408200030000001400010020010db8000000000000000000000002';
  assert.deepEqual(decodeAddress(bytes(v6)), { index: 3, address: '2001:db8::2' });
});

test('addresses that no call can use: link-local, tentative', () => {
  const linkLocal = '0a40c0fd0300000014000100fe800000000000008ceb64fffec9eb0c';
  assert.equal(decodeAddress(bytes(linkLocal)), undefined);
  const tentative = '0a40c000030000001400010020010db8000000000000000000000002';
  assert.equal(decodeAddress(bytes(tentative)), undefined);
});

test('a point-to-point address is the local one', () => {
  const peer = '02208000030000000800010005060708' + '0800020001020304';
  assert.equal(decodeAddress(bytes(peer))?.address, '1.2.3.4');
});

test('default routes: over one hop, over several, IPv6', () => {
  const one = '02000000fe0300010000000008000f00fe000000080006003200000008000500c00002010800040003000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(one)), [{ index: 3, gateway: '192.0.2.1' }]);
  const several =
    '02000000fe0300010000000008000f00fe00000024000900100000000300000008000500c0000201100000000500000008000500c6336401';
  assert.deepEqual(decodeDefaultRoutes(bytes(several)), [
    { index: 3, gateway: '192.0.2.1' },
    { index: 5, gateway: '198.51.100.1' },
  ]);
  const v6 =
    '0a000000fe0300010000000008000f00fe00000008000600000400001400050020010db80000000000000000000000010800040003000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(v6)), [{ index: 3, gateway: '2001:db8::1' }]);
  const pointToPoint = '02000000fe03fd010000000008000f00fe0000000800040007000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(pointToPoint)), [{ index: 7 }]);
});

test('no default route: to a network, local, dead, of another family', () => {
  const network = '02180000fe02fd010000000008000f00fe00000008000100c000020008000700c00002020800040003000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(network)), []);
  const dead = '02000000fe0300010100000008000f00fe00000008000500c00002010800040003000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(dead)), []);
  const blackhole = '02000000fe0300060000000008000f00fe000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(blackhole)), []);
  const multicastRouting = '80000000fe0300010000000008000f00fe0000000800040003000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(multicastRouting)), []);
});

test('cut short anywhere, nothing breaks', () => {
  const whole = [
    '000001000300000043100100000000000900030077616e3000000000',
    '021880000300000008000100c000020208000200c0000202',
    '02000000fe0300010000000008000f00fe00000024000900100000000300000008000500c0000201100000000500000008000500c6336401',
  ];
  for (const hex of whole) {
    for (let length = 0; length < hex.length / 2; length++) {
      const cut = bytes(hex).subarray(0, length);
      assert.doesNotThrow(() => [decodeLink(cut), decodeAddress(cut), decodeDefaultRoutes(cut)]);
    }
  }
  const endless = '02000000fe0300010000000000000f00fe000000';
  assert.deepEqual(decodeDefaultRoutes(bytes(endless)), []);
});

test('requests', () => {
  assert.equal(encodeLinkRequest('eth1').toString('hex'), `${'00'.repeat(16)}09000300${'65746831'}00000000`);
  assert.equal(encodeDumpRequest().length, 12);
});
