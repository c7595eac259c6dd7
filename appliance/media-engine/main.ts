import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { err, type Log, ok, type Result } from '../../src/base/index.js';
import type { MediaEvent, PortId } from '../../src/media/index.js';
import { CommandSocket, jsonLog, systemClock, systemRandom } from '../io/index.js';
import { loadAddon } from './addon.js';
import { keptCertificate } from './certificate.js';
import type { KernelPort } from './kernel-flows.js';
import { KernelPath, type KernelPathOptions } from './kernel-path.js';
import { MediaShell } from './media-shell.js';
import { forwardsIpv4, nft } from './nft.js';
import { removeScript } from './nft-script.js';
import { makeTransportAgent } from './port-transports.js';

/**
 * The media engine's process: a native thread that owns sound, and a shell that takes commands for it.
 * Exit codes: 2 wrong arguments, 1 the machine does not allow it or the native thread hangs, 0 asked to end.
 */
const wrong = 2;
const prevented = 1;
const usage = `usage: media-engine --socket PATH --state DIR [--real-time yes|no] [--complexity 0-10] [--batch-above RATE]
                    [--kernel-path yes|no] [--log LEVEL]
  --socket       where the controller speaks to the engine; its folder must be ours alone
  --state        keeps the certificate for DTLS
  --real-time    whether the native thread asks for SCHED_RR (yes)
  --complexity   of the Opus encoders where there is no load (5)
  --batch-above  packets per second above which packets are handled each millisecond together (3000)
  --kernel-path  whether the kernel forwards what needs nothing else; takes NET_ADMIN, nftables and net.ipv4.ip_forward (no)
  --log          debug, info, warn or error (info)
`;

interface Arguments {
  readonly socket: string;
  readonly state: string;
  readonly realTime: boolean;
  readonly complexity: number;
  readonly batchAbove: number;
  readonly kernelPath: boolean;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
}

function readArguments(words: readonly string[]): Result<Arguments, string> {
  const text = { type: 'string' } as const;
  const names = {
    socket: text,
    state: text,
    'real-time': text,
    complexity: text,
    'batch-above': text,
    'kernel-path': text,
    log: text,
  };
  try {
    const { values } = parseArgs({ args: [...words], options: names, strict: true });
    if (values.socket === undefined) return err('--socket PATH is missing');
    if (values.state === undefined) return err('--state DIR is missing');
    const { 'real-time': realTime = 'yes', 'kernel-path': kernelPath = 'no', log = 'info' } = values;
    if (kernelPath !== 'yes' && kernelPath !== 'no') return err(`--kernel-path ${kernelPath}: write yes or no`);
    if (realTime !== 'yes' && realTime !== 'no') return err(`--real-time ${realTime}: write yes or no`);
    const complexity = Number(values.complexity ?? 5);
    if (!Number.isInteger(complexity) || complexity < 0 || complexity > 10)
      return err(`--complexity ${values.complexity}: write a whole number from 0 to 10`);
    const batchAbove = Number(values['batch-above'] ?? 3000);
    if (!Number.isInteger(batchAbove) || batchAbove < 0)
      return err(`--batch-above ${values['batch-above']}: write packets per second`);
    if (log !== 'debug' && log !== 'info' && log !== 'warn' && log !== 'error')
      return err(`--log ${log}: write debug, info, warn or error`);
    const [socket, state] = [resolve(values.socket), resolve(values.state)];
    const kernel = { kernelPath: kernelPath === 'yes' };
    return ok({ socket, state, realTime: realTime === 'yes', complexity, batchAbove, ...kernel, log });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** Undefined where the kernel does not forward. A table that a killed engine left behind is removed in any case. */
async function startKernelPath(wanted: boolean, shell: MediaShell, log: Log): Promise<KernelPath | undefined> {
  if (!wanted) {
    await nft(['-f', '-'], removeScript).catch(() => undefined);
    return undefined;
  }
  const ports = (): ReadonlyMap<PortId, KernelPort> => {
    const found = new Map<PortId, KernelPort>();
    for (const [id, { rtp, closing }] of shell.ports) {
      if (rtp !== undefined && !closing) found.set(id, { id, rtp, recorded: shell.isRecorded(id) });
    }
    return found;
  };
  const isLocal = (host: string): boolean =>
    Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host) === true);
  const toNative: KernelPathOptions['toNative'] = (command) => shell.toNative(command);
  const path = new KernelPath({ clock: systemClock, log, nft, ports, isLocal, toNative });
  const why = (await forwardsIpv4()) ? await path.start() : 'net.ipv4.ip_forward is 0';
  if (why !== undefined) {
    log.error('the kernel path is off: it takes the right NET_ADMIN, nftables and forwarding of IPv4', { why });
    return undefined;
  }
  shell.observe(path);
  return path;
}

async function start(words: Arguments, log: Log): Promise<void> {
  const { socket: path, state, realTime, complexity, batchAbove } = words;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const [clock, random] = [systemClock, systemRandom];
  const certificate = keptCertificate(state, random, clock.wall());
  const addon = loadAddon();
  const native = addon.create({ wake: () => shell.wake(), realTime, complexity, batchAbove });
  const shell = new MediaShell({
    native,
    makeAgent: makeTransportAgent,
    certificate,
    codecs: addon.codecs,
    realTime: addon.realTime(),
    clock,
    random,
    log,
    // The thread cannot be asked to end either: what it holds is given back by the end of the process.
    onHung: () => process.exit(prevented),
  });
  const kernel = await startKernelPath(words.kernelPath, shell, log);
  const socket = await CommandSocket.open<MediaEvent>({
    path,
    log,
    onConnected: (tell) => shell.connected(tell),
    onCommand: (value) => shell.command(value),
    onGone: (tell) => shell.disconnected(tell),
    unreadable: (why) => ({ kind: 'failed', command: '', why }),
  });
  log.info('the media engine is ready', { socket: path, realTime: addon.realTime(), codecs: addon.codecs });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all([socket.close(), kernel?.stop()]).then(() => {
        shell.stop();
        process.exit(0);
      });
    });
  }
}

async function main(): Promise<void> {
  const words = readArguments(process.argv.slice(2));
  if (!words.ok) {
    process.stderr.write(`media-engine: ${words.error}\n${usage}`);
    process.exit(wrong);
  }
  const log = jsonLog(words.value.log, { process: 'media-engine' });
  try {
    await start(words.value, log);
  } catch (error) {
    process.stderr.write(`media-engine: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(prevented);
  }
}

await main();
