import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineLink } from '../../appliance/controller/index.js';
import { systemClock } from '../../appliance/io/index.js';
import { silentLog } from '../../src/base/index.js';
import type { IsdnSetup } from '../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, DChannelSettings } from '../../src/tdm/index.js';
import { until } from './branch/patience.js';
import { PeerProcess } from './branch/peer-process.js';

const plain = { type: 'unknown', plan: 'unknown' } as const;
/** Rings until the caller gives up (`networkOutcome`). */
export const rings: IsdnSetup = { called: { digits: '3125551102', ...plain }, complete: true, bearer: 'speech' };
export const dChannel: DChannelSettings = {
  ...({ name: 'pstn', switchType: 'ni2', side: 'user', e1: false, nfas: false } as const),
  channels: ['sim/1:24'],
};

type Told = DChannelEvent & { readonly call?: string };

/** The line process with simulated cards, and a controller's end of it. */
export class LineProcessBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-lines-'));
  readonly path = join(this.#folder, 'run', 'lines');
  readonly events: Told[] = [];
  /** Whether the process was told to be there, and not. */
  readonly ups: boolean[] = [];
  #process: PeerProcess | undefined;
  #link: LineLink | undefined;
  #port: DChannelPort | undefined;

  get #world(): string {
    return join(this.#folder, 'run', 'world');
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  get link(): LineLink {
    assert.ok(this.#link !== undefined);
    return this.#link;
  }

  get port(): DChannelPort {
    assert.ok(this.#port !== undefined);
    return this.#port;
  }

  start(): void {
    const main = fileURLToPath(new URL('../../appliance/line-server/main.js', import.meta.url));
    const words = ['--socket', this.path, '--cards', 'simulator', '--world', this.#world];
    this.#process = new PeerProcess(process.execPath, [main, ...words], {
      logFile: join(this.#folder, 'line-server.log'),
    });
  }

  /** A controller that opens the D-channel of the T1. */
  connect(): void {
    const link = new LineLink({ path: this.path, clock: systemClock, log: silentLog });
    link.on((up) => this.ups.push(up));
    this.#link = link;
    this.#port = link.lines.open(dChannel);
    this.#port.on((event) => this.events.push(event));
    link.start();
  }

  disconnect(): void {
    this.#link?.stop();
  }

  /** Without a word to anybody. */
  async kill(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    await until(`process ${pid} is gone`, 10_000, () => !existsSync(`/proc/${pid}`) || isDead(pid));
  }

  async ended(): Promise<void> {
    await this.#process?.stop();
  }

  async up(): Promise<void> {
    await until(`the D-channel is up (${this.told()})`, 30_000, () => this.port.up);
  }

  /** The first event of that kind since the last that was waited for. */
  async next<K extends DChannelEvent['kind']>(
    kind: K,
    call?: string,
  ): Promise<Extract<DChannelEvent, { readonly kind: K }>> {
    return until(`${kind} ${call ?? ''}`, 30_000, () => {
      const at = this.events.findIndex((event) => event.kind === kind && (call === undefined || event.call === call));
      if (at < 0) return undefined;
      return this.events.splice(0, at + 1).at(-1) as Extract<DChannelEvent, { readonly kind: K }>;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; heard: ${this.told()}\n${this.#process?.output() ?? ''}`);
    });
  }

  told(): string {
    return this.events.map(({ kind, call }) => (call === undefined ? kind : `${kind} ${call}`)).join(', ');
  }

  /** Says something to the simulated world. */
  play(command: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.#world);
      let text = '';
      socket.on('error', reject);
      socket.on('connect', () => socket.write(`${JSON.stringify({ id: 1, command })}\n`));
      socket.on('data', (chunk) => {
        text += chunk.toString('utf8');
        const answer = text
          .split('\n')
          .slice(0, -1)
          .map((line): { readonly id?: number; readonly refused?: string } => JSON.parse(line))
          .find(({ id }) => id === 1);
        if (answer === undefined) return;
        socket.destroy();
        if (answer.refused === undefined) resolve();
        else reject(new Error(answer.refused));
      });
    });
  }

  /** Pids of the processes that speak for D-channels: the network's own first. */
  speakers(): readonly number[] {
    return childrenOf(this.pid);
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.#process?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => !isDead(pid) && parentOf(pid) === parent)
    .toSorted((a, b) => a - b);
}

function parentOf(pid: number): number {
  return Number(stat(pid)[1]);
}

function isDead(pid: number): boolean {
  const [state] = stat(pid);
  return state === undefined || state === 'Z' || state === 'X';
}

/** State, parent and further fields of proc(5); the name before them may hold spaces. */
function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
