import { once } from 'node:events';
import Srf from 'drachtio-srf';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import { type SipServerHandle, startSipServer } from '../../appliance/sip-server/index.js';
import { silentLog } from '../../src/base/index.js';
import {
  Call,
  type CallPorts,
  type CallRecord,
  type CallSetup,
  type HuntStep,
  type Leg,
  type Routed,
} from '../../src/call/index.js';
import {
  asApplication,
  calledPeer,
  callingPeer,
  type MediaAnchors,
  type SipApplication,
  SrfLegs,
  type SrfLegsOptions,
} from '../../src/legs/index.js';
import { noDns } from './fixed-dns.js';
import { LegsPeer } from './legs-peer.js';

interface Arrived {
  readonly leg: Leg;
  readonly setup: CallSetup;
}

/** A SIP server with drachtio-srf on it: every INVITE becomes a call along `steps`. */
export class LegsBench {
  readonly records: CallRecord[] = [];
  readonly calls: Call[] = [];
  readonly peers: LegsPeer[] = [];
  readonly failures: string[] = [];
  steps: (dialled: string) => readonly HuntStep[] = () => [];
  ports: Partial<CallPorts> = {};
  route: (number: string) => Routed = () => ({ refuse: 29 });
  /** Absent: descriptions pass end to end. */
  anchors: MediaAnchors | undefined;

  private constructor(
    readonly server: SipServerHandle,
    readonly srf: Srf,
    readonly application: SipApplication,
    readonly legs: SrfLegs,
  ) {}

  static async open(options: Partial<SrfLegsOptions> = {}): Promise<LegsBench> {
    const server = await startSipServer({
      clock: systemClock,
      random: systemRandom,
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
      control: { host: '127.0.0.1', port: 0 },
      // Peers, server and application share one process here: that it is busy says nothing of the server.
      utilization: () => 0,
      secret: 'bench',
      dns: noDns,
    });
    const srf = new Srf();
    void srf.connect({ host: '127.0.0.1', port: server.controlPort, secret: 'bench' });
    await once(srf, 'connect');
    const application = asApplication(srf);
    const legs = new SrfLegs({
      application,
      random: systemRandom,
      log: silentLog,
      userAgent: 'Holdfast/test',
      domain: () => 'example.org',
      trunk: () => undefined,
      trusts: () => true,
      ...options,
    });
    const bench = new LegsBench(server, srf, application, legs);
    application.use('invite', (request, reply) => {
      const arrived = bench.#anchored(legs.arrive(request, reply));
      if (arrived === undefined) return;
      const call = new Call(
        {
          clock: systemClock,
          log: silentLog,
          store: { open: async () => {}, close: async () => {} },
          onEnd: (record) => bench.records.push(record),
          onStepFailed: (step, failure) => bench.failures.push(`${step.name} ${failure.why}`),
          routeTransfer: (target) => bench.route(target.number),
          ...bench.ports,
        },
        {
          id: `c${bench.calls.length}`,
          incoming: arrived.leg,
          setup: arrived.setup,
          steps: bench.steps(arrived.setup.dialled),
        },
      );
      bench.calls.push(call);
      call.start();
    });
    return bench;
  }

  /** Holdfast's own SIP port. */
  get port(): number {
    return this.server.listening[0]?.port ?? 0;
  }

  async peer(): Promise<LegsPeer> {
    const peer = await LegsPeer.open();
    this.peers.push(peer);
    return peer;
  }

  /** One step to a peer, as if it were the centre's server. */
  toPeer(peer: LegsPeer, more: Partial<HuntStep> = {}): HuntStep {
    const { uri } = peer;
    return {
      name: `peer ${peer.port}`,
      giveUpMs: 2000,
      open: () => {
        const leg = this.legs.toCentre('202', undefined, uri);
        return [this.anchors?.placed(leg, calledPeer('phones', 'udp', '127.0.0.1')) ?? leg];
      },
      ...more,
    };
  }

  #anchored(arrived: Arrived | undefined): Arrived | undefined {
    if (arrived === undefined || this.anchors === undefined) return arrived;
    const flow = { transport: 'udp', address: '127.0.0.1' };
    const taken = this.anchors.arriving(arrived.leg, arrived.setup, callingPeer('phones', flow, arrived.setup.offer));
    if (taken.ok) return taken.value;
    arrived.leg.do({ kind: 'release', cause: taken.error.cause, sipStatus: taken.error.sipStatus });
    return undefined;
  }

  /** Waits until `count` records are closed. */
  async ended(count = 1): Promise<CallRecord> {
    for (let i = 0; i < 300 && this.records.length < count; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const record = this.records[count - 1];
    if (record === undefined) throw new Error(`call not ended: ${this.calls.map((call) => call.state).join(', ')}`);
    return record;
  }

  async close(): Promise<void> {
    for (const call of this.calls) call.release(16);
    this.srf.disconnect();
    await this.server.close();
    for (const peer of this.peers) peer.close();
  }
}
