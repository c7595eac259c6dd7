import { writeFileSync } from 'node:fs';
import { Secret } from '../../src/base/index.js';
import { formatLadder, formatPcap, ladderSteps } from '../../src/sip/index.js';
import { systemClock } from '../io/index.js';
import { ControlClient, readTrace, type TraceLine, traceCalls } from './index.js';

const usage = `usage: sip-trace --control HOST:PORT [--secret SECRET] [--call-id ID ...] [--pcap FILE] [--width COLUMNS]
  --control  the SIP server's control port, e.g. 127.0.0.1:9022
  --secret   its secret; HOLDFAST_SIP_SECRET in the environment does as well
  --call-id  shows this call as a ladder, with the other leg where both carry a Session-ID; repeat for more calls
  --pcap     writes the messages into a file for Wireshark, each as a UDP datagram, whatever carried it
  --width    columns of the ladder (the terminal's, 80 to 120)
Without --call-id: the calls and registrations that the trace holds. Secrets are blanked out in the server.`;

/** Wrong arguments: a message for people. */
class UsageError extends Error {}

interface Arguments {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly callIds: readonly string[];
  readonly pcap: string | undefined;
  readonly width: number;
}

function readArguments(argv: readonly string[]): Arguments {
  const one = new Map<string, string>();
  const callIds: string[] = [];
  for (let i = 0; i < argv.length; i += 2) {
    const [option = '', value] = [argv[i], argv[i + 1]];
    if (value === undefined) throw new UsageError(`${option} needs a value`);
    if (option === '--call-id') callIds.push(value);
    else if (['--control', '--secret', '--pcap', '--width'].includes(option)) one.set(option, value);
    else throw new UsageError(`unknown option '${option}'`);
  }
  const control = one.get('--control') ?? '';
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(control);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new UsageError(`--control '${control}' is not HOST:PORT`);
  const secret = one.get('--secret') ?? process.env.HOLDFAST_SIP_SECRET;
  if (secret === undefined || secret === '') throw new UsageError('--secret is missing');
  const width = Number(one.get('--width') ?? Math.min(120, Math.max(80, process.stdout.columns ?? 100)));
  if (!(width >= 40 && width <= 500)) throw new UsageError('--width is not a number of columns from 40 to 500');
  return { host, port: Number(match?.[3]), secret, callIds, pcap: one.get('--pcap'), width };
}

async function main(): Promise<void> {
  const { host, port, secret, callIds, pcap, width } = readArguments(process.argv.slice(2));
  const client = await ControlClient.open({ host, port, secret: new Secret(secret), clock: systemClock });
  const lines = await readTrace(client, callIds);
  client.close();
  if (!lines.ok) throw new UsageError(lines.error);
  if (lines.value.length === 0) {
    process.stderr.write('sip-trace: the trace holds nothing of that\n');
    process.exit(1);
  }
  if (pcap !== undefined) writePcap(pcap, lines.value);
  else if (callIds.length === 0) process.stdout.write(traceCalls(ladderSteps(lines.value), width));
  else process.stdout.write(formatLadder(ladderSteps(lines.value), width));
}

function writePcap(file: string, lines: readonly TraceLine[]): void {
  writeFileSync(file, formatPcap(lines.map(({ at, ends, payload }) => ({ at, ...ends, payload }))), { mode: 0o600 });
  process.stderr.write(`sip-trace: ${lines.length} messages written to ${file}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`sip-trace: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${usage}\n`);
  process.exit(2);
});
