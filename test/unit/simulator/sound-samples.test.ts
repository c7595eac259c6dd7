import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedSound } from '../../../hw/simulator/index.js';
import { decodeG711, encodeG711, type Law } from '../../../hw/simulator/samples/g711.js';
import { Voices } from '../../../hw/simulator/samples/melody.js';
import { SoundDetector } from '../../../hw/simulator/samples/sound-detector.js';
import { SoundMaker } from '../../../hw/simulator/samples/sound-maker.js';
import { bell202, encodeDataMessage, encodeFskFrame, onHookPreamble, v23 } from '../../../src/analog/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const block = 160;

/** A maker and a detector with a line of G.711 between them, by blocks of 20 ms. */
function line(digits: 'dtmf' | 'mf' = 'dtmf', law: Law = 'u') {
  const voices = new Voices();
  const maker = new SoundMaker(voices);
  const told: SimulatedSound[] = [];
  const detector = new SoundDetector({ voices, digits, data: true, tell: (sound) => told.push(sound) });
  const run = (ms: number) => {
    for (let at = 0; at < ms; at += 20) {
      const samples = maker.next(block);
      if (samples === undefined) detector.quiet(block);
      else detector.take(decodeG711(law, encodeG711(law, samples)));
    }
  };
  return { voices, maker, detector, told, run };
}

function codesOf(samples: Float64Array): Int16Array {
  return decodeG711('u', encodeG711('u', Int16Array.from(samples)));
}

function words(sounds: readonly SimulatedSound[]): readonly string[] {
  return sounds.map((sound) => {
    switch (sound.kind) {
      case 'tone':
        return sound.frequencies.join('+');
      case 'digit':
        return sound.digit;
      case 'mf':
        return sound.signal;
      case 'voice':
        return `"${sound.says}"`;
      default:
        return sound.kind;
    }
  });
}

describe('sound as samples', () => {
  for (const law of ['u', 'a'] as const) {
    test(`G.711 ${law}-law: every code comes back, but that A and µ have no more than their values`, () => {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
      const back = encodeG711(law, decodeG711(law, codes));
      // µ-law has two zeros.
      for (const code of codes) if (law === 'a' || code !== 0x7f) assert.equal(back[code], code);
      // ITU-T G.711 tables 1a and 2a: the largest values.
      const largest = decodeG711(law, codes).reduce((most, value) => Math.max(most, value), 0);
      assert.equal(largest, law === 'u' ? 32_124 : 32_256);
    });

    test(`every tone of an exchange is told by its name, with its cadence (${law}-law)`, () => {
      const { maker, told, run } = line('dtmf', law);
      for (const frequencies of [[350, 440], [440, 480], [480, 620], [2130, 2750], [425], [950]]) {
        maker.take({ kind: 'tone', frequencies });
        run(500);
        maker.take({ kind: 'silence' });
        run(500);
      }
      const names = ['350+440', '440+480', '480+620', '2130+2750', '425', '950'];
      assert.deepEqual(
        words(told),
        names.flatMap((name) => [name, 'silence']),
      );
    });
  }

  test('the short alert of call waiting (80 ms) is heard wherever it begins in a frame', () => {
    for (let offset = 0; offset < 160; offset += 20) {
      const { detector, told } = line();
      const samples = new Float64Array(4800);
      for (let i = 0; i < 640; i++)
        for (const hz of [2130, 2750])
          samples[1000 + offset + i] =
            (samples[1000 + offset + i] ?? 0) + 3000 * Math.sin((2 * Math.PI * hz * i) / 8000);
      detector.take(codesOf(samples));
      assert.deepEqual(words(told), ['2130+2750', 'silence'], `offset ${offset}`);
    }
  });

  test('each key of DTMF and each signal of MF is told once, and then its end', () => {
    const keys = [...'1234567890*#ABCD'];
    const dialled = line('dtmf');
    for (const digit of keys) {
      dialled.maker.take({ kind: 'digit', digit });
      dialled.maker.take({ kind: 'silence' });
      dialled.run(180);
    }
    assert.deepEqual(
      words(dialled.told).filter((word) => word !== 'silence'),
      keys,
    );
    const signals = ['KP', '2', '5', '0', '7', '1', '9', '8', '6', '4', '3', 'ST', 'STP', 'ST2P', 'ST3P'];
    const registers = line('mf');
    for (const signal of signals) registers.maker.take({ kind: 'mf', signal });
    registers.run(2500);
    assert.deepEqual(
      words(registers.told).filter((word) => word !== 'silence'),
      signals,
    );
  });

  test('who speaks is known from the melody: first one, then another, then nobody', () => {
    const { maker, told, run } = line();
    maker.take({ kind: 'voice', says: 'Anna' });
    run(1000);
    maker.take({ kind: 'voice', says: 'the speaking clock' });
    run(1000);
    maker.take({ kind: 'silence' });
    run(500);
    assert.deepEqual(words(told), ['"Anna"', '"the speaking clock"', 'silence']);
  });

  test('ninety voices are told apart, and the one that was unused longest gives its melody away', () => {
    const { voices } = line();
    const all = Array.from({ length: 90 }, (_, i) => voices.notesOf(`voice ${i}`).join(' '));
    assert.equal(new Set(all).size, 90);
    voices.notesOf('voice 0');
    assert.equal(voices.notesOf('one more').join(' '), all[1]);
    assert.equal(voices.notesOf('voice 0').join(' '), all[0]);
  });

  for (const [name, modulation] of Object.entries({ bell202, v23 })) {
    test(`caller ID by ${name} is read, at 5 levels and any phase of the bit clock`, () => {
      const callerId = { number: '3125550123', name: 'ANNA ADAMS' };
      const bits = encodeFskFrame(encodeDataMessage({ kind: 'call', callerId }, 'mdmf'), onHookPreamble);
      for (const [at, level] of [-8, -13.5, -20, -26, -32].entries()) {
        const { detector, told } = line();
        const peak = 22_300 * 10 ** (level / 20);
        const samples = new Float64Array(Math.ceil((bits.length * 8000) / 1200) + 4000);
        let phase = at;
        bits.forEach((bit, i) => {
          const end = Math.floor(((i + 1 + at / 5) * 8000) / 1200);
          for (let n = Math.floor(((i + at / 5) * 8000) / 1200); n < end; n++) {
            phase += (2 * Math.PI * (bit === 1 ? modulation.markHz : modulation.spaceHz)) / 8000;
            samples[n + 800] = peak * Math.sin(phase);
          }
        });
        detector.take(codesOf(samples));
        const data = told.filter((sound) => sound.kind === 'data');
        assert.equal(data.length, 1, `${level} dBm0`);
        assert.deepEqual(
          told.flatMap((sound) => (sound.kind === 'digit' || sound.kind === 'tone' ? [sound] : [])),
          [],
        );
      }
    });
  }

  test('what a maker makes of the bits, another modem reads', () => {
    const { maker, told, run } = line();
    const message = encodeDataMessage({ kind: 'messageWaiting', waiting: true }, 'mdmf');
    maker.take({ kind: 'data', bits: encodeFskFrame(message, onHookPreamble) });
    run(1500);
    const [data] = told;
    assert.ok(data?.kind === 'data' && data.sinceMs !== undefined && data.sinceMs > 400);
  });

  test('talk-off: a minute of voices, of something like speech, and of noise has no digit, no data and no tone of an exchange', () => {
    const random = new SeededRandom(7);
    const singing = line();
    for (let i = 0; i < 30; i++) {
      singing.maker.take({ kind: 'voice', says: `voice ${i}` });
      singing.run(2000);
    }
    assert.equal(singing.told.length, 30);
    assert.ok(singing.told.every((sound) => sound.kind === 'voice'));
    const talking = line();
    for (let syllable = 0; syllable < 300; syllable++) {
      const samples = new Float64Array(1600);
      const pitch = 80 + 170 * random.next();
      const glide = 1 + 0.2 * (random.next() - 0.5);
      const formants = [300 + 500 * random.next(), 900 + 1400 * random.next()];
      for (let harmonic = 1; harmonic * pitch < 3400; harmonic++) {
        const strength = formants.reduce((sum, hz) => sum + Math.exp(-(((harmonic * pitch - hz) / 200) ** 2)), 0.03);
        let phase = random.next();
        for (let i = 0; i < samples.length; i++) {
          phase += (2 * Math.PI * harmonic * pitch * (1 + ((glide - 1) * i) / samples.length)) / 8000;
          const envelope = Math.min(1, i / 300, (samples.length - i) / 500);
          samples[i] = (samples[i] ?? 0) + 3000 * strength * envelope * Math.sin(phase);
        }
      }
      for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + 600 * (random.next() - 0.5);
      talking.detector.take(codesOf(samples));
    }
    const wrong = talking.told.filter(({ kind }) => kind !== 'voice' && kind !== 'silence');
    assert.deepEqual(words(wrong), []);
    assert.ok(talking.told.some((sound) => sound.kind === 'voice' && sound.says === 'somebody'));
    const noisy = line();
    for (let i = 0; i < 500; i++)
      noisy.detector.take(codesOf(Float64Array.from({ length: block }, () => 8000 * (random.next() - 0.5))));
    assert.deepEqual(words(noisy.told), ['"somebody"']);
  });

  test('a tone that nobody knows is told by its frequency', () => {
    for (const hz of [300, 700, 1004, 1250]) {
      const { maker, told, run } = line();
      maker.take({ kind: 'tone', frequencies: [hz] });
      run(600);
      assert.equal(told.length, 1);
      const [tone] = told;
      assert.ok(tone?.kind === 'tone' && Math.abs((tone.frequencies[0] ?? 0) - hz) <= 5, String(hz));
    }
  });

  test('a line at rest costs no look: silence is told once', () => {
    const { told, run, maker } = line();
    run(10_000);
    assert.deepEqual(told, []);
    maker.take({ kind: 'voice', says: 'Anna' });
    run(600);
    maker.take({ kind: 'silence' });
    run(10_000);
    assert.deepEqual(words(told), ['"Anna"', 'silence']);
  });
});
