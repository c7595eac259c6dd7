import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Format, RtpSettings, Source, Tone } from '../../../src/media/index.js';
import { type BenchPort, NativeBench, opus, pcma, pcmu, type RtpPeer, rtpHeader, rtpPacket } from './native-bench.js';
import { oggOpus } from './ogg-opus.js';
import { decodeA, levelAt, levelOf, muSamples, readWav, toMu, tones, wav, windows } from './voice.js';

const bench = new NativeBench();
const directory = mkdtempSync(join(tmpdir(), 'holdfast-playout-'));
after(() => {
  bench.stop();
  rmSync(directory, { recursive: true, force: true });
});

const steady = (hz: number, level = -12): Tone => ({ steps: [{ frequencies: [hz], level, durationMs: 0 }] });

interface Listener {
  readonly port: BenchPort;
  readonly peer: RtpPeer;
}

async function listener(hears: Source, settings: Partial<RtpSettings> = {}): Promise<Listener> {
  const peer = await bench.peer();
  const port = await bench.port({ remote: peer.remote, latch: 'any', hears, ...settings });
  return { port, peer };
}

function payloads(peer: RtpPeer): Uint8Array[] {
  return peer.rtp.map((packet) => packet.subarray(12));
}

async function heardMu({ peer }: Listener, seconds: number): Promise<number[]> {
  await bench.until(() => peer.rtp.length >= seconds * 50);
  return muSamples(Buffer.concat(payloads(peer)));
}

/** L16 is network order (RFC 3551 §4.5.11). */
function l16Samples(packets: readonly Uint8Array[]): number[] {
  const all = Buffer.concat(packets);
  return Array.from({ length: all.length / 2 }, (_, index) => all.readInt16BE(2 * index));
}

const l16: Format = { payloadType: 96, codec: 'L16', clockRate: 16_000, channels: 1, parameters: '' };
const l16narrow: Format = { ...l16, clockRate: 8000 };

/** Talks in real time until `done`, each with a tone of his own. */
async function talk(talkers: readonly { peer: RtpPeer; port: BenchPort; hz: number }[], ms: number): Promise<void> {
  const since = performance.now();
  for (let packet = 0; packet * 20 < ms; ) {
    while (packet * 20 <= performance.now() - since) {
      for (const { peer, port, hz } of talkers) {
        const payload = toMu(tones([hz], -26, 160, packet * 160));
        peer.send(port, rtpPacket({ sequence: packet, timestamp: packet * 160, ssrc: hz }, payload));
      }
      packet += 1;
    }
    await pause(5);
  }
}

describe('a tone', () => {
  it('is heard with its frequencies, level and cadence, in packets of the right length', async () => {
    const busy: Tone = {
      steps: [
        { frequencies: [480, 620], level: -24, durationMs: 250 },
        { frequencies: [], level: 0, durationMs: 250 },
      ],
      repeatFrom: 0,
    };
    const hearing = await listener({ kind: 'tone', tone: busy });
    const heard = await heardMu(hearing, 2);
    for (let at = 0; at + 4000 <= heard.length; at += 4000) {
      const on = heard.slice(at, at + 2000);
      for (const hz of [480, 620]) assert.ok(Math.abs(levelAt(on, hz) + 24) < 0.5, `${hz} Hz: ${levelAt(on, hz)}`);
      assert.ok(levelOf(heard.slice(at + 2000, at + 4000)) < -60);
    }
    const headers = hearing.peer.rtp.map(rtpHeader);
    for (const [index, { sequence, timestamp, marker }] of headers.entries()) {
      assert.equal((sequence - (headers[0]?.sequence ?? 0)) & 0xffff, index);
      assert.equal((timestamp - (headers[0]?.timestamp ?? 0)) >>> 0, index * 160);
      assert.equal(marker, index === 0);
    }
    assert.equal((await hearing.port.statistics()).path, 'generated');
  });

  it('in every codec and packet time', async () => {
    const cases: readonly [Format, number, number][] = [
      [pcma, 30, 240],
      [pcmu, 10, 80],
      [{ ...pcmu, payloadType: 9, codec: 'G722' }, 20, 160],
      [l16, 20, 640],
      [l16narrow, 60, 960],
    ];
    for (const [format, packetMs, bytes] of cases) {
      const hearing = await listener(
        { kind: 'tone', tone: steady(1000) },
        { sends: [format], receives: [format], packetMs },
      );
      await bench.until(() => hearing.peer.rtp.length >= 600 / packetMs);
      const packets = payloads(hearing.peer);
      assert.ok(
        packets.every(({ length }) => length === bytes),
        `${format.codec}: ${packets[0]?.length}`,
      );
      const rate = format === l16 ? 16_000 : 8000;
      if (format.codec === 'L16') assert.ok(Math.abs(levelAt(l16Samples(packets), 1000, rate) + 12) < 0.3);
      if (format.codec === 'PCMA') {
        const samples = Array.from(Buffer.concat(packets), decodeA);
        assert.ok(Math.abs(levelAt(samples, 1000) + 12) < 0.3);
      }
      await hearing.port.close();
    }
  });

  it('goes on in another codec after a new negotiation, and ends when something else is heard', async () => {
    const hearing = await listener({ kind: 'tone', tone: steady(1000) });
    await heardMu(hearing, 0.3);
    hearing.port.configure({ sends: [l16narrow], receives: [l16narrow] });
    await bench.until(() => hearing.peer.rtp.some((packet) => rtpHeader(packet).payloadType === 96));
    const headers = hearing.peer.rtp.map(rtpHeader);
    for (const [index, { sequence }] of headers.entries()) {
      assert.equal((sequence - (headers[0]?.sequence ?? 0)) & 0xffff, index);
    }
    hearing.port.configure({ hears: { kind: 'nothing' } });
    await hearing.port.statistics();
    const count = hearing.peer.rtp.length;
    await pause(200);
    assert.ok(hearing.peer.rtp.length <= count + 1);
  });

  it('gives way to a digit said as sound', async () => {
    const hearing = await listener({ kind: 'tone', tone: steady(400) });
    bench.engine.apply({ kind: 'digit', port: hearing.port.id, digit: '5', durationMs: 200 });
    const heard = await heardMu(hearing, 0.8);
    const both = windows(heard, 800).map((part) => Math.min(levelAt(part, 770), levelAt(part, 1336)));
    assert.ok(Math.max(...both) > -10.5, `${both}`);
    assert.ok(Math.abs(levelAt(heard.slice(-1600), 400) + 12) < 0.5);
  });
});

describe('a file', () => {
  it('is played from every kind of WAV, at every rate, mono and stereo', async () => {
    const bodies: readonly [string, Buffer][] = [
      ['pcm8', wav({ samples: tones([1000], -12, 8000) })],
      ['pcm16', wav({ samples: tones([1000], -12, 16_000, 0, 16_000) }, 16_000)],
      ['pcm44', wav({ samples: tones([1000], -12, 44_100, 0, 44_100) }, 44_100)],
      [
        'stereo',
        wav({ samples: tones([1000], -12, 48_000, 0, 48_000).flatMap((sample) => [sample, sample]) }, 48_000, 2),
      ],
      ['mu', wav({ codes: toMu(tones([1000], -12, 8000)), law: 'u' })],
    ];
    const hearing = await Promise.all(
      bodies.map(async ([name, bytes]) => {
        const path = join(directory, `${name}.wav`);
        writeFileSync(path, bytes);
        return { name, ...(await listener({ kind: 'file', path, loop: false, shared: false })) };
      }),
    );
    for (const each of hearing) {
      const heard = await heardMu(each, 0.8);
      const best = Math.min(...windows(heard, 2400).map((part) => Math.abs(levelAt(part, 1000) + 12)));
      assert.ok(best < 0.5, `${each.name}: ${best} dB off`);
      await bench.until(() => bench.of('finished').some(({ port }) => port === each.port.id));
      assert.equal(bench.of('finished').find(({ port }) => port === each.port.id)?.why, undefined);
    }
  });

  it('that loops goes on and on without a gap', async () => {
    const path = join(directory, 'loop.wav');
    writeFileSync(path, wav({ samples: tones([1000], -12, 800) }));
    const hearing = await listener({ kind: 'file', path, loop: true, shared: false });
    const heard = (await heardMu(hearing, 1.5)).slice(1600);
    for (const part of windows(heard, 800)) assert.ok(Math.abs(levelAt(part, 1000) + 12) < 0.5);
    assert.ok(!bench.of('finished').some(({ port }) => port === hearing.port.id));
  });

  it('that is shared is heard at the same place by all', async () => {
    const path = join(directory, 'shared.wav');
    const sweep = Array.from({ length: 20 }, (_, index) => tones([400 + 100 * index], -12, 2000)).flat();
    writeFileSync(path, wav({ samples: sweep }));
    const source = { kind: 'file', path, loop: true, shared: true } as const;
    const first = await listener(source);
    await heardMu(first, 0.7);
    const second = await listener(source);
    await bench.until(() => second.peer.rtp.length >= 50);
    // Both ends of the line: what was sent to both in the same moment is the same.
    const tail = (each: Listener) => Buffer.concat(payloads(each.peer).slice(-40));
    const [one, two] = [tail(first), tail(second)];
    // In steps of a beat: the packets of the two need not be full at the same beat.
    const shifts = Array.from({ length: 21 }, (_, index) => (index - 10) * 80).map((shift) => {
      const a = one.subarray(Math.max(shift, 0), one.length + Math.min(shift, 0));
      const b = two.subarray(Math.max(-shift, 0), two.length - Math.max(shift, 0));
      return levelOf(muSamples(a).map((sample, index) => sample - (muSamples(b.subarray(index, index + 1))[0] ?? 0)));
    });
    assert.ok(Math.min(...shifts) < -35, `${shifts}`);
  });

  it('of Ogg Opus is played too', async () => {
    const speaking = await listener(
      { kind: 'tone', tone: steady(1000) },
      { sends: [opus(111)], receives: [opus(111)] },
    );
    await bench.until(() => speaking.peer.rtp.length >= 60);
    const path = join(directory, 'tone.opus');
    writeFileSync(path, oggOpus(payloads(speaking.peer)));
    const hearing = await listener({ kind: 'file', path, loop: false, shared: false });
    const heard = await heardMu(hearing, 1);
    const best = Math.min(...windows(heard, 2400).map((part) => Math.abs(levelAt(part, 1000) + 12)));
    assert.ok(best < 1, `${best} dB off`);
  });

  it('that cannot be played is told with its reason', async () => {
    const text = join(directory, 'text.wav');
    writeFileSync(text, 'this is no sound');
    const broken = join(directory, 'broken.wav');
    writeFileSync(broken, wav({ samples: [] }).subarray(0, 40));
    const odd = join(directory, 'odd.ogg');
    writeFileSync(odd, 'OggS and no more');
    for (const path of [join(directory, 'none.wav'), text, broken, odd, directory, '/dev/zero']) {
      const { port } = await listener({ kind: 'file', path, loop: true, shared: false });
      await bench.until(() => bench.of('finished').some((event) => event.port === port.id));
      assert.notEqual(bench.of('finished').find((event) => event.port === port.id)?.why, undefined, path);
    }
  });
});

describe('a recording', () => {
  const recorded = async (recording: string) => {
    await bench.until(() => bench.of('recorded').some((event) => event.recording === recording));
    const event = bench.of('recorded').find((each) => each.recording === recording);
    assert.ok(event !== undefined);
    return event;
  };

  it('holds what the peers said, mixed; its header is right while it is being written', async () => {
    const path = join(directory, 'call.wav');
    const [a, b] = [await listener({ kind: 'nothing' }), await listener({ kind: 'nothing' })];
    bench.engine.apply({ kind: 'record', recording: 'call', ports: [a.port.id, b.port.id], path });
    const talking = talk(
      [
        { ...a, hz: 600 },
        { ...b, hz: 1500 },
      ].map(({ peer, port, hz }) => ({ peer, port, hz })),
      3200,
    );
    await bench.until(() => {
      try {
        return readFileSync(path).readUInt32LE(40) >= 32_000;
      } catch {
        return false;
      }
    });
    // A killed process leaves this: readable, and no header says more than there is.
    const killed = readFileSync(path);
    assert.ok(killed.readUInt32LE(40) + 44 <= killed.length);
    assert.ok(levelAt(readWav(killed).samples.slice(-4000), 600) > -30);
    await talking;
    bench.engine.apply({ kind: 'stopRecording', recording: 'call' });
    const { durationMs, why } = await recorded('call');
    assert.equal(why, undefined);
    const { rate, samples } = readWav(readFileSync(path));
    assert.equal(rate, 8000);
    assert.equal(samples.length, durationMs * 8);
    assert.equal(statSync(path).size, 44 + 2 * samples.length);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const good = windows(samples, 4000).filter((part) =>
      [600, 1500].every((hz) => Math.abs(levelAt(part, hz) + 26) < 1),
    );
    assert.ok(good.length >= 3, `${good.length} half seconds with both voices`);
  });

  it('that cannot be written is told, and the call goes on', async () => {
    const { port, peer } = await listener({ kind: 'tone', tone: steady(1000) });
    bench.engine.apply({ kind: 'record', recording: 'full', ports: [port.id], path: '/dev/full' });
    assert.match((await recorded('full')).why ?? '', /space/);
    bench.engine.apply({
      kind: 'record',
      recording: 'nowhere',
      ports: [port.id],
      path: join(directory, 'no/such/place'),
    });
    assert.match((await recorded('nowhere')).why ?? '', /No such file/);
    bench.engine.apply({
      kind: 'record',
      recording: 'nobody',
      ports: ['0123456789abcdef'],
      path: join(directory, 'x'),
    });
    assert.match((await recorded('nobody')).why ?? '', /no such port/);
    const count = peer.rtp.length;
    await bench.until(() => peer.rtp.length > count + 5);
  });

  it('is complete when its last port is closed', async () => {
    const { port } = await listener({ kind: 'nothing' });
    const path = join(directory, 'closed.wav');
    bench.engine.apply({ kind: 'record', recording: 'closed', ports: [port.id], path });
    await pause(300);
    await port.close();
    const { durationMs } = await recorded('closed');
    assert.equal(readWav(readFileSync(path)).samples.length, durationMs * 8);
  });
});

describe('a mix', () => {
  it('of 32: everybody hears all others and not himself; a thirty-third is refused', async () => {
    const hears = { kind: 'mix', mix: 'crowd', speaks: true } as const;
    const parties: (Listener & { readonly hz: number })[] = [];
    for (let index = 0; index < 32; index += 1) parties.push({ ...(await listener(hears)), hz: 300 + 90 * index });
    const late = await listener({ kind: 'nothing' });
    late.port.configure({ hears });
    await bench.until(() => bench.of('failed').some(({ port }) => port === late.port.id));
    assert.match(bench.of('failed').find(({ port }) => port === late.port.id)?.why ?? '', /full/);
    // 32 voices of -26 dBm0 would overload the bridge: eight speak, all hear.
    const speaking = parties.filter((_, index) => index % 4 === 0);
    await talk(speaking, 2500);
    for (const { peer, hz } of parties) {
      const parts = windows(muSamples(Buffer.concat(payloads(peer))), 2400);
      for (const other of speaking) {
        const levels = parts.map((part) => levelAt(part, other.hz));
        if (other.hz === hz) assert.ok(Math.max(...levels) < -42, `${hz} hears himself: ${Math.max(...levels)}`);
        else
          assert.ok(Math.min(...levels.map((level) => Math.abs(level + 26))) < 1, `${hz} hears ${other.hz}: ${levels}`);
      }
    }
    await Promise.all(parties.map(({ port }) => port.close()));
  });

  it('pages: many hear one, who hears nobody; wide band stays wide', async () => {
    const wide = { sends: [l16], receives: [l16] };
    const pager = await listener({ kind: 'mix', mix: 'page', speaks: true });
    const hearing = await Promise.all(
      [{}, wide, {}].map((settings) => listener({ kind: 'mix', mix: 'page', speaks: false }, settings)),
    );
    await talk([{ ...pager, hz: 1100 }], 1500);
    for (const [index, each] of hearing.entries()) {
      const samples = index === 1 ? l16Samples(payloads(each.peer)) : muSamples(Buffer.concat(payloads(each.peer)));
      const rate = index === 1 ? 16_000 : 8000;
      const levels = windows(samples, rate * 0.3).map((part) => levelAt(part, 1100, rate));
      assert.ok(Math.min(...levels.map((level) => Math.abs(level + 26))) < 1, `${index}: ${levels}`);
    }
    const own = windows(muSamples(Buffer.concat(payloads(pager.peer))), 2400).map((part) => levelOf(part));
    assert.ok(Math.max(...own) < -42, `${own}`);
    assert.equal((await pager.port.statistics()).path, 'mixed');
  });
});
