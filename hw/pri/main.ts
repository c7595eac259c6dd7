/**
 * Floor 6: the process that speaks Q.921 and Q.931 for one D-channel, or one NFAS group of them. libpri is GPL-2.0: nothing but plain
 * data passes between it and the rest. It lives and dies by its IPC channel; its parent replaces it, and what it held is lost with it.
 */
import { jsonLog, systemClock } from '../../appliance/io/index.js';
import { frameText } from '../../src/isdn/index.js';
import type { DChannelInput, DChannelOutput } from '../../src/tdm/index.js';
import { DChannel } from './d-channel.js';
import { LibpriMissing, loadLibpri } from './libpri.js';
import { SpareWords } from './spare-words.js';

const log = jsonLog('info', { process: 'pri' });
/** Reloading does not cure it. */
const unusable = 3;

let dChannel: DChannel | undefined;
let traces = false;

function tell(output: DChannelOutput, then?: () => void): void {
  // The channel may close under the message: the parent is gone then, and this process with it.
  if (process.connected) process.send?.(output, undefined, undefined, () => then?.());
  else then?.();
}

function open({ settings, run }: Extract<DChannelInput, { readonly kind: 'open' }>): void {
  const { name, switchType, side, e1, channels, nfas } = settings;
  const words = new SpareWords(
    systemClock,
    (line) => log.info('libpri', { dChannel: name, line }),
    (lines) => log.info('libpri complained of more', { dChannel: name, lines }),
  );
  dChannel = new DChannel({
    ...{ switchType, side, e1, nfas },
    ports: channels.map((_, port) => ({ send: (frame) => tell({ kind: 'frame', port, frame }) })),
    libpri: loadLibpri((line) => words.hear(line)),
    clock: systemClock,
    log,
    naming: `in-${run}`,
    emit: (event) => tell({ kind: 'event', event }),
    trace: (port, sent, frame) => {
      if (traces) tell({ kind: 'traced', port, sent, text: frameText(frame).join('\n') });
    },
  });
}

function hear(input: DChannelInput): void {
  switch (input.kind) {
    case 'open':
      open(input);
      return;
    case 'frame':
      dChannel?.receive(input.port, input.frame);
      return;
    case 'alarm':
      dChannel?.alarm(input.port, input.stands);
      return;
    case 'command':
      dChannel?.do(input.command);
      return;
    case 'trace':
      traces = input.on;
      return;
    case 'ping':
      tell({ kind: 'pong' });
  }
}

/** Both ends are of one build. */
function isInput(value: unknown): value is DChannelInput {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}

if (process.send === undefined) {
  process.stderr.write('pri: to be forked with an IPC channel\n');
  process.exit(2);
}
process.on('disconnect', () => process.exit(0));
process.on('message', (value) => {
  if (!isInput(value)) return;
  try {
    hear(value);
  } catch (error) {
    if (!(error instanceof LibpriMissing)) throw error;
    tell({ kind: 'unusable', install: error.message }, () => process.exit(unusable));
  }
});
