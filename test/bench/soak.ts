import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../system/branch/patience.js';
import { type CallKind, type PlannedCall, planCalls, relay, secured, transcoded } from './call-plan.js';
import { HoldfastMedia } from './holdfast-subject.js';
import { PortChurn } from './port-churn.js';
import type { Row, Section } from './rows.js';
import { firstFarPort, planText, startVoiceLoad, type Voice } from './voice-load.js';

const host = '127.0.0.1';
/** With these the core is some two thirds full. */
const talking: readonly { readonly kind: CallKind; readonly calls: number }[] = [
  { kind: transcoded, calls: 60 },
  { kind: secured, calls: 60 },
  { kind: relay, calls: 60 },
];
/** Set up and torn down: 100,000 an hour are 28 a second. */
const portsPerSecond = 40;
const sampleMs = 2000;

interface Sample {
  readonly residentKb: number;
  readonly descriptors: number;
  readonly ports: number;
  readonly load: number;
}

/** An hour at full load, while ports come and go: what grows, leaks. Throws when something does. */
export async function soak(minutes: number): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-soak-'));
  const subject = await HoldfastMedia.start({ folder, processor: 0, host });
  try {
    const empty = sampleOf(subject);
    const calls: readonly PlannedCall[] = talking.flatMap(({ kind, calls: count }) => planCalls(kind, count));
    const ports = await subject.carry(calls, firstFarPort, firstFarPort + 2);
    const heard: Voice[] = [];
    const seconds = Math.min(60, (minutes * 60) / 3);
    const intervals = Math.round((minutes * 60) / seconds);
    const words = [
      ...['--seconds', String(seconds), '--intervals', String(intervals), '--warm', '2'],
      ...['--pid', String(subject.pid), '--cpu', '1', '--real-time', '--turn', '500'],
    ];
    const load = startVoiceLoad(planText(calls, ports), words, (voice) => {
      heard.push(voice);
      process.stderr.write(`${said(heard.length, intervals, voice, sampleOf(subject))}\n`);
    });
    const churn = new PortChurn(subject.engine, folder, portsPerSecond);
    churn.start();
    const samples: Sample[] = [];
    while (load.exitCode === undefined && subject.engine.process.exitCode === undefined) {
      await sleep(sampleMs);
      samples.push(sampleOf(subject));
    }
    if (subject.engine.process.exitCode !== undefined)
      throw new Error(`the media engine ended with ${subject.engine.process.exitCode}: ${subject.engine.evidence()}`);
    if (load.exitCode !== 0) throw new Error(`voice-load ended with ${load.exitCode}: ${load.output()}`);
    await churn.stop();
    await subject.drop();
    await sleep(3000);
    const after = sampleOf(subject);
    const section = sectionOf(minutes, samples, heard, churn, empty, after);
    const faults = [...growth(samples), ...leftOver(empty, after), ...churn.faults];
    for (const fault of faults) process.stderr.write(`soak: ${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
    return {
      ...section,
      notes: [...section.notes, faults.length === 0 ? 'Nothing grew.' : `**Failed**: ${faults.join('; ')}.`],
    };
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sampleOf(subject: HoldfastMedia): Sample {
  const status = readFileSync(`/proc/${subject.pid}/status`, 'utf8');
  return {
    residentKb: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    descriptors: readdirSync(`/proc/${subject.pid}/fd`).length,
    ports: subject.engine.pulse?.ports ?? 0,
    load: subject.engine.pulse?.load ?? 0,
  };
}

function said(number: number, of: number, voice: Voice, sample: Sample): string {
  const lost = voice.sent - voice.received;
  return (
    `soak ${number}/${of}: added p99 ${voice.p99} µs, most ${voice.max} µs, lost ${lost} of ${voice.sent}; ` +
    `${(sample.residentKb / 1024).toFixed(1)} MB, ${sample.descriptors} descriptors, ${sample.ports} ports, load ${sample.load.toFixed(2)}`
  );
}

const figures: readonly {
  readonly name: string;
  readonly unit: string;
  readonly of: (sample: Sample) => number;
  /** More than this between the second and the last third is growth. */
  readonly share: number;
  readonly least: number;
}[] = [
  { name: 'resident memory', unit: 'MB', of: ({ residentKb }) => residentKb / 1024, share: 0.03, least: 3 },
  { name: 'descriptors', unit: '', of: ({ descriptors }) => descriptors, share: 0.02, least: 8 },
  { name: 'ports', unit: '', of: ({ ports }) => ports, share: 0.02, least: 8 },
];

function third(samples: readonly Sample[], which: 0 | 1 | 2, of: (sample: Sample) => number): number {
  const length = Math.floor(samples.length / 3);
  const part = samples.slice(which * length, (which + 1) * length);
  return part.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, part.length);
}

/** The first third warms up; the last may not be above the second. */
export function growth(samples: readonly Sample[]): readonly string[] {
  return figures.flatMap(({ name, unit, of, share, least }) => {
    const [second, last] = [third(samples, 1, of), third(samples, 2, of)];
    const grown = last - second;
    return grown > Math.max(second * share, least)
      ? [`${name} grew from ${second.toFixed(1)} to ${last.toFixed(1)} ${unit}`]
      : [];
  });
}

function leftOver(before: Sample, after: Sample): readonly string[] {
  return [
    ...(after.ports > 0 ? [`${after.ports} ports are left`] : []),
    ...(after.descriptors > before.descriptors + 2
      ? [`${after.descriptors - before.descriptors} descriptors are left`]
      : []),
  ];
}

function sectionOf(
  minutes: number,
  samples: readonly Sample[],
  heard: readonly Voice[],
  churn: PortChurn,
  empty: Sample,
  after: Sample,
): Section {
  const sum = (of: (voice: Voice) => number): number => heard.reduce((all, voice) => all + of(voice), 0);
  const rows: Row[] = [
    { what: 'ports set up and torn down', unit: 'ports', holdfast: churn.made, goal: minutes >= 60 ? '≥ 100000' : '' },
    { what: 'packets heard', unit: 'packets', holdfast: sum(({ received }) => received) },
    { what: 'packets lost', unit: 'packets', holdfast: sum(({ sent, received }) => sent - received) },
    { what: 'added, p99 of the worst interval', unit: 'µs', holdfast: Math.max(...heard.map(({ p99 }) => p99)) },
    { what: 'added, most', unit: 'µs', holdfast: Math.max(...heard.map(({ max }) => max)) },
    ...figures.flatMap(({ name, unit, of }) =>
      ([0, 1, 2] as const).map((which) => ({
        what: `${name}, ${['first', 'second', 'last'][which]} third`,
        unit,
        holdfast: third(samples, which, of),
      })),
    ),
    { what: 'descriptors before the first port', unit: '', holdfast: empty.descriptors },
    { what: 'descriptors after the last', unit: '', holdfast: after.descriptors },
  ];
  return {
    title: 'Media soak',
    peer: 'nobody',
    notes: [
      `${minutes} minutes, engine on one processor: ${talking.map(({ kind, calls }) => `${calls} calls ${kind.name}`).join(', ')}, all talking all the time, while ${portsPerSecond} ports a second are set up and torn down: ${churn.described}.`,
      ...figures.map(({ name, unit, of }) => line(name, unit, samples.map(of))),
    ],
    rows,
  };
}

/** Sixty places from the first sample to the last. */
function line(name: string, unit: string, values: readonly number[]): string {
  const places = Math.min(60, values.length);
  const shown = Array.from({ length: places }, (_, i) => values[Math.floor((i * values.length) / places)] ?? 0);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const blocks = '▁▂▃▄▅▆▇█';
  const drawn = shown.map((value) => blocks[most === least ? 0 : Math.round((7 * (value - least)) / (most - least))]);
  return `${name}, from ${least.toFixed(1)} to ${most.toFixed(1)} ${unit}: \`${drawn.join('')}\``;
}
