import { createSocket } from 'node:dgram';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../src/base/index.js';
import { type Configuration, formatFault, parseConfiguration } from '../../src/config/index.js';

/** Why Holdfast cannot start: what, where, and what to do. */
export interface StartFault {
  /** Their mistake (arguments, configuration), or the machine's no (port, folder). */
  readonly kind: 'wrong' | 'prevented';
  readonly what: string;
  readonly where: string;
  readonly remedy: string;
}

export interface Endpoint {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** What it is for, and where it is set. */
  readonly purpose: string;
  readonly remedy: string;
}

export function formatStartFault(fault: StartFault): string {
  return `holdfast: ${fault.what}\n  where: ${fault.where}\n  to do: ${fault.remedy}\n`;
}

/** Makes the folder and its `logs`, and writes into it once. */
export function prepareState(folder: string): StartFault | undefined {
  try {
    makeFolder(join(folder, 'logs'));
    const probe = join(folder, `.write-test-${process.pid}`);
    closeSync(openSync(probe, 'w', 0o600));
    unlinkSync(probe);
    return undefined;
  } catch (failure) {
    return {
      kind: 'prevented',
      what: `The state folder cannot be written: ${reasonOf(failure)}.`,
      where: folder,
      remedy: 'Give this user write permission to it, or choose another folder with --state DIR.',
    };
  }
}

/** Step by step: Node's own recursive way never returns where a parent can be seen and yet not be made (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o750 });
}

/** Where Debian and others keep libraries. */
const libraryFolders = ['x86_64', 'aarch64', 'arm'].map((processor) => `/usr/lib/${processor}-linux-gnu`);
const libpri = ['/usr/lib', '/usr/lib64', '/usr/local/lib', ...libraryFolders].map(
  (folder) => `${folder}/libpri.so.1.4`,
);
/** Of the kernel's driver, once it is loaded. */
const dahdiControl = '/dev/dahdi/ctl';

/** What lines would need and the machine does not have: the branch starts without, and what needs it does not serve. */
export function missingForLines(
  { cards, spans }: Configuration['lines'],
  isThere: (path: string) => boolean = existsSync,
): readonly string[] {
  if (cards === 'none') return [];
  const missing: string[] = [];
  if (spans.some(({ signalling }) => signalling === 'pri') && !libpri.some(isThere))
    missing.push('lines.spans: PRI takes the package libpri1.4 (sudo apt-get install libpri1.4)');
  if (cards === 'dahdi' && !isThere(dahdiControl))
    missing.push(
      `lines.cards: the kernel's driver is not loaded (no ${dahdiControl}); it is in the package dahdi-dkms`,
    );
  return missing;
}

export interface ReadConfiguration {
  readonly configuration: Configuration;
  /** Allowed, and yet likely mistakes. */
  readonly warnings: readonly string[];
}

export function readConfiguration(file: string): Result<ReadConfiguration, StartFault> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (failure) {
    return err({
      kind: 'wrong',
      what: `The configuration cannot be read: ${reasonOf(failure)}.`,
      where: file,
      remedy: 'Give the path of a readable file with --config FILE; README.md shows how to get an example.',
    });
  }
  const parsed = parseConfiguration(text, file);
  if (parsed.ok) return ok({ configuration: parsed.value, warnings: parsed.warnings.map(formatFault) });
  return err({
    kind: 'wrong',
    what: `The configuration has ${parsed.error.length === 1 ? 'a fault' : `${parsed.error.length} faults`}:\n    ${parsed.error.map(formatFault).join('\n    ')}`,
    where: file,
    remedy: 'Correct the lines above; nothing was started.',
  });
}

/** The first endpoint that cannot be bound. What is free now may be taken a moment later: the children say so then. */
export async function checkEndpoints(endpoints: readonly Endpoint[]): Promise<StartFault | undefined> {
  for (const endpoint of endpoints) {
    if (endpoint.port === 0) continue;
    const code = endpoint.protocol === 'udp' ? await tryUdp(endpoint) : await tryTcp(endpoint);
    if (code === undefined) continue;
    return {
      kind: 'prevented',
      what: whyNot(code, endpoint),
      where: `${endpoint.protocol} ${hostPort(endpoint)}`,
      remedy: endpoint.remedy,
    };
  }
  return undefined;
}

function whyNot(code: string, { purpose }: Endpoint): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Another program already uses the port of ${purpose}.`;
    case 'EADDRNOTAVAIL':
      return `The address of ${purpose} is not one of this machine.`;
    case 'EACCES':
      return `This user may not listen on the port of ${purpose}.`;
    default:
      return `The port of ${purpose} cannot be opened (${code}).`;
  }
}

/** A port of `address` that is free for both UDP and TCP now: `wanted` where possible, else any. */
export async function freePort(address: string, wanted = 0): Promise<number> {
  for (const port of wanted === 0 ? [0, 0, 0] : [wanted, 0, 0, 0]) {
    const tcp = await boundTcp({ address, port });
    if (typeof tcp === 'string') continue;
    if ((await tryUdp({ address, port: tcp })) === undefined) return tcp;
  }
  throw new Error(`no free port on ${address}`);
}

/** Undefined when it can be bound, else the system's code. */
async function tryTcp(at: Pick<Endpoint, 'address' | 'port'>): Promise<string | undefined> {
  const bound = await boundTcp(at);
  return typeof bound === 'string' ? bound : undefined;
}

function boundTcp({ address, port }: Pick<Endpoint, 'address' | 'port'>): Promise<number | string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (failure: NodeJS.ErrnoException) => resolve(failure.code ?? failure.message));
    server.listen({ host: address, port }, () => {
      const bound = server.address();
      server.close(() => resolve(bound !== null && typeof bound === 'object' ? bound.port : port));
    });
  });
}

function tryUdp({ address, port }: Pick<Endpoint, 'address' | 'port'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sixth = address.includes(':');
    const socket = createSocket({ type: sixth ? 'udp6' : 'udp4', ipv6Only: sixth && address !== '::' });
    socket.once('error', (failure: NodeJS.ErrnoException) => resolve(failure.code ?? failure.message));
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

function hostPort({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const code = 'code' in failure ? failure.code : undefined;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is not a folder',
    EEXIST: 'a file of that name is in the way',
    EISDIR: 'it is a folder',
  };
  return (typeof code === 'string' ? known[code] : undefined) ?? failure.message;
}
