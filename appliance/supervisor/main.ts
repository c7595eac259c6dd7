import { dirname, join, resolve } from 'node:path';
import type { Configuration } from '../../src/config/index.js';
import { EmergencyNumbers } from '../../src/emergency/index.js';
import { parseSipUri } from '../../src/sip/index.js';
import { jsonLog, systemClock } from '../io/index.js';
import { type Arguments, parseArguments, usage } from './arguments.js';
import { BranchLink } from './branch-link.js';
import { type Ending, endingText } from './child.js';
import { type BranchProcesses, type BranchTls, type ChildName, Family } from './family.js';
import { LogFile } from './log-file.js';
import { PlainView } from './plain-view.js';
import {
  checkEndpoints,
  type Endpoint,
  formatStartFault,
  freePort,
  missingForLines,
  prepareState,
  readConfiguration,
  type StartFault,
} from './preflight.js';
import { printable } from './styled-line.js';
import { Terminal } from './terminal.js';

/**
 * `npm start`: one branch in one terminal. Exits 2 when arguments or configuration are wrong, 1 when the machine does
 * not allow it (port, folder), else 0.
 */
const WRONG = 2;
const PREVENTED = 1;
/** Of these exit codes a controller that never served dies for a reason that a restart does not cure. */
const CONTROLLER_REFUSES = 2;
/** Enough for a stack trace. */
const LAST_WORDS = 12;
const LAST_WORDS_MS = 40;
const SAME_LOSS_MS = 60_000;
/** A lab on a machine whose 8080 is taken still starts: nobody chose that port. */
const LAB_WEB_PORT = 8080;
const LOOPBACK = '127.0.0.1';
/** Preferred, so that a softphone's settings stay true. */
const LAB_SIP_PORT = 15_060;

const programs = resolve(import.meta.dirname, '..');
const root = resolve(programs, '../..');

class Supervisor {
  readonly #arguments: Arguments;
  readonly #state: string;
  readonly #file: LogFile;
  readonly #family: Family;
  readonly #link: BranchLink;
  readonly #plain: PlainView;
  /** What each child wrote last to its error stream: why it ended. */
  readonly #lastWords = new Map<ChildName, readonly string[]>();
  readonly #losses = new Map<string, number>();
  #terminal: Terminal | undefined;
  #labAnnounced: ((url: string) => void) | undefined;
  #web: string | undefined;
  #stopping = false;

  constructor(words: Arguments, state: string) {
    this.#arguments = words;
    this.#state = state;
    this.#file = new LogFile(join(state, 'logs', 'supervisor.log'));
    const log = jsonLog('info', {}, (line) => this.#file.write(line));
    this.#link = new BranchLink(systemClock, log, () => this.#changed());
    this.#plain = new PlainView(say);
    this.#family = new Family({
      programs,
      stateFolder: state,
      clock: systemClock,
      log,
      onLine: (child, line, stream) => this.#line(child, line, stream),
      onLoss: (child, ending) => this.#lost(child, ending),
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.stop(0));
  }

  /** Resolves with the fault that prevents the start, or nothing once the processes are started. */
  async start(): Promise<StartFault | undefined> {
    const { config } = this.#arguments;
    return config === undefined ? this.#startLab() : this.#startBranch(config, undefined, this.#arguments.web);
  }

  /** Ends every process, gives the terminal back, and exits. A second call does nothing. */
  async stop(code: number, words?: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#terminal?.close();
    this.#link.close();
    if (words !== undefined) process.stderr.write(words);
    await this.#family.stop();
    this.#file.close();
    process.exit(code);
  }

  async #startLab(): Promise<StartFault | undefined> {
    const web = this.#arguments.web ?? { address: '127.0.0.1', port: await freePort('127.0.0.1', LAB_WEB_PORT) };
    const prevented = await checkEndpoints([webEndpoint(web, '--web ADDRESS:PORT')]);
    if (prevented !== undefined) return prevented;
    const announced = new Promise<string>((resolve) => {
      this.#labAnnounced = resolve;
    });
    const folder = join(this.#state, 'lab');
    // Chosen here and not by the children, so that each finds the others where they were after any restart.
    const [sip, control, labControl] = [
      await freePort('127.0.0.1', LAB_SIP_PORT),
      await freePort('127.0.0.1'),
      await freePort('127.0.0.1'),
    ];
    this.#family.startLab([
      ...['--folder', folder, '--store', join(this.#state, 'store')],
      ...['--holdfast', `127.0.0.1:${sip}`, '--control', `127.0.0.1:${control}`],
      ...['--control-port', String(labControl)],
    ]);
    const url = await announced;
    return this.#startBranch(join(folder, 'lab.yaml'), url, web);
  }

  async #startBranch(file: string, labUrl: string | undefined, web: Arguments['web']): Promise<StartFault | undefined> {
    const read = readConfiguration(file);
    if (!read.ok) return read.error;
    const { configuration, warnings } = read.value;
    for (const warning of [...warnings, ...missingForLines(configuration.lines)])
      process.stderr.write(`warning: ${warning}\n`);
    const wanted = web ?? configuration.web;
    // Any free port, but the same one after each restart of the controller.
    const page = wanted.port === 0 ? { ...wanted, port: await freePort(wanted.address) } : web;
    const prevented = await checkEndpoints(endpointsOf(configuration, page));
    if (prevented !== undefined) return prevented;
    this.#family.startBranch({
      configFile: file,
      control: configuration.sip.control,
      listen: configuration.sip.listen,
      guard: guardOf(configuration),
      ...(configuration.sip.externalAddress === undefined
        ? {}
        : { external: { address: configuration.sip.externalAddress, inside: configuration.phones.networks } }),
      ...tlsOf(configuration, file),
      ...(configuration.web.sip ? { pageSip: { host: LOOPBACK, port: await freePort(LOOPBACK) } } : {}),
      ...(configuration.media.path === 'direct' ? {} : { media: { kernelPath: configuration.media.kernelPath } }),
      ...(configuration.lines.cards === 'none' ? {} : { lines: { cards: configuration.lines.cards } }),
      ...(page === undefined ? {} : { web: page }),
      ...(labUrl === undefined ? {} : { labUrl }),
    });
    return undefined;
  }

  #line(child: ChildName, line: string, stream: 'out' | 'error'): void {
    const announced = /^(web|lab): (http:\/\/\S+)$/.exec(line);
    if (announced?.[1] === 'lab' && child === 'lab') this.#labAnnounced?.(announced[2] ?? '');
    if (announced?.[1] === 'web' && child === 'controller') this.#ready(announced[2] ?? '');
    if (stream === 'out') return;
    const said = heard(line);
    if (said === undefined) return;
    if (said.logged) this.#notice(`${child}: ${said.text}`);
    const words = this.#lastWords.get(child) ?? [];
    this.#lastWords.set(child, [...words, said.text].slice(-LAST_WORDS));
  }

  #ready(url: string): void {
    this.#link.follow(url);
    if (this.#web === url) return;
    this.#web = url;
    say(`web: ${url}`);
    if (!this.#arguments.terminal || !process.stdout.isTTY || !process.stdin.isTTY) return;
    this.#terminal = new Terminal(systemClock, this.#link, url, () => this.stop(0));
    this.#terminal.open();
  }

  #lost(child: ChildName, ending: Ending): void {
    // The end of a process is known a little before its last words have been read.
    systemClock.after(LAST_WORDS_MS, () => {
      const last = this.#lastWords.get(child) ?? [];
      this.#lastWords.delete(child);
      if (child === 'controller' && this.#web === undefined && ending.code === CONTROLLER_REFUSES) {
        const lines = last.map((line) => `  ${line}\n`).join('');
        this.stop(WRONG, `holdfast: the ${child} refuses to start:\n${lines}`);
        return;
      }
      const reason = last.find((line) => /^\S*(?:Error|holdfast)\b.*: /.test(line)) ?? last.at(-1);
      const words = `${child} ended (${endingText(ending)})${reason === undefined ? '' : `: ${reason}`}`;
      // A child that dies at every start says so once a minute, not at every try.
      const now = systemClock.now();
      if (now - (this.#losses.get(words) ?? Number.NEGATIVE_INFINITY) < SAME_LOSS_MS) return;
      this.#losses.set(words, now);
      this.#notice(`${words}; starting it again (logs/${child}.log)`);
    });
  }

  #notice(text: string): void {
    if (this.#terminal !== undefined) this.#terminal.notice(text);
    else process.stderr.write(`warning: ${printable(text)}\n`);
  }

  #changed(): void {
    if (this.#terminal !== undefined) this.#terminal.changed();
    else if (this.#link.status !== undefined) this.#plain.show(this.#link.status, this.#link.lab, this.#link.media);
  }
}

/** A child's error stream: log lines of the level warning or above, and words of its own (a stack trace, for one). */
function heard(line: string): { readonly text: string; readonly logged: boolean } | undefined {
  if (!line.startsWith('{')) return line.trim() === '' ? undefined : { text: line, logged: false };
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('level' in entry) || !('message' in entry))
      return { text: line, logged: false };
    if (entry.level !== 'warn' && entry.level !== 'error') return undefined;
    const why = 'why' in entry && typeof entry.why === 'string' ? `: ${entry.why}` : '';
    return { text: `${String(entry.message)}${why}`, logged: true };
  } catch {
    return { text: line, logged: false };
  }
}

/** Files of a configuration lie beside it where it does not say otherwise. */
function tlsOf(configuration: Configuration, file: string): { readonly tls?: BranchTls } {
  const { certificate, key, authority, verify, checkPeer } = configuration.sip.tls;
  if (certificate === undefined || key === undefined) return {};
  const beside = (path: string): string => resolve(dirname(file), path);
  const files = { certificate: beside(certificate), key: beside(key) };
  return { tls: { ...files, verify, checkPeer, ...(authority === undefined ? {} : { authority: beside(authority) }) } };
}

function endpointsOf(configuration: Configuration, web: Arguments['web']): readonly Endpoint[] {
  const page = web ?? configuration.web;
  const { control, listen } = configuration.sip;
  return [
    webEndpoint(page, web === undefined ? 'web.port in the configuration' : '--web ADDRESS:PORT'),
    ...listen.map(
      (at): Endpoint => ({
        protocol: at.transport === 'udp' ? 'udp' : 'tcp',
        address: at.host,
        port: at.port,
        purpose: 'SIP',
        remedy: 'Stop the program that uses it (ss -lunpt shows which), or change sip.listen in the configuration.',
      }),
    ),
    {
      protocol: 'tcp',
      address: control.host,
      port: control.port,
      purpose: 'the SIP server’s control',
      remedy: 'Stop the program that uses it (perhaps another Holdfast), or change sip.control in the configuration.',
    },
  ];
}

function webEndpoint(web: { readonly address: string; readonly port: number }, where: string): Endpoint {
  return {
    protocol: 'tcp',
    address: web.address,
    port: web.port,
    purpose: 'the web page',
    remedy: `Stop the program that uses it (ss -ltnp shows which), or choose another with ${where}.`,
  };
}

/** Whom the SIP server trusts, and which calls it never turns away. */
function guardOf({ centre, trunks, phones, sip, ...rest }: Configuration): BranchProcesses['guard'] {
  const peers = [...centre.targets, ...trunks.flatMap(({ uri }) => uri ?? [])].map(parseSipUri);
  return {
    trusted: [...new Set([...sip.trustedNetworks, ...peers.flatMap((uri) => (uri.ok ? [uri.value.host] : []))])],
    branch: phones.networks,
    emergency: new EmergencyNumbers(rest).dialled,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const words = parseArguments(process.argv.slice(2), process.cwd());
  if (!words.ok) {
    process.stderr.write(`holdfast: ${words.error}\n\n${usage}`);
    process.exit(WRONG);
  }
  if (words.value.help) {
    say(usage);
    return;
  }
  const state = stateFolder(words.value);
  if (typeof state !== 'string') {
    process.stderr.write(formatStartFault(state));
    process.exit(WRONG);
  }
  const unwritable = prepareState(state);
  if (unwritable !== undefined) {
    process.stderr.write(formatStartFault(unwritable));
    process.exit(PREVENTED);
  }
  const supervisor = new Supervisor(words.value, state);
  const fault = await supervisor.start();
  if (fault !== undefined) await supervisor.stop(fault.kind === 'wrong' ? WRONG : PREVENTED, formatStartFault(fault));
}

/** `--state`, or the configuration's own, or a folder beside the sources for the lab. */
function stateFolder(words: Arguments): string | StartFault {
  if (words.state !== undefined) return words.state;
  if (words.config === undefined) return join(root, '.holdfast', 'lab');
  const read = readConfiguration(words.config);
  return read.ok ? read.value.configuration.store.directory : read.error;
}

await main();
