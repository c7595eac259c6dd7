import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SampleBridge, TelephoneWorld, unixDoors } from '../../hw/simulator/index.js';
import { err, type Log, ok, type Result } from '../../src/base/index.js';
import type { LineHardware, LineReport } from '../../src/tdm/index.js';
import { CommandSocket, jsonLog, systemClock, systemRandom } from '../io/index.js';
import { LineServer } from './line-server.js';
import { priLauncher } from './pri-process.js';

/**
 * The process that owns the line cards.
 * Exit codes: 2 wrong arguments, 1 the machine does not allow it, 0 asked to end.
 */
const wrong = 2;
const prevented = 1;
const usage = `usage: line-server --socket PATH --cards simulator [--log LEVEL]
  --socket  where the controller speaks to this process; its folder must be ours alone
  --cards   simulator: a small telephone world
  --log     debug, info, warn or error (info)
`;

interface Arguments {
  readonly socket: string;
  readonly cards: 'simulator';
  readonly log: 'debug' | 'info' | 'warn' | 'error';
}

function readArguments(words: readonly string[]): Result<Arguments, string> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { socket: text, cards: text, log: text },
      strict: true,
    });
    const { socket, cards, log = 'info' } = values;
    if (socket === undefined) return err('--socket PATH is missing');
    if (cards !== 'simulator') return err(`--cards ${cards ?? ''}: write simulator`);
    if (log !== 'debug' && log !== 'info' && log !== 'warn' && log !== 'error')
      return err(`--log ${log}: write debug, info, warn or error`);
    return ok({ socket: resolve(socket), cards, log });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** Two telephones, and a T1 to the public network. Their samples are at sockets in `folder`. */
function simulated(folder: string, log: Log): LineHardware {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const samples = new SampleBridge({
    clock: systemClock,
    doors: unixDoors(log),
    blockMs: 10,
    pathOf: (channel) => join(folder, channel.replace(/[/:]/g, '-')),
  });
  return new TelephoneWorld({
    samples,
    clock: systemClock,
    random: systemRandom,
    cards: [
      { kind: 'analog', id: 'sim/0', telephones: 2, hook: 'raw', officeLines: [] },
      { kind: 't1', id: 'sim/1', to: 'pstn' },
    ],
  });
}

async function start({ socket: path }: Arguments, log: Log): Promise<void> {
  const server = new LineServer({
    hardware: simulated(join(dirname(path), 'samples'), log),
    launch: priLauncher(log),
    clock: systemClock,
    log,
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
      void Promise.all([server.stop(), socket.close()]).then(() => process.exit(0));
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
