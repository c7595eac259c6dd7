import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { isRtcp, NativeBench, type RtpPeer, rtpPacket } from './native-bench.js';
import { SrtpByHand } from './srtp-by-hand.js';

const bench = new NativeBench();
after(() => bench.stop());

interface RtcpPart {
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** A compound packet in its parts (RFC 3550 §6.1). */
function partsOf(compound: Buffer): RtcpPart[] {
  const parts: RtcpPart[] = [];
  for (let at = 0; at < compound.length; ) {
    const end = at + 4 * (compound.readUInt16BE(at + 2) + 1);
    const bytes = compound.subarray(at, end);
    parts.push({ type: bytes.readUInt8(1), count: bytes.readUInt8(0) & 0x1f, bytes });
    at = end;
  }
  return parts;
}

function part(compound: Buffer | undefined, type: number): Buffer {
  assert.ok(compound !== undefined);
  const found = partsOf(compound).find((each) => each.type === type);
  assert.ok(found !== undefined, `there is no ${type}`);
  return found.bytes;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function senderReport(ssrc: number, ntpSeconds: number): Buffer {
  return words(0x80c80006, ssrc, ntpSeconds, 0x80000000, 160, 1, 160);
}

function receiverReport(ssrc: number, about: number, fraction: number, jitter: number, lastReport: number): Buffer {
  return words(0x81c90007, ssrc, about, (fraction << 24) >>> 0, 0, jitter, lastReport, 0);
}

async function pair(mux: boolean, xr = false) {
  const [port, other] = [await bench.port({ rtcpMux: mux, rtcpXr: xr }), await bench.port({})];
  const [rtp, rtcp, caller] = [await bench.peer(), await bench.peer(), await bench.peer()];
  port.configure({ remote: { rtp: rtp.address, rtcp: mux ? rtp.address : rtcp.address } });
  port.hear(other);
  return { port, other, rtp, rtcp: mux ? rtp : rtcp, caller };
}

function reports(peer: RtpPeer): Buffer[] {
  return peer.received.filter(isRtcp);
}

describe('RTCP', () => {
  it('reports what was sent and received, by name, and ends with BYE', async () => {
    const { port, other, rtp, rtcp, caller } = await pair(false);
    for (const sequence of [100, 101, 103, 104]) {
      rtp.send(port, rtpPacket({ sequence, timestamp: sequence * 160, ssrc: 77 }, new Uint8Array(160)));
      caller.send(other, rtpPacket({ sequence, timestamp: sequence * 160, ssrc: 78 }, new Uint8Array(160)));
    }
    await bench.until(() => rtp.rtp.length === 4);
    rtcp.send(port, senderReport(77, 5), 2);
    await port.figures(({ received }) => received === 4);
    await port.close();
    await bench.until(() => reports(rtcp).some((compound) => partsOf(compound).some(({ type }) => type === 203)));
    const last = reports(rtcp).at(-1);
    const sr = part(last, 200);
    assert.equal(sr.readUInt32BE(4), port.place.ssrc);
    assert.equal(sr.readUInt32BE(20), 4);
    assert.equal(sr.readUInt32BE(24), 640);
    assert.equal(sr.readUInt32BE(28), 77);
    assert.equal(sr.readUInt8(32), 51); // one of five, in 1/256
    assert.equal(sr.readUInt32BE(32) & 0xffffff, 1);
    assert.equal(sr.readUInt32BE(36), 104);
    assert.equal(sr.readUInt32BE(44), 0x00058000); // the middle of the NTP time of our report
    const sdes = part(last, 202);
    assert.equal(sdes.subarray(10, 10 + sdes.readUInt8(9)).toString(), port.place.cname);
    assert.equal(part(last, 203).readUInt32BE(4), port.place.ssrc);
  });

  it('reports by itself, and learns loss, jitter and round trip from the answer', async () => {
    const { port, other, rtp, caller } = await pair(true);
    caller.send(other, rtpPacket({ sequence: 1, timestamp: 160, ssrc: 78 }, new Uint8Array(160)));
    rtp.send(port, rtpPacket({ sequence: 1, timestamp: 160, ssrc: 77 }, new Uint8Array(160)));
    await bench.until(() => reports(rtp).length > 0);
    const sr = part(reports(rtp)[0], 200);
    const middle = ((sr.readUInt16BE(10) << 16) | sr.readUInt16BE(12)) >>> 0;
    rtp.send(port, receiverReport(77, port.place.ssrc, 64, 80, middle));
    const { peer } = await port.figures(({ peer }) => peer !== undefined);
    assert.equal(peer?.lossFraction, 0.25);
    assert.equal(peer?.jitterMs, 10);
    assert.ok(peer?.roundTripMs !== undefined && peer.roundTripMs >= 0 && peer.roundTripMs < 9000);
  });

  it('gives figures of the voice and of time where the peer offered XR', async () => {
    const { port, rtp } = await pair(true, true);
    rtp.send(port, rtpPacket({ sequence: 1, timestamp: 160, ssrc: 77 }, new Uint8Array(160)));
    rtp.send(port, words(0x80c90001, 77, 0x80cf0004, 77, 0x04000002, 9, 0x80000000)); // RR, and XR with RRTR
    await port.figures(({ received }) => received === 1);
    await port.close();
    await bench.until(() => reports(rtp).some((compound) => partsOf(compound).some(({ type }) => type === 203)));
    const xr = part(reports(rtp).at(-1), 207);
    assert.equal(xr.readUInt8(8), 4);
    assert.equal(xr.readUInt8(20), 5);
    assert.deepEqual([xr.readUInt32BE(24), xr.readUInt32BE(28)], [77, 0x00098000]);
    assert.equal(xr.readUInt8(36), 7);
    assert.equal(xr.readUInt32BE(40), 77);
    assert.equal(xr.readUInt8(44), 0);
    assert.ok(xr.readUInt8(62) >= 43 && xr.readUInt8(62) <= 45, 'MOS-LQ of a stream without loss');
  });

  it('believes no strangers, and counts what is no RTCP', async () => {
    const { port, rtp } = await pair(true);
    const stranger = await bench.peer('127.0.0.2');
    rtp.send(port, rtpPacket({ sequence: 1, timestamp: 160, ssrc: 77 }, new Uint8Array(160)));
    await port.figures(({ received }) => received === 1);
    stranger.send(port, receiverReport(77, port.place.ssrc, 64, 80, 0));
    rtp.send(port, words(0x80c90009, 77));
    const { refused, peer } = await port.figures(({ refused }) => refused.malformed === 1 && refused.source === 1);
    assert.equal(peer, undefined);
    assert.equal(refused.authentication, 0);
  });

  it('is SRTCP where the port is secure', async () => {
    const [send, receive] = [Buffer.alloc(30, 1).toString('base64'), Buffer.alloc(30, 2).toString('base64')];
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const { port, rtp } = await pair(true);
    port.configure({
      security: { kind: 'sdes', send: { suite, keyAndSalt: send }, receive: { suite, keyAndSalt: receive } },
    });
    const [sealing, opening] = [new SrtpByHand(receive, 80), new SrtpByHand(send, 80)];
    rtp.send(port, sealing.protect(rtpPacket({ sequence: 1, timestamp: 160, ssrc: 77 }, new Uint8Array(160))));
    rtp.send(port, receiverReport(77, port.place.ssrc, 64, 80, 0));
    rtp.send(port, sealing.protectRtcp(receiverReport(77, port.place.ssrc, 128, 80, 0)));
    const { peer } = await port.figures(({ peer }) => peer !== undefined);
    assert.equal(peer?.lossFraction, 0.5);
    await port.close();
    await bench.until(() => reports(rtp).length > 0);
    const sealed = reports(rtp).at(-1);
    assert.ok(sealed !== undefined);
    assert.equal(part(opening.unprotectRtcp(sealed), 201).readUInt32BE(8), 77);
  });
});
