import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../src/base/index.js';
import type { DChannelOutput } from '../../src/tdm/index.js';
import { boolean, byKind, integer, type Shape, text } from '../io/index.js';
import type { DChannelProcess, LaunchDChannel } from './d-channel-group.js';
import { isdnEvent } from './isdn-shapes.js';

/** What libpri keeps of a hundred calls is small; a leak ends the process, not the machine. */
const heapMb = 96;
const lastWordsCharacters = 2000;
/** Q.921 §5.9.3: no frame is longer. */
const maxFrame = 300;
const maxPort = 7;

const frame: Shape = (value, at) =>
  value instanceof Uint8Array && value.length <= maxFrame ? undefined : `${at} is no frame`;
const port = integer(0, maxPort);
const output = byKind<DChannelOutput>({
  frame: [{ port, frame }],
  event: [{ event: isdnEvent }],
  traced: [{ port, sent: boolean, text: text(/^[^\0]*$/, 64 * 1024) }],
  unusable: [{ install: text(/^[^\0]*$/, 1024) }],
  pong: [{}],
});

/**
 * Forks `hw/pri/main.js`. Bytes of the network are read there by a library in C: what it says is checked, and a process that says
 * something else is ended.
 */
export function priLauncher(log: Log): LaunchDChannel {
  const script = fileURLToPath(new URL('../../hw/pri/main.js', import.meta.url));
  return (hear, ended) => {
    const child = fork(script, [], {
      env: {},
      execArgv: [`--max-old-space-size=${heapMb}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Frames are bytes.
      serialization: 'advanced',
    });
    let lastWords = '';
    let over = false;
    const end = (why: string): void => {
      if (over) return;
      over = true;
      child.kill('SIGKILL');
      ended(lastWords === '' ? why : `${why}: ${lastWords.trim()}`);
    };
    if (child.stderr !== null) {
      createInterface({ input: child.stderr, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        process.stderr.write(`${line}\n`);
        // Lines of its log are no reason for an end.
        if (!line.startsWith('{')) lastWords = `${lastWords} ${line}`.slice(-lastWordsCharacters);
      });
    }
    child.on('message', (message: unknown) => {
      if (over) return;
      const why = output(message, 'output');
      if (why === undefined && isOutput(message)) hear(message);
      else end(`it said something that it cannot mean: ${why}`);
    });
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    log.info('a D-channel has a process', { pid: child.pid });
    const held: DChannelProcess = {
      tell: (input) => {
        if (!over && child.connected) child.send(input, () => undefined);
      },
      kill: () => {
        over = true;
        child.kill('SIGKILL');
      },
    };
    return held;
  };
}

/** Of what was found to have the shape of one. */
function isOutput(value: unknown): value is DChannelOutput {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
