import assert from 'node:assert/strict';

import { after, describe, it } from 'node:test';
import {
  type BenchPort,
  NativeBench,
  pcmu,
  type RtpPeer,
  rtpHeader,
  rtpPacket,
  telephoneEvent,
} from './native-bench.js';

const bench = new NativeBench();
after(() => bench.stop());

const voice = new Uint8Array(160).fill(0x55);

/** Sends `count` packets as a telephone would, one after the other was seen to arrive: loopback keeps their order. */
async function talk(from: RtpPeer, to: BenchPort, count: number, first = 0, ssrc = 1, payloadType = 0): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const sequence = first + index;
    from.send(to, rtpPacket({ payloadType, sequence, timestamp: sequence * 160, ssrc }, voice));
  }
}

async function bridge(
  left: Parameters<NativeBench['port']>[0],
  right: Parameters<NativeBench['port']>[0],
  host?: string,
) {
  const place = host === undefined ? {} : { host };
  const [a, b] = [await bench.port(left, place), await bench.port(right, place)];
  a.hear(b);
  b.hear(a);
  return { a, b, alice: await bench.peer(host), bob: await bench.peer(host) };
}

describe('two ports that hear each other', () => {
  for (const host of ['127.0.0.1', '::1']) {
    it(`relay what comes, by the numbers of each side (${host})`, async () => {
      const formats = { receives: [pcmu, telephoneEvent(101)], sends: [pcmu, telephoneEvent(101)] };
      const { a, b, alice, bob } = await bridge(
        formats,
        { receives: [pcmu, telephoneEvent(96)], sends: [pcmu, telephoneEvent(96)] },
        host,
      );
      b.configure({ remote: bob.remote, latch: 'signalled' });
      await talk(alice, a, 10, 65_530, 7);
      alice.send(
        a,
        rtpPacket({ payloadType: 101, sequence: 65_540, timestamp: 0, ssrc: 7 }, new Uint8Array([1, 10, 0, 160])),
      );
      await bench.until(() => bob.rtp.length === 11);
      const headers = bob.rtp.map(rtpHeader);
      const [first] = headers;
      assert.ok(first !== undefined);
      assert.deepEqual(
        headers.map(({ sequence }) => (sequence - first.sequence) & 0xffff),
        headers.map((_, index) => index),
      );
      assert.deepEqual(
        headers.slice(0, 10).map(({ timestamp }) => (timestamp - first.timestamp) >>> 0),
        headers.slice(0, 10).map((_, index) => index * 160),
      );
      assert.deepEqual(
        headers.map(({ marker }) => marker),
        headers.map((_, index) => index === 0),
      );
      assert.ok(headers.every(({ ssrc }) => ssrc === b.place.ssrc));
      assert.equal(headers[10]?.payloadType, 96);
      assert.deepEqual(bob.rtp[0]?.subarray(12), Buffer.from(voice));
      assert.deepEqual(bench.of('latched').find(({ port }) => port === a.id)?.address, alice.address);
      const statistics = await a.figures(({ received }) => received === 11);
      assert.equal(statistics.lost, 0);
      assert.equal((await b.statistics()).path, 'relay');
      await talk(bob, b, 1);
      await bench.until(() => alice.rtp.length === 1);
    });
  }
});

describe('a port', () => {
  it('is not taken over: neither by another address nor by another SSRC while the stream flows', async () => {
    const { a, b, alice, bob } = await bridge({}, {});
    b.configure({ remote: bob.remote });
    const mallory = await bench.peer('127.0.0.3');
    await talk(alice, a, 5, 0, 7);
    await bench.until(() => bob.rtp.length === 5);
    await talk(mallory, a, 5, 0, 7);
    await talk(mallory, a, 5, 5, 8);
    await a.figures(({ refused }) => refused.source === 10);
    await talk(alice, a, 5, 5, 7);
    await bench.until(() => bob.rtp.length === 10);
    await talk(bob, b, 1);
    await bench.until(() => alice.rtp.length === 1);
    assert.equal(mallory.rtp.length, 0);
    assert.equal(bench.of('latched').filter(({ port }) => port === a.id).length, 1);
  });

  it('goes on as one stream when what it hears changes, and keeps still while it is held', async () => {
    const { a, b, alice, bob } = await bridge({}, {});
    const c = await bench.port({});
    const carol = await bench.peer();
    b.configure({ remote: bob.remote });
    await talk(alice, a, 3, 100, 7);
    await bench.until(() => bob.rtp.length === 3);
    b.hear(c);
    await talk(carol, c, 3, 40_000, 9);
    await bench.until(() => bob.rtp.length === 6);
    b.configure({ direction: { sends: false, receives: true } });
    await talk(carol, c, 3, 40_003, 9);
    await c.figures(({ received }) => received === 6);
    b.configure({ direction: { sends: true, receives: true } });
    await talk(carol, c, 3, 40_006, 9);
    await bench.until(() => bob.rtp.length === 9);
    const headers = bob.rtp.map(rtpHeader);
    const first = headers[0]?.sequence ?? 0;
    assert.deepEqual(
      headers.map(({ sequence }) => (sequence - first) & 0xffff),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.deepEqual(
      headers.map(({ marker }) => marker),
      [true, false, false, true, false, false, true, false, false],
    );
    for (const [index, { timestamp }] of headers.entries()) {
      const before = headers[index - 1];
      if (before !== undefined) assert.ok((timestamp - before.timestamp) >>> 0 < 80_000, 'time only goes on');
    }
  });

  it('hands up what is no media, sends for others from its own sockets, and wraps for TURN', async () => {
    const port = await bench.port({
      ice: { local: { ufrag: 'aaaa', password: 'b'.repeat(22) }, controlling: false },
    });
    const [peer, server] = [await bench.peer(), await bench.peer()];
    const stun = Buffer.from('000100002112a442000000000000000000000000', 'hex');
    peer.send(port, stun);
    peer.send(port, stun, 2);
    await bench.until(() => bench.of('packet').filter(({ port: id }) => id === port.id).length === 2);
    const packets = bench.of('packet').filter(({ port: id }) => id === port.id);
    assert.deepEqual(packets.map(({ component }) => component).sort(), [1, 2]);
    assert.deepEqual(packets[0]?.from, peer.address);
    assert.deepEqual(Buffer.from(packets[0]?.bytes ?? []), stun);
    bench.engine.apply({ kind: 'send', port: port.id, component: 1, bytes: stun, to: peer.address });
    await bench.until(() => peer.received.some((bytes) => bytes.equals(stun)));

    // No path: nothing is believed. With one through a TURN server: only from there, in ChannelData.
    const other = await bench.port({});
    const bob = await bench.peer();
    other.configure({ remote: bob.remote });
    port.hear(other);
    other.hear(port);
    await talk(peer, port, 1);
    await port.figures(({ refused }) => refused.source === 1);
    const relay = { server: server.address, channel: 0x4001 };
    bench.engine.apply({ kind: 'path', port: port.id, component: 1, remote: { host: '192.0.2.7', port: 7000 }, relay });
    const packet = rtpPacket({ sequence: 1, timestamp: 160, ssrc: 1 }, voice);
    const wrapped = Buffer.concat([Buffer.from([0x40, 0x01, 0, packet.length]), packet]);
    server.send(port, wrapped);
    await bench.until(() => bob.rtp.length === 1);
    await talk(bob, other, 1);
    await bench.until(() => server.received.length === 1);
    assert.equal(server.received[0]?.readUInt16BE(0), 0x4001);
    assert.deepEqual(server.received[0]?.subarray(16), Buffer.from(voice));
    server.send(port, Buffer.concat([Buffer.from([0x40, 0x01, 0, stun.length]), stun]));
    await bench.until(() => bench.of('packet').some(({ channel }) => channel === 0x4001));
  });

  it('passes datagrams as they are between opaque ports', async () => {
    const { a, b, alice, bob } = await bridge({ opaque: true }, { opaque: true });
    b.configure({ remote: bob.remote });
    const udptl = Buffer.from([0, 1, 2, 3, 4, 5]);
    alice.send(a, udptl);
    await bench.until(() => bob.received.length === 1);
    assert.deepEqual(bob.received[0], udptl);
    assert.equal((await b.statistics()).path, 'opaque');
  });

  it('keeps its stream whole when packets are handled in ticks, and tells its pulse', async () => {
    const ticking = new NativeBench({ batchAbove: 0 });
    try {
      const [a, b] = [await ticking.port({}), await ticking.port({})];
      const [alice, bob] = [await ticking.peer(), await ticking.peer()];
      b.configure({ remote: bob.remote });
      b.hear(a);
      for (let index = 0; index < 300; index += 1) {
        alice.send(a, rtpPacket({ sequence: index, timestamp: index * 160, ssrc: 1 }, voice));
        if (index % 10 === 9) await ticking.until(() => bob.rtp.length === index + 1);
      }
      await ticking.until(() => bob.rtp.length === 300);
      await ticking.until(() => ticking.of('pulse').length > 0);
      const [pulse] = ticking.of('pulse');
      assert.equal(pulse?.ports, 2);
      assert.equal(pulse?.complexity, 5);
      assert.ok(pulse !== undefined && pulse.load >= 0 && pulse.load <= 1);
    } finally {
      ticking.stop();
    }
  });
});
