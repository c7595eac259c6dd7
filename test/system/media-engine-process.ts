import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  idleSettings,
  type MediaCommand,
  type MediaEvent,
  type PortId,
  type PortStatistics,
  type RtpSettings,
} from '../../src/media/index.js';
import { until } from './branch/patience.js';
import { PeerProcess } from './branch/peer-process.js';

export interface MediaEngineOptions {
  /** For the socket, the certificate and the log. */
  readonly folder: string;
  /** Words before the program: `taskset -c 0`, `ip netns exec …`. */
  readonly prefix?: readonly string[];
  /** Further words after the program. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Until it listens; an emulated machine loads for longer. */
  readonly startMs?: number;
}

type Listener = (event: MediaEvent) => void;

/** The media engine as a process, and this test as its controller: commands out, events in, as plain data. */
export class MediaEngineProcess {
  readonly process: PeerProcess;
  readonly path: string;
  /** Everything that was not a pulse, in order; for the evidence of a failure. */
  readonly events: MediaEvent[] = [];
  /** `a=fingerprint` of its DTLS ports. */
  fingerprint = '';
  pulse: Extract<MediaEvent, { readonly kind: 'pulse' }> | undefined;
  readonly #listeners = new Set<Listener>();
  #socket: Socket | undefined;

  private constructor(process: PeerProcess, path: string) {
    this.process = process;
    this.path = path;
  }

  static async start(options: MediaEngineOptions): Promise<MediaEngineProcess> {
    const path = join(options.folder, 'run', 'media.sock');
    const main = fileURLToPath(new URL('../../appliance/media-engine/main.js', import.meta.url));
    const [command = process.execPath, ...words] = [
      ...(options.prefix ?? []),
      process.execPath,
      main,
      ...['--socket', path, '--state', options.folder],
      ...(options.words ?? []),
    ];
    const child = new PeerProcess(command, words, {
      logFile: join(options.folder, 'media-engine.log'),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    const engine = new MediaEngineProcess(child, path);
    try {
      await until('the media engine listens', options.startMs ?? 20_000, () => {
        if (child.exitCode !== undefined) throw new Error(`it ended with ${child.exitCode}`);
        return existsSync(path);
      });
      await engine.connect();
    } catch (error) {
      await child.stop();
      throw new Error(`the media engine does not start: ${String(error)}\n${child.output()}`);
    }
    return engine;
  }

  get pid(): number {
    return this.process.pid;
  }

  async connect(): Promise<void> {
    // The path is there a moment before anybody listens.
    const socket = await until('the media engine accepts', 10_000, () => connected(this.path));
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#heard(JSON.parse(line));
    });
    socket.on('error', () => undefined);
    await this.next('hello', ({ kind }) => kind === 'hello', 10_000);
  }

  disconnect(): void {
    this.#socket?.destroy();
  }

  tell(...commands: readonly MediaCommand[]): void {
    for (const command of commands) this.#socket?.write(`${JSON.stringify(command)}\n`);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The next event that is meant; one that came before this call is not. */
  next<E extends MediaEvent>(
    what: string,
    meant: ((event: MediaEvent) => event is E) | ((event: MediaEvent) => boolean),
    withinMs = 10_000,
  ): Promise<E> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`the media engine did not say: ${what}\n${this.evidence()}`));
      }, withinMs);
      const stop = this.listen((event) => {
        if (!meant(event)) return;
        clearTimeout(timer);
        stop();
        resolve(event as E);
      });
    });
  }

  async statistics(port: PortId): Promise<PortStatistics> {
    const answer = this.next(
      `statistics of ${port}`,
      (event): event is Extract<MediaEvent, { readonly kind: 'statistics' }> =>
        event.kind === 'statistics' && event.port === port,
    );
    this.tell({ kind: 'askStatistics', port });
    return (await answer).statistics;
  }

  /** Closes ports and waits until the engine says so. */
  async close(ports: readonly PortId[]): Promise<ReadonlyMap<PortId, PortStatistics>> {
    const left = new Set(ports);
    const figures = new Map<PortId, PortStatistics>();
    if (left.size === 0) return figures;
    const all = this.next(
      'closed',
      (event) => {
        if (event.kind === 'closed' && left.delete(event.port)) figures.set(event.port, event.statistics);
        return left.size === 0;
      },
      20_000,
    );
    this.tell(...ports.map((port): MediaCommand => ({ kind: 'close', port })));
    await all;
    return figures;
  }

  get failures(): readonly MediaEvent[] {
    return this.events.filter(({ kind }) => kind === 'failed');
  }

  evidence(): string {
    const said = this.events.slice(-20).map((event) => JSON.stringify(event));
    return [...said, this.process.output().slice(-4000)].join('\n');
  }

  async stop(): Promise<void> {
    this.disconnect();
    await this.process.stop();
  }

  #heard(event: MediaEvent): void {
    if (event.kind === 'hello') this.fingerprint = event.fingerprint;
    if (event.kind === 'pulse') this.pulse = event;
    else {
      this.events.push(event);
      if (this.events.length > 5000) this.events.splice(0, 2500);
    }
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

export function newPortId(): PortId {
  return randomBytes(8).toString('hex');
}

/** What a test does not care about. */
export const usualSettings: RtpSettings = {
  ...idleSettings,
  latch: 'any',
  direction: { sends: true, receives: true },
};
