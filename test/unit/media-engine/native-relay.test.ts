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
