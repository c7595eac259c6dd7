// npm run fuzz -- TARGET [--seconds N] [--seed N] [--keep]
// Fuzzes one reader of foreign bytes by the coverage of its code. --keep writes what reached something new into the corpus.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { instrumentModules } from './coverage.js';
import { Fuzzer } from './fuzzer.js';
import type { FuzzTarget } from './target.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(process.pid) },
    keep: { type: 'boolean', default: false },
  },
});

/** The modules under test are loaded after their counters are in place. */
const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  'sip-parser': async () => (await import('./targets/sip-parser.js')).sipParser,
  sdp: async () => (await import('./targets/sdp.js')).sdp,
  negotiation: async () => (await import('./targets/negotiation.js')).negotiation,
  'control-frames': async () => (await import('./targets/control-frames.js')).controlFrames,
  websocket: async () => (await import('./targets/websocket.js')).websocket,
  stun: async () => (await import('./targets/stun.js')).stun,
  dtls: async () => (await import('./targets/dtls.js')).dtls,
  'control-session': async () => (await import('./targets/control-session.js')).controlSession,
};

/** Programs of their own, in C++ under AddressSanitizer; they print the input that fails. */
const natives: Readonly<Record<string, string>> = {
  'media-receive': 'build/appliance/media-engine/native/test/receive-fuzz',
};

const [name = ''] = positionals;
const program = natives[name];
if (program !== undefined) {
  const { status } = spawnSync(program, [values.seconds, values.seed], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
const load = targets[name];
if (load === undefined || positionals.length !== 1) {
  process.stderr.write(`fuzz: name one of these: ${[...Object.keys(targets), ...Object.keys(natives)].join(', ')}\n`);
  process.exit(2);
}

instrumentModules(['ws']);
const target = await load();
const folder = resolve(import.meta.dirname, '../../../test/fuzz/corpus', name);
const corpus = existsSync(folder) ? readdirSync(folder).map((file) => readFileSync(join(folder, file))) : [];

const say = (line: string): void => void process.stdout.write(`${name}: ${line}\n`);
const seed = Number(values.seed);
const report = await new Fuzzer({ target, corpus, seconds: Number(values.seconds), seed, progress: say }).run();
const { runs, reached, edges, slowestMs, failure } = report;
say(`${runs} runs, ${reached}/${edges} edges, slowest ${slowestMs.toFixed(1)} ms, seed ${seed}`);
if (values.keep) keep(report.corpus);
if (failure !== undefined) {
  const file = join(tmpdir(), `holdfast-fuzz-${name}-${nameOf(failure.input)}`);
  writeFileSync(file, failure.input);
  say(`${failure.kind}: ${failure.what}\ninput (${failure.input.length} bytes) in ${file}`);
  process.exit(1);
}
process.exit(0);

function nameOf(input: Buffer): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 12);
}

function keep(inputs: readonly Buffer[]): void {
  const wanted = new Map(inputs.map((input) => [nameOf(input), input]));
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
  for (const [file, input] of wanted) writeFileSync(join(folder, file), input);
  say(`${wanted.size} inputs kept in the corpus`);
}
