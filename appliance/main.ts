import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SerialLine } from '../hw/serial/index.js';
import { type Log, Secret } from '../src/base/index.js';
import { Branch } from '../src/branch/index.js';
import {
  type Change,
  type Configuration,
  formatFault,
  parseConfiguration,
  spanUses,
  type TrunkSettings,
} from '../src/config/index.js';
import { LiveDirectory } from '../src/directory/index.js';
import {
  MediaAnchors,
  SrfLegs,
  SrfProber,
  SrfUpstreamRegister,
  SrfUpstreamSubscribe,
  serveNotice,
  serveRegister,
  type TrunkTarget,
} from '../src/legs/index.js';
import { mediaNegotiations, tonesOf } from '../src/media/index.js';
import {
  type ControllerArguments,
  contactAddress,
  followConfiguration,
  LineLink,
  MediaAddresses,
  MediaLink,
  NamedProber,
  parseControllerArguments,
  pathBeside,
  SipLink,
  UsersFile,
} from './controller/index.js';
import { jsonLog, systemClock, systemRandom } from './io/index.js';
import { NetlinkWatch } from './netlink/index.js';
import { startSerialDesks } from './serial-desks/index.js';
import { metricFamilies, ServerView } from './sip-server/index.js';
import { Store, StoreError } from './store/index.js';
import { LabClient, type LinesView, startWeb } from './web/index.js';

/**
 * The controller: gives `Branch` the world. The only file that knows everybody.
 * Exit codes: 2 wrong arguments or configuration, 1 the machine does not allow it (store, port), 0 asked to end.
 */
const wrong = 2;
const prevented = 1;
const userAgent = 'Holdfast';
/** Counts of the page's listeners change many times within one turn; they are told once per this, ms. */
const gatherMs = 50;
/** Calls that are taken over wait for their ports; an engine that takes longer to answer has none, ms. */
const mediaWithinMs = 3000;
/** The same of the line process for calls that were left on lines, ms. */
const linesWithinMs = 3000;

class Controller {
  readonly #arguments: ControllerArguments;
  readonly #configuration: Configuration;
  readonly #secret: Secret;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => unknown)[] = [];
  /** As it was read last; what takes effect at a restart is in the first one. */
  #current: Configuration;
  #told = true;
  #stopping = false;

  constructor(words: ControllerArguments, configuration: Configuration, secret: Secret, log: Log) {
    this.#arguments = words;
    this.#configuration = configuration;
    this.#current = configuration;
    this.#secret = secret;
    this.#log = log;
  }

  /** Rejects with what the machine does not allow. */
  async start(): Promise<void> {
    const [configuration, log, clock, random] = [this.#configuration, this.#log, systemClock, systemRandom];
    const stateFolder = this.#arguments.stateFolder ?? this.#beside(configuration.store.directory);
    const store = await Store.open({ directory: join(stateFolder, 'store'), clock, log });
    this.#stops.push(() => store.close());
    const directory = new LiveDirectory({ clock, log, onChange: () => branch.usersChanged() });
    const link = this.#makeLink(
      () => branch,
      () => legs,
    );
    const { application } = link;
    const domain = () => configuration.centre.domain;
    const media = await this.#startMedia();
    const lines = this.#startLines();
    const desks = startSerialDesks({
      settings: configuration.serial,
      records: store.callRecords,
      waiting: store.waitingLines,
      lineTo: (settings, part) => new SerialLine({ ...settings, clock, log: part }),
      extensionOf: (username) => directory.byUsername(username)?.extension,
      usernameOf: (extension) => directory.byExtension(extension)?.username,
      isOutside: (step) => step === 'centre' || branch.trunk(step) !== undefined,
      showMessageWaiting: (username, on) => branch.showMessageWaiting(username, on),
      log,
    });
    this.#stops.push(() => desks.stop());
    const legs = new SrfLegs({
      application,
      random,
      log,
      userAgent,
      domain,
      trunk: (name) => trunkTarget(branch.trunk(name)),
      user: (username) => directory.byUsername(username),
      trusts: (address) => branch.trusts(address),
    });
    const centre = {
      ...{ application, clock, userAgent },
      target: () => branch.path.bestTarget(),
      timeoutMs: () => branch.path.giveUpMs(),
    };
    const netlink = new NetlinkWatch({
      clock,
      log,
      ...(configuration.wan.interface === undefined ? {} : { interface: configuration.wan.interface }),
    });
    const branch: Branch = new Branch(
      {
        clock,
        random,
        log,
        directory,
        bindings: store.bindings,
        gruuKey: await store.key('gruu', () => random.bytes(32)),
        records: desks.records,
        timeline: store.timeline,
        upstream: new SrfUpstreamRegister(centre),
        subscriptions: new SrfUpstreamSubscribe(centre),
        prober: new NamedProber({
          prober: new SrfProber({ application, clock, userAgent, domain }),
          clock,
          intervalMs: () => configuration.wan.resolveRetryMs,
        }),
        legs,
        ...(media === undefined ? {} : { anchors: media.anchors }),
        ...(media === undefined || lines === undefined
          ? {}
          : {
              lines: {
                ...{ hardware: lines.lines, dChannels: lines.lines, engine: media.link.ports },
                features: store.features,
                outOfService: store.outOfService,
                music: () => this.#music(),
              },
            }),
        links: netlink,
      },
      { configuration, contactAddress: await contactAddress(configuration), onChange: () => this.#changed() },
    );
    const users = new UsersFile({
      file: this.#beside(configuration.users.file),
      stateFolder,
      directory,
      clock,
      log,
      tell: (text, fields, healthy) => {
        branch.note('directory', text, fields);
        branch.survivability.directoryHealthy(healthy);
      },
    });
    await users.start();
    await branch.start();
    media?.link.on((up) =>
      branch.note('restart', up ? 'The media engine is back' : 'The media engine is gone; it is started again'),
    );
    let linesWere = false;
    lines?.on((up) => {
      if (linesWere)
        branch.note('restart', up ? 'The line process is back' : 'The line process is gone; it is started again');
      linesWere = true;
    });
    const unfinished = await store.callRecords.unfinished();
    const onLines = branch.expect(unfinished);
    lines?.start();
    if (onLines) await lines?.ready(linesWithinMs);
    await branch.resume(unfinished);
    legs.refuseStrays();
    netlink.start();
    link.connect();
    this.#stops.push(
      () => directory.stop(),
      () => users.stop(),
      () => netlink.stop(),
      () => link.disconnect(),
      () => branch.stop(),
      followConfiguration({
        file: this.#arguments.configurationFile,
        running: configuration,
        clock,
        log,
        onChange: (changed, changes) => this.#reconfigure(branch, changed, changes),
        onRefused: (why) => branch.note('config', `Configuration refused, nothing changes: ${why}`, {}),
      }),
    );
    await this.#startWeb(branch, store, media?.link, lines);
  }

  /** Ends in the order in which the parts need one another: calls first, the store last. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const stop of this.#stops.toReversed()) await stop();
    process.exit(0);
  }

  #makeLink(branch: () => Branch, legs: () => SrfLegs): SipLink {
    const control = this.#arguments.control ?? this.#configuration.sip.control;
    return new SipLink({
      host: control.host,
      port: control.port,
      secret: this.#secret,
      clock: systemClock,
      log: this.#log,
      onInvite: (request, reply) => {
        const arrived = legs().arrive(request, reply);
        if (arrived !== undefined) branch().call(arrived);
      },
      onRegister: (request, reply) =>
        void serveRegister(request, reply, (register) => branch().register(register), this.#log),
      onNotify: (request, reply) =>
        serveNotice(request, reply, (notice, source) => branch().notified(notice, source), this.#log),
      onConnected: () => {
        legs().confirmResumed();
        branch().signallingUp();
      },
      onLost: () => branch().signallingLost(),
    });
  }

  /** Undefined: sound passes from end to end. */
  async #startMedia(): Promise<{ readonly link: MediaLink; readonly anchors: MediaAnchors } | undefined> {
    const path = this.#arguments.media;
    if (path === undefined || this.#configuration.media.path === 'direct') return undefined;
    const [clock, random, log] = [systemClock, systemRandom, this.#log];
    const addresses = new MediaAddresses({ configuration: () => this.#current, clock });
    const link = new MediaLink({ path, networks: addresses.networks, clock, random, log });
    this.#stops.push(
      () => link.stop(),
      () => addresses.stop(),
    );
    await addresses.start(() => link.ports.reconfigure(addresses.networks));
    await link.start(mediaWithinMs);
    const anchors = new MediaAnchors({
      engine: link.ports,
      negotiations: mediaNegotiations(random),
      clock,
      log: log.child({ part: 'media' }),
      settings: () => this.#current.media,
      network: (side, host) => addresses.towards(side, host),
      announcements: {
        music: () => this.#music(),
        ringing: () => tonesOf(this.#current.site.countryCode).ringback,
        preempted: () => tonesOf(this.#current.site.countryCode).preemption,
      },
    });
    return { link, anchors };
  }

  #music(): string | undefined {
    const { musicOnHold } = this.#current.media;
    return musicOnHold === undefined ? undefined : this.#beside(musicOnHold);
  }

  /** Undefined: there are no line cards. */
  #startLines(): LineLink | undefined {
    const path = this.#arguments.lines;
    if (path === undefined) return undefined;
    const link = new LineLink({ path, clock: systemClock, log: this.#log, onChange: () => this.#changed() });
    this.#stops.push(() => link.stop());
    return link;
  }

  async #startWeb(
    branch: Branch,
    store: Store,
    media: MediaLink | undefined,
    lines: LineLink | undefined,
  ): Promise<void> {
    const { labUrl, pageSip, web } = this.#arguments;
    const { address, port } = web ?? this.#configuration.web;
    const control = this.#arguments.control ?? this.#configuration.sip.control;
    const view = new ServerView({ ...control, secret: this.#secret, clock: systemClock }, this.#log);
    this.#stops.push(() => view.close());
    const lab = labUrl === undefined ? undefined : new LabClient(labUrl, systemClock, this.#log);
    const started = await startWeb({
      address,
      port,
      ...(pageSip === undefined ? {} : { sip: pageSip }),
      clock: systemClock,
      log: this.#log,
      ports: {
        status: () => branch.status(),
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
        force: (mode, who) => branch.force(mode, who),
        records: (count) => store.callRecords.recent(count),
        timeline: (count) => store.timeline.recent(count),
        signalling: view,
        metrics: async () => {
          const statistics = await view.statistics();
          return statistics === undefined ? [] : metricFamilies(statistics);
        },
        ...(media === undefined ? {} : { media: media.ports }),
        ...(lines === undefined ? {} : { lines: linesView(lines, branch, this.#configuration) }),
        ...(lab === undefined ? {} : { lab }),
      },
    });
    if (!started.ok) throw new Error(`${started.error.what} (${started.error.where}): ${started.error.remedy}`);
    this.#stops.push(() => started.value.close());
    process.stdout.write(`web: ${started.value.url}\n`);
  }

  #reconfigure(branch: Branch, configuration: Configuration, changes: readonly Change[]): void {
    this.#current = configuration;
    branch.reconfigure(configuration);
    const later = changes.filter((change) => change.takesEffect === 'restart').map(({ path }) => path);
    const named = changes.slice(0, 5).map(({ path }) => path);
    const rest = later.length === 0 ? '' : `; ${later.join(', ')} take effect at the next restart`;
    branch.note('config', `Configuration changed: ${named.join(', ')}${rest}`, { changes: changes.length });
  }

  #changed(): void {
    if (!this.#told) return;
    this.#told = false;
    systemClock.after(gatherMs, () => {
      this.#told = true;
      for (const listener of this.#listeners) listener();
    });
  }

  #beside(path: string): string {
    return pathBeside(this.#arguments.configurationFile, path);
  }
}

function linesView(link: LineLink, branch: Branch, configuration: Configuration): LinesView {
  const { lines } = link;
  const uses = spanUses(configuration.lines);
  return {
    get up() {
      return link.up;
    },
    get spans() {
      return lines.spans;
    },
    get dChannels() {
      return lines.dChannels;
    },
    get unusable() {
      return lines.unusable;
    },
    uses,
    get channels() {
      return branch.lineChannels;
    },
    serve: (order, who) => branch.serveLines(order, who),
    traces: lines.traces,
    record: (span, recording) => lines.record(span, recording),
  };
}

function trunkTarget(settings: TrunkSettings | undefined): TrunkTarget | undefined {
  if (settings?.uri === undefined) return undefined;
  const { uri, username, password } = settings;
  return username === undefined || password === undefined ? { uri } : { uri, credentials: { username, password } };
}

async function main(): Promise<void> {
  const words = parseControllerArguments(process.argv.slice(2));
  if (!words.ok) return end(wrong, words.error);
  const secret = process.env.HOLDFAST_CONTROL_SECRET;
  if (secret === undefined || secret === '')
    return end(wrong, 'the environment variable HOLDFAST_CONTROL_SECRET is missing');
  // drachtio-srf asks the environment for each header line, and each time the system; a copy answers at once.
  process.env = { ...process.env };
  const file = words.value.configurationFile;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return end(wrong, `the configuration cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = parseConfiguration(text, file);
  if (!parsed.ok) return end(wrong, parsed.error.map(formatFault).join('\n'));
  const log = jsonLog();
  const controller = new Controller(words.value, parsed.value, new Secret(secret), log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void controller.stop());
  try {
    await controller.start();
  } catch (error) {
    if (!(error instanceof StoreError)) log.error('the controller cannot start', { error });
    return end(prevented, error instanceof Error ? error.message : String(error));
  }
}

function end(code: number, words: string): void {
  process.stderr.write(`holdfast: ${words}\n`);
  process.exit(code);
}

await main();
