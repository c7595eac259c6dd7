import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LossyNetwork, type LossyNetworkOptions } from '../../sim/lossy-network.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { DtlsSide, engineCertificate, fingerprintOf, readCertificate, type SideOptions } from './dtls-bench.js';

const [alice, bob, eve] = [engineCertificate(0), engineCertificate(1), engineCertificate(2)];

interface Ground {
  readonly clock: VirtualClock;
  readonly network: LossyNetwork;
  readonly client: DtlsSide;
  readonly server: DtlsSide;
}

function ground(
  seed: number,
  link: Partial<LossyNetworkOptions> = {},
  change: { client?: Partial<SideOptions>; server?: Partial<SideOptions> } = {},
): Ground {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const network = new LossyNetwork({ clock, random, loss: 0, duplication: 0, delayMs: [5, 6], ...link });
  const client: SideOptions = {
    name: 'client',
    peer: 'server',
    role: 'client',
    fingerprint: bob.fingerprint,
    certificate: readCertificate(alice),
  };
  const server: SideOptions = {
    name: 'server',
    peer: 'client',
    role: 'server',
    fingerprint: alice.fingerprint,
    certificate: readCertificate(bob),
  };
  const made = {
    clock,
    network,
    client: new DtlsSide({ ...client, ...change.client }, clock, network, random),
    server: new DtlsSide({ ...server, ...change.server }, clock, network, random),
  };
  made.server.start();
  made.client.start();
  return made;
}

function assertSecured({ client, server }: Ground): void {
  assert.deepEqual([client.why, server.why], [undefined, undefined]);
  assert.ok(client.keys !== undefined && server.keys !== undefined, 'both have keys');
  assert.equal(client.keys.suite, server.keys.suite);
  assert.equal(client.keys.send, server.keys.receive);
  assert.equal(client.keys.receive, server.keys.send);
  assert.notEqual(client.keys.send, client.keys.receive);
}

describe('a DTLS handshake between two endpoints', () => {
  it('takes two round trips, and agrees on AES-GCM', () => {
    const made = ground(1);
    made.clock.advance(30);
    assertSecured(made);
    assert.equal(made.client.keys?.suite, 'AEAD_AES_128_GCM');
    assert.equal(Buffer.from(made.client.keys?.send ?? '', 'base64').length, 28);
    assert.equal(made.network.sent, 4);
  });

  it('asks for a cookie where the address is not proven', () => {
    const made = ground(2, {}, { server: { addressProven: false } });
    made.clock.advance(60);
    assertSecured(made);
    assert.equal(made.network.sent, 6);
  });

  it('gets through loss, duplication and reordering, or says why not', () => {
    for (let seed = 0; seed < 100; seed++) {
      const link = { loss: 0.3, duplication: 0.2, delayMs: [1, 300] as const };
      const made = ground(seed, link, { server: { addressProven: seed % 2 === 0 } });
      made.clock.advance(60_000);
      assert.equal(made.clock.pending, 0, `seed ${seed}: timers left`);
      assert.doesNotThrow(() => assertSecured(made), `seed ${seed}`);
    }
  });

  it('takes fingerprints of SHA-384 and SHA-512, in any case', () => {
    const server = { fingerprint: fingerprintOf(alice.certificate, 'sha512').toLowerCase() };
    const made = ground(3, {}, { client: { fingerprint: fingerprintOf(bob.certificate, 'sha384') }, server });
    made.clock.advance(100);
    assertSecured(made);
  });

  it('says no to a fingerprint of SHA-1, and to what is none', () => {
    for (const fingerprint of [fingerprintOf(bob.certificate, 'sha1'), 'sha-256', 'sha-256 zz', '']) {
      const made = ground(4, {}, { client: { fingerprint } });
      assert.match(made.client.why ?? '', /fingerprint/);
      made.clock.advance(60_000);
      assert.equal(made.clock.pending, 0);
      assert.equal(made.server.keys, undefined);
    }
  });

  it('says no to a client that has another certificate', () => {
    const made = ground(5, {}, { client: { certificate: readCertificate(eve) } });
    made.clock.advance(1_000);
    assert.match(made.server.why ?? '', /not the one of the fingerprint/);
    assert.equal(made.client.keys, undefined);
    made.clock.advance(60_000);
    assert.match(made.client.why ?? '', /alert 42/);
    assert.equal(made.clock.pending, 0);
  });

  it('says no to a server that has another certificate', () => {
    const made = ground(6, {}, { server: { certificate: readCertificate(eve) } });
    made.clock.advance(1_000);
    assert.match(made.client.why ?? '', /not the one of the fingerprint/);
    assert.equal(made.server.keys, undefined);
  });

  it('says no to whoever shows the right certificate without having its key', () => {
    const stolenFromServer = { der: readCertificate(bob).der, key: readCertificate(eve).key };
    const first = ground(7, {}, { server: { certificate: stolenFromServer } });
    first.clock.advance(1_000);
    assert.match(first.client.why ?? '', /does not have the key/);
    assert.equal(first.server.keys, undefined);
    const stolenFromClient = { der: readCertificate(alice).der, key: readCertificate(eve).key };
    const second = ground(8, {}, { client: { certificate: stolenFromClient } });
    second.clock.advance(1_000);
    assert.match(second.server.why ?? '', /does not have the key/);
    assert.equal(second.client.keys, undefined);
  });

  it('ends when nobody answers', () => {
    const made = ground(9, { loss: 1 });
    made.clock.advance(60_000);
    assert.match(made.client.why ?? '', /no answer/);
    assert.match(made.server.why ?? '', /never began/);
    assert.equal(made.clock.pending, 0);
    assert.ok(made.network.sent < 20, `${made.network.sent} packets`);
  });

  it('changes keys when the same peer shakes hands again, and not before', () => {
    const made = ground(10);
    made.clock.advance(100);
    const before = made.server.keys;
    const random = new SeededRandom(11);
    const options: SideOptions = {
      name: 'client',
      peer: 'server',
      role: 'client',
      fingerprint: bob.fingerprint,
      certificate: readCertificate(alice),
    };
    made.clock.advance(1_000);
    const again = new DtlsSide(options, made.clock, made.network, random);
    again.start();
    made.clock.advance(12);
    assert.equal(made.server.seen.length, 1, 'the old keys hold until the new ones are proven');
    made.clock.advance(100);
    assertSecured({ ...made, client: again });
    assert.notEqual(made.server.keys?.send, before?.send);
  });

  it('keeps its keys when a stranger begins a handshake', () => {
    const made = ground(12);
    made.clock.advance(1_000);
    const options: SideOptions = {
      name: 'client',
      peer: 'server',
      role: 'client',
      fingerprint: bob.fingerprint,
      certificate: readCertificate(eve),
    };
    const stranger = new DtlsSide(options, made.clock, made.network, new SeededRandom(13));
    stranger.start();
    made.clock.advance(60_000);
    assert.equal(made.server.seen.length, 1);
    assert.equal(stranger.keys, undefined);
    assert.equal(made.clock.pending, 0);
  });

  it('answers a flood of hellos with few handshakes', () => {
    const clock = new VirtualClock();
    const network = new LossyNetwork({
      clock,
      random: new SeededRandom(14),
      loss: 0,
      duplication: 0,
      delayMs: [1, 2],
    });
    const server: SideOptions = {
      name: 'server',
      peer: 'client',
      role: 'server',
      fingerprint: alice.fingerprint,
      certificate: readCertificate(bob),
    };
    const side = new DtlsSide(server, clock, network, new SeededRandom(15));
    side.start();
    let answers = 0;
    network.attach('client', () => {
      answers++;
    });
    let hello: Buffer | undefined;
    network.attach('nobody', (bytes) => {
      hello = bytes;
    });
    for (let i = 0; i < 200; i++) {
      const options: SideOptions = { ...server, name: 'flood', peer: 'nobody', role: 'client' };
      new DtlsSide(options, clock, network, new SeededRandom(100 + i)).start();
      clock.advance(3);
      if (hello !== undefined) network.send('flood', 'server', hello);
      clock.advance(2);
    }
    assert.ok(answers > 0 && answers <= 8, `${answers} answers in a second`);
  });
});
