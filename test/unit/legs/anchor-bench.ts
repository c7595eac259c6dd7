import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/index.js';
import { Call, type CallRecord, type HuntStep, type Leg } from '../../../src/call/index.js';
import type { MediaSettings } from '../../../src/config/index.js';
import { calledPeer, callingPeer, MediaAnchors } from '../../../src/legs/index.js';
import { MediaPorts, mediaNegotiations, type PortId, type Source, tonesOf } from '../../../src/media/index.js';
import { parseSdp, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { SimulatedMediaEngine } from '../../sim/simulated-media.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeLeg, plainSetup } from '../call/fake-leg.js';
import { configurationOf } from '../config/sample.js';

export const box = '10.1.1.254';

/** A peer's description: audio on `port` of `host`, with rows of its media. */
export function voice(host: string, port: number, ...rows: readonly string[]): SessionDescription {
  const formats = rows.some((row) => row.startsWith('m=')) ? [] : [`m=audio ${port} RTP/AVP 0 101`, ...events];
  const head = ['v=0', `o=- 1 ${port} IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'];
  const parsed = parseSdp([...head, ...formats, ...rows, ''].join('\r\n'));
  assert.ok(parsed.ok);
  return parsed.value;
}
const events = ['a=rtpmap:101 telephone-event/8000'];

export const caller = (port: number, ...rows: readonly string[]) => voice('10.1.1.1', port, ...rows);
export const called = (port: number, ...rows: readonly string[]) => voice('10.1.1.2', port, ...rows);

/** Calls over anchored legs whose dialogs are scripts, in front of a simulated media engine. */
export class AnchorBench {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(7);
  readonly complaints: string[] = [];
  readonly engine: SimulatedMediaEngine;
  readonly records: CallRecord[] = [];
  readonly closed: CallRecord[] = [];
  ports: MediaPorts;
  anchors: MediaAnchors;
  settings: MediaSettings;
  music: string | undefined;

  constructor(media = '') {
    this.settings = configurationOf(media === '' ? '' : `media: { ${media} }\n`).media;
    this.engine = new SimulatedMediaEngine(this.clock, this.random, (text) => this.complaints.push(text));
    [this.ports, this.anchors] = this.#process();
  }

  /** Another process of the controller, connected to the engine. */
  restart(): void {
    this.ports.stop();
    this.engine.disconnect();
    [this.ports, this.anchors] = this.#process();
  }

  #process(): [MediaPorts, MediaAnchors] {
    const ports = new MediaPorts({
      networks: [{ name: box, address: box, ports: { first: 20_000, last: 20_999 } }],
      clock: this.clock,
      random: this.random,
      log: silentLog,
    });
    this.engine.connect(ports);
    this.clock.advance(1);
    const anchors = new MediaAnchors({
      engine: ports,
      negotiations: mediaNegotiations(this.random),
      clock: this.clock,
      log: silentLog,
      settings: () => this.settings,
      network: () => box,
      announcements: {
        music: () => this.music,
        ringing: () => ({ steps: [], repeatFrom: 0 }),
        preempted: () => tonesOf('1').preemption,
      },
    });
    return [ports, anchors];
  }

  placed(leg: Leg, host = '10.1.1.2', transport = 'udp'): Leg {
    return this.anchors.placed(leg, calledPeer('phones', transport, host));
  }

  /** A call from `leg`, whose INVITE brought `offer`. Undefined: it was refused for its media. */
  call(
    leg: FakeLeg,
    offer: SessionDescription | undefined,
    legs: readonly Leg[],
    targets: readonly Leg[] = [],
  ): Call | undefined {
    const { offer: _plain, ...setup } = plainSetup;
    const peer = callingPeer('phones', { transport: 'udp', address: '10.1.1.1' }, offer);
    const arrived = this.anchors.arriving(leg, offer === undefined ? setup : { ...setup, offer }, peer);
    if (!arrived.ok) return undefined;
    const step = (name: string, open: readonly Leg[]): HuntStep => ({ name, open: () => open, giveUpMs: 4000 });
    const call = new Call(this.callPorts(targets.map((target) => step('target', [target]))), {
      id: 'call-1',
      incoming: arrived.value.leg,
      setup: arrived.value.setup,
      steps: [step('step', legs)],
    });
    call.start();
    return call;
  }

  callPorts(transfers: readonly HuntStep[] = []) {
    return {
      clock: this.clock,
      log: silentLog,
      store: {
        open: (record: CallRecord) => {
          this.records.push(record);
          return Promise.resolve();
        },
        close: (record: CallRecord) => {
          this.closed.push(record);
          return Promise.resolve();
        },
      },
      routeTransfer: () => transfers,
    };
  }

  /** Two legs that talk. */
  async talking(media?: SessionDescription, targets: readonly Leg[] = []) {
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    const call = this.call(a, media ?? caller(4000), [this.placed(b)], targets);
    assert.ok(call !== undefined);
    b.emit({ kind: 'answered', media: called(5000) });
    await this.clock.run(10);
    assert.equal(call.state, 'talking');
    return { call, a, b };
  }

  /** Ids of the engine's ports, in the order in which they were opened. */
  get open(): readonly PortId[] {
    return [...this.engine.ports.keys()];
  }

  /** What the peer at that place hears. */
  hears(host: string, port: number): Source | undefined {
    for (const { settings } of this.engine.ports.values()) {
      if (settings.remote?.rtp.host === host && settings.remote.rtp.port === port) return settings.hears;
    }
    return undefined;
  }

  /** The port whose peer is at that place. */
  portTo(port: number): PortId {
    for (const [id, { settings }] of this.engine.ports) if (settings.remote?.rtp.port === port) return id;
    assert.fail(`no port sends to ${port}`);
  }

  /** Everything is over, once. */
  async assertOver(): Promise<void> {
    await this.clock.run(100);
    assert.deepEqual(this.open, []);
    const of = (kind: string) => this.engine.commands.filter((each) => each.kind === kind).length;
    assert.equal(of('close'), of('open'));
    assert.deepEqual(this.complaints, []);
  }
}
