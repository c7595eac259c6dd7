import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Log } from '../../src/base/index.js';
import { formatHostPort, type HostPort, type SipListener } from '../../src/config/index.js';
import { Child, type Ending, endingText } from './child.js';
import { LogFile } from './log-file.js';
import { nodeProcess } from './node-process.js';
import { sandboxFlags } from './sandbox.js';

export type ChildName = 'lab' | 'lines' | 'media-engine' | 'sip-server' | 'controller';

export interface FamilyOptions {
  /** The folder of the compiled `appliance`. */
  readonly programs: string;
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Each line of a child: its warnings are for the views, its announcements for the start. */
  readonly onLine: (child: ChildName, line: string, stream: 'out' | 'error') => void;
  readonly onLoss: (child: ChildName, ending: Ending, restartInMs: number) => void;
}

export interface BranchTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority?: string;
  readonly verify: string;
  readonly checkPeer: boolean;
}

/** Who the SIP server is once its ports are open, when we are root. */
const SANDBOX_USER = 'nobody';

/** What the processes of a branch are started with. */
export interface BranchProcesses {
  readonly configFile: string;
  readonly control: HostPort;
  readonly listen: readonly SipListener[];
  /** The address that peers outside of `inside` know, where there is a translator. */
  readonly external?: { readonly address: string; readonly inside: readonly string[] };
  /** Hosts that no limit of a source holds for, networks of the telephones, and numbers that are calls for help. */
  readonly guard: {
    readonly trusted: readonly string[];
    readonly branch: readonly string[];
    readonly emergency: readonly string[];
  };
  /** Where the SIP server takes WebSockets that come by the page's own address. */
  readonly pageSip?: HostPort;
  /** Absolute paths. */
  readonly tls?: BranchTls;
  readonly web?: { readonly address: string; readonly port: number };
  readonly labUrl?: string;
  /** Absent: sound passes beside this box. */
  readonly media?: { readonly kernelPath: boolean };
  /** Absent: there are no line cards. */
  readonly lines?: { readonly cards: 'dahdi' | 'simulator' };
}

/** Of a Unix socket's path, with room for its end (unix(7)), and for the sockets of samples beside that of the lines. */
const LONGEST_SOCKET_PATH = 88;
/** One waits for all cards; one more stays with each card that hangs, and four are what files need. */
const LINE_THREADS = '16';

/** The processes of one branch. The secret between them lives as long as the supervisor, over all their restarts. */
export class Family {
  readonly #options: FamilyOptions;
  readonly #secret = randomBytes(24).toString('hex');
  readonly #children: Child[] = [];
  readonly #logs: LogFile[] = [];

  constructor(options: FamilyOptions) {
    this.#options = options;
  }

  startLab(words: readonly string[]): void {
    this.#start('lab', 'lab/main.js', [...words, '--world', this.#socket('world')]);
  }

  startBranch(branch: BranchProcesses): void {
    const control = formatHostPort(branch.control);
    const { tls, pageSip } = branch;
    const words = [
      '--control',
      control,
      ...branch.listen.flatMap((at) => ['--listen', `${at.transport}/${formatHostPort(at)}`]),
      ...(branch.external === undefined ? [] : ['--external', branch.external.address]),
      ...(branch.external?.inside ?? []).flatMap((network) => ['--inside', network]),
      ...branch.guard.trusted.flatMap((host) => ['--trusted', host]),
      ...branch.guard.branch.flatMap((network) => ['--branch', network]),
      ...branch.guard.emergency.flatMap((number) => ['--emergency', number]),
      ...(pageSip === undefined ? [] : ['--listen', `ws/${formatHostPort(pageSip)}`]),
      ...(tls === undefined ? [] : tlsWords(tls)),
      ...(process.getuid?.() === 0 ? ['--user', SANDBOX_USER] : []),
    ];
    const mediaSocket = this.#socket('media');
    const lineSocket = this.#socket('lines');
    if (branch.lines !== undefined) {
      this.#start('lines', 'line-server/main.js', [
        ...['--socket', lineSocket, '--cards', branch.lines.cards],
        ...(branch.lines.cards === 'simulator' ? ['--world', this.#socket('world')] : []),
      ]);
    }
    if (branch.media !== undefined) {
      const state = join(this.#options.stateFolder, 'media');
      const kernel = branch.media.kernelPath ? ['--kernel-path', 'yes'] : [];
      this.#start('media-engine', 'media-engine/main.js', ['--socket', mediaSocket, '--state', state, ...kernel]);
    }
    const files = [tls?.certificate, tls?.key, tls?.authority].filter((file) => file !== undefined);
    this.#start('sip-server', 'sip-server/main.js', words, sandboxFlags(files));
    this.#start('controller', 'main.js', [
      '--config',
      branch.configFile,
      '--state',
      this.#options.stateFolder,
      '--control',
      control,
      ...(branch.web === undefined
        ? []
        : ['--web', formatHostPort({ host: branch.web.address, port: branch.web.port })]),
      ...(pageSip === undefined ? [] : ['--page-sip', formatHostPort(pageSip)]),
      ...(branch.media === undefined ? [] : ['--media', mediaSocket]),
      ...(branch.lines === undefined ? [] : ['--lines', lineSocket]),
      ...(branch.labUrl === undefined ? [] : ['--lab', branch.labUrl]),
    ]);
  }

  /** Last come, first gone: the controller writes its last records while the SIP server and the media engine still answer. */
  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
    for (const log of this.#logs) log.close();
  }

  /** In the state folder where that is near enough to the root, else in a folder that has its name from it. */
  #socket(name: 'media' | 'lines' | 'world'): string {
    const { stateFolder } = this.#options;
    const near = join(stateFolder, 'run', name);
    if (Buffer.byteLength(near) <= LONGEST_SOCKET_PATH) return near;
    const mark = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16);
    return join(tmpdir(), `holdfast-${mark}`, name);
  }

  #start(name: ChildName, script: string, words: readonly string[], flags: readonly string[] = []): void {
    const file = new LogFile(join(this.#options.stateFolder, 'logs', `${name}.log`));
    this.#logs.push(file);
    const child = new Child({
      name,
      clock: this.#options.clock,
      log: this.#options.log,
      launch: nodeProcess({
        script: join(this.#options.programs, script),
        arguments: words,
        flags,
        environment: {
          HOLDFAST_CONTROL_SECRET: this.#secret,
          HOLDFAST_SIP_SECRET: this.#secret,
          ...(name === 'lines' ? { UV_THREADPOOL_SIZE: LINE_THREADS } : {}),
        },
        log: file,
        onLine: (line, stream) => this.#options.onLine(name, line, stream),
      }),
      onLoss: (ending, restartInMs) => {
        this.#options.log.warn('process lost', { name, why: endingText(ending), restartInMs });
        this.#options.onLoss(name, ending, restartInMs);
      },
    });
    this.#children.push(child);
    child.start();
  }
}

function tlsWords({ certificate, key, authority, verify, checkPeer }: BranchTls): readonly string[] {
  const files = [
    '--tls-cert',
    certificate,
    '--tls-key',
    key,
    ...(authority === undefined ? [] : ['--tls-ca', authority]),
  ];
  return [...files, '--tls-verify', verify, '--tls-check-peer', checkPeer ? 'yes' : 'no'];
}
