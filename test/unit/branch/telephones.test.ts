import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TelephoneWorld } from '../../../hw/simulator/index.js';
import { cause, Secret, silentLog } from '../../../src/base/index.js';
import { Branch } from '../../../src/branch/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import { LiveDirectory, type User } from '../../../src/directory/index.js';
import { MediaAnchors } from '../../../src/legs/index.js';
import { UnkeptFeatures, type UserFeatureStore } from '../../../src/lines/index.js';
import { MediaPorts, mediaNegotiations, type Source, tonesOf } from '../../../src/media/index.js';
import type { Binding, UpstreamRequest } from '../../../src/registrar/index.js';
import type { Channel, LineHardware, Span } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { SimulatedMediaEngine } from '../../sim/simulated-media.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeLeg } from '../call/fake-leg.js';
import { configurationOf, least } from '../config/sample.js';
import { box, called, voice } from '../legs/anchor-bench.js';
import { FakeLineEngine } from '../lines/fake-line-engine.js';

const site = least
  .replace('sip:centre.example.com', 'sip:10.9.9.9')
  .replace(
    '{ name: Test }',
    '{ name: Test, countryCode: "1", areaCode: "312", mainNumber: "+13125550100", extensionDigits: 4 }',
  );
const lines = `
lines:
  cards: simulator
  telephones:
    - { channel: "sim/0:1", user: kitchen, signalling: fxs-loop, messageLamp: neon }
    - { channel: "sim/0:2", user: hall, signalling: fxs-loop, messageLamp: none }
`;

function user(username: string, extension: string): User {
  const md5 = new Secret('00112233445566778899aabbccddeeff');
  return { username, extension, realm: 'example.com', ha1: { md5 }, classOfRestriction: 'international' };
}

function binding(username: string, address: string, token = '00112233445566ff'): Binding {
  const flow = { transport: 'udp', address, port: 5060 } as const;
  const contact = `sip:${username}@${address}`;
  const expiresAtWall = Number.MAX_SAFE_INTEGER;
  return { token, username, contact, flow, callId: 'c', cseq: 1, expiresAtWall, origin: 'served' };
}

/** The simulated world's cards, each channel with a place for its samples that the test's engine knows. */
function withSamples(world: TelephoneWorld): LineHardware {
  const placed = (channel: Channel): Channel =>
    new Proxy(channel, {
      get: (target, name) => {
        if (name === 'samples') return { path: target.id, blockBytes: 8 };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const spanOf = (span: Span): Span => ({
    description: span.description,
    channels: span.channels.map(placed),
    alarms: span.alarms,
    counters: span.counters,
    configure: (settings) => span.configure(settings),
    on: (listener) => span.on(listener),
  });
  return {
    get spans() {
      return world.spans.map(spanOf);
    },
    on: (listener) =>
      world.on((event) => listener(event.kind === 'plugged' ? { ...event, span: spanOf(event.span) } : event)),
  };
}

/** A branch in an outage with two analog telephones and one IP telephone, `desk` (2003). */
class LineBranch {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(5);
  readonly world = new TelephoneWorld({
    clock: this.clock,
    random: this.random,
    cards: [{ kind: 'analog', id: 'sim/0', telephones: 2, hook: 'raw', officeLines: [] }],
  });
  readonly complaints: string[] = [];
  readonly engine = new SimulatedMediaEngine(this.clock, this.random, (text) => this.complaints.push(text));
  readonly lineEngine = new FakeLineEngine(this.clock);
  readonly closed: CallRecord[] = [];
  readonly rung: FakeLeg[] = [];
  readonly toCentre: FakeLeg[] = [];
  readonly branch: Branch;
  readonly directory: LiveDirectory;
  readonly features: UserFeatureStore;
  /** What the centre's registrar heard; it says nothing unless `centreTakes`. */
  readonly registrations: UpstreamRequest[] = [];
  centreTakes = false;

  constructor(features: UserFeatureStore = new UnkeptFeatures(), more: readonly Binding[] = []) {
    this.features = features;
    const { clock, random } = this;
    const ports = new MediaPorts({
      networks: [{ name: box, address: box, ports: { first: 20_000, last: 20_999 } }],
      clock,
      random,
      log: silentLog,
    });
    this.engine.connect(ports);
    clock.advance(1);
    const configuration = configurationOf(lines, site);
    const directory = new LiveDirectory({ clock });
    this.directory = directory;
    directory.replace([user('kitchen', '2001'), user('hall', '2002'), user('desk', '2003')]);
    const anchors = new MediaAnchors({
      engine: ports,
      negotiations: mediaNegotiations(random),
      clock,
      log: silentLog,
      settings: () => configuration.media,
      network: () => box,
      announcements: {
        music: () => '/music.wav',
        ringing: () => ({ steps: [], repeatFrom: 0 }),
        preempted: () => tonesOf('1').preemption,
      },
    });
    const leg = (all: FakeLeg[], name: string): FakeLeg => {
      const made = new FakeLeg(`${name} ${all.length}`);
      all.push(made);
      return made;
    };
    this.branch = new Branch(
      {
        ...{ clock, random, directory, anchors, log: silentLog, gruuKey: new Uint8Array(32) },
        bindings: {
          load: () => Promise.resolve([binding('desk', '10.1.1.2'), ...more]),
          save: () => Promise.resolve(),
        },
        records: {
          open: () => Promise.resolve(),
          close: (record) => {
            this.closed.push(record);
            return Promise.resolve();
          },
        },
        timeline: { append: () => undefined, recent: () => [] },
        upstream: {
          register: (request) => {
            this.registrations.push(request);
            if (!this.centreTakes) return Promise.resolve({ kind: 'silent' });
            return Promise.resolve({ kind: 'answer', status: 200, headers: { expires: [String(request.expires)] } });
          },
        },
        prober: { probe: () => Promise.resolve({ kind: 'silent' }) },
        legs: {
          toPhone: ([{ username }]) => leg(this.rung, username),
          toCentre: () => leg(this.toCentre, 'centre'),
          toTrunk: () => leg([], 'trunk'),
        },
        lines: {
          hardware: withSamples(this.world),
          dChannels: { open: () => assert.fail('there is no D-channel') },
          engine: this.lineEngine,
          features,
        },
      },
      { configuration, contactAddress: { host: '192.0.2.1', port: 5060, transport: 'udp' } },
    );
  }

  async start(): Promise<void> {
    await this.branch.start();
    this.branch.force('survivable', 'test');
    await this.clock.run(1000);
  }

  telephone(number: number) {
    const telephone = this.world.telephone(`sim/0:${number}`);
    assert.ok(telephone !== undefined);
    return telephone;
  }

  hears(number: number): Source {
    return this.lineEngine.at(`sim/0:${number}`).settings.hears;
  }

  portTo(rtp: number): string {
    for (const [id, { settings }] of this.engine.ports) if (settings.remote?.rtp.port === rtp) return id;
    assert.fail(`no port sends to ${rtp}`);
  }

  async assertOver(calls: number): Promise<void> {
    await this.clock.run(60_000);
    assert.deepEqual(this.branch.carried, []);
    assert.equal(this.closed.length, calls);
    assert.equal(this.engine.ports.size, 0);
    assert.equal(this.lineEngine.open.size, 0);
    assert.deepEqual(this.complaints, []);
    this.branch.stop();
  }
}

describe('a branch with analog telephones', () => {
  it('light their lamps where messages wait, and say who has none', async () => {
    const all = new LineBranch();
    await all.start();
    assert.equal(all.branch.showMessageWaiting('kitchen', true), true);
    assert.equal(all.branch.showMessageWaiting('desk', true), false);
    await all.clock.run(3000);
    assert.equal(all.telephone(1).lamp.neon, true);
    assert.equal(all.telephone(2).lamp.neon, false);
    all.branch.showMessageWaiting('kitchen', false);
    await all.clock.run(3000);
    assert.equal(all.telephone(1).lamp.neon, false);
    await all.assertOver(0);
  });

  it('light them at the word of the centre, of nobody else, and again after a restart', async () => {
    const all = new LineBranch();
    await all.start();
    const notice = {
      uri: 'sip:kitchen@192.0.2.1',
      event: 'message-summary',
      contentType: 'application/simple-message-summary',
      body: 'Messages-Waiting: yes\r\nVoice-Message: 2/0\r\n',
    };
    assert.deepEqual(all.branch.notified(notice, '10.1.1.2'), { status: 481 });
    await all.clock.run(3000);
    assert.equal(all.telephone(1).lamp.neon, false);
    assert.deepEqual(all.branch.notified(notice, '10.9.9.9'), { status: 200 });
    assert.deepEqual(all.branch.notified({ ...notice, uri: 'sip:hall@192.0.2.1' }, '10.9.9.9'), { status: 200 });
    await all.clock.run(3000);
    assert.equal(all.telephone(1).lamp.neon, true);
    assert.deepEqual(all.telephone(2).lamp, { neon: false, data: false }, 'it has none');
    all.telephone(2).lift();
    await all.clock.run(500);
    const tones = all.hears(2);
    assert.deepEqual(tones.kind === 'tone' ? tones.tone : undefined, tonesOf('1').recallDial, 'its dial tone stutters');
    all.telephone(2).hangUp();
    await all.clock.run(2000);
    all.branch.stop();
    const next = new LineBranch(all.features);
    await next.start();
    await next.clock.run(3000);
    assert.equal(next.telephone(1).lamp.neon, true);
    // The last word counts, whoever says it: a message desk here.
    assert.equal(next.branch.showMessageWaiting('kitchen', false), true);
    await next.clock.run(3000);
    assert.equal(next.telephone(1).lamp.neon, false);
    assert.equal(next.branch.status().telephones[1]?.messagesWait, true);
    await next.assertOver(0);
  });

  it('are registered at the centre as soon as the directory has their users, and not any longer', async () => {
    const all = new LineBranch();
    all.centreTakes = true;
    await all.start();
    all.branch.force('inline', 'test');
    await all.clock.run(5000);
    const registered = (): string =>
      all.registrations.map((request) => `${request.username} ${request.expires > 0}`).join();
    assert.equal(registered(), 'desk true,kitchen true,hall true');
    all.registrations.length = 0;
    all.directory.replace(all.directory.all().filter(({ username }) => username !== 'hall'));
    all.branch.usersChanged();
    await all.clock.run(5000);
    assert.equal(registered(), 'hall false');
    all.registrations.length = 0;
    all.directory.replace([...all.directory.all(), user('hall', '2002')]);
    all.branch.usersChanged();
    await all.clock.run(5000);
    assert.equal(registered(), 'hall true');
    all.branch.stop();
  });

  it('are registered as soon as the SIP server is there, whoever was asked in vain before', async () => {
    const all = new LineBranch();
    await all.start();
    all.branch.force('inline', 'test');
    await all.clock.run(3000);
    const before = all.registrations.length;
    assert.ok(before > 0);
    await all.clock.run(3000);
    assert.equal(all.registrations.length, before, 'it waits');
    all.centreTakes = true;
    all.branch.signallingUp();
    await all.clock.run(3000);
    const names = all.registrations.slice(before).map(({ username }) => username);
    assert.deepEqual(names.toSorted(), ['desk', 'hall', 'kitchen']);
    all.branch.stop();
  });

  it('lets one that dials by pulses call an IP telephone, with sound both ways, and hold it', async () => {
    const bench = new LineBranch();
    await bench.start();
    bench.telephone(1).lift();
    await bench.clock.run(1000);
    assert.equal(bench.hears(1).kind, 'tone');
    bench.telephone(1).dial('2003');
    for (let waited = 0; waited < 20_000 && bench.rung.length === 0; waited += 500) await bench.clock.run(500);
    const [desk] = bench.rung;
    assert.ok(desk !== undefined, 'the IP telephone was called');
    assert.equal(desk.last('setup').setup.from.number, 'kitchen');
    desk.emit({ kind: 'alerting' });
    desk.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(100);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: bench.portTo(5000) });
    assert.deepEqual(bench.engine.heardBy(bench.portTo(5000)), {
      kind: 'port',
      port: bench.lineEngine.at('sim/0:1').id,
    });
    bench.telephone(1).flash();
    await bench.clock.run(1500);
    desk.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
    await bench.clock.run(10);
    assert.equal(bench.engine.heardBy(bench.portTo(5000)).kind, 'file', 'music on hold');
    bench.telephone(1).flash();
    await bench.clock.run(1500);
    desk.emit({ kind: 'agreed', media: called(5000) });
    await bench.clock.run(1000);
    assert.deepEqual(bench.engine.heardBy(bench.portTo(5000)), {
      kind: 'port',
      port: bench.lineEngine.at('sim/0:1').id,
    });
    bench.telephone(1).hangUp();
    await bench.clock.run(2000);
    assert.equal(desk.released, 1);
    await bench.assertOver(1);
  });

  it('rings one for the centre, with the caller on its screen, and carries the sound', async () => {
    const bench = new LineBranch();
    await bench.start();
    const centre = new FakeLeg('centre calls');
    bench.branch.call({
      leg: centre,
      setup: {
        from: { number: '3125550199', displayName: 'Grace' },
        dialled: '2002',
        offer: voice('10.9.9.9', 7000),
        sessionId: '00112233445566778899aabbccddeeff',
        hopsLeft: 70,
        privacy: [],
        carried: [],
      },
      requestUri: 'sip:2002@192.0.2.1',
      source: { transport: 'udp', address: '10.9.9.9', port: 5060 },
    });
    await bench.clock.run(4000);
    assert.ok(bench.telephone(2).rings > 0);
    assert.ok(centre.kinds().includes('alert'));
    const data = bench.lineEngine.at('sim/0:2').played.flat();
    assert.ok(data.some(({ kind }) => kind === 'fsk'));
    bench.telephone(2).lift();
    await bench.clock.run(1000);
    assert.ok(centre.kinds().includes('answer'));
    assert.deepEqual(bench.hears(2), { kind: 'port', port: bench.portTo(7000) });
    centre.end({ cause: cause.normalClearing });
    await bench.clock.run(2000);
    assert.equal(bench.hears(2).kind, 'tone');
    bench.telephone(2).hangUp();
    await bench.assertOver(1);
  });

  it('keeps calls from the other phones of a user, or sends them on, as it was set at the one on a line', async () => {
    const stories = [
      { set: {}, rung: ['kitchen'], after20s: ['kitchen'] },
      { set: { doNotDisturb: true }, rung: [], after20s: [] },
      { set: { forward: '2003' }, rung: ['desk'], after20s: ['desk'] },
      { set: { forwardNoAnswer: '2003' }, rung: ['kitchen'], after20s: ['kitchen', 'desk'] },
    ] as const;
    for (const { set, rung, after20s } of stories) {
      const features = new UnkeptFeatures();
      await features.set('kitchen', set);
      const bench = new LineBranch(features, [binding('kitchen', '10.1.1.3', '00112233445566fe')]);
      await bench.start();
      const centre = new FakeLeg('centre calls');
      bench.branch.call({
        leg: centre,
        setup: {
          from: { number: '3125550199' },
          dialled: '2001',
          offer: voice('10.9.9.9', 7000),
          sessionId: '00112233445566778899aabbccddeeff',
          hopsLeft: 70,
          privacy: [],
          carried: [],
        },
        requestUri: 'sip:2001@192.0.2.1',
        source: { transport: 'udp', address: '10.9.9.9', port: 5060 },
      });
      await bench.clock.run(1000);
      for (const leg of bench.rung) if (leg.released === 0) leg.emit({ kind: 'alerting' });
      const names = (): readonly string[] => bench.rung.map(({ id }) => id.split(' ')[0] ?? '');
      assert.deepEqual(names(), rung, JSON.stringify(set));
      await bench.clock.run(20_000);
      assert.deepEqual(names(), after20s, JSON.stringify(set));
      if (rung.length === 0) assert.equal(centre.last('release').cause, cause.userBusy);
      if (after20s.length === 2) {
        assert.equal(bench.rung[0]?.released, 1, 'it does not ring any more');
        assert.ok(!bench.telephone(1).ringing);
      }
      if (centre.released === 0) centre.end({ cause: cause.normalClearing });
      await bench.clock.run(3000);
      await bench.assertOver(1);
    }
  });

  it('lets one call another, here alone', async () => {
    const bench = new LineBranch();
    await bench.start();
    bench.branch.force('inline', 'test');
    bench.telephone(1).lift();
    await bench.clock.run(500);
    bench.telephone(1).dial('2002');
    await bench.clock.run(12_000);
    assert.ok(bench.telephone(2).ringing || bench.telephone(2).rings > 0);
    assert.deepEqual(bench.toCentre, [], 'the centre knows no telephone on a line');
    bench.telephone(2).lift();
    await bench.clock.run(1000);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: bench.lineEngine.at('sim/0:2').id });
    assert.deepEqual(bench.hears(2), { kind: 'port', port: bench.lineEngine.at('sim/0:1').id });
    bench.telephone(1).hangUp();
    bench.telephone(2).hangUp();
    await bench.assertOver(1);
  });
});
