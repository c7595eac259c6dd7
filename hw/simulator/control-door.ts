import { createServer, type Socket } from 'node:net';
import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { TelephoneWorld } from './telephone-world.js';
import { remove } from './unix-doors.js';
import { parseWorldCommand } from './world-command.js';
import { WorldControl } from './world-control.js';

/** Changes in a burst are told at once. */
const gatherMs = 50;
/** A command is some hundred bytes. */
const longestLine = 4096;

export interface ControlDoorOptions {
  readonly world: TelephoneWorld;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
}

/**
 * The simulated world at a Unix socket, for whoever plays in it: JSON lines. `{"id": 1, "command": {"kind": "lift", …}}` is answered
 * by `{"id": 1}` or `{"id": 1, "refused": "…"}`; `{"state": …}` comes at first and after each change.
 */
export function openControlDoor({ world, clock, log, path }: ControlDoorOptions): { close(): void } {
  const control = new WorldControl(world, clock);
  const sockets = new Set<Socket>();
  let gather: Timer | undefined;
  let told = '';
  const frame = () => `${JSON.stringify({ state: control.state() })}\n`;
  const unwatch = world.watch(() => {
    if (sockets.size === 0) return;
    gather ??= clock.after(gatherMs, () => {
      gather = undefined;
      const now = frame();
      if (now === told) return;
      told = now;
      for (const socket of sockets) socket.write(now);
    });
  });
  remove(path);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    lines(socket, (line) => socket.write(`${JSON.stringify(answer(control, line))}\n`));
    told = frame();
    socket.write(told);
  });
  server.on('error', (failure) => log.error('control of the simulated world', { path, failure }));
  server.listen({ path });
  return {
    close() {
      unwatch();
      gather?.cancel();
      control.close();
      server.close();
      for (const socket of sockets) socket.destroy();
      remove(path);
    },
  };
}

function lines(socket: Socket, each: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > longestLine) socket.destroy();
    for (const line of parts) each(line);
  });
}

function answer(control: WorldControl, line: string): { readonly id: unknown; readonly refused?: string } {
  let asked: unknown;
  try {
    asked = JSON.parse(line);
  } catch {
    return { id: null, refused: 'This is not JSON.' };
  }
  const { id, command }: { id?: unknown; command?: unknown } = typeof asked === 'object' && asked !== null ? asked : {};
  const known = parseWorldCommand(command);
  const refused = known === undefined ? 'The simulated world does not know this command.' : control.command(known);
  return { id: id ?? null, ...(refused === undefined ? {} : { refused }) };
}
