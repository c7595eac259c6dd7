import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../appliance/io/index.js';
import { DahdiHardware, type DahdiSpan, FileSysfs, LinuxKernel } from '../../hw/dahdi/index.js';
import { silentLog } from '../../src/base/index.js';
import type { Channel, ChannelSettings, LineEvent, LineOrder, SpanSettings } from '../../src/tdm/index.js';
import { NativeBench } from '../unit/media-engine/native-bench.js';
import { quietTdm } from '../unit/media-engine/tdm-line.js';

/**
 * Inside the virtual machine: our driver on both of two T1 spans that are wired to each other. Prints a line for each check, and ends
 * with 1 when one failed.
 */

const socketFolder = '/tmp/holdfast-lines';
const t1: SpanSettings = { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 0, buildOut: 0 };
/** Emulation on a machine that others use: only a failing check waits for it. */
const patienceMs = 90_000;

mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
const gone: string[] = [];
const plugged: string[] = [];
const hardware = new DahdiHardware({
  ...{ clock: systemClock, log: silentLog, kernel: new LinuxKernel(), sysfs: new FileSysfs('/'), socketFolder },
  // A flash is shorter than this, and a hang-up is known as soon.
  longestFlashMs: 800,
});
hardware.on((event) => {
  if (event.kind === 'plugged') plugged.push(event.span.description.id);
  if (event.kind === 'unplugged') gone.push(event.id);
});

async function until(what: string | (() => string), condition: () => boolean): Promise<void> {
  const since = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - since < patienceMs, `it did not happen: ${typeof what === 'string' ? what : what()}`);
    await pause(5);
  }
}

class Line {
  readonly events: LineEvent[] = [];
  readonly channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
    channel.on((event) => this.events.push(event));
  }

  static of(span: DahdiSpan, place: number, signalling: ChannelSettings['signalling']): Line {
    const channel = span.channels.find(({ number }) => number === place);
    assert.ok(channel !== undefined, `there is a channel ${place}`);
    const line = new Line(channel);
    channel.configure({ signalling, law: 'u' });
    return line;
  }

  order(order: LineOrder): void {
    this.channel.order(order);
  }

  get said(): readonly string[] {
    return this.events.map((event) => {
      if (event.kind === 'signal') return Object.values(event.signal).join(' ');
      return event.kind === 'fault' ? `fault ${event.order} ${event.why}` : event.kind;
    });
  }

  /** From now on it says this. */
  async says(wanted: string, since = this.events.length): Promise<void> {
    await until(
      () => `${this.channel.id} says ${wanted}, but ${this.said.join(', ')}`,
      () => this.said.slice(since).includes(wanted),
    );
  }
}

function spanOf(place: number): DahdiSpan {
  const id = `dahdi/DYN-loc-1-${place}/1`;
  const span = hardware.spans.find((each) => each.description.id === id);
  assert.ok(span !== undefined, `${id} among ${hardware.spans.map(({ description }) => description.id).join()}`);
  return span;
}

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'both spans are found and numbered': async () => {
    await until('two spans', () => hardware.spans.length === 2);
    assert.deepEqual([spanOf(0).description.kind, spanOf(0).channels.length], ['t1', 24]);
    for (const place of [0, 1]) spanOf(place).configure(t1);
  },
  'kewlstart: a ring, an answer, pulses, a flash, the far end’s hang-up': async () => {
    const telephone = Line.of(spanOf(1), 1, 'fxo-kewl');
    const station = Line.of(spanOf(0), 1, 'fxs-kewl');
    await until('open', () => spanOf(0).channels[0]?.open === true && spanOf(1).channels[0]?.open === true);
    await station.says('onHook', 0);
    const rung = telephone.says('ringOn');
    station.order({ kind: 'ring', cadence: [500, 1000] });
    await rung;
    await telephone.says('ringOff', 0);
    const lifted = station.says('offHook');
    telephone.order({ kind: 'hook', offHook: true });
    await lifted;
    station.order({ kind: 'stopRing' });
    station.order({ kind: 'hook', offHook: true });
    await pause(1000);
    const dialled = Promise.all([station.says('pulses 3'), station.says('pulses 10'), telephone.says('pulsesSent')]);
    telephone.order({ kind: 'pulses', counts: [3, 10], breakMs: 60, makeMs: 40, interDigitMs: 700 });
    await dialled;
    const flashed = station.says('flash');
    telephone.order({ kind: 'flash', durationMs: 500 });
    await flashed;
    await pause(500);
    const cleared = telephone.says('current false');
    station.order({ kind: 'battery', on: false });
    await cleared;
    station.order({ kind: 'battery', on: true });
    const hungUp = station.says('onHook');
    telephone.order({ kind: 'hook', offHook: false });
    await hungUp;
    assert.deepEqual(
      [...station.said, ...telephone.said].filter((each) => each.startsWith('fault')),
      [],
    );
  },
  'pulses are dialled, and digits pass as sound, while the media engine has the samples of both ends': async () => {
    const telephone = Line.of(spanOf(1), 6, 'fxo-kewl');
    const station = Line.of(spanOf(0), 6, 'fxs-kewl');
    await until('open', () => spanOf(0).channels[5]?.open === true && spanOf(1).channels[5]?.open === true);
    const bench = new NativeBench();
    try {
      const ports = [telephone, station].map(({ channel }, number) => {
        const place = channel.samples;
        assert.ok(place !== undefined);
        const id = `${number + 1}`.padStart(16, '0');
        const settings = { ...quietTdm, listens: { ...quietTdm.listens, digits: true } };
        bench.engine.apply({ kind: 'openTdm', port: id, place, settings });
        return id;
      });
      const [from = '', to = ''] = ports;
      const received = async (id: string) => {
        const seen = bench.of('statistics').length;
        bench.engine.apply({ kind: 'askStatistics', port: id });
        await until('figures', () => bench.of('statistics').length > seen);
        return bench.of('statistics').at(-1)?.statistics.received ?? 0;
      };
      telephone.order({ kind: 'hook', offHook: true });
      await station.says('offHook', 0);
      station.order({ kind: 'hook', offHook: true });
      await pause(1000);
      assert.ok((await received(from)) > 0 && (await received(to)) > 0, 'blocks come at both ends');
      const dialled = Promise.all([station.says('pulses 5'), station.says('pulses 9'), telephone.says('pulsesSent')]);
      telephone.order({ kind: 'pulses', counts: [5, 9], breakMs: 60, makeMs: 40, interDigitMs: 700 });
      await dialled;
      bench.engine.apply({ kind: 'digit', port: from, digit: '7', durationMs: 300 });
      await until('the digit is heard', () =>
        bench.of('digit').some(({ port, digit }) => port === to && digit === '7'),
      );
      const failed = bench.of('failed').map(({ why }) => why);
      assert.deepEqual(failed, []);
      telephone.order({ kind: 'hook', offHook: false });
      await station.says('onHook');
    } finally {
      bench.stop();
    }
  },
  'E&M: seizure, wink, answer and hang-up': async () => {
    const [one, other] = [Line.of(spanOf(0), 2, 'em-wink'), Line.of(spanOf(1), 2, 'em-wink')];
    await Promise.all([one.says('onHook', 0), other.says('onHook', 0)]);
    const seized = other.says('offHook');
    one.order({ kind: 'hook', offHook: true });
    await seized;
    const winked = one.says('wink');
    other.order({ kind: 'wink', durationMs: 200 });
    await winked;
    await pause(500);
    const answered = one.says('offHook');
    other.order({ kind: 'hook', offHook: true });
    await answered;
    const ended = other.says('onHook');
    one.order({ kind: 'hook', offHook: false });
    await ended;
  },
  'frames pass between D-channels, two hundred each way': async () => {
    const [one, other] = [Line.of(spanOf(0), 24, 'dChannel'), Line.of(spanOf(1), 24, 'dChannel')];
    await until('open', () => spanOf(0).channels[23]?.open === true && spanOf(1).channels[23]?.open === true);
    const frames = ({ events }: Line) => events.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
    for (let number = 0; number < 200; number++) {
      const frame = Uint8Array.from({ length: 4 + (number % 100) }, (_, place) => (number + place) & 0xff);
      one.channel.send(frame);
      other.channel.send(frame);
      await until(`frame ${number}`, () => frames(one).length > number && frames(other).length > number);
      assert.deepEqual(frames(other)[number], frame);
      assert.deepEqual(frames(one)[number], frame);
    }
  },
  'samples wait for nobody, and their coming is the card’s pulse': async () => {
    Line.of(spanOf(0), 3, 'bearer');
    await until('open', () => spanOf(0).channels[2]?.open === true);
    await pause(5000);
    assert.deepEqual(spanOf(0).alarms, []);
  },
  'a channel is configured again while it is open': async () => {
    const line = Line.of(spanOf(0), 3, 'clear');
    await until('open', () => spanOf(0).channels[2]?.open === true);
    assert.deepEqual(
      line.said.filter((each) => each.startsWith('fault')),
      [],
    );
  },
  'a span that goes is told at once, and comes back by itself': async () => {
    const line = Line.of(spanOf(0), 4, 'em-wink');
    await until('open', () => spanOf(0).channels[3]?.open === true);
    const { name } = await deviceOf(spanOf(0).description.id);
    const since = performance.now();
    const before = plugged.length;
    new FileSysfs('/').writeLater(`sys/bus/dahdi_devices/devices/${name}/unassign_span`, '1', () => {});
    await line.says('unplugged', 0);
    assert.equal(gone.length, 1);
    await until('it is back', () => plugged.length > before);
    process.stdout.write(`# replug to plugged ${Math.round(performance.now() - since)} ms\n`);
    spanOf(0).configure(t1);
    const [again, far] = [Line.of(spanOf(0), 5, 'em-wink'), Line.of(spanOf(1), 5, 'em-wink')];
    await until('open', () => spanOf(0).channels[4]?.open === true && spanOf(1).channels[4]?.open === true);
    const seized = far.says('offHook');
    again.order({ kind: 'hook', offHook: true });
    await seized;
    process.stdout.write(`# replug to the first seizure ${Math.round(performance.now() - since)} ms\n`);
  },
};

async function deviceOf(id: string): Promise<{ readonly name: string }> {
  const sysfs = new FileSysfs('/');
  const folder = 'sys/bus/dahdi_devices/devices';
  const key = id.split('/')[1];
  const name = sysfs
    .list(folder)
    .find((each) => sysfs.read(`${folder}/${each}/hardware_id`)?.replace(/[^A-Za-z0-9._-]+/g, '-') === key);
  assert.ok(name !== undefined);
  return { name };
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    process.stdout.write(`ok ${name}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`not ok ${name}\n  ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
hardware.stop();
process.exit(failed === 0 ? 0 : 1);
