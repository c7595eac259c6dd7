import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import {
  FileSysfs,
  type LineState,
  LinuxKernel,
  lineProblems,
  lineReport,
  lineTables,
  readLineState,
} from '../../hw/dahdi/index.js';
import { momentText, readRecording } from '../../hw/recorder/index.js';
import type { LinesState, TracedFrame } from '../io/index.js';
import { systemClock } from '../io/index.js';
import { parseWords, usage, type Words } from './arguments.js';
import { frameStep } from './frame-ladder.js';
import { RunningBox } from './running-box.js';
import { runningProblems, runningReport } from './running-report.js';

/** `holdfast-lines`. Exit codes: 2 wrong arguments, 1 it cannot be done, or `--check` found something. */

const [failed, wrong] = [1, 2];

/** Of a running Holdfast, and of the machine's cards where there are any, or where nothing runs. */
async function report({ flags, root, web }: Words): Promise<number> {
  const kernel = root === undefined ? new LinuxKernel() : undefined;
  const state = await readLineState(new FileSysfs(root ?? '/'), kernel, systemClock);
  const running = root === undefined ? await new RunningBox(web).lines() : undefined;
  const lines = running?.ok === true ? running.value : undefined;
  const problems = problemsOf(state, lines);
  if (flags.has('--check')) process.stdout.write(problems.map((problem) => `${problem}\n`).join(''));
  else process.stdout.write(lines === undefined ? lineReport(state) : bothReports(state, lines, problems));
  return flags.has('--check') && problems.length > 0 ? failed : 0;
}

type Running = LinesState & { readonly nowWall: number };

function problemsOf(state: LineState, lines: Running | undefined): readonly string[] {
  if (lines === undefined) return lineProblems(state);
  // What a running Holdfast has is not lacking: a simulator needs neither cards nor their driver.
  const ofCards = state.cards.length > 0 ? lineProblems(state) : [];
  return [...new Set([...runningProblems(lines, lines.nowWall), ...ofCards])];
}

function bothReports(state: LineState, lines: Running, problems: readonly string[]): string {
  const todo = problems.length === 0 ? 'All is well.\n' : `To do\n${problems.map((each) => `  ${each}\n`).join('')}`;
  const cards = state.cards.length > 0 ? `As the driver has them:\n\n${lineTables(state)}\n\n` : '';
  return `${runningReport(lines, lines.nowWall)}\n${cards}${todo}`;
}

async function serve({ verb, names, flags, web }: Words): Promise<number> {
  const out = verb === 'out';
  const served = await new RunningBox(web).serve({ channels: names.join(' '), out, now: flags.has('--now') });
  if (!served.ok) return complain(served.error);
  const { channels, ended, busy } = served.value;
  const many = (list: readonly string[]): string =>
    list.length === 1 ? `${list[0]} is` : `${list.length} channels are`;
  process.stdout.write(`${many(channels)} ${out ? 'out of' : 'in'} service.\n`);
  if (ended.length > 0) process.stdout.write(`Calls ended: ${ended.join(' ')}\n`);
  if (out && busy.length > 0) process.stdout.write(`Still with a call, and out after it: ${busy.join(' ')}\n`);
  return 0;
}

async function trace({ names, flags, web }: Words): Promise<number> {
  const box = new RunningBox(web);
  const name = names[0] ?? (await onlyDChannel(box));
  if (typeof name !== 'string') return complain(name.error);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  // Whoever reads us has gone.
  process.stdout.on('error', () => stop.abort());
  const options = { link: flags.has('--link'), colours: process.stdout.isTTY && process.env.NO_COLOR === undefined };
  process.stderr.write(`D-channel of ${name}: Holdfast ──▶ on the left, the far end ◀── on the right\n`);
  const ended = await box.feed(`api/lines/trace?d-channel=${encodeURIComponent(name)}`, stop.signal, (event, data) => {
    const step = event === 'frame' && isFrame(data) ? frameStep(data, options) : undefined;
    if (step !== undefined) process.stdout.write(`${step}\n`);
  });
  return ended.ok ? 0 : complain(ended.error);
}

async function record({ names: [span = '', file = ''], web }: Words): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let out: number | undefined;
  let count = 0;
  const ended = await new RunningBox(web).feed(
    `api/lines/record?span=${encodeURIComponent(span)}`,
    stop.signal,
    (event, data) => {
      if (event !== 'line' || typeof data !== 'string') return;
      if (out === undefined) {
        out = openSync(file, 'w', 0o600);
        process.stderr.write(`recording ${span} into ${file}, until it is interrupted\n`);
      }
      writeSync(out, `${data}\n`);
      count++;
    },
  );
  if (out !== undefined) {
    closeSync(out);
    process.stderr.write(`${count} lines written to ${file}\n`);
  }
  return ended.ok ? 0 : complain(ended.error);
}

function replay({ names: [file = ''] }: Words): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (failure) {
    return complain(failure instanceof Error ? failure.message : String(failure));
  }
  const read = readRecording(text.split('\n'));
  if (!read.ok) return complain(`${file}, line ${read.error.line}: ${read.error.why}`);
  const { head, moments } = read.value;
  process.stdout.write(`${head.span.id}, ${head.span.name}: -> told to the lines, <- told by them\n`);
  for (const moment of moments) process.stdout.write(`${momentText(moment).join('\n')}\n`);
  return 0;
}

async function onlyDChannel(box: RunningBox): Promise<string | { readonly error: string }> {
  const lines = await box.lines();
  if (!lines.ok) return { error: lines.error };
  const names = lines.value.dChannels.map(({ name }) => name);
  const [only, another] = names;
  if (only === undefined) return { error: 'there is no D-channel' };
  return another === undefined ? only : { error: `which D-channel? ${names.join(', ')}` };
}

function isFrame(value: unknown): value is TracedFrame {
  return typeof value === 'object' && value !== null && 'lines' in value && Array.isArray(value.lines);
}

function complain(why: string): number {
  process.stderr.write(`holdfast-lines: ${why}\n`);
  return failed;
}

async function main(): Promise<number> {
  const words = parseWords(process.argv.slice(2), process.env.HOLDFAST_WEB);
  if (!words.ok) {
    process.stderr.write(`holdfast-lines: ${words.error}\n${usage}`);
    return wrong;
  }
  switch (words.value.verb) {
    case 'report':
      return report(words.value);
    case 'out':
    case 'in':
      return serve(words.value);
    case 'trace':
      return trace(words.value);
    case 'record':
      return record(words.value);
    case 'replay':
      return replay(words.value);
  }
}

const code = await main();
// A card that hangs keeps a thread: only an exit ends this.
process.stdout.write('', () => process.exit(code));
