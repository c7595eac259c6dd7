import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { systemClock, type TracedFrame } from '../../../appliance/io/index.js';
import { parseWords } from '../../../appliance/lines-command/arguments.js';
import { frameStep } from '../../../appliance/lines-command/frame-ladder.js';
import { runningProblems, runningReport, spanText } from '../../../appliance/lines-command/running-report.js';
import { startWeb } from '../../../appliance/web/index.js';
import { linesState } from '../../../appliance/web/lines-state.js';
import { err, ok, silentLog } from '../../../src/base/index.js';
import type { ServiceOrder } from '../../../src/trunks/index.js';
import { busyLines, FakeBranch } from '../web/fake-branch.js';

const at = Date.UTC(2026, 0, 1, 0, 2);
const setup: TracedFrame = {
  atWall: at,
  channel: 'dahdi/1:24',
  sent: true,
  lines: ['I SAPI 0 TEI 0 N(S)=1 N(R)=1', '  SETUP call 1', "    Display: 'Eve\x1b[2J'"],
};

test('the words of the command are read, and what means nothing is said', () => {
  const plain = parseWords([], undefined);
  assert.ok(plain.ok);
  assert.deepEqual([plain.value.verb, plain.value.web], ['report', 'http://127.0.0.1:8080/']);
  const out = parseWords(['out', 'sim/1:1-4', 'pstn', '--now', '--web', '[::1]:99'], 'ignored:1');
  assert.ok(out.ok);
  assert.deepEqual(
    [out.value.verb, out.value.names, [...out.value.flags], out.value.web],
    ['out', ['sim/1:1-4', 'pstn'], ['--now'], 'http://[::1]:99/'],
  );
  for (const words of [
    ['out'],
    ['in', 'sim/1', '--now'],
    ['trace', 'a', 'b'],
    ['trace', '--root', '/'],
    ['--now'],
    ['up'],
    ['--root'],
    ['--web', '::'],
    ['--nonsense'],
  ])
    assert.ok(!parseWords(words, undefined).ok, words.join(' '));
});

test('the report shows spans, errors, D-channels and channels within 80 columns', () => {
  const state = linesState(busyLines);
  assert.ok(state !== undefined);
  const text = runningReport(state, at);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  for (const expected of [
    /^ {2}dahdi\/1 {2}T1 +ESF B8ZS +theirs +none +2 min +2 of 23$/m,
    /^ {2}dahdi\/2 {2}E1 +CCS HDB3 CRC-4 +ours +RED +2 min +0 of 30$/m,
    /^ {2}dahdi\/1 {2}1 +7 +0 +0 +3 +0 +0$/m,
    /^ {2}pstn +ni2 +user +up +2 min +2 +dahdi\/1$/m,
    /^ {2}dahdi\/1 {2}1-2 +pstn +bearer +free$/m,
    /^ {2}dahdi\/1 {2}3 +pstn +bearer +in use, then out of service$/m,
    /^ {2}dahdi\/1 {2}5 +pstn +bearer +out of service for \d+ days$/m,
    /^ {2}dahdi\/1 {2}24 +- +dChannel +up$/m,
    /^ {2}dahdi\/2 {2}1-15 +pbx +bearer +ALARM: an alarm, or its card is not there$/m,
  ])
    assert.match(text, expected);
  assert.deepEqual(runningProblems(state, at), [
    '0000:03:00.0 lacks firmware: sudo apt-get install dahdi-firmware-nonfree',
    'dahdi/2 has alarm red for 2 min',
    'the D-channel of dahdi/2 is down for 2 min',
    'dahdi/1:3, 5 out of service here',
  ]);
  assert.deepEqual(runningProblems({ ...state, up: false }, at), ['the line process is away']);
  assert.deepEqual(
    [0, 59_000, 60_000, 7_260_000, 9e8].map((ms) => spanText(ms)),
    ['0 s', '59 s', '1 min', '2 h 1 min', '10 days'],
  );
});

test('frames are steps of a ladder: ours left, theirs right, elements below, and no control characters', () => {
  const plain = { link: false, colours: false };
  const sent = frameStep(setup, plain) ?? '';
  assert.match(sent, /^\d\d:\d\d:00\.000 {2}──▶ SETUP call 1\n {18}Display: 'Eve·\[2J'$/);
  const received = frameStep({ ...setup, sent: false }, plain) ?? '';
  assert.match(received, / {26}◀── SETUP call 1\n/);
  const link = { ...setup, lines: ['RR SAPI 0 TEI 0 N(R)=2'] };
  assert.equal(frameStep(link, plain), undefined);
  assert.match(frameStep(link, { ...plain, link: true }) ?? '', /──▶ RR SAPI 0 TEI 0/);
  const coloured = frameStep({ ...setup, lines: ['I', '  DISCONNECT call 1'] }, { link: false, colours: true }) ?? '';
  assert.ok(coloured.includes('\x1b[33m──▶ DISCONNECT call 1\x1b[0m'));
});

const head = {
  recording: 1,
  span: { id: 'dahdi/1', kind: 't1', name: 'TE132', location: '', kinds: [] },
  channels: [
    {
      ...{ id: 'dahdi/1:24', number: 24 },
      abilities: {
        ...{ signalling: ['dChannel'], hook: 'raw', pulses: false, polarity: false, current: false, neon: false },
        echoTailMs: 0,
      },
    },
  ],
};
const program = resolve(import.meta.dirname, '../../../appliance/lines-command/main.js');

/** Runs the command; `until`: it is interrupted once it has printed that. */
async function run(words: readonly string[], until?: RegExp | (() => boolean)) {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, NO_COLOR: '1' } });
  let [out, error] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (until instanceof RegExp && until.test(out)) child.kill('SIGINT');
  });
  const looks = setInterval(() => {
    if (typeof until !== 'function' || !until()) return;
    clearInterval(looks);
    child.kill('SIGINT');
  }, 50);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const [code] = await once(child, 'close');
  clearInterval(looks);
  return { code, out, error };
}

test('against a running box: out of service, its refusal, its report, and a D-channel live', {
  timeout: 60_000,
}, async (t) => {
  const orders: ServiceOrder[] = [];
  const watchers = new Set<unknown>();
  const branch = new FakeBranch(at);
  branch.lines = {
    ...busyLines,
    record: (span, { hear }) => {
      if (span !== 'dahdi/1') return undefined;
      hear(JSON.stringify(head));
      setTimeout(() => hear('{"atMs":12,"channel":"dahdi/1:24","frame":"00017f"}'), 100);
      return () => undefined;
    },
    serve: async (order) => {
      orders.push(order);
      if (order.channels === 'nobody') return err('nobody is no channel');
      return ok({ channels: ['dahdi/1:1', 'dahdi/1:2'], ended: ['dahdi/1:1'], busy: ['dahdi/1:2'] });
    },
    traces: {
      watch: (_name, hear) => {
        watchers.add(hear);
        hear(setup);
        return () => watchers.delete(hear);
      },
    },
  };
  const started = await startWeb({ address: '127.0.0.1', port: 0, ports: branch, clock: systemClock, log: silentLog });
  assert.ok(started.ok);
  t.after(() => started.value.close());
  const recorded = join(mkdtempSync(join(tmpdir(), 'holdfast-record-')), 'span');
  t.after(() => rmSync(dirname(recorded), { recursive: true, force: true }));
  const web = ['--web', `127.0.0.1:${started.value.port}`];
  const [out, refused, report, which, trace, away, unknown, record] = await Promise.all([
    run(['out', 'dahdi/1:1-2', '--now', ...web]),
    run(['in', 'nobody', ...web]),
    run(web),
    run(['trace', ...web]),
    run(['trace', 'dahdi/1', ...web], /SETUP call 1\n.*Display/),
    run(['trace', '--web', '127.0.0.1:9']),
    run(['record', 'dahdi/9', recorded, ...web]),
    run(
      ['record', 'dahdi/1', recorded, ...web],
      () => existsSync(recorded) && readFileSync(recorded, 'utf8').includes('00017f'),
    ),
  ]);
  assert.deepEqual([out.code, out.out.split('\n')[0]], [0, '2 channels are out of service.']);
  assert.match(out.out, /Calls ended: dahdi\/1:1\nStill with a call, and out after it: dahdi\/1:2\n/);
  assert.deepEqual([refused.code, refused.error], [1, 'holdfast-lines: nobody is no channel.\n']);
  assert.deepEqual(
    orders.toSorted((a, b) => a.channels.localeCompare(b.channels)),
    [
      { channels: 'dahdi/1:1-2', out: true, now: true },
      { channels: 'nobody', out: false, now: false },
    ],
  );
  assert.match(report.out, /^Spans\n/);
  assert.match(report.out, /To do\n {2}0000:03:00\.0 lacks firmware/);
  assert.match(which.error, /which D-channel\? pstn, dahdi\/2/);
  assert.deepEqual([trace.code, trace.out.includes('──▶ SETUP call 1')], [0, true]);
  assert.equal(away.code, 1);
  assert.match(away.error, /no Holdfast answers at http:\/\/127\.0\.0\.1:9\//);
  assert.match(unknown.error, /There is no such span, or it is being recorded/);
  assert.deepEqual([record.code, record.error.includes(`2 lines written to ${recorded}`)], [0, true], record.error);
  const replay = await run(['replay', recorded]);
  assert.match(replay.out, /^dahdi\/1, TE132: .*\n {4}0\.012 s {2}-> {2}dahdi\/1:24 {2}SABME SAPI 0 TEI 0 P\/F\n$/);
  assert.equal((await run(['replay', program])).code, 1);
  const until = Date.now() + 10_000;
  while (watchers.size > 0 && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
  assert.equal(watchers.size, 0, 'a trace ends with who watches');
});
