import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  bell202,
  decodeDataMessage,
  encodeDataMessage,
  encodeFskFrame,
  FskFrameReader,
  type FskModulation,
  type MfSignal,
  mfFrequencies,
  offHookPreamble,
  onHookPreamble,
  v23,
} from '../../../src/analog/index.js';
import type { LineListening, PlayedSound } from '../../../src/media/index.js';
import { NativeBench } from './native-bench.js';
import { quietTdm, TdmLine } from './tdm-line.js';
import { amplitudeOf, levelAt, levelOf, muSamples, toMu, tones } from './voice.js';

const bench = new NativeBench();
const lines: TdmLine[] = [];
after(() => {
  bench.stop();
  for (const line of lines) line.hangUp();
});

let opened = 0;
async function slot(settings: Parameters<typeof TdmLine.open>[2] = {}, blockBytes = 80): Promise<TdmLine> {
  opened += 1;
  const line = await TdmLine.open(bench, opened.toString(16).padStart(16, 'd'), settings, blockBytes);
  lines.push(line);
  return line;
}

const listening = (listens: Partial<LineListening>): { readonly listens: LineListening } => ({
  listens: { ...quietTdm.listens, ...listens },
});
const tone = (frequencies: readonly number[], durationMs: number, level = -13): PlayedSound => ({
  kind: 'tone',
  frequencies,
  level,
  durationMs,
});
const pause = (durationMs: number): PlayedSound => tone([], durationMs);
const silence = (blocks: number, blockBytes = 80): Uint8Array => new Uint8Array(blocks * blockBytes).fill(0xff);

let plays = 0;
function play(line: TdmLine, sounds: readonly PlayedSound[]): number {
  plays += 1;
  bench.engine.apply({ kind: 'play', port: line.id, play: plays, sounds });
  return plays;
}

const played = (line: TdmLine): number[] =>
  bench
    .of('played')
    .filter(({ port }) => port === line.id)
    .map((event) => event.play);

/** What one line is played, said into another: block by block, as a pair of lines wired together. */
async function wired(from: TdmLine, to: TdmLine, blocks: number): Promise<void> {
  const idle = silence(1, from.blockBytes);
  for (let block = 0; block < blocks; block += 1) {
    from.tick(idle);
    await from.answered();
    to.tick(from.heard().subarray(-from.blockBytes));
    await to.answered();
  }
}

describe('sounds that are played on a line', () => {
  for (const blockBytes of [8, 80, 160]) {
    it(`have their lengths to the sample and are told when the last one is out (${blockBytes} bytes)`, async () => {
      const line = await slot({}, blockBytes);
      const number = play(line, [tone([440], 50.125), pause(25.25), tone([1000], 100)]);
      await line.statistics();
      // 401 samples, 202 of silence, 800.
      await line.say(silence(Math.floor(1403 / blockBytes), blockBytes), 1);
      assert.deepEqual(played(line), [], 'a part of the last sound is still to come');
      await line.say(silence(2, blockBytes), 1);
      await bench.until(() => played(line).length === 1);
      assert.deepEqual(played(line), [number]);
      const heard = muSamples(line.heard());
      const sounding = heard.map((sample) => Math.abs(sample) > 8);
      assert.ok(Math.abs(levelAt(heard.slice(0, 401), 440) + 13) < 0.3);
      assert.ok(Math.abs(levelAt(heard.slice(603, 1403), 1000) + 13) < 0.3);
      assert.ok(sounding.slice(401, 603).every((loud) => !loud));
      assert.ok(sounding.slice(1403).every((loud) => !loud));
      // A sample or two of a sine are near nothing.
      assert.ok(sounding.slice(396, 401).includes(true) && sounding.slice(603, 607).includes(true));
      assert.ok(sounding.slice(1396, 1403).includes(true));
    });
  }

  it('take the place of what is heard, which goes on right after', async () => {
    const line = await slot();
    line.hear({ kind: 'tone', tone: { steps: [{ frequencies: [350], level: -13, durationMs: 0 }] } });
    play(line, [tone([2130, 2750], 75, -20)]);
    await line.statistics();
    await line.say(silence(30), 1);
    const heard = muSamples(line.heard());
    const [first, then] = [heard.slice(0, 600), heard.slice(600, 2400)];
    for (const hz of [2130, 2750]) assert.ok(Math.abs(levelAt(first, hz) + 20) < 0.3, `${levelAt(first, hz)}`);
    assert.ok(levelAt(first, 350) < -50);
    assert.ok(Math.abs(levelAt(then, 350) + 13) < 0.3);
    assert.ok(levelAt(then, 2130) < -50);
  });

  it('are replaced by others, and ended by none; neither is told', async () => {
    const line = await slot();
    play(line, [tone([440], 1000)]);
    await line.statistics();
    await line.say(silence(5), 1);
    const second = play(line, [tone([1000], 50)]);
    await line.statistics();
    await line.say(silence(20), 1);
    await bench.until(() => played(line).length === 1);
    assert.deepEqual(played(line), [second]);
    const heard = muSamples(line.heard());
    assert.ok(Math.abs(levelAt(heard.slice(0, 400), 440) + 13) < 0.3);
    assert.ok(Math.abs(levelAt(heard.slice(400, 800), 1000) + 13) < 0.3);
    assert.ok(levelOf(heard.slice(800)) < -60);
    play(line, [tone([440], 1000)]);
    play(line, []);
    await line.statistics();
    await line.say(silence(120), 8);
    assert.deepEqual(played(line), [second]);
    assert.ok(levelOf(muSamples(line.heard()).slice(2000)) < -60);
  });

  it('wait while nobody takes the samples: none is left out', async () => {
    const line = await slot({}, 160);
    const bits = '10'.repeat(600);
    const fsk: PlayedSound = { kind: 'fsk', markHz: 1200, spaceHz: 2200, baud: 1200, level: -13, bits };
    const number = play(line, [fsk]);
    await line.statistics();
    line.pause();
    // More than both buffers of a Unix socket hold.
    for (let block = 0; block < 6000; block += 1) line.tick(silence(1, 160));
    const before = await line.statistics();
    line.resume();
    assert.ok((before.slips ?? 0) > 0 || before.received < 6000);
    await bench.until(() => played(line).includes(number));
    await bench.until(() => line.heardBytes >= 8000);
    const heard = muSamples(line.heard().subarray(0, 8000));
    const steepest = amplitudeOf(-13) * 2 * Math.sin((Math.PI * 2200) / 8000) * 1.05 + 100;
    for (let at = 1; at < heard.length; at += 1)
      assert.ok(Math.abs((heard[at] ?? 0) - (heard[at - 1] ?? 0)) < steepest, `a step at sample ${at}`);
  });
});

describe('a line that is listened to', () => {
  it('tells MF signals by their names', async () => {
    const [from, to] = [await slot(), await slot(listening({ mf: true }))];
    const signals: readonly MfSignal[] = [
      'KP',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '0',
      'STP',
      'ST2P',
      'ST3P',
      'ST',
    ];
    play(
      from,
      signals.flatMap((signal) => [tone(mfFrequencies[signal], signal === 'KP' ? 100 : 68, -7), pause(68)]),
    );
    await from.statistics();
    await wired(from, to, 230);
    const told = () => bench.of('mf').filter(({ port }) => port === to.id);
    await bench.until(() => told().length >= signals.length);
    assert.deepEqual(
      told().map(({ signal }) => signal),
      signals,
    );
  });

  it('tells tones of progress when they begin and end, and only those it was asked for', async () => {
    const line = await slot(listening({ tones: [[350, 440], [480, 620], [425]] }), 64);
    const busy = [...tones([480, 620], -24, 4000), ...new Array<number>(4000).fill(0)];
    await line.say(
      toMu([
        ...tones([350, 440], -13, 8000),
        ...new Array<number>(1600).fill(0),
        ...busy,
        ...busy,
        ...tones([440, 480], -19, 8000),
      ]),
      4,
    );
    const told = () => bench.of('tone').filter(({ port }) => port === line.id);
    await bench.until(() => told().length >= 6);
    assert.deepEqual(
      told().map(({ frequencies }) => frequencies),
      [[350, 440], [], [480, 620], [], [480, 620], []],
    );
  });

  it('says nothing of what it does not listen for', async () => {
    const line = await slot();
    const before = bench.events.length;
    await line.say(
      toMu([...tones([700, 900], -7, 800), ...tones([350, 440], -13, 8000), ...tones([697, 1209], -9, 800)]),
    );
    assert.deepEqual(
      bench.events.slice(before).filter(({ kind }) => kind !== 'pulse'),
      [],
    );
  });
});

describe('caller ID', () => {
  const date = { month: 11, day: 24, hour: 9, minute: 5 } as const;
  const callerId = { date, number: '5551234567', name: 'ANNA MILLER' } as const;

  async function received(modulation: FskModulation, kind: 'bell202' | 'v23', bits: Uint8Array, law: 'u' | 'a') {
    const from = await slot({ law });
    const to = await slot({ law, ...listening({ fsk: kind }) });
    const { markHz, spaceHz, baud, level } = modulation;
    play(from, [pause(100), { kind: 'fsk', markHz, spaceHz, baud, level, bits: Array.from(bits).join('') }]);
    await from.statistics();
    await wired(from, to, Math.ceil((bits.length * 1000) / baud / 10) + 30);
    await to.statistics();
    const reader = new FskFrameReader();
    const messages: unknown[] = [];
    for (const event of bench.of('fsk')) {
      if (event.port !== to.id) continue;
      for (const bit of event.bits) {
        const found = reader.push(bit === '1' ? 1 : 0);
        if (found instanceof Uint8Array) messages.push(found);
      }
    }
    return messages;
  }

  for (const [name, modulation, kind, law] of [
    ['Bell 202', bell202, 'bell202', 'u'],
    ['V.23', v23, 'v23', 'a'],
  ] as const) {
    it(`passes from one line to another by ${name}, on hook and as call waiting`, async () => {
      const message = encodeDataMessage({ kind: 'call', callerId }, 'mdmf');
      for (const preamble of [onHookPreamble, offHookPreamble]) {
        const messages = await received(modulation, kind, encodeFskFrame(message, preamble), law);
        assert.deepEqual(messages, [message]);
      }
      assert.deepEqual(decodeDataMessage(message), { ok: true, value: { kind: 'call', callerId } });
    });
  }
});
