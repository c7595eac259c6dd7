import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EngineCertificate, TransportAgent } from '../../../appliance/media-engine/index.js';
import { makeTransportAgent } from '../../../appliance/media-engine/port-transports.js';
import { silentLog } from '../../../src/base/index.js';
import type {
  DtlsKeys,
  IceSettings,
  MediaEvent,
  PortSecurity,
  RtpPlace,
  RtpSettings,
  TransportAddress,
} from '../../../src/media/index.js';
import { NatNetwork } from '../../sim/nat-network.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { SimulatedTurnServer } from '../../sim/turn-server.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { until } from '../../system/branch/patience.js';
import { engineCertificate } from './dtls-bench.js';
import { plainSettings } from './native-bench.js';

const [alice, bob, eve] = [engineCertificate(0), engineCertificate(1), engineCertificate(2)];
const port = '0123456789abcdef';
const stepMs = 5;

class Ground {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly network: NatNetwork;
  readonly turn: SimulatedTurnServer;

  /** In steps, because handshakes go on between them: werift's are promises. */
  async passes(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until `done`, in step with real time: by that werift repeats what was lost. */
  async until(what: string, done: () => boolean): Promise<void> {
    await until(
      what,
      10_000,
      async () => {
        await this.passes(20);
        return done();
      },
      20,
    );
  }

  constructor(nats: readonly string[] = []) {
    const { clock, random } = this;
    this.network = new NatNetwork({ clock, random, loss: 0, delayMs: [5, 20] });
    this.turn = new SimulatedTurnServer({
      host: '198.51.100.9',
      clock,
      network: this.network,
      sha256: false,
      lifetimeS: 600,
    });
    nats.forEach((host, i) => {
      this.network.addNat({ kind: 'symmetric', outside: `203.0.113.${i + 1}`, inside: [host], forgetsMs: 30_000 });
    });
  }
}

interface SideOptions {
  readonly ice?: 'lite' | 'full';
  readonly rtcpMux?: boolean;
  readonly certificate: EngineCertificate;
  readonly latch?: RtpSettings['latch'];
}

/** A port with the agent of ICE and DTLS, and the little of the native thread that these need. */
class Side {
  readonly agent: TransportAgent;
  readonly host: string;
  readonly events: MediaEvent[] = [];
  keys: DtlsKeys[] = [];
  settings: RtpSettings;
  readonly place: RtpPlace;

  constructor(ground: Ground, host: string, options: SideOptions) {
    this.host = host;
    const { clock, random, network, turn } = ground;
    const { ice, rtcpMux = true, certificate, latch = 'address' } = options;
    const at = (component: number): TransportAddress => ({ host, port: 9_999 + component });
    this.place = {
      rtp: at(1),
      rtcp: at(2),
      ...(ice === undefined ? {} : { ice: { mode: ice, stun: [], turn: [turn.server] } }),
      ssrc: 1,
      cname: 'cname',
    };
    this.settings = { ...plainSettings, rtcpMux, latch };
    this.agent = makeTransportAgent({
      clock,
      random,
      log: silentLog,
      certificate,
      toNative: (command) => {
        if (command.kind === 'send') network.send(at(command.component), command.to, Buffer.from(command.bytes));
        else if (command.kind === 'keys') this.keys.push(command.keys);
      },
      toController: (event) => this.events.push(event),
    });
    network.attach(host, (packet, from, { port: to }) => {
      const wrapped = (packet[0] ?? 0) >= 0x40 && (packet[0] ?? 0) < 0x50;
      const bytes = wrapped ? packet.subarray(4) : packet;
      const component = to === 10_000 ? 1 : 2;
      const channel = wrapped ? { channel: packet.readUInt16BE(0) } : {};
      this.agent.packet({ kind: 'packet', port, component, bytes, from, ...channel });
    });
  }

  configure(change: Partial<RtpSettings>): void {
    this.settings = { ...this.settings, ...change };
    this.agent.configure(port, this.settings);
  }

  get why(): string {
    const last = this.events.filter((event) => event.kind === 'insecure').at(-1);
    return last?.kind === 'insecure' ? last.why : '';
  }

  /** As the peer's description has it. */
  describe(local: IceSettings['local']): NonNullable<IceSettings['remote']> {
    const gathered = this.events.filter((event) => event.kind === 'gathered').at(-1);
    const candidates = gathered?.kind === 'gathered' ? gathered.candidates : [];
    return { ...local, lite: this.place.ice?.mode === 'lite', candidates, trickle: false };
  }
}

const dtls = (role: 'client' | 'server', { fingerprint }: EngineCertificate): PortSecurity => ({
  kind: 'dtls',
  role,
  fingerprint,
});
const [ours, theirs] = [
  { ufrag: 'aaaa', password: 'a-password-of-22-chars' },
  { ufrag: 'bbbb', password: 'b-password-of-22-chars' },
];

async function join(ground: Ground, a: Side, b: Side): Promise<void> {
  a.agent.open(port, a.place, { ...a.settings, ice: { local: ours, controlling: true } });
  b.agent.open(port, b.place, { ...b.settings, ice: { local: theirs, controlling: false } });
  await ground.passes(600);
  b.configure({
    ice: { local: theirs, remote: a.describe(ours), controlling: false },
    security: dtls('client', alice),
  });
  await ground.passes(20);
  a.configure({ ice: { local: ours, remote: b.describe(theirs), controlling: true }, security: dtls('server', bob) });
}

async function assertSameKeys(ground: Ground, a: Side, b: Side, times = 1): Promise<void> {
  await ground.until('both have keys', () => a.keys.length >= times && b.keys.length >= times);
  const [ka, kb] = [a.keys.at(-1), b.keys.at(-1)];
  assert.ok(ka !== undefined && kb !== undefined, `${a.why} ${b.why}`);
  assert.deepEqual([ka.send, ka.receive, ka.suite], [kb.receive, kb.send, kb.suite]);
  assert.deepEqual([ka.rtcp?.send, ka.rtcp?.receive], [kb.rtcp?.receive, kb.rtcp?.send]);
  const told = a.events.filter((event) => event.kind === 'secured').at(-1);
  assert.deepEqual(told?.kind === 'secured' ? told.keys : undefined, ka);
}

describe('ICE and DTLS of a port', () => {
  it('shakes hands where ICE says, also through a relay', async () => {
    for (const nats of [[], ['10.0.0.5', '10.1.0.5']]) {
      const ground = new Ground(nats);
      const a = new Side(ground, nats[0] ?? '192.0.2.1', { ice: 'full', certificate: alice });
      const b = new Side(ground, nats[1] ?? '192.0.2.2', { ice: 'full', certificate: bob });
      await join(ground, a, b);
      await assertSameKeys(ground, a, b);
      a.agent.close(port);
      b.agent.stop();
      await ground.passes(100);
      assert.equal(ground.clock.pending, 0);
      assert.equal(ground.turn.allocations, 0);
    }
  });

  it('gives RTCP keys of its own where it has a port of its own', async () => {
    const ground = new Ground();
    const a = new Side(ground, '192.0.2.1', { ice: 'lite', certificate: alice, rtcpMux: false });
    const b = new Side(ground, '192.0.2.2', { ice: 'full', certificate: bob, rtcpMux: false });
    await join(ground, b, a);
    // The roles of join are by name: the certificates change places with the sides.
    b.configure({ security: dtls('server', alice) });
    a.configure({ security: dtls('client', bob) });
    await assertSameKeys(ground, a, b);
    await ground.until('RTCP has keys', () => [a, b].every((side) => side.keys.at(-1)?.rtcp !== undefined));
    await assertSameKeys(ground, a, b);
    assert.ok(a.keys.at(-1)?.rtcp !== undefined);
    assert.notEqual(a.keys.at(-1)?.rtcp?.send, a.keys.at(-1)?.send);
  });

  it('shakes hands without ICE where the peer said it receives, even if it speaks from another port', async () => {
    const ground = new Ground(['10.1.0.5']);
    const a = new Side(ground, '192.0.2.1', { certificate: alice, latch: 'any' });
    const b = new Side(ground, '10.1.0.5', { certificate: bob });
    const remote = (host: string) => ({ rtp: { host, port: 10_000 }, rtcp: { host, port: 10_001 } });
    a.agent.open(port, a.place, a.settings);
    b.agent.open(port, b.place, b.settings);
    a.configure({ remote: remote('203.0.113.1'), security: dtls('server', bob) });
    b.configure({ remote: remote('192.0.2.1'), security: dtls('client', alice) });
    await assertSameKeys(ground, a, b);
  });

  it('believes no handshake from an address that the peer did not name', async () => {
    const ground = new Ground();
    const a = new Side(ground, '192.0.2.1', { certificate: alice });
    const stranger = new Side(ground, '192.0.2.66', { certificate: bob });
    const remote = (host: string) => ({ rtp: { host, port: 10_000 }, rtcp: { host, port: 10_001 } });
    for (const side of [a, stranger]) side.agent.open(port, side.place, side.settings);
    a.configure({ remote: remote('192.0.2.2'), security: dtls('server', bob) });
    stranger.configure({ remote: remote('192.0.2.1'), security: dtls('client', alice) });
    await ground.passes(60_000);
    assert.deepEqual(a.keys, []);
    assert.match(a.why, /never began/);
  });

  it('shakes hands again for another fingerprint, and not for the same one', async () => {
    const ground = new Ground();
    const a = new Side(ground, '192.0.2.1', { ice: 'full', certificate: alice });
    const b = new Side(ground, '192.0.2.2', { ice: 'full', certificate: bob });
    await join(ground, a, b);
    await assertSameKeys(ground, a, b);
    a.configure({ packetMs: 30 });
    await ground.passes(3_000);
    assert.equal(a.keys.length, 1);
    a.configure({ security: dtls('server', eve) });
    await ground.passes(3_000);
    assert.equal(a.keys.length, 1, 'nobody has that certificate');
    a.configure({ security: dtls('server', bob) });
    b.configure({ security: { kind: 'plain' } });
    b.configure({ security: dtls('client', alice) });
    await assertSameKeys(ground, a, b, 2);
    assert.equal(a.keys.length, 2);
  });

  it('goes on with the keys of a dead engine, and shakes no hands', async () => {
    const ground = new Ground();
    const a = new Side(ground, '192.0.2.1', { ice: 'lite', certificate: alice });
    const keys = { suite: 'AEAD_AES_128_GCM', send: 'x', receive: 'y' };
    const ice = { local: ours, remote: { ...theirs, lite: false, candidates: [], trickle: false }, controlling: false };
    a.agent.open(port, a.place, { ...a.settings, ice, security: dtls('client', bob) }, keys);
    await ground.passes(60_000);
    assert.deepEqual(a.keys, []);
    assert.equal(a.why, '');
  });

  it('takes anything for a packet', async () => {
    const ground = new Ground();
    const a = new Side(ground, '192.0.2.1', { ice: 'full', certificate: alice });
    const b = new Side(ground, '192.0.2.2', { ice: 'full', certificate: bob });
    await join(ground, a, b);
    for (let i = 0; i < 5_000; i++) {
      const bytes = Buffer.from(ground.random.bytes(Math.floor(ground.random.next() * 200)));
      if (bytes.length > 8 && i % 3 === 0) bytes.writeUInt32BE(0x2112a442, 4);
      if (bytes.length > 0) bytes[0] = Math.floor(ground.random.next() * 80);
      const from = { host: i % 2 === 0 ? '192.0.2.2' : '192.0.2.77', port: 10_000 };
      const channel = i % 5 === 0 ? { channel: 0x4000 } : {};
      a.agent.packet({ kind: 'packet', port, component: i % 7 === 0 ? 2 : 1, bytes, from, ...channel });
      ground.clock.advance(1);
    }
    await ground.passes(3_000);
    await assertSameKeys(ground, a, b);
  });
});
