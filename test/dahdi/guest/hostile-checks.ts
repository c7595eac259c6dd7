import { setTimeout as pause } from 'node:timers/promises';
import { cause } from '../../../src/base/index.js';
import type { PortId } from '../../../src/media/index.js';
import type { ChannelReport } from '../../../src/tdm/index.js';
import { type CheckList, same } from './check-list.js';
import { dChannel, type HoldfastLines } from './holdfast-lines.js';
import { LoopSpans } from './loop-spans.js';
import { callIn, callOut, endCall, placeCall } from './short-call.js';
import type { SoundBench } from './sound-bench.js';
import { TelephoneNetwork } from './telephone-network.js';

const seed = Number(process.env.HOLDFAST_SEED ?? 1);
/** Calls with spoilt messages, and frames that are none; both in turns, because no line takes as much at once. */
const hostile = { turns: 20, calls: 15, frames: 200, noiseMs: 2000 } as const;
/** Of all that is done: whoever reads the log shall see that something is wrong, and everything else besides. */
const logLines = { least: 1, most: 20 } as const;
const recoverySeconds = 90;
const settleMs = 4000;
const slots = { call: 1, sound: [15, 16] } as const;

/** A span that carries on with its call and its sound while another one's network has lost its mind. */
class Neighbour {
  readonly id = LoopSpans.idOf('2:0');
  readonly #network = new TelephoneNetwork();
  readonly #lines: HoldfastLines;
  readonly #sound: SoundBench;
  readonly #spans: LoopSpans;
  #ports: readonly PortId[] = [];
  #far: readonly number[] = [];
  #kept: { readonly call: string; readonly tag: string } | undefined;

  constructor(lines: HoldfastLines, sound: SoundBench) {
    this.#lines = lines;
    this.#sound = sound;
    this.#spans = new LoopSpans(lines);
  }

  get #at() {
    return { lines: this.#lines, network: this.#network, slot: slots.call, of: 'beside' };
  }

  async begin(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    let channels: readonly ChannelReport[] = [];
    [channels = []] = await this.#spans.create(2);
    lines.configureSpan(this.id);
    const { span, first } = this.#spans.numbersOf('2:1');
    await network.do(`span ${span} ccs`);
    for (let slot = 0; slot < 23; slot++) await network.do(`set ${first + slot} bearer`);
    await network.all(`set ${first + 23} dchan`, `start ${span}`, `isdn open ${first + 23} ni2 network`);
    lines.openDChannel({ name: 'beside', channels: [`${this.id}:24`] });
    await lines.expectIsdn('up', undefined, recoverySeconds, 'beside');
    await network.expect('up', recoverySeconds);
    this.#kept = await placeCall(this.#at);

    for (const slot of slots.sound)
      lines.do({ kind: 'configure', channel: `${this.id}:${slot}`, settings: { signalling: 'bearer', law: 'u' } });
    await pause(settleMs);
    const opened: PortId[] = [];
    for (const slot of slots.sound) {
      const samples = channels.find(({ number }) => number === slot)?.samples;
      if (samples === undefined) throw new Error('the span beside has no samples');
      opened.push(await this.#sound.open(samples));
    }
    this.#ports = opened;
    this.#sound.join(opened[0] ?? '', opened[1] ?? '');
    this.#far = slots.sound.map((slot) => first + slot - 1);
    for (const channel of this.#far) await network.all(`open ${channel}`, `pattern ${channel} on`);
    await pause(settleMs);
  }

  /** Octets that came and were wrong, of all its sound; the engine's slips. */
  async figures(): Promise<{ readonly received: number; readonly wrong: number; readonly slips: number }> {
    const sum = { received: 0, wrong: 0, slips: 0 };
    for (const channel of this.#far) {
      const text = await this.#network.do(`report ${channel}`);
      sum.received += Number(/received=(\d+)/.exec(text)?.[1]);
      sum.wrong += Number(/errors=(\d+)/.exec(text)?.[1]);
    }
    for (const port of this.#ports) sum.slips += await this.#sound.slips(port);
    return sum;
  }

  /** Its call was not touched, and ends as one that was always there. */
  async end(): Promise<void> {
    const lines = this.#lines;
    try {
      const told = lines.reports.take((report) =>
        report.kind === 'dChannel' && report.dChannel === 'beside' ? report.event.kind : undefined,
      );
      // The link may be established anew where emulation holds one end up; calls outlive that.
      same(
        told.filter((kind) => kind !== 'up' && kind !== 'down'),
        [],
        'told of the D-channel beside',
      );
      if (this.#kept !== undefined) await endCall(this.#at, this.#kept.call, this.#kept.tag);
    } finally {
      await this.#sound.close(...this.#ports);
      lines.do({ kind: 'closeDChannel', dChannel: 'beside' });
      this.#network.stop();
      // That closes what is open; the spans stay, and nobody else wants them.
      lines.configureSpan(this.id);
    }
  }
}

/**
 * What this process writes to its standard error, from `begin` to `end`, and not before: a line on the emulated console holds up all
 * of the machine until its host has time for it, and sound is being judged.
 */
class ErrorOutput {
  readonly lines: string[] = [];
  readonly #write = process.stderr.write;

  begin(): void {
    process.stderr.write = ((text: string | Uint8Array) => {
      this.lines.push(...String(text).trimEnd().split('\n'));
      return true;
    }) as typeof process.stderr.write;
  }

  end(): void {
    process.stderr.write = this.#write;
    process.stderr.write(`${this.lines.join('\n')}\n`);
  }
}

/** Malformed messages, frames that are none, and noise at a D-channel; beside it a span that must not notice. */
export class HostileChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;
  readonly #first: number;
  readonly #neighbour: Neighbour;
  #told = 0;

  constructor(lines: HoldfastLines, network: TelephoneNetwork, sound: SoundBench, first: number) {
    this.#lines = lines;
    this.#network = network;
    this.#first = first;
    this.#neighbour = new Neighbour(lines, sound);
  }

  /** The first span is configured, and both ends of its D-channel are open. */
  async run(list: CheckList): Promise<void> {
    await list.check('hostile: a call and sound on a span beside', () => this.#neighbour.begin());
    await list.check('hostile: messages of Q.931 that are spoilt, then calls', () =>
      this.#during(async () => {
        for (let turn = 0; turn < hostile.turns; turn++) {
          await this.#network.do(`isdn hostile ${seed * 1000 + turn} ${hostile.calls}`);
          await pause(200);
          this.#refuse();
        }
        await this.#network.do('isdn hostile off');
        return `${hostile.turns * hostile.calls} messages`;
      }),
    );
    await list.check('hostile: frames that are none, then calls', () =>
      this.#during(async () => {
        await this.#network.do(`isdn garbage ${seed} ${hostile.frames}`);
        return `${hostile.frames} frames`;
      }),
    );
    await list.check('hostile: noise instead of frames, then calls', () => this.#during(() => this.#noise()));
    await list.check('hostile: the call beside is as it was, and ends', () => this.#neighbour.end());
    await list.check('hostile: the log told of it, and had an end', async () => {
      if (this.#told < logLines.least || this.#told > logLines.most) throw new Error(`${this.#told} lines`);
      return `${this.#told} lines`;
    });
  }

  /** Something bad; then the link is there again, calls pass both ways, and the log has told of it without end to it. */
  async #during(bad: () => Promise<string>): Promise<string> {
    const [lines, network] = [this.#lines, this.#network];
    const output = new ErrorOutput();
    const before = await this.#neighbour.figures();
    output.begin();
    try {
      const note = await bad();
      await this.#quiet();
      const at = { lines, network, slot: 3 };
      await callOut(at);
      await callIn({ ...at, slot: 4 });
      const after = await this.#neighbour.figures();
      const received = after.received - before.received;
      same([after.wrong - before.wrong, after.slips - before.slips], [0, 0], 'wrong octets and slips beside');
      if (received < 8000) throw new Error(`only ${received} octets came beside`);
      return `${note}; ${output.lines.length} lines in the log; beside ${received} octets, 0 wrong`;
    } finally {
      output.end();
      this.#told += output.lines.length;
    }
  }

  /** As a controller that wants none of these calls. */
  #refuse(): void {
    const calls = this.#lines.reports.take((report) =>
      report.kind === 'dChannel' && report.dChannel === dChannel && report.event.kind === 'setup'
        ? report.event.call
        : undefined,
    );
    for (const call of calls) this.#lines.isdn({ kind: 'release', call, cause: cause.temporaryFailure });
  }

  /** Until both ends have had nothing to say for a while, with whatever either believes to be up. */
  async #quiet(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    for (let still = 0; still < 5; ) {
      await pause(1000);
      this.#refuse();
      const news = lines.reports.take((report) =>
        report.kind === 'dChannel' && report.dChannel === dChannel ? report : undefined,
      );
      still = news.length === 0 ? still + 1 : 0;
    }
    network.forget();
    // Whoever is on a channel still is gone then (Q.931 §5.5).
    for (const slot of [3, 4]) {
      lines.isdn({ kind: 'restart', channel: { interface: 0, slot } });
      await lines.expectIsdn('restartAcknowledged', undefined, recoverySeconds);
    }
    network.forget();
  }

  /** The network's D-channel becomes a voice channel that carries noise. */
  async #noise(): Promise<string> {
    const network = this.#network;
    const channel = this.#first + 23;
    await network.all('isdn close', `set ${channel} clear`, `open ${channel}`, `noise ${channel} on`);
    await pause(hostile.noiseMs);
    await network.all(`close ${channel}`, `set ${channel} dchan`, `isdn open ${channel} ni2 network`);
    await network.expect('up', recoverySeconds);
    return `${hostile.noiseMs / 1000} s`;
  }
}
