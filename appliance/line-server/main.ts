import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DahdiHardware, FileSysfs, LinuxKernel } from '../../hw/dahdi/index.js';
import { RecordedHardware } from '../../hw/recorder/index.js';
import { openSimulator, simulatedCards } from '../../hw/simulator/index.js';
import { err, type Log, ok, type Result } from '../../src/base/index.js';
import type { DChannelEvent, LineHardware, LineReport } from '../../src/tdm/index.js';
import { CommandSocket, jsonLog, systemClock, systemRandom } from '../io/index.js';
import { DChannelGroup, type LaunchDChannel } from './d-channel-group.js';
import { LineServer } from './line-server.js';
import { priLauncher } from './pri-process.js';

/**
 * The process that owns the line cards.
 * Exit codes: 2 wrong arguments, 1 the machine does not allow it, 0 asked to end.
 */
const wrong = 2;
const prevented = 1;
const usage = `usage: line-server --socket PATH --cards dahdi|simulator [--world PATH] [--log LEVEL]
  --socket  where the controller speaks to this process; its folder must be ours alone
  --cards   dahdi: real ones, by the kernel's driver; simulator: a small telephone world
  --world   simulator: where people play in the world
  --log     debug, info, warn or error (info)
`;

interface Arguments {
  readonly socket: string;
  readonly cards: 'dahdi' | 'simulator';
  readonly world: string | undefined;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
}

function readArguments(words: readonly string[]): Result<Arguments, string> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { socket: text, cards: text, world: text, log: text },
      strict: true,
    });
    const { socket, cards, world, log = 'info' } = values;
    if (socket === undefined) return err('--socket PATH is missing');
    if (cards !== 'dahdi' && cards !== 'simulator') return err(`--cards ${cards ?? ''}: write dahdi or simulator`);
    if (log !== 'debug' && log !== 'info' && log !== 'warn' && log !== 'error')
      return err(`--log ${log}: write debug, info, warn or error`);
    return ok({ socket: resolve(socket), cards, world: world === undefined ? undefined : resolve(world), log });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

interface Backend {
  readonly hardware: LineHardware;
  close(): void;
}

/** The cards of this machine; their samples go to the media engine by the channels' open files. */
function real({ socket }: Arguments, log: Log): Backend {
  const socketFolder = join(dirname(socket), 'samples');
  mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
  const [kernel, sysfs] = [new LinuxKernel(), new FileSysfs('/')];
  const hardware = new DahdiHardware({ clock: systemClock, log, kernel, sysfs, socketFolder });
  return { hardware, close: () => hardware.stop() };
}

/** Two telephones, and a T1 to the public network, which speaks by a process of its own. */
function simulated({ socket, world: control }: Arguments, launch: LaunchDChannel, log: Log): Backend {
  const folder = join(dirname(socket), 'samples');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [clock, random] = [systemClock, systemRandom];
  const given = { clock, random, log, cards: simulatedCards, folder };
  const { world, close } = openSimulator(control === undefined ? given : { ...given, control });
  const networks = world.cards.flatMap(({ id }) => {
    const network = world.publicNetwork(id);
    if (network === undefined) return [];
    const { dChannel } = network;
    let listener: (event: DChannelEvent) => void = () => undefined;
    const group = new DChannelGroup({
      settings: {
        ...{ name: `network of ${id}`, switchType: 'ni2', side: 'network', e1: false, nfas: false },
        channels: [dChannel.id],
      },
      ...{ clock, log, launch },
      tell: (event) => listener(event),
    });
    dChannel.on((event) => group.heard(dChannel.id, event));
    network.join({
      do: (command) => group.do(command),
      on: (heard) => {
        listener = heard;
      },
    });
    group.plugged(dChannel);
    return [group];
  });
  return {
    hardware: world,
    close() {
      for (const network of networks) network.close();
      close();
    },
  };
}

async function start(words: Arguments, log: Log): Promise<void> {
  const { socket: path } = words;
  const launch = priLauncher(log);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const backend = words.cards === 'dahdi' ? real(words, log) : simulated(words, launch, log);
  const hardware = new RecordedHardware(backend.hardware, systemClock);
  const server = new LineServer({
    ...{ hardware, launch, clock: systemClock, log },
    record: (span, write) => hardware.record(span, write),
  });
  const socket = await CommandSocket.open<LineReport>({
    path,
    log,
    onConnected: (tell) => server.connected(tell),
    onCommand: (value) => server.command(value),
    onGone: (tell) => server.disconnected(tell),
    unreadable: (why) => ({ kind: 'failed', command: '', why }),
  });
  log.info('the line process is ready', { socket: path });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all([server.stop(), socket.close()]).then(() => {
        backend.close();
        process.exit(0);
      });
    });
  }
}

async function main(): Promise<void> {
  const words = readArguments(process.argv.slice(2));
  if (!words.ok) {
    process.stderr.write(`line-server: ${words.error}\n${usage}`);
    process.exit(wrong);
  }
  try {
    await start(words.value, jsonLog(words.value.log, { process: 'lines' }));
  } catch (error) {
    process.stderr.write(`line-server: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(prevented);
  }
}

await main();
