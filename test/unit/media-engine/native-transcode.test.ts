import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Format, RtpSettings } from '../../../src/media/index.js';
import { decodeG711, toneShare } from '../../system/branch/tone.js';
import {
  type BenchPort,
  NativeBench,
  opus,
  pcma,
  pcmu,
  type RtpPeer,
  rtpHeader,
  rtpPacket,
  telephoneEvent,
} from './native-bench.js';

const bench = new NativeBench();
after(() => bench.stop());

const g722: Format = { payloadType: 9, codec: 'G722', clockRate: 8000, channels: 1, parameters: '' };
const l16: Format = { payloadType: 98, codec: 'L16', clockRate: 16000, channels: 1, parameters: '' };
const noise: Format = { payloadType: 13, codec: 'CN', clockRate: 8000, channels: 1, parameters: '' };
const amplitude = 8000;

/** ITU-T G.711 by its formula. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(Math.round(sample)), 32635) + 132;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function toneOf(first: number, samples: number, ...frequencies: number[]): Buffer {
  return Buffer.from(
    Array.from({ length: samples }, (_, index) =>
      muLaw(
        frequencies.reduce((sum, hz) => sum + amplitude * Math.sin((2 * Math.PI * hz * (first + index)) / 8000), 0) /
          frequencies.length,
      ),
    ),
  );
}

function heardBy(peer: RtpPeer): Int16Array {
  return decodeG711(
    peer.rtp.map((packet) => ({ payloadType: rtpHeader(packet).payloadType, payload: packet.subarray(12) })),
  );
}

function levelDb(samples: Int16Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(power / (amplitude * amplitude * 0.5));
}

/** A telephone with G.711, our two ports, a line of `between`, our two ports of the other end, and a telephone again. */
async function line(between: Format, settings: Partial<RtpSettings> = {}, farPacketMs = 20) {
  const near = await bench.port({
    receives: [pcmu, telephoneEvent(101)],
    sends: [pcmu, telephoneEvent(101)],
    ...settings,
  });
  const wide = { receives: [between], sends: [between] };
  const [left, right] = [await bench.port(wide), await bench.port(wide)];
  const far = await bench.port({ packetMs: farPacketMs });
  left.configure({ remote: { rtp: right.place.rtp, rtcp: right.place.rtcp } });
  right.configure({ remote: { rtp: left.place.rtp, rtcp: left.place.rtcp } });
  const [alice, bob] = [await bench.peer(), await bench.peer()];
  far.configure({ remote: bob.remote });
  near.configure({ remote: alice.remote });
  bridge(near, left);
  bridge(right, far);
  return { near, left, right, far, alice, bob };
}

function bridge(a: BenchPort, b: BenchPort): void {
  a.hear(b);
  b.hear(a);
}

async function speak(from: RtpPeer, to: BenchPort, packets: number, without: readonly number[] = []): Promise<void> {
  for (let index = 0; index < packets; index += 1) {
    const payload = toneOf(index * 160, 160, 1000);
    if (!without.includes(index))
      from.send(to, rtpPacket({ sequence: index, timestamp: index * 160, ssrc: 3 }, payload));
    await pause(3);
  }
}

describe('transcoding', () => {
  for (const format of [opus(111), g722, pcma, l16]) {
    it(`lets a tone through ${format.codec} at its level`, async () => {
      const { left, right, far, alice, bob, near } = await line(format);
      await speak(alice, near, 60);
      await bench.until(() => bob.rtp.length >= 58);
      const samples = heardBy(bob).subarray(3200);
      assert.ok(toneShare(samples, 1000) > 0.95, `${toneShare(samples, 1000)} of the sound is the tone`);
      assert.ok(Math.abs(levelDb(samples)) < 1, `${levelDb(samples)} dB`);
      assert.equal((await left.statistics()).path, 'transcoded');
      assert.equal((await far.statistics()).path, 'transcoded');
      assert.equal((await right.statistics()).lost, 0);
      const numbers = bob.rtp.map((packet) => rtpHeader(packet));
      for (const [index, header] of numbers.entries()) {
        assert.equal(header.sequence, ((numbers[0]?.sequence ?? 0) + index) & 0xffff);
        assert.equal(header.timestamp, ((numbers[0]?.timestamp ?? 0) + index * 160) >>> 0);
      }
    });
  }

  it('makes packets of the length that was agreed', async () => {
    const { near, alice, bob } = await line(opus(96), {}, 40);
    await speak(alice, near, 30);
    await bench.until(() => bob.rtp.length >= 14);
    assert.ok(bob.rtp.every((packet) => packet.length === 12 + 320));
    const [a, b] = [await bench.port({}), await bench.port({ packetMs: 30 })];
    bridge(a, b);
    const peer = await bench.peer();
    b.configure({ remote: peer.remote });
    await speak(alice, a, 12);
    await bench.until(() => peer.rtp.length >= 8);
    assert.ok(peer.rtp.every((packet) => packet.length === 12 + 240));
    assert.ok(toneShare(heardBy(peer), 1000) > 0.95);
  });

  it('puts two packets in order that overtook each other, and makes up one that is lost', async () => {
    const { near, left, alice, bob } = await line(opus(96));
    for (const index of [0, 1, 2, 3, 5, 4, 6, 7, 8, 10, 11, 12, 13, 14]) {
      alice.send(near, rtpPacket({ sequence: index, timestamp: index * 160, ssrc: 3 }, toneOf(index * 160, 160, 1000)));
      await pause(2);
    }
    await bench.until(() => bob.rtp.length >= 15);
    const { concealedMs, late } = await left.statistics();
    assert.equal(concealedMs, 20);
    assert.equal(late, 0);
    assert.ok(toneShare(heardBy(bob).subarray(1600), 1000) > 0.9);
  });

  it('applies gain where it is configured', async () => {
    const [a, b] = [await bench.port({ gainInDb: -6 }), await bench.port({})];
    bridge(a, b);
    const [alice, bob] = [await bench.peer(), await bench.peer()];
    b.configure({ remote: bob.remote });
    await speak(alice, a, 20);
    await bench.until(() => bob.rtp.length >= 20);
    assert.ok(Math.abs(levelDb(heardBy(bob)) + 6) < 0.5, `${levelDb(heardBy(bob))} dB`);
  });
});

/** The packets of one digit by RFC 4733: `packets` while it sounds, then three with the end bit. */
function digitPackets(event: number, sequence: number, timestamp: number, packets = 5): Buffer[] {
  return Array.from({ length: packets + 2 }, (_, index) => {
    const duration = Math.min(index + 1, packets) * 160;
    const end = index >= packets - 1 ? 0x80 : 0;
    const payload = Uint8Array.from([event, end | 10, duration >> 8, duration & 0xff]);
    return rtpPacket(
      { payloadType: 101, sequence: sequence + index, timestamp, ssrc: 3, marker: index === 0 },
      payload,
    );
  });
}

describe('digits', () => {
  it('pass from clock to clock, and are told once', async () => {
    const a = await bench.port({ receives: [pcmu, telephoneEvent(101)], sends: [pcmu] });
    const b = await bench.port({ receives: [opus(96)], sends: [opus(96), telephoneEvent(97, 48000)] });
    bridge(a, b);
    const [alice, bob] = [await bench.peer(), await bench.peer()];
    b.configure({ remote: bob.remote });
    await speak(alice, a, 5);
    for (const packet of digitPackets(5, 5, 800)) alice.send(a, packet);
    await bench.until(() => bob.rtp.filter((packet) => rtpHeader(packet).payloadType === 97).length === 7);
    const events = bob.rtp.filter((packet) => rtpHeader(packet).payloadType === 97);
    assert.equal(new Set(events.map((packet) => rtpHeader(packet).timestamp)).size, 1);
    assert.deepEqual(
      events.map((packet) => packet.readUInt16BE(14)),
      [960, 1920, 2880, 3840, 4800, 4800, 4800],
    );
    assert.deepEqual(
      events.map((packet) => packet.readUInt8(12)),
      Array(7).fill(5),
    );
    await bench.until(() => bench.of('digit').some(({ port }) => port === a.id));
    assert.deepEqual(
      bench.of('digit').filter(({ port }) => port === a.id),
      [{ kind: 'digit', port: a.id, digit: '5', durationMs: 100, by: 'telephone-event' }],
    );
  });

  it('become tones for a peer that takes no events', async () => {
    for (const format of [pcmu, pcma]) {
      const a = await bench.port({ receives: [pcmu, telephoneEvent(101)], sends: [pcmu] });
      const b = await bench.port({ receives: [format], sends: [format] });
      bridge(a, b);
      const [alice, bob] = [await bench.peer(), await bench.peer()];
      b.configure({ remote: bob.remote });
      for (const packet of digitPackets(1, 0, 0, 10)) alice.send(a, packet);
      await bench.until(() => bob.rtp.length >= 10);
      const samples = heardBy(bob);
      assert.ok(toneShare(samples, 697) > 0.4 && toneShare(samples, 1209) > 0.4, 'it is a 1');
    }
  });

  it('become events of tones, and the tones are not sent as well', async () => {
    const a = await bench.port({ detectDigits: true });
    const b = await bench.port({ receives: [pcmu], sends: [pcmu, telephoneEvent(101)] });
    bridge(a, b);
    const [alice, bob] = [await bench.peer(), await bench.peer()];
    b.configure({ remote: bob.remote });
    for (let index = 0; index < 20; index += 1) {
      const payload = index < 10 ? toneOf(index * 160, 160, 770, 1336) : Buffer.alloc(160, 0xff);
      alice.send(a, rtpPacket({ sequence: index, timestamp: index * 160, ssrc: 3 }, payload));
      await pause(20);
    }
    await bench.until(() => bench.of('digit').some(({ port }) => port === a.id));
    const told = bench.of('digit').find(({ port }) => port === a.id);
    assert.equal(told?.digit, '5');
    assert.equal(told?.by, 'sound');
    const ends = (): Buffer[] =>
      bob.rtp.filter((packet) => rtpHeader(packet).payloadType === 101 && packet.readUInt8(13) > 127);
    await bench.until(() => ends().length === 3);
    const voice = bob.rtp.filter((packet) => rtpHeader(packet).payloadType === 0);
    assert.ok(voice.length < 15, `${voice.length} packets of voice were sent beside the digit`);
  });

  it('are said at a command, as events and as tones, one after the other', async () => {
    for (const sends of [[pcmu, telephoneEvent(101)], [pcmu]]) {
      const port = await bench.port({ sends });
      const bob = await bench.peer();
      port.configure({ remote: bob.remote });
      for (const digit of ['1', '#']) bench.engine.apply({ kind: 'digit', port: port.id, digit, durationMs: 100 });
      if (sends.length === 1) {
        await bench.until(() => bob.rtp.length >= 10);
        assert.ok(toneShare(heardBy(bob), 697) > 0.1 && toneShare(heardBy(bob), 941) > 0.1);
        continue;
      }
      await bench.until(() => bob.rtp.length >= 14);
      assert.deepEqual(
        bob.rtp.map((packet) => packet.readUInt8(12)),
        [...Array(7).fill(1), ...Array(7).fill(11)],
      );
      assert.equal(bob.rtp[6]?.readUInt16BE(14), 800);
    }
  });

  it('leave room for comfort noise: a peer that knows none of it hears noise', async () => {
    const a = await bench.port({ receives: [pcmu, noise], sends: [pcmu] });
    const b = await bench.port({ receives: [pcma], sends: [pcma] });
    bridge(a, b);
    const [alice, bob] = [await bench.peer(), await bench.peer()];
    b.configure({ remote: bob.remote });
    await speak(alice, a, 3);
    alice.send(a, rtpPacket({ payloadType: 13, sequence: 3, timestamp: 480, ssrc: 3 }, new Uint8Array([40])));
    await bench.until(() => bob.rtp.length >= 10);
    const samples = heardBy(bob).subarray(160 * 6);
    const db = levelDb(samples);
    assert.ok(db > -45 && db < -20, `${db} dB`);
  });
});
