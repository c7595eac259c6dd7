import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { LossyNetwork, type LossyNetworkOptions } from '../../sim/lossy-network.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { sleep, until } from '../../system/branch/patience.js';
import { DtlsSide, engineCertificate, fingerprintOf, type SideOptions } from './dtls-bench.js';

const [alice, bob, eve] = [engineCertificate(0), engineCertificate(1), engineCertificate(2)];
const patienceMs = 20_000;

interface Ground {
  readonly network: LossyNetwork;
  readonly client: DtlsSide;
  readonly server: DtlsSide;
}

const asClient: SideOptions = {
  name: 'client',
  peer: 'server',
  role: 'client',
  fingerprint: bob.fingerprint,
  certificate: alice,
};
const asServer: SideOptions = {
  name: 'server',
  peer: 'client',
  role: 'server',
  fingerprint: alice.fingerprint,
  certificate: bob,
};
const open: DtlsSide[] = [];
after(() => {
  for (const side of open.splice(0)) side.endpoint.close();
});

function join(options: SideOptions, network: LossyNetwork): DtlsSide {
  const side = new DtlsSide(options, network);
  open.push(side);
  side.start();
  return side;
}

function ground(
  seed: number,
  link: Partial<LossyNetworkOptions> = {},
  change: { client?: Partial<SideOptions>; server?: Partial<SideOptions> } = {},
): Ground {
  const random = new SeededRandom(seed);
  const network = new LossyNetwork({
    clock: systemClock,
    random,
    loss: 0,
    duplication: 0,
    delayMs: [1, 2],
    ...link,
  });
  const server = join({ ...asServer, ...change.server }, network);
  return { network, server, client: join({ ...asClient, ...change.client }, network) };
}

async function assertSecured({ client, server }: Pick<Ground, 'client' | 'server'>): Promise<void> {
  await until('both have keys', patienceMs, () => client.keys !== undefined && server.keys !== undefined);
  assert.ok(client.keys !== undefined && server.keys !== undefined);
  assert.equal(client.keys.suite, server.keys.suite);
  assert.equal(client.keys.send, server.keys.receive);
  assert.equal(client.keys.receive, server.keys.send);
  assert.notEqual(client.keys.send, client.keys.receive);
}

describe('a DTLS handshake between two endpoints', { concurrency: true }, () => {
  it('agrees on AES-GCM', async () => {
    const made = ground(1);
    await assertSecured(made);
    assert.equal(made.client.keys?.suite, 'AEAD_AES_128_GCM');
    assert.equal(Buffer.from(made.client.keys?.send ?? '', 'base64').length, 28);
  });

  it('gets through loss, duplication and delay', async () => {
    const link = { loss: 0.15, duplication: 0.2, delayMs: [1, 40] as const };
    await Promise.all(Array.from({ length: 8 }, (_, seed) => assertSecured(ground(seed, link))));
  });

  it('takes fingerprints of SHA-384 and SHA-512, in any case', async () => {
    const server = { fingerprint: fingerprintOf(alice.certificate, 'sha512').toLowerCase() };
    const client = { fingerprint: fingerprintOf(bob.certificate, 'sha384') };
    await assertSecured(ground(3, {}, { client, server }));
  });

  it('says no to a fingerprint of SHA-1, and to what is none', () => {
    for (const fingerprint of [fingerprintOf(bob.certificate, 'sha1'), 'sha-256', 'sha-256 zz', '']) {
      const made = ground(4, {}, { client: { fingerprint } });
      assert.match(made.client.why ?? '', /fingerprint/);
      assert.equal(made.client.endpoint.timeout, undefined);
    }
  });

  it('says no to a client that has another certificate', async () => {
    const made = ground(5, {}, { client: { certificate: eve } });
    await until('the server says no', patienceMs, () => made.server.why);
    assert.match(made.server.why ?? '', /not the one of the fingerprint/);
    assert.equal(made.client.keys, undefined);
    await sleep(100);
    made.client.passes(60_000);
    assert.match(made.client.why ?? '', /alert 42/);
  });

  it('says no to a server that has another certificate', async () => {
    const made = ground(6, {}, { server: { certificate: eve } });
    await until('the client says no', patienceMs, () => made.client.why);
    assert.match(made.client.why ?? '', /not the one of the fingerprint/);
  });

  it('says no to a server that shows the right certificate without having its key', async () => {
    const stolen = { ...bob, privateKey: eve.privateKey };
    const made = ground(7, {}, { server: { certificate: stolen } });
    await until('the client says no', patienceMs, () => made.client.why);
    assert.match(made.client.why ?? '', /does not have the key/);
    assert.equal(made.client.keys, undefined);
  });

  it('says no to a client that shows the right certificate without having its key', async () => {
    const stolen = { ...alice, privateKey: eve.privateKey };
    const made = ground(8, {}, { client: { certificate: stolen } });
    await until('the server says no', patienceMs, () => made.server.why);
    assert.match(made.server.why ?? '', /does not have the key/);
    assert.equal(made.server.keys, undefined);
    assert.equal(made.client.keys, undefined);
  });

  it('ends when nobody answers', () => {
    const made = ground(9, { loss: 1 });
    made.client.passes(60_000);
    made.server.passes(60_000);
    assert.match(made.client.why ?? '', /no answer/);
    assert.match(made.server.why ?? '', /never began/);
  });

  it('changes keys when the same peer shakes hands again, and not before', async () => {
    const made = ground(10);
    await assertSecured(made);
    const before = made.server.keys;
    const again = join(asClient, made.network);
    await assertSecured({ client: again, server: made.server });
    assert.notEqual(made.server.keys?.send, before?.send);
    assert.equal(made.server.seen.length, 2);
  });

  it('keeps its keys when a stranger begins a handshake', async () => {
    const made = ground(12);
    await assertSecured(made);
    const stranger = join({ ...asClient, certificate: eve }, made.network);
    await sleep(1_500);
    made.server.passes(60_000);
    assert.equal(made.server.seen.length, 1);
    assert.equal(stranger.keys, undefined);
  });

  it('goes on when the first packets are garbage', async () => {
    const made = ground(13);
    const random = new SeededRandom(14);
    for (let n = 0; n < 300; n++) {
      const noise = Buffer.from(random.bytes(1 + Math.floor(random.next() * 200)));
      noise[0] = 20 + (n % 44);
      made.network.send('client', 'server', noise);
      made.network.send('server', 'client', noise);
    }
    await assertSecured(made);
  });
});
