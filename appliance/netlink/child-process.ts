import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A leak in node-netlink ends the child, not the machine. */
const HEAP_MB = 64;
const LAST_WORDS_CHARACTERS = 2000;

/** A running child, as its parent holds it. */
export interface NetlinkChild {
  readonly pid: number | undefined;
  kill(): void;
}

/** Forks `netlink-main.js` beside this file, in the same network namespace. */
export function forkChild(
  name: string,
  onMessage: (message: unknown) => void,
  onExit: (why: string) => void,
): NetlinkChild {
  const child = fork(fileURLToPath(new URL('netlink-main.js', import.meta.url)), [name], {
    env: {},
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  let gone = false;
  const exit = (why: string) => {
    if (gone) return;
    gone = true;
    onExit(lastWords === '' ? why : `${why}: ${lastWords.trim()}`);
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS);
  });
  child.on('message', onMessage);
  child.on('error', (error) => exit(error.message));
  child.on('exit', (code, signal) => exit(signal === null ? `exit code ${code}` : `signal ${signal}`));
  return { pid: child.pid, kill: () => child.kill('SIGKILL') };
}
