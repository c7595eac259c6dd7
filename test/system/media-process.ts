import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MediaLink } from '../../appliance/controller/index.js';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import { silentLog } from '../../src/base/index.js';
import {
  idleSettings,
  type MediaNetwork,
  type MediaPort,
  type MediaPorts,
  type RtpSettings,
  type TransportAddress,
} from '../../src/media/index.js';

const script = resolve(import.meta.dirname, '../../appliance/media-engine/main.js');

/** A media engine's process, restarted when it is killed, as the supervisor does. */
export class MediaProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-media-'));
  readonly socket = join(this.folder, 'run', 'control');
  readonly #words: readonly string[];
  readonly #enter: readonly string[];
  #child: ChildProcess | undefined;
  #stopped = false;
  /** What it wrote to its error stream. */
  words = '';

  /** `enter`: what the command line begins with, e.g. `ip netns exec NAME`. */
  constructor(words: readonly string[] = [], enter: readonly string[] = []) {
    this.#words = words;
    this.#enter = enter;
    this.#launch();
  }

  /** SIGKILL, and at once another one. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
    return child.exitCode;
  }

  #launch(): void {
    const [program = process.execPath, ...before] = [...this.#enter, process.execPath];
    const places = ['--socket', this.socket, '--state', join(this.folder, 'state')];
    const child = spawn(program, [...before, script, ...places, '--real-time', 'no', ...this.#words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk) => {
      this.words += String(chunk);
    });
    child.once('exit', (_code, signal) => {
      if (!this.#stopped && signal === 'SIGKILL') this.#launch();
    });
    this.#child = child;
  }
}

/** The controller's side of media, in this process. */
export class MediaController {
  readonly ports: MediaPorts;
  readonly #link: MediaLink;

  private constructor(link: MediaLink) {
    this.#link = link;
    this.ports = link.ports;
  }

  /** Ports on `address` from `first` on, as the network `inside`; and on `more` ones. */
  static async start(
    socket: string,
    address: string,
    first: number,
    more: readonly MediaNetwork[] = [],
  ): Promise<MediaController> {
    const networks = [{ name: 'inside', address, ports: { first, last: first + 999 } }, ...more];
    const link = new MediaLink({ path: socket, networks, clock: systemClock, random: systemRandom, log: silentLog });
    await link.start(20_000);
    return new MediaController(link);
  }

  open(settings: RtpSettings, network = 'inside'): MediaPort {
    const opened = this.ports.open({ network });
    if (!opened.ok) throw new Error(opened.error.why);
    opened.value.configure(settings);
    return opened.value;
  }

  /** Two ports that hear each other, with plain G.711 to both ends. */
  bridge(one: Addressed, other: Addressed, network = 'inside'): readonly [MediaPort, MediaPort] {
    const ports = [this.open(g711To(one)), this.open(g711To(other), network)] as const;
    ports[0].hear({ kind: 'port', port: ports[1].id });
    ports[1].hear({ kind: 'port', port: ports[0].id });
    return ports;
  }

  /** As a process that ends, however it ends: the engine is told nothing. */
  vanish(): void {
    this.#link.stop();
  }
}

/** A party that can be sent sound. */
export interface Addressed {
  readonly address: TransportAddress;
}

export const pcmu = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' } as const;

export function g711To(end: Addressed): RtpSettings {
  const { host, port } = end.address;
  return {
    ...idleSettings,
    remote: { rtp: { host, port }, rtcp: { host, port: port + 1 } },
    receives: [pcmu],
    sends: [pcmu],
    direction: { sends: true, receives: true },
  };
}

/** Resolves once `holds`, at the latest after 20 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const limit = systemClock.now() + 20_000;
  while (!holds()) {
    if (systemClock.now() > limit) throw new Error(`in 20 s it never came to this: ${what}`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
