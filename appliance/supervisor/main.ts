import { join, resolve } from 'node:path';
import type { Configuration } from '../../src/config/index.js';
import { jsonLog, systemClock } from '../io/index.js';
import { type Arguments, parseArguments, usage } from './arguments.js';
import { BranchLink } from './branch-link.js';
import { type Ending, endingText } from './child.js';
import { type ChildName, Family } from './family.js';
import { LogFile } from './log-file.js';
import { PlainView } from './plain-view.js';
import {
  checkEndpoints,
  type Endpoint,
  formatStartFault,
  freePort,
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
/** A lab on a machine whose 8080 is taken still starts: nobody chose that port. */
const LAB_WEB_PORT = 8080;

const programs = resolve(import.meta.dirname, '..');
const root = resolve(programs, '../..');

class Supervisor {
  readonly #arguments: Arguments;
  readonly #state: string;
  readonly #file: LogFile;
  readonly #family: Family;
  readonly #link: BranchLink;
  readonly #plain: PlainView;
  readonly #lastLines: string[] = [];
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
      onLoss: (child, ending, restartInMs) => this.#lost(child, ending, restartInMs),
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
    this.#family.startLab(['--folder', folder]);
    const url = await announced;
    return this.#startBranch(join(folder, 'lab.yaml'), url, web);
  }

  async #startBranch(file: string, labUrl: string | undefined, web: Arguments['web']): Promise<StartFault | undefined> {
    const read = readConfiguration(file);
    if (!read.ok) return read.error;
    const { configuration, warnings } = read.value;
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    const prevented = await checkEndpoints(endpointsOf(configuration, web));
    if (prevented !== undefined) return prevented;
    this.#family.startBranch({
      configFile: file,
      control: configuration.sip.control,
      listen: configuration.sip.listen,
      ...(configuration.sip.externalAddress === undefined
        ? {}
        : { externalAddress: configuration.sip.externalAddress }),
      ...(web === undefined ? {} : { web }),
      ...(labUrl === undefined ? {} : { labUrl }),
    });
    return undefined;
  }

  #line(child: ChildName, line: string, stream: 'out' | 'error'): void {
    const announced = /^(web|lab): (http:\/\/\S+)$/.exec(line);
    if (announced?.[1] === 'lab' && child === 'lab') this.#labAnnounced?.(announced[2] ?? '');
    if (announced?.[1] === 'web' && child === 'controller') this.#ready(announced[2] ?? '');
    if (stream === 'out') return;
    const warning = warningOf(line);
    if (warning === undefined) return;
    this.#lastLines.push(`${child}: ${warning}`);
    if (this.#lastLines.length > 12) this.#lastLines.shift();
    this.#notice(`${child}: ${warning}`);
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

  #lost(child: ChildName, ending: Ending, restartInMs: number): void {
    const words = `${child} ended (${endingText(ending)})`;
    if (child === 'controller' && this.#web === undefined && ending.code === CONTROLLER_REFUSES) {
      const last = this.#lastLines.map((line) => `  ${line}\n`).join('');
      this.stop(WRONG, `holdfast: the ${words} before it could serve:\n${last}`);
      return;
    }
    this.#notice(`${words}; it starts again in ${restartInMs} ms`);
  }

  #notice(text: string): void {
    if (this.#terminal !== undefined) this.#terminal.notice(text);
    else process.stderr.write(`warning: ${printable(text)}\n`);
  }

  #changed(): void {
    if (this.#terminal !== undefined) this.#terminal.changed();
    else if (this.#link.status !== undefined) this.#plain.show(this.#link.status, this.#link.lab);
  }
}

/** What people must see of a child's error stream: warnings and worse, and whatever is no log line at all. */
function warningOf(line: string): string | undefined {
  if (!line.startsWith('{')) return line.trim() === '' ? undefined : line;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('level' in entry) || !('message' in entry)) return line;
    if (entry.level !== 'warn' && entry.level !== 'error') return undefined;
    const why = 'why' in entry && typeof entry.why === 'string' ? `: ${entry.why}` : '';
    return `${String(entry.message)}${why}`;
  } catch {
    return line;
  }
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
  if (fault !== undefined) await supervisor.stop(PREVENTED, formatStartFault(fault));
}

/** `--state`, or the configuration's own, or a folder beside the sources for the lab. */
function stateFolder(words: Arguments): string | StartFault {
  if (words.state !== undefined) return words.state;
  if (words.config === undefined) return join(root, '.holdfast', 'lab');
  const read = readConfiguration(words.config);
  return read.ok ? read.value.configuration.store.directory : read.error;
}

await main();
