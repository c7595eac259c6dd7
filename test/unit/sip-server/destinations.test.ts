import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Destination, Destinations } from '../../../appliance/sip-server/destinations.js';
import { LocalAddresses } from '../../../appliance/sip-server/local-address.js';
import { Resolver } from '../../../appliance/sip-server/resolver.js';
import type { Link, Transport } from '../../../appliance/sip-server/transport.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { type Zone, zoneQueries } from './zone.js';

function transport(protocol: 'udp' | 'tcp', address: string, port = 5060): Transport {
  const self: Transport = {
    protocol,
    family: address.includes(':') ? 6 : 4,
    address,
    port,
    connections: 0,
    link: (to, toPort): Link => ({
      transport: protocol === 'udp' ? 'UDP' : 'TCP',
      reliable: protocol === 'tcp',
      sentBy: `${address}:${port}`,
      listener: self,
      protocol,
      address: to,
      port: toPort,
      localAddress: address,
      open: true,
      send: () => undefined,
    }),
    close: () => Promise.resolve(),
  };
  return self;
}

function bench(table: Zone = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const transports = [
    transport('udp', '127.0.0.1'),
    transport('udp', '127.0.0.5', 5062),
    transport('udp', '::1'),
    transport('tcp', '127.0.0.1'),
  ];
  const resolver = new Resolver({
    clock,
    random: new SeededRandom(1),
    queries: zoneQueries(table, asked),
    has: (protocol, family) => transports.some((t) => t.protocol === protocol && t.family === family),
  });
  const destinations = new Destinations(transports, new LocalAddresses(clock), resolver, clock);
  const find = (uri: string, preference = {}): string => {
    let found: Destination | undefined;
    destinations.find(uri, preference, (d) => (found = d));
    return found === undefined ? 'later' : describe(found);
  };
  const later = (uri: string): Promise<string> =>
    new Promise((resolve) => destinations.find(uri, {}, (d) => resolve(describe(d))));
  return { clock, asked, destinations, transports, find, later };
}

function describe(d: Destination): string {
  if ('failure' in d) return `failure: ${d.failure}`;
  const next = d.next === undefined ? '' : `, ${describe(d.next())}`;
  return `${d.link.protocol} ${d.link.address} ${d.link.port} from ${d.link.listener.address}${next}`;
}

test('an address needs no resolver; port and transport have their defaults', () => {
  const b = bench();
  assert.equal(b.find('sip:x@127.0.0.9'), 'udp 127.0.0.9 5060 from 127.0.0.1');
  assert.equal(b.find('sip:x@127.0.0.9:5080;transport=TCP'), 'tcp 127.0.0.9 5080 from 127.0.0.1');
  assert.equal(b.find('sip:[::1]:5070'), 'udp ::1 5070 from ::1');
  assert.equal(b.find('127.0.0.9:7000'), 'udp 127.0.0.9 7000 from 127.0.0.1');
  assert.equal(b.find('<sip:127.0.0.9;lr>'), 'udp 127.0.0.9 5060 from 127.0.0.1');
  assert.equal(b.find('sip:x@host.test;maddr=127.0.0.8'), 'udp 127.0.0.8 5060 from 127.0.0.1');
});

test('what cannot be reached says why', () => {
  const b = bench();
  assert.match(b.find('sips:x@127.0.0.9'), /^failure: no tls listener/);
  assert.match(b.find('sip:[::1];transport=tcp'), /^failure: no tcp listener for IPv6/);
  assert.match(b.find('sip:x@127.0.0.9;transport=sctp'), /^failure: unsupported transport/);
  assert.match(b.find('sip:x@h.invalid;transport=tcp'), /connection of this contact is gone/);
  assert.match(b.find('<>'), /^failure: no SIP URI/);
});

test('the listener: named by Contact first, then that of the dialog', () => {
  const b = bench();
  const second = b.transports[1];
  assert.equal(b.find('sip:127.0.0.9', { contact: '127.0.0.5:5062' }), 'udp 127.0.0.9 5060 from 127.0.0.5');
  assert.equal(b.find('sip:127.0.0.9', { listener: second }), 'udp 127.0.0.9 5060 from 127.0.0.5');
  assert.equal(b.find('sip:127.0.0.9', { contact: '192.0.2.1:5060' }), 'udp 127.0.0.9 5060 from 127.0.0.1');
});

test('a registered contact is called over its connection until it expires', () => {
  const b = bench();
  const tcp = b.transports[3];
  assert.ok(tcp !== undefined);
  const contact = 'sip:1001@abc.invalid;transport=tcp';
  b.destinations.remember(contact, tcp.link('127.0.0.7', 40_000), 60);
  assert.equal(b.find(contact), 'tcp 127.0.0.7 40000 from 127.0.0.1');
  b.clock.advance(60_000);
  assert.match(b.find(contact), /^failure/);
  b.destinations.remember(contact, tcp.link('127.0.0.7', 40_000), 60);
  b.destinations.remember(contact, tcp.link('127.0.0.7', 40_000), 0);
  assert.match(b.find(contact), /^failure/);
  b.destinations.stop();
  assert.equal(b.clock.pending, 0);
});

test('names are resolved; the ways follow one another', async () => {
  const b = bench({
    'SRV _sip._udp.centre.test': [
      { priority: 1, weight: 0, port: 5090, name: 'a.test' },
      { priority: 2, weight: 0, port: 5091, name: 'b.test' },
    ],
    'A a.test': ['127.0.0.3'],
    'A b.test': ['127.0.0.4'],
    'A centre.test': ['127.0.0.9'],
  });
  assert.equal(
    await b.later('sip:centre.test'),
    'udp 127.0.0.3 5090 from 127.0.0.1, udp 127.0.0.4 5091 from 127.0.0.1',
  );
  assert.equal(await b.later('sip:centre.test:5071;transport=tcp'), 'tcp 127.0.0.9 5071 from 127.0.0.1');
  assert.match(await b.later('sip:nobody.test'), /^failure: DNS no address for nobody.test/);
});

test('a peer that failed stands behind the others for a while, a dialog stays where it was', async () => {
  const b = bench({ 'A two.test': ['127.0.0.3', '127.0.0.4'] });
  const uri = 'sip:two.test:5060';
  const [three, four] = ['udp 127.0.0.3 5060 from 127.0.0.1', 'udp 127.0.0.4 5060 from 127.0.0.1'];
  assert.equal(await b.later(uri), `${three}, ${four}`);
  const failing = b.transports[0]?.link('127.0.0.3', 5060);
  assert.ok(failing !== undefined);
  b.destinations.judge(failing, false);
  assert.equal(b.find(uri), `${four}, ${three}`);
  b.destinations.judge(failing, true);
  assert.equal(b.find(uri), `${three}, ${four}`);
  b.destinations.judge(failing, false);
  b.clock.advance(30_000);
  assert.equal(b.find(uri), `${three}, ${four}`);
  assert.equal(b.find(uri, { stay: '127.0.0.4' }), `${four}, ${three}`);
});

test('a peer that has said nothing for four seconds is not asked first by the next request', async () => {
  const b = bench({ 'A two.test': ['127.0.0.3', '127.0.0.4'] });
  const first = async (): Promise<string> =>
    new Promise((resolve) => {
      b.destinations.find('sip:two.test:5060', {}, (d) => {
        b.destinations.asks(d);
        resolve('link' in d ? d.link.address : d.failure);
      });
    });
  assert.equal(await first(), '127.0.0.3');
  b.clock.advance(3_999);
  assert.equal(await first(), '127.0.0.3');
  b.clock.advance(1);
  assert.equal(await first(), '127.0.0.4');
  const alive = b.transports[0]?.link('127.0.0.4', 5060);
  assert.ok(alive !== undefined);
  b.destinations.judge(alive, true);
  b.clock.advance(4_000);
  assert.equal(await first(), '127.0.0.4');
  b.destinations.stop();
  assert.equal(b.clock.pending, 0);
});
