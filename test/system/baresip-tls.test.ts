import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Baresip } from './branch/baresip.js';
import { Gate } from './branch/gate.js';
import { Namespace } from './branch/namespace.js';
import { until, wallNow } from './branch/patience.js';
import type { PeerProcess } from './branch/peer-process.js';
import { requireRootAndPeers } from './branch/requirements.js';
import { Authority } from './certificates.js';
import { Scene, secret } from './sip-server-bench.js';
import { SmallExchange } from './small-exchange.js';

const main = resolve(import.meta.dirname, '../../appliance/sip-server/main.js');
const box = '10.77.0.1';
const names = ['alice', 'bob', 'carol'] as const;
const via = `@${box}:5061;transport=tls`;

/** Three telephones that speak TLS alone, each with a certificate that the server asks for, in namespaces of their own. */
describe('baresip over TLS with certificates on both sides', { timeout: 120_000 }, () => {
  const scene = new Scene();
  const exchange = new SmallExchange();
  const spaces: Namespace[] = [];
  const phones: Baresip[] = [];
  let authority: Authority;
  let folder: string;
  let hub: Namespace;
  let server: PeerProcess;
  let gate: Gate;
  let own: { certificate: string; key: string };

  const startServer = async () => {
    const tls = ['--tls-cert', own.certificate, '--tls-key', own.key, '--tls-ca', authority.certificate];
    const words = ['--control', '127.0.0.1:9022', '--secret', secret, '--listen', `tls/${box}:5061`];
    server = hub.spawn(process.execPath, [main, ...words, ...tls, '--tls-verify', 'required'], {
      logFile: join(folder, 'sip-server.log'),
    });
    const serving = server;
    await until('the server listens', 10_000, () => serving.output().includes('sip server listening'));
  };

  const registered = (count: number, since: number) =>
    until('all telephones are registered', 30_000, () => exchange.registered.length - since >= count);

  before(async () => {
    requireRootAndPeers();
    authority = new Authority();
    folder = mkdtempSync(join(tmpdir(), 'holdfast-baresip-tls-'));
    own = authority.issue([`IP:${box}`], box);
    hub = await Namespace.create('hub');
    spaces.push(hub);
    await hub.ip('link add bridge type bridge forward_delay 0', 'link set bridge up', `addr add ${box}/24 dev bridge`);
    gate = await Gate.open(hub, folder);
    await startServer();
    // The application stands outside: its connection goes through the gate.
    const passage = createServer((socket) => {
      const inner = gate.connect('127.0.0.1', 9022);
      for (const end of [socket, inner]) end.on('error', () => undefined);
      socket.on('close', () => inner.destroy());
      inner.on('close', () => socket.destroy());
      socket.pipe(inner);
      inner.pipe(socket);
    });
    await new Promise<void>((done) => passage.listen(0, '127.0.0.1', done));
    scene.onClose(() => void passage.close());
    const at = passage.address();
    assert.ok(at !== null && typeof at === 'object');
    exchange.run(await scene.appAt(at.port, exchange.routes));
    for (const [index, name] of names.entries()) {
      const space = await Namespace.create(name);
      spaces.unshift(space);
      await hub.ip(`link add to-${name} type veth peer name eth0 netns ${space.name}`, `link set to-${name} up`);
      await hub.ip(`link set to-${name} master bridge`);
      await space.ip('link set eth0 up', `addr add 10.77.0.${11 + index}/24 dev eth0`, `route add default via ${box}`);
      const { certificate, key } = authority.issue([`URI:sip:${name}@${box}`], name);
      const pem = join(folder, `${name}.pem`);
      writeFileSync(pem, Buffer.concat([readFileSync(certificate), readFileSync(key)]));
      const phone = await Baresip.start(space, gate, folder, {
        name,
        address: `10.77.0.${11 + index}`,
        device: 'eth0',
        accounts: [{ username: name, domain: `${box}:5061;transport=tls`, expires: 10, answer: 'manual' }],
        tone: 400,
        tls: { certificate: pem, authority: authority.certificate },
      });
      phones.push(phone);
    }
  });

  after(async () => {
    for (const phone of phones) await phone.powerOff();
    await scene.close().catch(() => undefined);
    for (const space of spaces) await space.destroy();
    authority.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const phone = (index: number): Baresip => {
    const found = phones[index];
    assert.ok(found !== undefined);
    return found;
  };

  const connect = async (from: Baresip, to: Baresip, name: string) => {
    const since = wallNow();
    await from.dial(`sip:${name}${via}`);
    await to.event('CALL_INCOMING', since, 5000);
    await to.accept();
    await from.event('CALL_ESTABLISHED', since, 5000);
    await to.event('CALL_ESTABLISHED', since, 5000);
  };

  it('registers, calls, holds and takes back', async () => {
    await registered(3, 0);
    assert.ok(exchange.registered.every((line) => line.startsWith('tls ')));
    const [alice, bob] = [phone(0), phone(1)];
    await connect(alice, bob, 'bob');
    await alice.hold();
    await until('the hold is answered', 5000, () => /sendonly|inactive/.test(exchange.directions.join()));
    await alice.resume();
    await until('so is its end', 5000, () => exchange.directions.at(-1) === 'sendrecv');
    const since = wallNow();
    await alice.hangUp();
    await bob.event('CALL_CLOSED', since, 5000);
  });

  it('transfers blindly', async () => {
    const [alice, bob, carol] = [phone(0), phone(1), phone(2)];
    await connect(alice, bob, 'bob');
    const since = wallNow();
    await bob.transfer(`sip:carol${via}`);
    await carol.event('CALL_INCOMING', since, 5000);
    await carol.accept();
    await carol.event('CALL_ESTABLISHED', since, 5000);
    await bob.event('CALL_CLOSED', since, 5000);
    assert.ok(alice.inCall);
    await carol.hangUp();
    await alice.event('CALL_CLOSED', since, 5000);
  });

  it('comes back after the connection has died', async () => {
    const since = exchange.registered.length;
    server.kill('SIGKILL');
    await server.ended;
    await startServer();
    await registered(3, since);
    await connect(phone(2), phone(0), 'alice');
    await phone(2).hangUpAll();
  });
});
