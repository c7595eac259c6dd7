import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { BranchStatus } from '../../../src/branch/index.js';
import type { Gate } from './gate.js';
import type { Namespace } from './namespace.js';
import { until } from './patience.js';
import type { PeerProcess } from './peer-process.js';

export interface HoldfastSettings {
  /** The configuration file's content; the users file stands beside it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly users: string;
  /** Where the test reads the page: `web.address` of the configuration. */
  readonly webAddress: string;
  readonly webPort: number;
}

export type Part = 'controller' | 'sip-server' | 'media-engine';

/** What the command line of each supervised process ends with. */
const programOf: Readonly<Record<Part, string>> = {
  controller: 'appliance/main.js',
  'sip-server': 'appliance/sip-server/main.js',
  'media-engine': 'appliance/media-engine/main.js',
};

/** The product: the supervisor and all that it starts, in the branch's box. */
export class Holdfast {
  readonly #space: Namespace;
  readonly #gate: Gate;
  readonly #home: string;
  readonly #settings: HoldfastSettings;
  #process: PeerProcess | undefined;
  #knocks = 0;

  private constructor(space: Namespace, gate: Gate, home: string, settings: HoldfastSettings) {
    this.#space = space;
    this.#gate = gate;
    this.#home = home;
    this.#settings = settings;
  }

  static async start(space: Namespace, gate: Gate, folder: string, settings: HoldfastSettings): Promise<Holdfast> {
    const home = join(folder, 'holdfast');
    mkdirSync(join(home, 'state'), { recursive: true });
    const holdfast = new Holdfast(space, gate, home, settings);
    writeFileSync(holdfast.usersFile, settings.users);
    writeFileSync(holdfast.configurationFile, stringify(settings.configuration));
    await holdfast.start();
    return holdfast;
  }

  get configurationFile(): string {
    return join(this.#home, 'holdfast.yaml');
  }

  /** Where the simulated cards, if there are any, are played with. */
  get worldSocket(): string {
    return join(this.#home, 'state', 'run', 'world');
  }

  get usersFile(): string {
    return join(this.#home, 'users.yaml');
  }

  /** Resolves when the page answers. */
  async start(): Promise<void> {
    const main = fileURLToPath(new URL('../../../appliance/supervisor/main.js', import.meta.url));
    const words = ['--config', this.configurationFile, '--state', join(this.#home, 'state'), '--no-terminal'];
    let web = false;
    const started = this.#space.spawn(process.execPath, [main, ...words], {
      logFile: this.logFile,
      onLine: (line) => {
        if (line.includes('web: http')) web = true;
      },
    });
    this.#process = started;
    const answer = await until('Holdfast prints its "web:" line and answers /api/status', 20_000, async () => {
      if (started.exitCode !== undefined) return 'ended';
      return web && (await this.status());
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${started.output().slice(-4000)}`);
    });
    if (answer === 'ended')
      throw new Error(`Holdfast ended with ${started.exitCode}:\n${started.output().slice(-4000)}`);
  }

  async stop(): Promise<void> {
    await this.#process?.stop(5000);
  }

  get logFile(): string {
    return join(this.#home, 'holdfast.log');
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  async status(timeoutMs = 2000): Promise<BranchStatus> {
    const { status, body } = await this.http('/api/status', { timeoutMs });
    if (status !== 200) throw new Error(`/api/status: ${status} ${body.slice(0, 200)}`);
    const parsed: BranchStatus = JSON.parse(body);
    return parsed;
  }

  http(
    path: string,
    options: { readonly method?: string; readonly body?: string; readonly timeoutMs?: number } = {},
  ): Promise<{ readonly status: number; readonly body: string }> {
    const { webAddress, webPort } = this.#settings;
    const headers = { 'content-type': 'application/json', origin: `http://${webAddress}:${webPort}` };
    return this.#gate.http(`http://${webAddress}:${webPort}${path}`, { ...options, headers });
  }

  /** Asks the registrar who a user is, over SIP; resolves with the status of its answer (401: it is at work). */
  knock(timeoutMs: number): Promise<number> {
    const { webAddress } = this.#settings;
    const socket = this.#gate.connect(webAddress, 5060);
    this.#knocks += 1;
    const id = `knock-${process.pid}-${this.#knocks}`;
    const lines = [
      `REGISTER sip:${webAddress} SIP/2.0`,
      `Via: SIP/2.0/TCP ${webAddress}:5999;branch=z9hG4bK${id}`,
      'Max-Forwards: 70',
      `From: <sip:nobody@${webAddress}>;tag=${id}`,
      `To: <sip:nobody@${webAddress}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 REGISTER',
      'Content-Length: 0',
    ];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(), timeoutMs);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const status = /^SIP\/2\.0 ([2-6]\d\d)/m.exec(text)?.[1];
        if (status === undefined) return;
        resolve(Number(status));
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(timer);
        reject(new Error('no answer over SIP'));
      });
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
  }

  /** Waits for a status; on failure tells the last one seen. */
  async reaches(what: string, withinMs: number, holds: (status: BranchStatus) => boolean): Promise<BranchStatus> {
    let last: BranchStatus | undefined;
    try {
      return await until(what, withinMs, async () => {
        last = await this.status();
        return holds(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}; the last status: ${last === undefined ? 'none' : briefly(last)}`);
    }
  }

  /** The running process of that part, a descendant of the supervisor. */
  pidOf(part: Part): number | undefined {
    const root = this.#process?.pid;
    if (root === undefined) return undefined;
    return descendants(root).find((pid) => commandLine(pid).some((word) => word.endsWith(programOf[part])));
  }

  /** Pids of the supervisor and all below it. */
  get pids(): readonly number[] {
    const root = this.#process?.pid;
    return root === undefined ? [] : [root, ...descendants(root)];
  }

  /** SIGKILL: nothing is flushed, nobody is told. Returns the pid that died. */
  kill(part: Part): number {
    const pid = this.pidOf(part);
    if (pid === undefined) throw new Error(`No ${part} runs below the supervisor.`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }
}

export function briefly(status: BranchStatus): string {
  const { mode, why, path, phones, calls } = status;
  const registered = phones.map((one) => `${one.username} (${one.origin})`).join(' ');
  const talking = calls.map((one) => `${one.from}-${one.to} ${one.state}`).join(' ');
  return `mode ${mode} (${why}); path ${path.state} ${path.fault ?? ''} (${path.why}); phones: ${registered || 'none'}; calls: ${talking || 'none'}`;
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function descendants(root: number): readonly number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = [];
  for (let open = [root]; open.length > 0; ) {
    open = open.flatMap((pid) => parents.get(pid) ?? []);
    found.push(...open);
  }
  return found;
}
