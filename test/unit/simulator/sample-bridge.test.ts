import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  SampleBridge,
  type SampleDoors,
  type SampleLink,
  type SampleListener,
  TelephoneWorld,
} from '../../../hw/simulator/index.js';
import { decodeG711, encodeG711 } from '../../../hw/simulator/samples/g711.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** The media engine at one door: keeps what it reads, and answers each block by one of its own. */
class Reader implements SampleLink {
  readonly blocks: Uint8Array[] = [];
  #listener: SampleListener | undefined;
  open = true;
  reads = true;
  /** What it plays: the next block. */
  plays: () => Uint8Array = () => new Uint8Array(160).fill(0xff);

  join(listener: SampleListener): void {
    this.#listener = listener;
  }

  write(block: Uint8Array): boolean {
    if (!this.reads) return false;
    this.blocks.push(block);
    this.#listener?.bytes(this.plays());
    return true;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.#listener?.closed();
  }

  /** All that was read, as samples. */
  get samples(): Int16Array {
    return decodeG711('u', Buffer.concat(this.blocks));
  }
}

function bench() {
  const clock = new VirtualClock();
  const connect = new Map<string, (link: SampleLink) => SampleListener>();
  const doors: SampleDoors = {
    open(path, connected) {
      connect.set(path, connected);
      return () => connect.delete(path);
    },
  };
  const samples = new SampleBridge({
    clock,
    doors,
    blockMs: 20,
    pathOf: (channel) => `/run/${channel.replace('/', '-')}`,
  });
  const world = new TelephoneWorld({
    clock,
    random: new SeededRandom(1),
    cards: [
      { kind: 'analog', id: 'sim/0', telephones: 2, hook: 'decoded', officeLines: [] },
      { kind: 't1', id: 'sim/1', to: 'pstn' },
    ],
    samples,
  });
  const channel = (id: string) => {
    const found = world.spans.flatMap((span) => span.channels).find((each) => each.id === id);
    assert.ok(found !== undefined);
    return found;
  };
  const read = (id: string): Reader => {
    const reader = new Reader();
    const { samples: place } = channel(id);
    const connected = connect.get(place?.path ?? '');
    assert.ok(connected !== undefined, id);
    reader.join(connected(reader));
    return reader;
  };
  const phone = (id: string) => {
    const found = world.telephone(id);
    assert.ok(found !== undefined);
    return found;
  };
  return { clock, connect, samples, world, channel, read, phone };
}

/** A tone as an engine plays it, block after block. */
function toneBlocks(...frequencies: readonly number[]): () => Uint8Array {
  let at = 0;
  return () => {
    const block = Int16Array.from({ length: 160 }, (_, i) =>
      Math.round(frequencies.reduce((sum, hz) => sum + 3500 * Math.sin((2 * Math.PI * hz * (at + i)) / 8000), 0)),
    );
    at += 160;
    return encodeG711('u', block);
  };
}

function strengthOf(samples: Int16Array, hz: number): number {
  let [re, im] = [0, 0];
  samples.forEach((value, i) => {
    re += value * Math.cos((2 * Math.PI * hz * i) / 8000);
    im += value * Math.sin((2 * Math.PI * hz * i) / 8000);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}

describe('samples of a simulated card', () => {
  test('every channel but the D-channel has a door; nobody there costs no timer', () => {
    const { clock, connect, channel } = bench();
    assert.equal(connect.size, 25);
    assert.deepEqual(channel('sim/0:1').samples, { path: '/run/sim-0:1', blockBytes: 160 });
    assert.equal(channel('sim/1:24').samples, undefined);
    assert.equal(clock.pending, 0);
  });

  test('it is the clock: fifty blocks a second of each channel, and one timer for all', () => {
    const { clock, read, samples } = bench();
    const readers = ['sim/0:1', 'sim/0:2', 'sim/1:1', 'sim/1:23'].map(read);
    const { pending } = clock;
    clock.advance(60_000);
    assert.equal(pending, 1);
    assert.deepEqual(
      readers.map(({ blocks }) => blocks.length),
      [3000, 3000, 3000, 3000],
    );
    for (const reader of readers) reader.close();
    assert.equal(samples.live, 0);
    assert.equal(clock.pending, 0);
  });

  test('a telephone hears dial tone, is dialled on by keys, and speaks: all of it in samples', () => {
    const { clock, channel, phone, read } = bench();
    channel('sim/0:1').configure({ signalling: 'fxs-kewl', law: 'u' });
    const reader = read('sim/0:1');
    phone('sim/0:1').lift();
    reader.plays = toneBlocks(350, 440);
    clock.advance(200);
    assert.deepEqual(phone('sim/0:1').earpiece, { kind: 'tone', frequencies: [350, 440] });
    reader.plays = () => new Uint8Array(160).fill(0xff);
    reader.blocks.length = 0;
    phone('sim/0:1').press('5');
    clock.advance(80);
    // From the second block on: the key is 70 ms long.
    const key = reader.samples.subarray(160, 400);
    const silentLevel = strengthOf(key, 941);
    for (const hz of [770, 1336]) assert.ok(strengthOf(key, hz) > 20 * silentLevel + 1000, String(hz));
    clock.advance(400);
    assert.equal(phone('sim/0:1').earpiece.kind, 'silence');
    phone('sim/0:1').speak('hello');
    reader.blocks.length = 0;
    clock.advance(1000);
    const loudest = reader.samples.reduce((most, value) => Math.max(most, value), 0);
    // -13 dBm0 within 1 dB.
    assert.ok(Math.abs(20 * Math.log10(loudest / 22_300) + 13) < 1, String(loudest));
  });

  test('two telephones that hear each other know who speaks, at each end', () => {
    const { clock, channel, phone, read } = bench();
    const [one, two] = ['sim/0:1', 'sim/0:2'].map((id) => {
      channel(id).configure({ signalling: 'fxs-kewl', law: 'u' });
      phone(id).lift();
      return read(id);
    });
    assert.ok(one !== undefined && two !== undefined);
    const idle = new Uint8Array(160).fill(0xff);
    one.plays = () => two.blocks.at(-1) ?? idle;
    two.plays = () => one.blocks.at(-1) ?? idle;
    phone('sim/0:1').speak('Anna');
    phone('sim/0:2').speak('Boris');
    clock.advance(1000);
    assert.deepEqual(phone('sim/0:2').heard, [{ kind: 'voice', says: 'Anna' }]);
    assert.deepEqual(phone('sim/0:1').heard, [{ kind: 'voice', says: 'Boris' }]);
    phone('sim/0:1').hangUp();
    two.plays = () => idle;
    clock.advance(1000);
    assert.equal(phone('sim/0:2').earpiece.kind, 'silence');
  });

  test('a reader that does not read loses blocks, and a clock that stood still loses time; both are counted', () => {
    const { clock, read, samples } = bench();
    const reader = read('sim/1:1');
    clock.advance(100);
    reader.reads = false;
    clock.advance(100);
    assert.equal(samples.slips, 5);
    reader.reads = true;
    reader.blocks.length = 0;
    clock.advance(100);
    assert.equal(reader.blocks.length, 5);
  });

  test('an engine that starts again takes the door over; a card that is pulled out closes it', () => {
    const { clock, connect, read, samples, world } = bench();
    const first = read('sim/1:1');
    const second = read('sim/1:1');
    assert.deepEqual([first.open, second.open, samples.live], [false, true, 1]);
    clock.advance(100);
    assert.deepEqual([first.blocks.length, second.blocks.length], [0, 5]);
    world.unplug('sim/1');
    assert.equal(second.open, false);
    assert.equal(connect.size, 2);
    assert.equal(clock.pending, 0);
    world.plug('sim/1');
    assert.equal(connect.size, 25);
    assert.equal(read('sim/1:1').open, true);
    world.close();
    assert.equal(connect.size, 0);
    assert.equal(clock.pending, 0);
  });

  test('who comes late hears what goes on: a voice that began before', () => {
    const { clock, channel, phone, read } = bench();
    channel('sim/0:1').configure({ signalling: 'fxs-kewl', law: 'u' });
    phone('sim/0:1').lift();
    phone('sim/0:1').speak('Anna');
    clock.advance(1000);
    const reader = read('sim/0:1');
    clock.advance(100);
    assert.ok(reader.samples.some((value) => value > 4000));
    phone('sim/0:1').hangUp();
    clock.advance(100);
    const late = read('sim/0:1');
    clock.advance(100);
    assert.ok(late.samples.every((value) => value === 0));
  });

  test('what the engine played is over when it goes', () => {
    const { clock, channel, phone, read } = bench();
    channel('sim/0:1').configure({ signalling: 'fxs-kewl', law: 'u' });
    phone('sim/0:1').lift();
    const reader = read('sim/0:1');
    reader.plays = toneBlocks(480, 620);
    clock.advance(200);
    assert.equal(phone('sim/0:1').earpiece.kind, 'tone');
    reader.close();
    assert.equal(phone('sim/0:1').earpiece.kind, 'silence');
  });
});
