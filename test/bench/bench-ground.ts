import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configuration, domain, type OfficeUser, userNumber, usersFile } from '../system/branch/branch-office.js';
import { Gate } from '../system/branch/gate.js';
import { Holdfast } from '../system/branch/holdfast.js';
import { Kamailio } from '../system/branch/kamailio.js';
import { Namespace } from '../system/branch/namespace.js';
import { sleep } from '../system/branch/patience.js';
import { requireRootAndPeers } from '../system/branch/requirements.js';
import { Sipp } from '../system/branch/sipp.js';
import { answering } from '../system/branch/sipp-scenario.js';
import { familyOf, memoryMb, processorTimesMs } from './processor-time.js';

/** Where everybody stands, on the loopback of a namespace of the benchmark's own. */
export const place = {
  holdfast: '127.0.0.1',
  kamailio: '127.0.0.2',
  /** Takes the calls: the telephone network for Holdfast, a registered phone for Kamailio. */
  called: '127.0.0.3',
  callers: '127.0.0.4',
} as const;

export const benchUsers: readonly OfficeUser[] = Array.from({ length: 2000 }, (_, index) => userNumber(index));

/** Something that is measured: where it listens, and which processes it is made of. */
export interface Subject {
  readonly name: string;
  readonly target: string;
  readonly server: () => readonly number[];
  readonly application: () => readonly number[];
  readonly stop: () => Promise<void>;
}

export interface Spent {
  readonly serverMs: number;
  readonly applicationMs: number;
}

export function spentBy(subject: Subject): Spent {
  return { serverMs: processorTimesMs(subject.server()), applicationMs: processorTimesMs(subject.application()) };
}

export function memoryOf(subject: Subject): number {
  return memoryMb([...subject.server(), ...subject.application()]);
}

/** One namespace with nothing but its loopback: subjects and load generators meet there. */
export class BenchGround {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  readonly space: Namespace;
  #gate: Gate | undefined;

  private constructor(space: Namespace) {
    this.space = space;
  }

  static async open(): Promise<BenchGround> {
    requireRootAndPeers();
    return new BenchGround(await Namespace.create('bench'));
  }

  async close(): Promise<void> {
    await this.space.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kamailio 5.6 with two workers, everything in memory. */
  async kamailio(options: {
    readonly authenticate: boolean;
    readonly address?: string;
    readonly tls?: { readonly certificate: string; readonly key: string };
  }): Promise<Subject & { readonly peer: Kamailio }> {
    const address = options.address ?? place.kamailio;
    const peer = await Kamailio.start(this.space, this.folder, {
      domain,
      listen: [`udp:${address}:5060`, ...(options.tls === undefined ? [] : [`tls:${address}:5061`])],
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      users: benchUsers,
      desks: { '913125559000': `sip:${place.called}:5060` },
      authenticate: options.authenticate,
      workers: 2,
    });
    return {
      name: 'Kamailio 5.6',
      peer,
      target: `${address}:5060`,
      server: () => familyOf(peer.process.pid),
      application: () => [],
      stop: () => peer.stop(),
    };
  }

  /** The product as it is started in a branch; `serve`: forced to be registrar and router itself. */
  async holdfast(options: { readonly mode: 'serve' | 'relay' }): Promise<Subject & { readonly product: Holdfast }> {
    this.#gate ??= await Gate.open(this.space, this.folder);
    const gate = this.#gate;
    const settings = configuration({
      target: `sip:${place.kamailio}:5060;transport=udp`,
      configuration: {
        // Signalling is compared: the other side leaves the sound to the ends, so ours does too.
        media: { path: 'direct' },
        sip: { listen: [`udp/${place.holdfast}:5060`] },
        centre: { reRegisterPerSecond: 1000 },
        wan: { interface: 'lo' },
        web: { address: place.holdfast, port: 8080 },
        trunks: [{ name: 'line', uri: `sip:${place.called}:5060;transport=udp`, probe: false }],
      },
    });
    const product = await Holdfast.start(this.space, gate, mkdtempSync(join(this.folder, 'holdfast-')), {
      configuration: settings,
      users: usersFile(benchUsers),
      webAddress: place.holdfast,
      webPort: 8080,
    });
    if (options.mode === 'serve') {
      await product.http('/api/force', { method: 'POST', body: '{"mode":"survivable"}' });
      await product.reaches('forced', 5000, ({ mode }) => mode === 'forced-survivable');
    } else {
      await product.reaches('inline', 10_000, ({ mode }) => mode === 'inline');
    }
    const server = (): readonly number[] => [product.pidOf('sip-server') ?? -1];
    return {
      name: 'Holdfast',
      product,
      target: `${place.holdfast}:5060`,
      server,
      application: () => product.pids.filter((pid) => !server().includes(pid)),
      stop: () => product.stop(),
    };
  }

  /** Holdfast's SIP server alone, with the smallest drachtio-srf application that registers, and bridges calls or has them proxied. */
  async minimal(
    how: 'bridge' | 'proxy' = 'bridge',
    tls?: { readonly certificate: string; readonly key: string },
  ): Promise<Subject> {
    const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    const secret = 'bench';
    const server = this.space.spawn(
      process.execPath,
      [
        program('../../appliance/sip-server/main.js'),
        ...[
          '--control',
          '127.0.0.1:9022',
          '--secret',
          secret,
          '--listen',
          `udp/${place.holdfast}:5060`,
          '--log',
          'warn',
          ...(tls === undefined
            ? []
            : ['--listen', `tls/${place.holdfast}:5061`, '--tls-cert', tls.certificate, '--tls-key', tls.key]),
        ],
      ],
      { logFile: join(this.folder, 'sip-server.log') },
    );
    await sleep(700);
    const application = await new Promise<number>((resolve, reject) => {
      const started = this.space.spawn(
        process.execPath,
        [program('./minimal-application-main.js'), '9022', secret, `sip:${place.called}:5060`, how],
        {
          logFile: join(this.folder, 'minimal.log'),
          onLine: (line) => line === 'ready' && resolve(started.pid),
        },
      );
      started.ended.then((code) => reject(new Error(`the application ended with ${code}: ${started.output()}`)));
    });
    return {
      name: 'SIP server with a minimal application',
      target: `${place.holdfast}:5060`,
      server: () => [server.pid],
      application: () => [application],
      stop: async () => {
        process.kill(application, 'SIGTERM');
        await server.stop();
      },
    };
  }

  /** Answers calls at once, until stopped. */
  callee(): Sipp {
    return new Sipp(this.space, this.folder, {
      name: 'called',
      scenario: answering({ ringMs: 0 }),
      address: place.called,
      port: 5060,
      timeoutS: 3600,
    });
  }
}
