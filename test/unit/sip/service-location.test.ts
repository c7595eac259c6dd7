import assert from 'node:assert/strict';
import { test } from 'node:test';
import { naptrServices, orderServers, type SrvRecord, srvService } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

function naptr(order: number, preference: number, service: string, replacement: string, flags = 's') {
  return { order, preference, flags, service, replacement };
}

test("the domain's order decides among what both can (RFC 3263 §4.1)", () => {
  const records = [
    naptr(90, 50, 'SIP+D2T', 'tcp.x'),
    naptr(50, 90, 'SIP+D2U', 'udp.x'),
    naptr(50, 50, 'SIPS+D2T', 'tls.x'),
    naptr(10, 1, 'SIP+D2S', 'sctp.x'),
    naptr(10, 1, 'E2U+sip', 'enum.x', 'u'),
    naptr(10, 1, 'sips+d2w', 'wss.x'),
  ];
  const names = (secure: boolean, ...speaks: readonly string[]) =>
    naptrServices(records, secure, (p) => speaks.includes(p)).map(({ name }) => name);
  assert.deepEqual(names(false, 'udp', 'tcp', 'tls', 'wss'), ['wss.x', 'tls.x', 'udp.x', 'tcp.x']);
  assert.deepEqual(names(false, 'udp', 'tcp'), ['udp.x', 'tcp.x']);
  assert.deepEqual(names(true, 'udp', 'tcp', 'tls'), ['tls.x'], 'a sips URI is not carried in the clear');
  assert.deepEqual(names(true, 'udp'), []);
});

test('where SRV records are', () => {
  assert.equal(srvService('x', 'udp')?.name, '_sip._udp.x');
  assert.equal(srvService('x', 'tcp')?.name, '_sip._tcp.x');
  assert.equal(srvService('x', 'tls')?.name, '_sips._tcp.x');
  assert.equal(srvService('x', 'wss'), undefined);
});

function srv(priority: number, weight: number, name: string): SrvRecord {
  return { priority, weight, port: 5060, name };
}

test('SRV: priorities in order, weights by chance (RFC 2782)', () => {
  const records = [
    srv(20, 1, 'backup'),
    srv(10, 75, 'heavy'),
    srv(10, 25, 'light'),
    srv(10, 0, 'rare'),
    srv(1, 1, '.'),
  ];
  const random = new SeededRandom(7);
  const first: Record<string, number> = { heavy: 0, light: 0, rare: 0 };
  for (let i = 0; i < 4000; i++) {
    const order = orderServers(records, random).map(({ name }) => name);
    assert.equal(order.length, 4);
    assert.equal(order[3], 'backup');
    const [name = ''] = order;
    first[name] = (first[name] ?? 0) + 1;
  }
  assert.ok(Math.abs((first.heavy ?? 0) / 4000 - 0.75) < 0.04, `heavy ${first.heavy}`);
  assert.ok(Math.abs((first.light ?? 0) / 4000 - 0.25) < 0.04, `light ${first.light}`);
  assert.ok((first.rare ?? 0) > 0 && (first.rare ?? 0) < 120, `rare ${first.rare}`);
  assert.deepEqual(orderServers([], random), []);
});
