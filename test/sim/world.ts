import { between, cause, hexToken, Secret, silentLog } from '../../src/base/index.js';
import { type ArrivingCall, Branch } from '../../src/branch/index.js';
import type { Leg } from '../../src/call/index.js';
import { type Configuration, parseConfiguration } from '../../src/config/index.js';
import { LiveDirectory, type User } from '../../src/directory/index.js';
import type { Binding, RegisterAnswer, RegisterRequest } from '../../src/registrar/index.js';
import { ha1 } from '../../src/sip/index.js';
import type { LinkState } from '../../src/wan/index.js';
import { Centre } from './centre.js';
import { Disk } from './disk.js';
import { centreTarget, Network, trunkAddresses } from './network.js';
import { Phone } from './phone.js';
import { SeededRandom } from './seeded-random.js';
import { lostLeg, SimulatedLeg } from './simulated-leg.js';
import { VirtualClock } from './virtual-clock.js';
import { WorldSound } from './world-sound.js';

const domain = 'centre.test';
export const phoneCount = 5;

/** REGISTERs a second towards the centre: low, so that the bucket matters to five phones. */
export const registersPerSecond = 2;

function configuration(): Configuration {
  const text = `
site: { name: Simulated, countryCode: "1", areaCode: "312", mainNumber: "+13125550100" }
centre:
  domain: ${domain}
  targets: ["${centreTarget}"]
  reRegisterPerSecond: ${registersPerSecond}
survivability: { holdDownSeconds: 30, holdDownMaxSeconds: 60 }
users: { file: users.yaml }
trunks:
${Object.entries(trunkAddresses)
  .map(([name, address], index) => `  - { name: ${name}, uri: "sip:${address}:5060", order: ${index + 1} }`)
  .join('\n')}
`;
  const parsed = parseConfiguration(text, 'simulated.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map((fault) => `${fault.path}: ${fault.reason}`).join('\n'));
  return parsed.value;
}

const settings = configuration();

/** Digests cost time, and every simulated branch has the same users. */
const users: readonly User[] = Array.from({ length: phoneCount }, (_, index) => {
  const username = `${1001 + index}`;
  const password = `secret-${username}`;
  return {
    username,
    extension: username,
    did: `+1312555${username}`,
    realm: domain,
    ha1: {
      md5: new Secret(ha1(username, domain, password, 'MD5')),
      sha256: new Secret(ha1(username, domain, password, 'SHA-256')),
    },
    classOfRestriction: 'international',
  };
});

/** A promise of the branch that has been acknowledged to a phone. */
export interface Promised {
  readonly contact: string;
  /** Monotonic ms. */
  readonly until: number;
}

/** One branch, its centre, its phones and its lines, on a virtual clock. What goes wrong is put into `complaints`. */
export class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: Network;
  readonly disk: Disk;
  readonly centre: Centre;
  readonly phones: readonly Phone[];
  /** One that tries a user's name with another password. */
  readonly impostor: Phone;
  readonly legs = new Set<SimulatedLeg>();
  /** Undefined: the sound passes from end to end. */
  readonly sound: WorldSound | undefined;
  readonly promised = new Map<Phone, Promised>();
  readonly complaints: string[] = [];
  /** When processes were started, monotonic ms. */
  readonly bootedAt: number[] = [];
  /** When the process was last down, monotonic ms. */
  downAt = Number.NEGATIVE_INFINITY;
  branch: Branch | undefined;
  /** Told before the process dies, and when another one is there. */
  readonly onCrash: (() => void)[] = [];
  readonly onBoot: ((branch: Branch) => void)[] = [];
  /** Dialogs of answered calls whose process died, until another one takes them. */
  readonly #orphans = new Set<SimulatedLeg>();
  /** Gives up the REGISTERs that the process works on. */
  readonly #registering = new Set<() => void>();
  #directory: LiveDirectory | undefined;
  #link: ((state: LinkState) => void) | undefined;
  #crashes = 0;

  /** `fidgets`: people hold, move and transfer while they talk, as chance has it. */
  constructor(seed: number, path: 'anchored' | 'direct' = 'anchored', fidgets = path === 'anchored') {
    this.random = new SeededRandom(seed);
    this.network = new Network(this.clock, this.random);
    this.disk = new Disk(this.clock);
    if (path === 'anchored') {
      this.sound = new WorldSound({
        clock: this.clock,
        random: this.random,
        settings: settings.media,
        complain: (text) => this.complain(text),
        legs: () => this.legs,
      });
    }
    const legMade = (leg: SimulatedLeg): void => void this.legs.add(leg);
    const legOver = (leg: SimulatedLeg): void => {
      this.legs.delete(leg);
      if (leg.expired) this.sound?.goesOn(leg.soundPort);
    };
    this.centre = new Centre({
      clock: this.clock,
      random: this.random,
      network: this.network,
      realm: domain,
      ha1: (username) => users.find((user) => user.username === username)?.ha1.md5?.reveal(),
      callBranch: (call, leg) => this.#arrive(call, leg),
      legMade,
      legOver,
    });
    const phoneWorld = {
      clock: this.clock,
      random: this.random,
      domain,
      fidgets,
      register: (request: RegisterRequest) => this.#register(request),
      call: (call: Omit<ArrivingCall, 'leg'>, leg: SimulatedLeg) => this.#arrive(call, leg),
      legMade,
      legOver,
      acknowledged: (phone: Phone, contact: string, expiresS: number) =>
        void this.promised.set(phone, { contact, until: this.clock.now() + expiresS * 1000 }),
      wrongPasswordAccepted: (phone: Phone) => this.complain(`${phone.options.username}: a wrong password registered`),
    };
    this.phones = users.map(
      (user, index) =>
        new Phone(phoneWorld, {
          username: user.username,
          password: `secret-${user.username}`,
          algorithm: index % 2 === 0 ? 'MD5' : 'SHA-256',
          address: `10.1.1.${index + 1}`,
        }),
    );
    this.impostor = new Phone(phoneWorld, {
      username: '1001',
      password: 'guessed',
      impostor: true,
      algorithm: 'MD5',
      address: '10.1.1.200',
    });
  }

  complain(text: string): void {
    this.complaints.push(`at ${(this.clock.now() / 1000).toFixed(3)} s: ${text}`);
  }

  /** Starts the branch's process. */
  async boot(): Promise<void> {
    this.bootedAt.push(this.clock.now());
    const directory = new LiveDirectory({ clock: this.clock });
    directory.replace(users);
    this.#directory = directory;
    const stores = this.disk.stores();
    const media = this.sound?.attach();
    const branch = new Branch(
      {
        clock: this.clock,
        random: this.random,
        log: silentLog,
        directory,
        gruuKey: new Uint8Array(32),
        ...stores,
        upstream: this.centre.upstream,
        prober: this.network.prober,
        legs: {
          toPhone: ([newest]) => this.#toPhone(newest),
          toCentre: (number) => this.centre.legFromBranch(number),
          toTrunk: (trunk) => this.#toTrunk(trunk),
          resume: (kept) => ({ leg: this.#resume(kept.id ?? '') }),
        },
        ...(media === undefined ? {} : { anchors: media.anchors }),
        links: {
          on: (listener) => {
            this.#link = listener;
          },
        },
      },
      { configuration: settings, contactAddress: { host: '192.0.2.1', port: 5060, transport: 'udp' } },
    );
    await branch.start();
    const unfinished = this.disk.unfinished();
    if (unfinished.length > 0) await media?.synced;
    await branch.resume(unfinished);
    // Whose call is in no record finds out by its next request: 481.
    for (const leg of this.#orphans) leg.kill();
    this.#orphans.clear();
    branch.signallingUp();
    this.branch = branch;
    for (const listener of this.onBoot) listener(branch);
    this.#sayLink();
  }

  /** `kill -9`: nothing is written any more, nobody is told; a new process is there after `downMs`. */
  crash(downMs: number): void {
    const branch = this.branch;
    if (branch === undefined) return;
    const mark = ++this.#crashes;
    this.branch = undefined;
    this.downAt = Number.POSITIVE_INFINITY;
    this.disk.crash();
    this.sound?.detach();
    this.#link = undefined;
    for (const listener of this.onCrash) listener();
    for (const leg of [...this.legs]) {
      if (leg.established) {
        leg.orphan();
        this.#orphans.add(leg);
      } else leg.kill();
    }
    for (const unanswered of this.#registering) unanswered();
    this.#registering.clear();
    this.#stop(branch);
    this.clock.after(downMs, () => {
      void this.boot().then(() => {
        if (mark === this.#crashes) this.downAt = this.clock.now();
      });
    });
  }

  /** The process ends in an orderly way. */
  shutDown(): void {
    const { branch } = this;
    if (branch === undefined) return;
    for (const call of branch.carried) branch.releaseCall(call.id);
    this.#stop(branch);
    // Legs that nobody confirms are given up after 40 s, and forgotten ports of another process after 60.
    this.clock.after(100_000, () => this.sound?.stop());
  }

  /** The WAN's cable is pulled or put back: the kernel tells at once. */
  cable(plugged: boolean): void {
    this.network.change((network) => {
      network.wanUp = plugged;
    });
    this.#sayLink();
  }

  /** The telephone network calls a user's direct number. */
  callFromOutside(did: string): void {
    const trunk = [...this.network.trunks].find(([, state]) => state === 'up')?.[0];
    if (trunk === undefined) return;
    const { clock, random } = this;
    const leg: SimulatedLeg = new SimulatedLeg(
      clock,
      {
        command: (_leg, command) => {
          if (command.kind === 'offer') clock.after(5, () => leg.agree(command.media));
          if (command.kind !== 'answer') return;
          clock.after(between(random, 2000, 60_000), () => leg.end({ cause: cause.normalClearing }));
        },
        over: () => undefined,
        releaseMs: () => 5,
      },
      (over) => this.legs.delete(over),
    );
    this.legs.add(leg);
    const arrived = this.#arrive(
      {
        requestUri: `sip:${did}@branch`,
        source: { transport: 'udp', address: trunkAddresses[trunk] ?? '', port: 5060 },
        setup: {
          from: { number: '+14155550123' },
          dialled: did,
          sessionId: hexToken(random, 16),
          offer: leg.description(),
          hopsLeft: 70,
          privacy: [],
          carried: [],
        },
      },
      leg,
    );
    if (!arrived) leg.kill();
    clock.after(60_000, () => leg.end({ cause: cause.normalClearing }));
  }

  /** Whether the process has been there, without a pause, since `since`. */
  upSince(since: number): boolean {
    return this.branch !== undefined && this.downAt < since;
  }

  #resume(id: string): Leg {
    for (const leg of this.#orphans) {
      if (leg.id !== id) continue;
      this.#orphans.delete(leg);
      if (leg.established) return leg.handOver();
    }
    return lostLeg(this.clock, id);
  }

  #stop(branch: Branch): void {
    branch.stop();
    this.#directory?.stop();
  }

  #sayLink(): void {
    this.#link?.({
      interface: 'wan0',
      carrier: this.network.wanUp,
      addresses: ['192.0.2.1'],
      defaultRoute: this.network.wanUp,
    });
  }

  #arrive(call: Omit<ArrivingCall, 'leg'>, leg: SimulatedLeg): boolean {
    const branch = this.branch;
    if (branch === undefined) return false;
    this.clock.after(1, () => {
      if (this.branch === branch && leg.live) branch.call({ ...call, leg });
    });
    return true;
  }

  /** Undefined: no process took the request, or it died over it. */
  #register(request: RegisterRequest): Promise<RegisterAnswer | undefined> {
    const branch = this.branch;
    if (branch === undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const unanswered = (): void => resolve(undefined);
      this.#registering.add(unanswered);
      void branch.register(request).then((answer) => {
        this.#registering.delete(unanswered);
        resolve(this.branch === branch ? answer : undefined);
      }, reject);
    });
  }

  #toPhone(binding: Binding): Leg {
    const phone = this.phones.find((candidate) => candidate.contact === binding.contact);
    const leg: SimulatedLeg = new SimulatedLeg(
      this.clock,
      {
        command: (_leg, command) => {
          if (command.kind === 'setup') this.clock.after(1, () => leg.live && phone?.ring(leg));
          if (command.kind === 'offer') this.clock.after(5, () => leg.agree(command.media));
        },
        over: () => undefined,
        releaseMs: () => (phone?.on === true ? 5 : 32_000),
      },
      (over) => {
        this.legs.delete(over);
        phone?.over(over);
      },
    );
    this.legs.add(leg);
    return leg;
  }

  #toTrunk(trunk: string): Leg {
    const { clock, random } = this;
    const state = this.network.trunks.get(trunk);
    const leg: SimulatedLeg = new SimulatedLeg(
      clock,
      {
        command: (_leg, command) => {
          if (command.kind === 'offer') clock.after(5, () => leg.agree(command.media));
          if (command.kind !== 'setup') return;
          if (state === 'refusing') {
            clock.after(1, () => leg.end({ cause: cause.destinationOutOfOrder, unreachable: 'refused' }));
          } else if (state === 'failing') {
            clock.after(5, () => leg.end({ cause: cause.temporaryFailure, sipStatus: 503 }));
          } else if (state === 'up') {
            clock.after(10, () => leg.emit({ kind: 'proceeding' }));
            clock.after(500, () => leg.emit({ kind: 'alerting' }));
            clock.after(between(random, 600, 3000), () => leg.emit({ kind: 'answered' }));
          }
        },
        over: () => undefined,
        releaseMs: () => 5,
      },
      (over) => this.legs.delete(over),
    );
    this.legs.add(leg);
    return leg;
  }
}
