import { LinkedLines } from '../../appliance/controller/index.js';
import { LineServer } from '../../appliance/line-server/index.js';
import { TelephoneWorld } from '../../hw/simulator/index.js';
import { Secret, silentLog } from '../../src/base/index.js';
import { Branch } from '../../src/branch/index.js';
import { type Configuration, parseConfiguration } from '../../src/config/index.js';
import { LiveDirectory, type User } from '../../src/directory/index.js';
import { MediaAnchors } from '../../src/legs/index.js';
import { MediaPorts, mediaNegotiations, tonesOf } from '../../src/media/index.js';
import type { DChannelInput, DChannelOutput, LineCommand, LineReport } from '../../src/tdm/index.js';
import { Disk } from './disk.js';
import { IsdnLine } from './isdn-line.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedMediaEngine } from './simulated-media.js';
import { VirtualClock } from './virtual-clock.js';
import { WorldHardware } from './world-lines.js';

/** From one process to another, ms. */
const carryMs = 1;
export const jacks = ['sim/0:1', 'sim/0:2'] as const;
export const officeJack = 'sim/0:3';
export const exchangeTrunk = 'sim/2:1';

function configuration(bearers: number): Configuration {
  const text = `
site: { name: Lines, countryCode: "1", areaCode: "312", mainNumber: "+13125550100" }
centre: { domain: example.com, targets: ["sip:10.9.9.9"] }
users: { file: users.yaml }
dialPlan: { defaultExtension: "1001" }
lines:
  cards: simulator
  spans: [{ span: sim/1 }, { span: sim/2, signalling: em-wink }]
  telephones:
    - { channel: "${jacks[0]}", user: "1001" }
    - { channel: "${jacks[1]}", user: "1002" }
  officeLines: [{ channel: "${officeJack}", rings: "1002" }]
trunks:
  - { name: pstn, channels: ["sim/1:1-${bearers}"], numberFormat: national, preempt: true }
  - { name: office, channels: ["${officeJack}"], order: 2 }
  - { name: tie, channels: ["${exchangeTrunk}"], order: 3 }
`;
  const parsed = parseConfiguration(text, 'lines.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const users = ['1001', '1002'].map((username): User => {
  const md5 = new Secret('00112233445566778899aabbccddeeff');
  const did = `+1312555${username}`;
  return {
    username,
    extension: username,
    did,
    realm: 'example.com',
    ha1: { md5 },
    classOfRestriction: 'international',
  };
});

/** One controller: its end of the line process's socket and of the engine's, and all above. */
interface Controller {
  readonly branch: Branch;
  readonly lines: LinkedLines;
  readonly ports: MediaPorts;
  readonly tell: (report: LineReport) => void;
  alive: boolean;
}

/** A branch with telephones, a PRI, an exchange's line and a tie trunk; line process, cards and media engine outlive its controllers. */
export class LineOffice {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly world: TelephoneWorld;
  readonly engine: SimulatedMediaEngine;
  readonly disk: Disk;
  readonly server: LineServer;
  readonly complaints: string[] = [];
  readonly #isdn: IsdnLine;
  readonly #settings: Configuration;
  #controller: Controller | undefined;

  /** `bearers`: channels of the PRI that calls may take. */
  constructor(seed: number, bearers = 3) {
    const { clock } = this;
    this.#settings = configuration(bearers);
    this.random = new SeededRandom(seed);
    this.disk = new Disk(clock);
    this.engine = new SimulatedMediaEngine(clock, this.random, (text) => this.complaints.push(text));
    this.world = new TelephoneWorld({
      clock,
      random: this.random,
      cards: [
        {
          kind: 'analog',
          id: 'sim/0',
          telephones: 2,
          hook: seed % 2 === 0 ? 'raw' : 'decoded',
          officeLines: [
            {
              start: 'loop',
              disconnect: 'openLoop',
              answerByPolarity: true,
              callerId: 'dataAfterRing',
              numberLength: 10,
            },
          ],
        },
        { kind: 't1', id: 'sim/1', to: 'pstn' },
        { kind: 't1', id: 'sim/2', to: 'exchange' },
      ],
    });
    this.#isdn = new IsdnLine(clock, 'sim/1:24');
    this.world.publicNetwork('sim/1')?.join(this.#isdn.network);
    this.server = new LineServer({
      hardware: new WorldHardware(this.world),
      clock,
      log: silentLog,
      launch: (hear) => this.#libpri(hear),
    });
    for (const span of this.world.spans)
      for (const channel of span.channels)
        channel.onSound((sound) => {
          if (sound.kind === 'digit') this.#digit(channel.id, sound.digit);
        });
  }

  /** The port on a channel's line. */
  portAt(channel: string): string | undefined {
    return [...this.engine.lines].find(([, { place }]) => place.path === channel)?.[0];
  }

  get branch(): Branch | undefined {
    return this.#controller?.branch;
  }

  async boot(): Promise<void> {
    const { clock, random, disk } = this;
    const directory = new LiveDirectory({ clock });
    directory.replace(users);
    const networks = [{ name: 'lan', address: '10.0.0.1', ports: { first: 20_000, last: 20_099 } }];
    const ports = new MediaPorts({ networks, clock, random, log: silentLog });
    this.engine.connect(ports);
    await this.clockTurns(5);
    const lines = new LinkedLines({ clock, log: silentLog });
    const none = (): never => {
      throw new Error('nobody is reached by SIP');
    };
    const branch = new Branch(
      {
        ...{ clock, random, log: silentLog, directory, gruuKey: new Uint8Array(32) },
        ...disk.stores(),
        upstream: { register: () => Promise.resolve({ kind: 'silent' }) },
        prober: { probe: () => Promise.resolve({ kind: 'silent' }) },
        legs: { toPhone: none, toCentre: none, toTrunk: none },
        anchors: new MediaAnchors({
          engine: ports,
          negotiations: mediaNegotiations(random),
          clock,
          log: silentLog,
          settings: () => this.#settings.media,
          network: () => 'lan',
          announcements: {
            music: () => undefined,
            ringing: () => tonesOf('1').ringback,
            preempted: () => tonesOf('1').preemption,
          },
        }),
        lines: { hardware: lines, dChannels: lines, engine: ports },
      },
      { configuration: this.#settings, contactAddress: { host: '192.0.2.1', port: 5060, transport: 'udp' } },
    );
    let ready: () => void = () => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const controller: Controller = {
      ...{ branch, lines, ports, alive: true },
      tell: (report) => {
        const said = wire(report);
        clock.after(carryMs, () => {
          if (!controller.alive) return;
          lines.heard(said);
          if (said.kind === 'ready') ready();
        });
      },
    };
    this.#controller = controller;
    await branch.start();
    branch.force('survivable', 'test');
    const unfinished = disk.unfinished();
    const waits = branch.expect(unfinished);
    this.#connect(controller);
    if (waits) await isReady;
    await branch.resume(unfinished);
  }

  /** `crash`: nobody is told, and nothing is written any more. `stop`: answered calls are left to the next. */
  end(how: 'crash' | 'stop'): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    if (how === 'crash') {
      controller.alive = false;
      this.disk.crash();
    }
    controller.branch.stop();
    controller.alive = false;
    controller.ports.stop();
    this.engine.disconnect();
    this.server.disconnected(controller.tell);
  }

  /** The link of the D-channel is up. */
  link(): void {
    this.#isdn.link(true);
  }

  async clockTurns(ms: number): Promise<void> {
    await new Promise<void>((resolve) => void this.clock.after(ms, resolve));
  }

  /** The engine hears digits, and nothing else. */
  #digit(channel: string, digit: string): void {
    const port = this.portAt(channel);
    if (port === undefined || this.engine.lines.get(port)?.settings.listens.digits !== true) return;
    this.engine.say({ kind: 'digit', port, digit, durationMs: 80, by: 'sound' });
  }

  #connect(controller: Controller): void {
    controller.lines.attached((command: LineCommand) => {
      const said = wire(command);
      // What was said before the end still arrives.
      if (controller.alive) this.clock.after(0, () => this.server.command(said));
    });
    this.server.connected(controller.tell);
  }

  #libpri(hear: (output: DChannelOutput) => void) {
    const { clock } = this;
    const { user } = this.#isdn;
    user.on((event) => {
      if (event.kind !== 'gone' && event.kind !== 'traced') hear({ kind: 'event', event });
    });
    return {
      tell: (input: DChannelInput): void => {
        if (input.kind === 'command') user.do(input.command);
        else if (input.kind === 'ping') clock.after(0, () => hear({ kind: 'pong' }));
      },
      kill: (): void => user.on(() => undefined),
    };
  }
}

/** What JSON makes of it. */
function wire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
