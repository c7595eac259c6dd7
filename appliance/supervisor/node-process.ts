import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Launch } from './child.js';
import type { LogFile } from './log-file.js';

export interface NodeProcess {
  /** The script to run, absolute. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** What Node.js itself is told, e.g. what the process may do. */
  readonly flags?: readonly string[];
  /** Beside our own environment: what must not be seen in the list of processes. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly log: LogFile;
  /** Each line that the process writes, and on which stream. */
  readonly onLine: (line: string, stream: 'out' | 'error') => void;
}

/** A Node.js process that dies with us (`parent-watch`), its output kept in a file. */
export function nodeProcess(options: NodeProcess): Launch {
  return (ended) => {
    const given = (options.flags ?? []).map((flag) => `"${flag.replace(/["\\]/g, '\\$&')}"`);
    const inherited = [process.env.NODE_OPTIONS ?? '', ...given].join(' ');
    const watch = pathToFileURL(join(import.meta.dirname, 'parent-watch.js')).href;
    const child = spawn(process.execPath, [options.script, ...options.arguments], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a session of its own: Ctrl-C at the terminal is for us to hand on, in the right order.
      detached: true,
      // By the environment and not by an argument: so the list of processes shows which script is which.
      env: { ...process.env, ...options.environment, NODE_OPTIONS: `${inherited} --import=${watch}`.trim() },
    });
    let over = false;
    const end = (ending: Parameters<typeof ended>[0]): void => {
      if (over) return;
      over = true;
      ended(ending);
    };
    child.once('error', (failure) => end({ fault: failure.message }));
    child.once('exit', (code, signal) => end(signal === null ? { code: code ?? 0 } : { signal }));
    for (const [stream, name] of [
      [child.stdout, 'out'],
      [child.stderr, 'error'],
    ] as const) {
      if (stream === null) continue;
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        options.log.write(`${line}\n`);
        options.onLine(line, name);
      });
    }
    return {
      ask: () => child.kill('SIGTERM'),
      kill: () => child.kill('SIGKILL'),
    };
  };
}
