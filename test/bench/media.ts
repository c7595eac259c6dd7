import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallKind, type MediaSubject, relay, secured, transcoded } from './call-plan.js';
import { HoldfastMedia } from './holdfast-subject.js';
import { kernelRelay } from './media-kernel.js';
import type { Row, Section } from './rows.js';
import { Rtpengine } from './rtpengine-subject.js';
import { measureVoice, type Voice } from './voice-load.js';

const host = '127.0.0.1';
const subjectProcessor = 0;
const loadProcessor = 1;
const goalP99Us = 5000;
/** A stream that loses more has holes that are heard. */
const goalLoss = 0.001;
const kinds: readonly { readonly kind: CallKind; readonly goal: number }[] = [
  { kind: relay, goal: 0.4 },
  { kind: secured, goal: 0.5 },
];

/** Rows that are also told as they come: a run takes long, and may end early. */
class Told extends Array<Row> {
  override push(...rows: readonly Row[]): number {
    for (const { what, unit, holdfast, peer } of rows) {
      const ratio = peer === undefined ? '' : `, ${(holdfast / peer).toFixed(2)} of ${peer.toFixed(2)}`;
      process.stderr.write(`bench: ${what}: ${holdfast.toFixed(2)} ${unit}${ratio}\n`);
    }
    return super.push(...rows);
  }
}

interface Both {
  readonly holdfast: Voice;
  readonly peer: Voice;
}

/** What it costs to carry voice, and what it adds to its way. */
export async function media(seconds: number): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-media-'));
  const rows = new Told();
  const pictures: string[] = [];
  const relayed = new Map<number, Voice>();
  try {
    const bench = new MediaBench(folder, seconds);
    for (const { kind, goal } of kinds) {
      for (const calls of [50, 150, 300]) {
        const both = await bench.both({ kind, calls });
        if (kind === relay) relayed.set(calls, both.peer);
        rows.push(...voiceRows(`${kind.name}, ${calls} calls`, both, goal));
        if (calls === 150) pictures.push(picture(`${kind.name}, ${calls} calls`, both));
      }
      const saturated = await bench.both({ kind, calls: 150, window: 512 });
      rows.push(...saturatedRows(`${kind.name}, saturated`, saturated, goal));
    }
    for (const calls of [150, 300]) {
      const { userspace, kernel } = await kernelRelay(folder, calls, seconds);
      const peer = relayed.get(calls);
      if (peer === undefined) throw new Error(`${calls} calls were not relayed before`);
      const ofKernel = (kernel.ownNs - userspace.ownNs) / 1000 / kernel.received;
      rows.push(
        {
          what: `plain relay by the kernel, ${calls} calls: processor`,
          unit: 'µs per packet',
          holdfast: perPacketUs(kernel) + Math.max(0, ofKernel),
          peer: perPacketUs(peer),
          goal: '≤ 0.12 ×',
        },
        { what: '– of which the engine’s process', unit: 'µs per packet', holdfast: perPacketUs(kernel) },
        { what: '– added, p99', unit: 'µs', holdfast: kernel.p99, peer: peer.p99 },
      );
    }
    rows.push(...(await bench.transcoding()));
    rows.push(...(await bench.alone()));
    return { title: 'Media', peer: 'rtpengine 10.5', notes: notes(seconds, pictures), rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Task {
  readonly kind: CallKind;
  readonly calls: number;
  readonly window?: number;
  readonly complexity?: number;
  readonly words?: readonly string[];
}

class MediaBench {
  readonly #folder: string;
  readonly #seconds: number;

  constructor(folder: string, seconds: number) {
    this.#folder = folder;
    this.#seconds = seconds;
  }

  holdfast(complexity?: number): Promise<HoldfastMedia> {
    return HoldfastMedia.start({
      folder: mkdtempSync(join(this.#folder, 'holdfast-')),
      processor: subjectProcessor,
      host,
      ...(complexity === undefined ? {} : { complexity }),
    });
  }

  rtpengine(complexity = 10): Promise<Rtpengine> {
    return Rtpengine.start({
      folder: mkdtempSync(join(this.#folder, 'rtpengine-')),
      processor: subjectProcessor,
      host,
      complexity,
    });
  }

  async both(task: Task): Promise<Both> {
    const holdfast = await this.#once(await this.holdfast(task.complexity), task);
    const peer = await this.#once(await this.rtpengine(task.complexity), task);
    return { holdfast, peer };
  }

  async #once(subject: MediaSubject, task: Task): Promise<Voice> {
    try {
      return await this.measure(subject, task);
    } finally {
      await subject.stop();
    }
  }

  /** A run that the generator itself was late in says nothing: it is repeated, and the best of them counts. */
  async measure(subject: MediaSubject, task: Task, seconds = this.#seconds): Promise<Voice> {
    let best: Voice | undefined;
    for (let tries = 0; tries < 3; tries += 1) {
      const voice = await measureVoice(subject, { ...task, seconds, processor: loadProcessor });
      if (best === undefined || voice.lateP99 < best.lateP99) best = voice;
      if (best.lateP99 < 1000 && best.lateMax < 20_000) break;
    }
    if (best === undefined) throw new Error('nothing was measured');
    if (best.checkFailed > 0 || Math.abs(best.heardDb - best.saidDb) > 6)
      throw new Error(`${subject.name} carries ${task.kind.name} wrongly: ${JSON.stringify(best)}`);
    return best;
  }

  /** With the same complexity on both sides, and as each is delivered: ours falls under load, rtpengine's is always 10. */
  async transcoding(): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const [name, own, peers] of [
      ['both at complexity 0', 0, 0],
      ['as delivered', undefined, 10],
    ] as const) {
      const most = {
        holdfast: await this.#most(await this.holdfast(own), 128),
        peer: await this.#most(await this.rtpengine(peers), peers === 0 ? 64 : 26),
      };
      const what = `${transcoded.name}, ${name}: calls per core, p99 < 5 ms`;
      rows.push({ what, unit: 'calls', ...most, goal: '≥ 3.5 ×' });
    }
    for (const complexity of [0, 5, 10]) {
      const task: Task = { kind: transcoded, calls: 20, complexity };
      const subject = await this.holdfast(complexity);
      const holdfast = await this.#once(subject, task);
      const peer = await this.#once(await this.rtpengine(complexity), task);
      const used = subject.engine.pulse?.complexity ?? -1;
      const what = `${transcoded.name}, 20 calls, both at complexity ${complexity}${used === complexity ? '' : ` (ours went to ${used})`}`;
      rows.push(...voiceRows(what, { holdfast, peer }));
    }
    return rows;
  }

  /** Upward by a quarter until it fails twice, then between the two. */
  async #most(subject: MediaSubject, from: number): Promise<number> {
    try {
      let good = 0;
      let bad = Number.POSITIVE_INFINITY;
      let calls = from;
      while (bad - good > Math.max(1, good / 24)) {
        const passes = (await this.#passes(subject, calls)) || (await this.#passes(subject, calls));
        if (passes) good = calls;
        else bad = calls;
        calls = Number.isFinite(bad) ? Math.round((good + bad) / 2) : Math.round(calls * 1.25);
      }
      return good;
    } finally {
      await subject.stop();
    }
  }

  async #passes(subject: MediaSubject, calls: number): Promise<boolean> {
    const voice = await this.measure(subject, { kind: transcoded, calls }, 3);
    const lost = (voice.sent - voice.received) / voice.sent;
    process.stderr.write(`${subject.name}, ${calls} calls: p99 ${voice.p99} µs, lost ${lost}\n`);
    return voice.p99 < goalP99Us && lost < goalLoss && voice.rematched === 0;
  }

  /** What the goals ask of us alone. */
  async alone(): Promise<readonly Row[]> {
    const engine = await this.holdfast();
    try {
      const quiet = await this.measure(engine, { kind: transcoded, calls: 96 });
      const busy = await whileBusy(engine, () => this.measure(engine, { kind: transcoded, calls: 96 }));
      const name = `${transcoded.name}, 96 calls, as delivered`;
      return [
        { what: `${name}: p99`, unit: 'µs', holdfast: quiet.p99, goal: '≤ 2000' },
        { what: `${name}: of the core`, unit: '%', holdfast: coreOf(quiet) },
        { what: `${name}, shell and controller busy: p99`, unit: 'µs', holdfast: busy.p99, goal: '≤ 2000' },
        { what: `${name}, shell and controller busy: lost`, unit: 'packets', holdfast: busy.sent - busy.received },
      ];
    } finally {
      await engine.stop();
    }
  }
}

/** The engine's event loop reads, and answers, as many commands as it can; the thread must not notice. */
async function whileBusy<T>(subject: HoldfastMedia, measure: () => Promise<T>): Promise<T> {
  const { engine } = subject;
  let going = true;
  let asked = 0;
  let answered = 0;
  const stop = engine.listen(({ kind }) => {
    if (kind === 'ports') answered += 1;
  });
  const asking = (async () => {
    while (going) {
      // So many waiting that the loop never rests, so few that the socket's memory stays small.
      while (asked - answered < 8) {
        engine.tell({ kind: 'list' });
        asked += 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    return await measure();
  } finally {
    going = false;
    await asking;
    stop();
  }
}

function perPacketUs(voice: Voice): number {
  return voice.processorNs / 1000 / voice.received;
}

function coreOf(voice: Voice): number {
  return (100 * voice.processorNs) / 1e9 / voice.seconds;
}

function voiceRows(what: string, { holdfast, peer }: Both, goal?: number): readonly Row[] {
  const row = (name: string, unit: string, of: (voice: Voice) => number, aim?: string): Row => ({
    what: `${what}: ${name}`,
    unit,
    holdfast: of(holdfast),
    peer: of(peer),
    ...(aim === undefined ? {} : { goal: aim }),
  });
  return [
    row('processor', 'µs per packet', perPacketUs, goal === undefined ? undefined : `≤ ${goal} ×`),
    row('added, p50', 'µs', (voice) => voice.p50),
    row('added, p99', 'µs', (voice) => voice.p99),
    row('added, most', 'µs', (voice) => voice.max),
    row('lost', 'packets', (voice) => voice.sent - voice.received),
  ];
}

function saturatedRows(what: string, { holdfast, peer }: Both, goal: number): readonly Row[] {
  const perSecond = (voice: Voice): number => voice.received / voice.seconds;
  return [
    { what: `${what}: packets`, unit: '1/s', holdfast: perSecond(holdfast), peer: perSecond(peer) },
    {
      what: `${what}: processor`,
      unit: 'µs per packet',
      holdfast: perPacketUs(holdfast),
      peer: perPacketUs(peer),
      goal: `≤ ${goal} ×`,
    },
  ];
}

/** How delays are spread, on a scale that doubles: a line for each side. */
function picture(what: string, { holdfast, peer }: Both): string {
  const blocks = ' ▁▂▃▄▅▆▇█';
  const line = ({ buckets, received }: Voice): string =>
    buckets
      .slice(2, 16)
      .map((count) => (count === 0 ? ' ' : blocks[Math.max(1, Math.ceil((8 * count) / received))]))
      .join('');
  return `Added delay, ${what} (each place twice the one before, from 2-4 µs to 16-33 ms): Holdfast \`${line(holdfast)}\`, rtpengine \`${line(peer)}\`.`;
}

function notes(seconds: number, pictures: readonly string[]): readonly string[] {
  return [
    `Each subject alone on one processor (taskset), both threads in real time (SCHED_RR), the generator (test/bench/native/voice-load.cc) on the other; ${seconds} s after 2 s of warming. Packets of 20 ms both ways, phases spread; the times of arrival are the kernel's. Processor time is that of all the subject's threads, per packet that came out. A run in which the generator itself was late is repeated.`,
    'rtpengine 10.5 of Debian 12 in userspace (no kernel module), one worker and one media thread: its default of four costs more on one processor.',
    'By the kernel (nftables): between two namespaces; the kernel forwards in the sender’s time, so what the generator needs more than with the native thread in the same namespaces is counted too.',
    'Saturated: 512 packets are on their way all the time.',
    'Calls per core: the most with which the 99th percentile stays below 5 ms and fewer than one packet in a thousand is lost; tried twice before it counts as failed. The real-time throttle of the kernel (95 %) is as it is on both sides.',
    'Opus: rtpengine 10.5 has no option for the encoder’s complexity (its log shows that `compression_level` is not read; later versions do); ffmpeg’s default is 10. To match, a preloaded library sets it in libopus (test/bench/native/opus-complexity.cc); as delivered, ours begins at 5 and falls to 0 under load. Not matched, because they are the design of each: rtpengine encodes at 48 kHz, two channels, 32 kbit/s, and resamples; Holdfast encodes at 8 kHz towards the PSTN, where nothing above 4 kHz is to be had. At complexity 0 ours is CELT at 24 kbit/s, as rtpengine’s is; at others SILK at 20. By the generator’s voice (20 s, 8 kHz) the two are alike: segmental SNR 14.7 and 14.6 dB, spectral distance 1.1 and 1.3 dB; CELT at 20 kbit/s: 12.4 and 1.5 dB. The far ends send Opus of 48 kHz, 24 kbit/s, and check what they hear: every packet opens, and the sound has the level that was sent.',
    'Busy: the engine’s event loop is asked to list all its ports again and again, and never rests; so is the controller’s, which reads the answers.',
    ...pictures,
  ];
}
