import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../../../appliance/sip-server/dns-queries.js';
import { type NamedTarget, Resolver } from '../../../appliance/sip-server/resolver.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { type Zone, zoneQueries } from './zone.js';

function bench(zone: Zone, listeners: readonly string[]) {
  const asked: string[] = [];
  const resolver = new Resolver({
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    queries: zoneQueries(zone, asked),
    has: (protocol, family) => listeners.includes(`${protocol}${family}`),
  });
  const locate = (host: string, more: Partial<NamedTarget> = {}) =>
    new Promise<string>((resolve) => {
      const target = { host, protocol: undefined, port: undefined, secure: false, ...more };
      resolver.locate(target, (addresses, why) => {
        resolve(addresses.length === 0 ? `! ${why}` : addresses.map((a) => Object.values(a).join(' ')).join(', '));
      });
    });
  return { asked, locate };
}

const full: Zone = {
  'NAPTR x.test': [
    { order: 1, preference: 1, flags: 's', service: 'SIPS+D2T', replacement: '_sips._tcp.x.test' },
    { order: 2, preference: 1, flags: 's', service: 'SIP+D2T', replacement: '_sip._tcp.x.test' },
  ],
  'SRV _sips._tcp.x.test': [{ priority: 1, weight: 1, port: 5061, name: 'a.x.test' }],
  'SRV _sip._tcp.x.test': [
    { priority: 2, weight: 1, port: 5070, name: 'b.x.test' },
    { priority: 1, weight: 1, port: 5060, name: 'a.x.test' },
  ],
  'SRV _sip._udp.x.test': [{ priority: 1, weight: 1, port: 5080, name: 'a.x.test' }],
  'A x.test': ['192.0.2.9'],
  'A a.x.test': ['192.0.2.1', '192.0.2.2'],
  'AAAA a.x.test': ['2001:db8::1'],
  'A b.x.test': ['192.0.2.3'],
};

test('neither transport nor port: NAPTR, then SRV, then addresses (RFC 3263 §4)', async () => {
  const b = bench(full, ['udp4', 'tcp4', 'tcp6']);
  assert.equal(
    await b.locate('x.test'),
    'tcp 192.0.2.1 5060, tcp 192.0.2.2 5060, tcp 2001:db8::1 5060, tcp 192.0.2.3 5070',
  );
  const t = bench(full, ['udp4', 'tcp4', 'tls4']);
  assert.equal(await t.locate('x.test'), 'tls 192.0.2.1 5061, tls 192.0.2.2 5061', "the domain's first choice");
  assert.equal(await t.locate('x.test', { secure: true }), 'tls 192.0.2.1 5061, tls 192.0.2.2 5061');
});

test('a transport without a port: SRV of that transport; a port: addresses alone', async () => {
  const b = bench(full, ['udp4', 'tcp4']);
  assert.equal(await b.locate('x.test', { protocol: 'udp' }), 'udp 192.0.2.1 5080, udp 192.0.2.2 5080');
  assert.equal(
    b.asked.some((q) => q.startsWith('NAPTR')),
    false,
  );
  const p = bench(full, ['udp4', 'tcp4']);
  assert.equal(await p.locate('x.test', { port: 5099 }), 'udp 192.0.2.9 5099');
  assert.equal(await p.locate('x.test', { port: 5099, protocol: 'tcp' }), 'tcp 192.0.2.9 5099');
  assert.deepEqual(p.asked, ['A x.test']);
});

test('without NAPTR any SRV will do, without SRV the host itself', async () => {
  const { 'NAPTR x.test': _none, 'SRV _sip._udp.x.test': _udp, ...tcpOnly } = full;
  assert.match(await bench(tcpOnly, ['udp4', 'tcp4']).locate('x.test'), /^tcp 192\.0\.2\.1 5060, /);
  assert.equal(await bench({ 'A y.test': ['192.0.2.7'] }, ['udp4', 'tcp4']).locate('y.test'), 'udp 192.0.2.7 5060');
  assert.equal(
    await bench({ 'A y.test': ['192.0.2.7'] }, ['tls4']).locate('y.test', { secure: true }),
    'tls 192.0.2.7 5061',
  );
});

test('a name without a dot is a host: no questions about services', async () => {
  const b = bench({ 'A centre': ['192.0.2.7'] }, ['udp4']);
  assert.equal(await b.locate('centre'), 'udp 192.0.2.7 5060');
  assert.deepEqual(b.asked, ['A centre']);
});

test('what is not there, and what cannot be asked', async () => {
  const b = bench(full, ['udp4']);
  assert.equal(await b.locate('nobody.test'), '! DNS no address for nobody.test');
  assert.equal(await b.locate('dead.test', { port: 5060 }), '! DNS dead.test: SERVFAIL');
  const all = b.locate('dead2.test');
  assert.equal(await all, '! DNS dead2.test: SERVFAIL');
});

test('addresses of a hosts file', () => {
  const text =
    '127.0.0.1\tlocalhost\n# 192.0.2.9 centre\n192.0.2.1  Centre centre.test # main\n::1 localhost\n192.0.2.2 centre';
  assert.deepEqual(addressesIn(text, 'centre', 4), ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(addressesIn(text, 'CENTRE.test', 4), ['192.0.2.1']);
  assert.deepEqual(addressesIn(text, 'localhost', 6), ['::1']);
  assert.deepEqual(addressesIn(text, '192.0.2.1', 4), []);
});
