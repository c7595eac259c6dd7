import { err, type Result } from '../base/index.js';
import type { CallRecord, CallSummary } from '../call/index.js';
import { type Configuration, lineCountry, type TrunkSettings } from '../config/index.js';
import { EmergencyNumbers, mayCallUnregistered } from '../emergency/index.js';
import { Telephones, UnkeptFeatures } from '../lines/index.js';
import { tonesOf } from '../media/index.js';
import {
  type MessageNotice,
  type NoticeAnswer,
  type RegisterAnswer,
  type RegisterRequest,
  Registrar,
} from '../registrar/index.js';
import { DialPlan, Router, TrunkPool } from '../routing/index.js';
import { type Posture, Survivability, type TimelineKind } from '../survivability/index.js';
import {
  ChannelService,
  type ServedChannel,
  type ServiceAnswer,
  type ServiceOrder,
  TrunkLines,
  UnkeptOutOfService,
} from '../trunks/index.js';
import { type PathEvent, PathMonitor } from '../wan/index.js';
import { Peers } from './peers.js';
import type { ArrivingCall, BranchOptions, BranchPorts, LineCall } from './ports.js';
import { registrarSettings, survivabilitySettings, wanSettings } from './settings.js';
import { telephoneSettings, timeOfDay, untilHourMs } from './station-settings.js';
import type { BranchStatus, PhoneStatus } from './status.js';
import { type Counter, Switchboard } from './switchboard.js';
import { trunkLinesSettings } from './trunk-lines-settings.js';

/** How many timeline entries the status shows. */
const timelineShown = 100;

/**
 * A whole branch over its ports: registrar, path monitor, modes, routing and the switchboard, joined. The appliance gives
 * it real ports, the simulation simulated ones; neither knows more of it than this class.
 */
export class Branch {
  readonly registrar: Registrar;
  readonly survivability: Survivability;
  readonly path: PathMonitor;
  readonly #ports: BranchPorts;
  readonly #options: BranchOptions;
  readonly #switchboard: Switchboard;
  readonly #counters = new Map<Counter, number>();
  readonly #startedWall: number;
  readonly #peers: Peers;
  readonly #trunks: TrunkPool;
  #lines: TrunkLines | undefined;
  #service: ChannelService | undefined;
  #stations: Telephones | undefined;
  #configuration: Configuration;
  #pathLost = false;
  #signalling: 'never' | 'up' | 'lost' = 'never';
  #emergency: EmergencyNumbers;
  #router: Router;

  constructor(ports: BranchPorts, options: BranchOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#configuration = options.configuration;
    this.#startedWall = ports.clock.wall();
    const configuration = options.configuration;
    this.#peers = new Peers(configuration);
    const prober = this.#peers.learningFrom(ports.prober);
    this.survivability = new Survivability({
      clock: ports.clock,
      settings: survivabilitySettings(configuration),
      timeline: ports.timeline,
      log: ports.log.child({ part: 'survivability' }),
      onMode: (_mode, posture) => this.#modeChanged(posture),
    });
    this.path = new PathMonitor({
      clock: ports.clock,
      random: ports.random,
      prober,
      settings: wanSettings(configuration),
      targets: configuration.centre.targets,
      onEvent: (event) => this.#pathEvent(event),
      log: ports.log.child({ part: 'wan' }),
    });
    this.registrar = new Registrar({
      clock: ports.clock,
      random: ports.random,
      settings: registrarSettings(configuration, options.contactAddress),
      directory: ports.directory,
      store: ports.bindings,
      gruuKey: ports.gruuKey,
      upstream: {
        register: async (request) => {
          const answer = await ports.upstream.register(request);
          if (answer.kind === 'answer') this.path.heard();
          return answer;
        },
      },
      ...(ports.subscriptions === undefined ? {} : { subscriptions: ports.subscriptions }),
      onMessages: (username, waiting) => void this.showMessageWaiting(username, waiting),
      log: ports.log.child({ part: 'registrar' }),
      onUpstreamSilent: (trouble) => {
        if (trouble.kind === 'silent') this.path.callSilent();
      },
      onBindings: () => this.#changed(),
    });
    this.#trunks = new TrunkPool({
      clock: ports.clock,
      random: ports.random,
      prober,
      trunks: configuration.trunks,
      log: ports.log.child({ part: 'trunks' }),
      onChange: ({ name, state, why }) =>
        this.note('trunk', `Trunk ${name} is ${state}: ${why}`, { trunk: name, state }),
    });
    this.#emergency = new EmergencyNumbers(configuration);
    this.#router = this.#makeRouter(configuration);
    this.#switchboard = new Switchboard({
      ports,
      registrar: this.registrar,
      trunks: this.#trunks,
      lines: () => this.#lines,
      resumedOnLine: (kept) => this.#lines?.resumed(kept) ?? this.#stations?.resumed(kept),
      peers: this.#peers,
      router: () => this.#router,
      emergency: () => this.#emergency,
      path: this.path,
      posture: () => this.survivability.posture,
      centreAnswers: () => this.survivability.posture.calls === 'primary' && this.path.status().state === 'up',
      mayCallForHelp: (address) => mayCallUnregistered(address, this.#configuration.phones),
      ringMs: () => this.#configuration.calls.noAnswerSeconds * 1000,
      silenceMs: () => this.#configuration.media.silenceSeconds * 1000,
      stations: () => this.#stations,
      isFax: (username) =>
        this.#configuration.lines.telephones.some(({ user, use }) => use === 'fax' && user === username),
      count: (counter) => this.#count(counter),
      onChange: () => this.#changed(),
    });
    this.#lines = this.#openLines(configuration);
    if (this.#lines !== undefined) {
      const kept = ports.lines?.outOfService ?? new UnkeptOutOfService();
      this.#service = new ChannelService(this.#lines, kept, () => ports.clock.wall());
    }
    this.#stations = this.#openStations(configuration);
  }

  /** Restores the bindings; with {@link signallingUp} it begins to watch. Rejects when the store cannot be read. */
  async start(): Promise<void> {
    const { restored, expired } = await this.registrar.load();
    this.note('restart', `Holdfast started with ${restored} registrations from disk`, { restored, expired });
    this.usersChanged();
    this.registrar.setPosture(this.survivability.posture.registrar);
    this.#ports.links?.on((state) => this.path.link(state));
  }

  /** What another process left on lines, before the cards are there. True: there may be something, and cards are worth waiting for. */
  expect(records: readonly CallRecord[]): boolean {
    const kept = records.flatMap(({ resume }) => (resume === undefined ? [] : [resume.caller.leg, resume.called.leg]));
    this.#lines?.expect(kept);
    this.#stations?.expect(kept);
    return kept.some(({ line }) => line !== undefined);
  }

  /**
   * Goes on with the calls whose records another process left open, and closes the records of all others. After
   * {@link start} and {@link expect}, and before the first new call.
   */
  async resume(records: readonly CallRecord[]): Promise<void> {
    const resumed = await this.#switchboard.resume(records);
    this.#lines?.expectNoMore();
    this.#stations?.expectNoMore();
    if (records.length === 0) return;
    const interrupted = records.length - resumed;
    this.note('restart', `Calls of the process before: ${resumed} go on, ${interrupted} were interrupted`, {
      resumed,
      interrupted,
    });
  }

  /** SIP can be sent and heard: now probes tell something. */
  signallingUp(): void {
    this.path.start();
    this.#trunks.start();
    // What was sent before went nowhere, and every subscription is gone with the server's dialogs.
    this.registrar.centreBack();
    if (this.#signalling === 'lost') this.note('restart', 'The SIP server is back');
    this.#signalling = 'up';
  }

  /** The SIP server is gone, and with it its dialogs; the legs know. Nobody else is to be blamed for the silence. */
  signallingLost(): void {
    this.path.stop();
    this.#trunks.stop();
    this.#signalling = 'lost';
    this.note('restart', 'The SIP server is gone; it is started again');
  }

  /** Calls that talk are left to the process that follows. */
  stop(): void {
    this.path.stop();
    this.#trunks.stop();
    this.survivability.stop();
    this.registrar.stop();
    this.#switchboard.stop();
    this.#lines?.leave();
    this.#stations?.leave();
  }

  /** Channels of trunks over lines, each with its state. */
  get lineChannels(): readonly ServedChannel[] {
    return this.#service?.channels ?? [];
  }

  /** Takes channels of trunks over lines out of service, or puts them back. The error says for people why not. */
  async serveLines(order: ServiceOrder, who: string): Promise<Result<ServiceAnswer, string>> {
    const answer = (await this.#service?.order(order)) ?? err('there are no trunks over lines');
    if (!answer.ok) return answer;
    const { channels, ended } = answer.value;
    const [first = ''] = channels;
    const named = channels.length === 1 ? `Channel ${first} is` : `${channels.length} channels (${order.channels}) are`;
    const cut = ended.length === 0 ? '' : `; calls ended: ${ended.length}`;
    this.note('line', `${named} ${order.out ? 'taken out of' : 'back in'} service by ${who}${cut}`, {
      channels: channels.length,
      out: order.out,
    });
    return answer;
  }

  /** The directory has other users: those with telephones on lines are registered at the centre, and others not any more. */
  usersChanged(): void {
    if (this.#stations === undefined) return;
    const { directory } = this.#ports;
    const users = this.#options.configuration.lines.telephones.map(({ user }) => user);
    this.registrar.keepLines(users.filter((user) => directory.byUsername(user) !== undefined));
  }

  /** A NOTIFY; only the centre is believed. */
  notified(notice: MessageNotice, source: string): NoticeAnswer {
    if (!this.#peers.isCentre(source)) return { status: 481 };
    this.path.heard();
    return this.registrar.notified(notice);
  }

  /** False: the user has no telephone on a line. */
  showMessageWaiting(username: string, waiting: boolean): boolean {
    return this.#stations?.showMessageWaiting(username, waiting) ?? false;
  }

  call(arriving: ArrivingCall): void {
    this.#switchboard.arrive(arriving);
  }

  callOnLine(call: LineCall): void {
    this.#switchboard.arriveOnLine(call);
  }

  async register(request: RegisterRequest): Promise<RegisterAnswer> {
    if (this.#peers.isCentre(request.flow.address)) this.path.heard();
    const answer = await this.registrar.handle(request);
    if (answer.status === 200) this.#count('registersAccepted');
    else if (answer.status !== 401) this.#count('registersRefused');
    return answer;
  }

  /** By hand; `none` gives the decision back to the probes. */
  force(to: 'survivable' | 'inline' | 'none', who: string): void {
    this.survivability.force(to, who);
    this.#changed();
  }

  releaseCall(id: string): boolean {
    return this.#switchboard.release(id);
  }

  /** Whose word on a caller's identity is believed (RFC 3325 §5). */
  trusts(address: string): boolean {
    return this.#peers.isCentre(address);
  }

  /** As configured at this moment. */
  trunk(name: string): TrunkSettings | undefined {
    return this.#trunks.settings(name);
  }

  /** Takes what a running branch can take of a new configuration: routing, trunks, emergency numbers, networks. Live calls stay. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#peers.reconfigure(configuration);
    this.#trunks.replace(configuration.trunks);
    this.#emergency = new EmergencyNumbers(configuration);
    this.#router = this.#makeRouter(configuration);
    this.#changed();
  }

  /** Every call that is carried; one that passes the centre and comes back is two here. */
  get carried(): readonly CallSummary[] {
    return this.#switchboard.carried;
  }

  /** Puts a line into the failover timeline. */
  note(kind: TimelineKind, text: string, fields: Readonly<Record<string, string | number | boolean>> = {}): void {
    this.#ports.timeline.append({ atWall: this.#ports.clock.wall(), kind, text, fields });
    this.#changed();
  }

  status(): BranchStatus {
    const { survivability, path, registrar } = this;
    const now = this.#ports.clock.wall();
    const holdDown = survivability.holdDown;
    return {
      site: this.#configuration.site.name,
      mode: survivability.mode,
      sinceWall: survivability.sinceWall,
      why: survivability.why,
      posture: survivability.posture,
      forced: survivability.forced !== undefined,
      path: path.status(),
      ...(holdDown === undefined ? {} : { holdDown }),
      phones: this.#phones(now),
      users: this.#ports.directory.all().length,
      calls: this.#switchboard.calls,
      trunks: this.#trunks.status(),
      telephones: this.#stations?.status ?? [],
      timeline: this.#ports.timeline.recent(timelineShown),
      upstreamQueue: registrar.queue.waiting,
      counters: { ...Object.fromEntries(this.#counters), upstreamRegisters: registrar.queue.sent },
      startedWall: this.#startedWall,
      nowWall: now,
    };
  }

  #phones(now: number): readonly PhoneStatus[] {
    return this.registrar.all().map((binding) => {
      const user = this.#ports.directory.byUsername(binding.username);
      return {
        username: binding.username,
        extension: user?.extension ?? binding.username,
        ...(user?.displayName === undefined ? {} : { displayName: user.displayName }),
        contact: binding.contact,
        transport: binding.flow.transport,
        address: `${binding.flow.address}:${binding.flow.port}`,
        expiresInS: Math.max(0, Math.round((binding.expiresAtWall - now) / 1000)),
        origin: binding.origin,
      };
    });
  }

  #modeChanged(posture: Posture): void {
    this.registrar.setPosture(posture.registrar);
    this.#switchboard.checkTwins();
    this.#changed();
  }

  #pathEvent(event: PathEvent): void {
    switch (event.kind) {
      case 'up':
        this.survivability.pathUp(event.why);
        if (this.#pathLost) this.registrar.centreBack();
        this.#pathLost = false;
        break;
      case 'down':
        this.#pathLost = true;
        this.survivability.pathDown(event.fault, event.why);
        this.#switchboard.centreLost();
        break;
      case 'probe':
        if (event.good) this.survivability.probeGood();
        else this.survivability.probeBad();
        break;
      case 'fault':
        this.survivability.faultNoted(event.fault, event.why);
        break;
      case 'fault-over':
        this.survivability.faultOver(event.fault, event.why);
        break;
    }
    this.#changed();
  }

  #openLines(configuration: Configuration): TrunkLines | undefined {
    const { lines, clock, random, log } = this.#ports;
    const settings = trunkLinesSettings(configuration);
    if (lines === undefined || settings === undefined) return undefined;
    return new TrunkLines(settings, {
      music: () => undefined,
      ...lines,
      ...{ clock, random },
      log: log.child({ part: 'lines' }),
      isComplete: (trunk, number) => this.#router.isWhole(trunk, number),
      isEmergency: (number) => this.#emergency.match(number) !== undefined,
      arrived: ({ trunk, leg, setup }) =>
        this.#switchboard.arriveOnLine({ leg, setup, origin: { kind: 'trunk', trunk } }),
      onChange: (status) => {
        this.#trunks.linesAre(status.name, status);
        this.#changed();
      },
    });
  }

  #openStations(configuration: Configuration): Telephones | undefined {
    const { lines, clock, random, log, directory } = this.#ports;
    const telephones = telephoneSettings(configuration);
    if (lines === undefined || telephones.length === 0) return undefined;
    return new Telephones({
      hardware: lines.hardware,
      telephones,
      parkPatienceMs: configuration.lines.parkSeconds * 1000,
      untilTestMs: () => untilHourMs(configuration.lines.testHour, clock.wall()),
      host: {
        ...{ clock, random, engine: lines.engine },
        log: log.child({ part: 'telephones' }),
        tones: tonesOf(lineCountry(configuration)),
        music: lines.music ?? (() => undefined),
        features: lines.features ?? new UnkeptFeatures(),
        user: (username) => directory.byUsername(username),
        place: (leg, setup, username) => {
          const user = directory.byUsername(username);
          const origin = user === undefined ? ({ kind: 'phone' } as const) : ({ kind: 'phone', user } as const);
          this.#switchboard.arriveOnLine({ leg, setup, origin });
        },
        numberState: (digits) => this.#router.digitsState(digits),
        extensionOf: (number) =>
          directory.byUsername(number)?.extension ??
          directory.byExtension(number)?.extension ??
          this.#router.extensionOf(number),
        isEmergency: (number) => this.#emergency.match(number) !== undefined,
        pickUp: (extension, leg) => this.#switchboard.pickUp(extension, leg),
        localTime: () => timeOfDay(clock.wall()),
        note: (channel, text) => this.note('line', text, { channel }),
      },
    });
  }

  #makeRouter(configuration: Configuration): Router {
    return new Router({
      dialPlan: new DialPlan(configuration),
      trunks: this.#trunks,
      directory: this.#ports.directory,
      emergency: this.#emergency,
    });
  }

  #count(counter: Counter): void {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + 1);
  }

  #changed(): void {
    this.#options.onChange?.();
  }
}
