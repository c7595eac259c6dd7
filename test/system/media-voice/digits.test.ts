import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MediaEvent } from '../../../src/media/index.js';
import { decodeTelephoneEvent, digitOfEvent, encodeTelephoneEvent, eventOfDigit } from '../../../src/rtp/index.js';
import { sleep, until } from '../branch/patience.js';
import { toneSamples } from '../wave-file.js';
import { telephoneEvents, VoiceBench } from './voice-bench.js';
import { securityOf, talking, VoiceParty } from './voice-party.js';

const digits = '0123456789*#ABCD';
const rows = [697, 770, 852, 941] as const;
const columns = [1209, 1336, 1477, 1633] as const;
const pad = ['123A', '456B', '789C', '*0#D'] as const;
const packetMs = 20;
const digitMs = 100;
const pauseMs = 100;

/** ITU-T Q.23. */
function frequenciesOf(digit: string): readonly [number, number] {
  const row = pad.findIndex((keys) => keys.includes(digit));
  return [rows[row] ?? 0, columns[pad[row]?.indexOf(digit) ?? 0] ?? 0];
}

/** All digits as sound: 100 ms each, 100 ms between. */
function spoken(): Int16Array {
  const parts = [...digits].map((digit) => {
    const [low, high] = frequenciesOf(digit);
    const part = new Int16Array(8 * (digitMs + pauseMs));
    const [one, other] = [toneSamples(low, digitMs / 1000, 8000, 5000), toneSamples(high, digitMs / 1000, 8000, 6000)];
    one.forEach((sample, i) => {
      part[i] = sample + (other[i] ?? 0);
    });
    return part;
  });
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.forEach((part, i) => {
    all.set(part, i * part.length);
  });
  return all;
}

/** Digits in sound, by a detector of the test's own: the pair of frequencies that hold nearly all energy of 20 ms. */
function digitsIn(samples: Int16Array): string {
  let text = '';
  let last = '';
  let times = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const block = samples.subarray(at, at + 160);
    const found = digitIn(block);
    times = found === last ? times + 1 : 1;
    // Two blocks in a row, once.
    if (found !== '' && times === 2) text += found;
    last = found;
  }
  return text;
}

function digitIn(block: Int16Array): string {
  const power = (frequency: number): number => {
    let real = 0;
    let imaginary = 0;
    block.forEach((sample, i) => {
      real += sample * Math.cos((2 * Math.PI * frequency * i) / 8000);
      imaginary += sample * Math.sin((2 * Math.PI * frequency * i) / 8000);
    });
    return (real * real + imaginary * imaginary) / block.length;
  };
  const best = (frequencies: readonly number[]): readonly [number, number] => {
    const powers = frequencies.map(power);
    const most = Math.max(...powers);
    return [powers.indexOf(most), most];
  };
  const energy = block.reduce((sum, sample) => sum + sample * sample, 0);
  const [[row, low], [column, high]] = [best(rows), best(columns)];
  // A pure pair has a quarter of `energy` each as computed here.
  if (energy < 160 * 200 * 200 || low + high < 0.35 * energy || low < high / 20 || high < low / 20) return '';
  return pad[row]?.[column] ?? '';
}

describe('digits through the media engine', () => {
  let bench: VoiceBench;
  let events: VoiceParty;
  let sound: VoiceParty;
  const told: { readonly by: string; readonly digit: string }[] = [];

  before(async () => {
    bench = await VoiceBench.start();
    const plain = securityOf(undefined);
    events = await VoiceParty.open('PCMU', packetMs, plain);
    sound = await VoiceParty.open('PCMU', packetMs, plain);
    const formats = [events.format, telephoneEvents];
    const ports = [
      bench.open(events, bench.settingsFor(events, plain, { receives: formats, sends: formats })),
      bench.open(sound, bench.settingsFor(sound, plain, { detectDigits: true })),
    ] as const;
    bench.bridge(...ports);
    bench.engine.listen((event: MediaEvent) => {
      if (event.kind === 'digit') told.push({ by: event.by, digit: event.digit });
    });
  });

  after(async () => {
    events.close();
    sound.close();
    await bench.stop();
  });

  it('become tones for an end without telephone-event, all sixteen', async () => {
    events.say(new Int16Array(8 * 1200));
    sound.say(new Int16Array(8 * 1200));
    await talking([events, sound], async () => {
      await sleep(400);
      sound.heard.length = 0;
      events.hush();
      for (const digit of digits) await sayEvent(events, digit);
      events.say(new Int16Array(8 * 1200));
      await sleep(400);
    });
    assert.equal(digitsIn(sound.sound().samples), digits);
    assert.equal(
      told
        .filter(({ by }) => by === 'telephone-event')
        .map(({ digit }) => digit)
        .join(''),
      digits,
    );
  });

  it('become telephone-events for an end that has them, all sixteen, and are not said twice', async () => {
    told.length = 0;
    events.say(new Int16Array(8 * 1200));
    await talking([events, sound], async () => {
      events.heard.length = 0;
      sound.say(new Int16Array(8 * 1200));
      await sleep(200);
      sound.say(spoken());
      await until('all digits are told', 15_000, () => told.length >= digits.length).catch(() => undefined);
      sound.say(new Int16Array(8 * 1200));
      await sleep(500);
    });
    const ended = new Map<number, string>();
    for (const { packet } of events.heard) {
      if (packet.payloadType !== telephoneEvents.payloadType) continue;
      const event = decodeTelephoneEvent(packet.payload);
      if (event?.end === true) ended.set(packet.timestamp, digitOfEvent(event.event) ?? '?');
    }
    // The spoken list goes round: what begins again before it is stopped is heard again.
    const text = [...ended.values()].join('');
    assert.ok(text.startsWith(digits), `events: ${text}; told: ${told.map(({ digit }) => digit).join('')}`);
    assert.equal(new Set(told.map(({ by }) => by)).size, 1);
    // The tones themselves are kept from an end that gets the events, but for what it takes to know them.
    assert.ok(digitsIn(events.sound().samples).length <= 2, `tones beside events: ${digitsIn(events.sound().samples)}`);
  });
});

/** RFC 4733 §2.5.1: one timestamp, growing duration, the end three times. */
async function sayEvent(party: VoiceParty, digit: string): Promise<void> {
  const event = eventOfDigit(digit);
  if (event === undefined) throw new Error(`no event for ${digit}`);
  const { payloadType } = telephoneEvents;
  const steps = digitMs / packetMs;
  for (let step = 1; step <= steps; step += 1) {
    const duration = step * packetMs * 8;
    party.send(encodeTelephoneEvent({ event, end: false, volume: 10, duration }), payloadType, step === 1);
    await sleep(packetMs);
  }
  for (let times = 0; times < 3; times += 1)
    party.send(encodeTelephoneEvent({ event, end: true, volume: 10, duration: digitMs * 8 }), payloadType);
  party.advance(digitMs + pauseMs);
  await sleep(pauseMs);
}
