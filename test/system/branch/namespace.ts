import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { finish, must, PeerProcess, type PeerProcessOptions } from './peer-process.js';

const prefix = 'hf';
const live = new Set<string>();
let serial = 0;
let guarded = false;

/**
 * A network namespace of this run, named `hf-PID-N-ROLE`.
 * The pid in the name lets a later run remove what a killed run has left behind.
 */
export class Namespace {
  readonly name: string;
  readonly #processes: PeerProcess[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  static async create(role: string): Promise<Namespace> {
    guard();
    serial += 1;
    const name = `${prefix}-${process.pid}-${serial}-${role}`;
    live.add(name);
    await must('ip', ['netns', 'add', name]);
    const space = new Namespace(name);
    await space.ip('link set lo up');
    return space;
  }

  /** Runs `ip` commands inside, one a line. */
  async ip(...commands: string[]): Promise<void> {
    await must('ip', ['-n', this.name, '-batch', '-'], `${commands.join('\n')}\n`);
  }

  async run(command: string, args: readonly string[], input = ''): Promise<string> {
    return must('ip', ['netns', 'exec', this.name, command, ...args], input);
  }

  async nft(rules: string): Promise<void> {
    await this.run('nft', ['-f', '-'], rules);
  }

  /** The started process is `command` itself: `ip netns exec` replaces itself, so the pid is right. */
  spawn(command: string, args: readonly string[], options: PeerProcessOptions): PeerProcess {
    const started = new PeerProcess('ip', ['netns', 'exec', this.name, command, ...args], options);
    this.#processes.push(started);
    return started;
  }

  /** Ends every process inside, also grandchildren, then removes the namespace. */
  async destroy(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()));
    const inside = await finish('ip', ['netns', 'pids', this.name]);
    killAll(inside.stdout);
    await finish('ip', ['netns', 'del', this.name]);
    rmSync(`/etc/netns/${this.name}`, { recursive: true, force: true });
    live.delete(this.name);
  }
}

function killAll(pids: string): void {
  for (const pid of pids.split('\n').map(Number)) {
    if (!(pid > 1)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function removeNow(name: string): void {
  try {
    killAll(execFileSync('ip', ['netns', 'pids', name], { stdio: 'pipe', encoding: 'utf8' }));
    execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' });
  } catch {
    // Gone already.
  }
  rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
}

/** On the first namespace: what is left when this process ends, however it ends, is removed synchronously. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  sweepDeadRuns();
  process.on('exit', () => {
    for (const name of live) removeNow(name);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(130));
  }
}

/** Removes the namespaces of runs whose process is gone. */
export function sweepDeadRuns(): void {
  if (!existsSync('/var/run/netns')) return;
  for (const name of readdirSync('/var/run/netns')) {
    const pid = /^hf-(\d+)-\d+-/.exec(name)?.[1];
    if (pid === undefined || isNode(pid)) continue;
    removeNow(name);
  }
}

/** A pid may have been given to another program since; only a Node process can own namespaces of ours. */
function isNode(pid: string): boolean {
  try {
    return /node/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '');
  } catch {
    return false;
  }
}
