import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { Call, type LegReleased } from '../../../src/call/index.js';
import { calledPeer, callingPeer, profileOf } from '../../../src/legs/index.js';
import { attributeValues, directionOf, formatSdp } from '../../../src/sdp/index.js';
import { FakeLeg } from '../call/fake-leg.js';
import { AnchorBench, called, caller } from './anchor-bench.js';

const lost: Omit<LegReleased, 'kind'> = { cause: cause.recoveryOnTimerExpiry, lost: true, unreachable: 'silent' };

function assertBridged(bench: AnchorBench, one: number, other: number): void {
  assert.ok(bench.engine.bridged(bench.portTo(one), bench.portTo(other)), `${one} and ${other} hear each other`);
}

async function held(bench: AnchorBench, direction = 'sendonly') {
  const call = await bench.talking();
  call.a.emit({ kind: 'offered', media: caller(4000, `a=${direction}`) });
  call.b.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
  await bench.clock.run(10);
  assert.equal(call.call.summary.state, 'held');
  return call;
}

describe('anchored legs: fax', () => {
  const t38 = (port: number) => [`m=image ${port} udptl t38`, 'a=T38FaxVersion:0'];

  it('goes back to voice where the other telephone closes what was offered instead of refusing it', async () => {
    const bench = new AnchorBench();
    const { a, b, call } = await bench.talking();
    a.emit({ kind: 'offered', media: caller(4000, ...t38(4002)) });
    assert.equal(b.last('offer').media?.media[0]?.media, 'image');
    b.emit({ kind: 'agreed', media: called(5000, 'm=image 0 udptl t38') });
    assert.equal(a.last('refuse').sipStatus, 488);
    assert.equal(b.last('offer').media?.media[0]?.media, 'audio');
    b.emit({ kind: 'agreed', media: called(5000) });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5000);
    assert.equal(call.summary.state, 'talking');
    assert.deepEqual(bench.complaints, []);
  });
});

describe('anchored legs: hold', () => {
  it('lets who is on hold hear what the holder sends', async () => {
    const bench = new AnchorBench();
    const { a, b } = await held(bench);
    assert.equal(directionOf(b.last('offer').media ?? called(1)), 'sendonly');
    assert.equal(directionOf(a.last('agree').media ?? caller(1)), 'recvonly');
    assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'port', port: bench.portTo(4000) });
  });

  it('plays music, also where the holder sends nothing, and gives the line back', async () => {
    for (const direction of ['sendonly', 'inactive']) {
      const bench = new AnchorBench();
      bench.music = '/music.wav';
      const { a, b, call } = await held(bench, direction);
      assert.equal(directionOf(b.last('offer').media ?? called(1)), 'sendonly', direction);
      assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'file', path: '/music.wav', loop: true, shared: true });
      a.emit({ kind: 'offered', media: caller(4000) });
      assert.equal(directionOf(b.last('offer').media ?? called(1)), 'sendrecv');
      b.emit({ kind: 'agreed', media: called(5000) });
      await bench.clock.run(10);
      assert.equal(call.summary.state, 'talking');
      assertBridged(bench, 4000, 5000);
      assert.deepEqual(bench.complaints, []);
    }
  });

  it('holds even where the other telephone will not hear of it, and retrieves', async () => {
    const bench = new AnchorBench();
    bench.music = '/music.wav';
    const { a, b, call } = await bench.talking();
    a.emit({ kind: 'offered', media: caller(4000, 'a=sendonly') });
    b.emit({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
    await bench.clock.run(10);
    assert.equal(directionOf(a.last('agree').media ?? caller(1)), 'recvonly');
    assert.equal(bench.hears('10.1.1.2', 5000)?.kind, 'file');
    assert.equal(call.summary.state, 'held');
    const offers = b.kinds().length;
    a.emit({ kind: 'offered', media: caller(4000) });
    await bench.clock.run(10);
    assert.equal(b.kinds().length, offers, 'it never knew');
    assertBridged(bench, 4000, 5000);
    assert.equal(call.summary.state, 'talking');
  });

  it('keeps a call whose telephone is gone while it is held', async () => {
    const bench = new AnchorBench();
    const { a, b, call } = await held(bench);
    for (const port of bench.open) bench.engine.say({ kind: 'silent', port, silentMs: 125_000 });
    await bench.clock.run(10);
    b.end(lost);
    await bench.clock.run(10);
    for (const port of bench.open) bench.engine.say({ kind: 'silent', port, silentMs: 3_600_000 });
    await bench.clock.run(10);
    assert.equal(call.summary.state, 'held');
    assert.equal(a.released, 0);
  });
});

describe('anchored legs: silence', () => {
  it('a call whose refresh finds nobody goes on while there is sound, and is cleared after silence both ways', async () => {
    const bench = new AnchorBench();
    const { a, b, call } = await bench.talking();
    b.end(lost);
    await bench.clock.run(10);
    assert.equal(call.state, 'talking');
    assertBridged(bench, 4000, 5000);
    const silent = async (port: number, silentMs: number) => {
      bench.engine.say({ kind: 'silent', port: bench.portTo(port), silentMs });
      await bench.clock.run(10);
    };
    await silent(5000, 120_000);
    assert.equal(call.state, 'talking', 'one way is not both ways');
    await silent(4000, 115_000);
    await silent(5000, 0);
    await silent(4000, 120_000);
    assert.equal(call.state, 'talking', 'it came again');
    await silent(5000, 120_000);
    assert.equal(call.state, 'done');
    assert.deepEqual([a.released, bench.closed[0]?.cause, bench.closed[0]?.releasedBy], [1, 102, 'holdfast']);
    await bench.assertOver();
  });

  it('ends with its telephone when nothing is heard from it any more', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    bench.engine.say({ kind: 'silent', port: bench.portTo(5000), silentMs: 5000 });
    await bench.clock.run(10);
    b.end(lost);
    await bench.clock.run(10);
    assert.equal(a.released, 1);
    await bench.assertOver();
  });

  it('never ends a call whose signalling is well', async () => {
    const bench = new AnchorBench();
    const { call } = await bench.talking();
    for (const port of bench.open) bench.engine.say({ kind: 'silent', port, silentMs: 600_000 });
    await bench.clock.run(10);
    assert.equal(call.state, 'talking');
  });

  it('can be put on hold and be hung up without signalling on one side', async () => {
    const bench = new AnchorBench();
    bench.music = '/music.wav';
    const { a, b, call } = await bench.talking();
    b.end(lost);
    a.emit({ kind: 'offered', media: caller(4000, 'a=sendonly') });
    await bench.clock.run(10);
    assert.equal(bench.hears('10.1.1.2', 5000)?.kind, 'file');
    a.emit({ kind: 'offered', media: caller(4000) });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5000);
    a.end({ cause: cause.normalClearing });
    await bench.clock.run(10);
    assert.equal(call.state, 'done');
    await bench.assertOver();
  });
});

describe('anchored legs: transfer', () => {
  it('joins the target without a word to who stays, unless that was on hold', async () => {
    for (const onHold of [false, true]) {
      const bench = new AnchorBench();
      const c = new FakeLeg('c');
      const { a, b, call } = await bench.talking(undefined, [bench.placed(c)]);
      if (onHold) {
        b.emit({ kind: 'offered', media: called(5000, 'a=sendonly') });
        a.emit({ kind: 'agreed', media: caller(4000, 'a=recvonly') });
      }
      b.emit({ kind: 'transferRequested', target: { number: '203' } });
      const before = a.kinds().length;
      c.emit({ kind: 'answered', media: called(6000) });
      if (onHold) {
        assert.equal(directionOf(a.last('offer').media ?? caller(1)), 'sendrecv');
        a.emit({ kind: 'agreed', media: caller(4000) });
      }
      await bench.clock.run(10);
      assert.equal(a.kinds().length, before + (onHold ? 1 : 0));
      assert.equal(b.released, 1);
      assertBridged(bench, 4000, 6000);
      assert.equal(bench.open.length, 2);
      c.end({ cause: cause.normalClearing });
      await bench.clock.run(10);
      assert.equal(call.state, 'done');
      assert.deepEqual(
        bench.closed[0]?.quality?.map(({ side }) => side),
        ['caller', 'called', 'called'],
      );
      await bench.assertOver();
    }
  });
});

describe('anchored legs: digits', () => {
  it('go from INFO into the sound, and from the sound to a telephone that hears none there', async () => {
    const bench = new AnchorBench();
    const a = new FakeLeg('a');
    const b = new FakeLeg('b');
    bench.call(a, caller(4000, 'm=audio 4000 RTP/AVP 0'), [bench.placed(b)]);
    b.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(10);
    a.emit({ kind: 'digit', digit: '5', durationMs: 200 });
    await bench.clock.run(10);
    const digit = { kind: 'digit', port: bench.portTo(5000), digit: '5', durationMs: 200 };
    assert.deepEqual(bench.engine.commands.at(-1), digit);
    assert.ok(!b.kinds().includes('digit'));
    bench.engine.say({ ...digit, kind: 'digit', digit: '9', by: 'telephone-event' });
    await bench.clock.run(10);
    assert.equal(a.last('digit').digit, '9', 'who says INFO and takes no events is told by INFO');
  });

  it('that pass in the sound are not said twice', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    const before = bench.engine.commands.length;
    bench.engine.say({ kind: 'digit', port: bench.portTo(4000), digit: '1', durationMs: 100, by: 'telephone-event' });
    await bench.clock.run(10);
    assert.equal(bench.engine.commands.length, before);
    assert.ok(!a.kinds().includes('digit') && !b.kinds().includes('digit'));
  });
});

describe('anchored legs: rules for peers', () => {
  const { settings } = new AnchorBench();
  const browser = caller(4000, 'm=audio 4000 UDP/TLS/RTP/SAVPF 111', 'a=fingerprint:sha-256 AB', 'a=ice-ufrag:x');

  it('offer SRTP where the signalling is encrypted, and take it everywhere', () => {
    const srtp = (transport: string) => profileOf(settings, calledPeer('phones', transport, 'h')).security.srtp;
    assert.deepEqual(['udp', 'tcp', 'tls', 'wss'].map(srtp), ['never', 'never', 'allowed', 'required']);
    const plain = callingPeer('phones', { transport: 'udp', address: '10.1.1.1' }, caller(1));
    assert.equal(profileOf(settings, plain).security.srtp, 'allowed');
  });

  it('speak with browsers by DTLS and ICE whatever is configured', () => {
    for (const peer of [
      calledPeer('phones', 'wss', '10.1.1.1'),
      callingPeer('phones', { transport: 'udp', address: '10.1.1.1' }, browser),
    ]) {
      const profile = profileOf(settings, peer);
      assert.deepEqual(
        [profile.ice, profile.security.srtp, profile.security.keying, profile.rtcpMux],
        ['lite', 'required', ['dtls'], true],
      );
    }
  });

  it('never speak in the clear on the secure side', () => {
    const secure = new AnchorBench('centre: { secure: true }').settings;
    assert.equal(profileOf(secure, calledPeer('centre', 'udp', 'h')).side, 'secure');
    const off = new AnchorBench('centre: { secure: true }, secureSideNeverPlain: false').settings;
    assert.equal(profileOf(off, calledPeer('centre', 'udp', 'h')).side, 'plain');
  });
});

describe('anchored legs: another process', () => {
  it('claims the ports and goes on: hold, a new address, the end; nothing secret was kept', async () => {
    const bench = new AnchorBench();
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    const key = 'AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
    const secured = (...rows: string[]) => caller(4000, 'm=audio 4000 RTP/SAVP 0', `a=crypto:1 ${key}`, ...rows);
    for (const leg of [a, b]) leg.kept = { id: leg.id };
    bench.call(a, secured(), [bench.placed(b)]);
    b.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(10);
    const record = bench.records.at(-1);
    assert.ok(record?.resume !== undefined);
    const written = JSON.stringify(record);
    const answered = a.continued.at(0);
    assert.ok(answered !== undefined && attributeValues(answered.media[0] ?? { lines: [] }, 'crypto').length === 1);
    const ours = /inline:([^|\s]+)/.exec(formatSdp(answered))?.[1] ?? 'none';
    for (const secret of [ours, 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz']) assert.ok(!written.includes(secret));

    bench.restart();
    const [c, d] = [new FakeLeg('a'), new FakeLeg('b')];
    const first = bench.anchors.resumed({ leg: c }, record.resume.caller.leg);
    const second = bench.anchors.resumed({ leg: d }, record.resume.called.leg);
    assert.ok(first !== undefined && second !== undefined);
    const { resume } = record;
    const call = Call.resume(bench.callPorts(), { record: { ...record, resume }, caller: first, called: second });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5000);
    c.emit({ kind: 'offered', media: secured('a=sendonly') });
    assert.equal(directionOf(d.last('offer').media ?? called(1)), 'sendonly');
    d.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
    await bench.clock.run(10);
    assert.equal(call.summary.state, 'held');
    const said = c.last('agree').media;
    assert.ok(said !== undefined && formatSdp(said).includes(ours), 'the key is the same');
    d.emit({ kind: 'offered', media: called(5008, 'a=recvonly') });
    await bench.clock.run(10);
    assert.equal(bench.hears('10.1.1.2', 5008)?.kind, 'port');
    d.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('cannot go on with a leg whose port is gone, and can with one that was not anchored', () => {
    const bench = new AnchorBench();
    const end = { leg: new FakeLeg('a') };
    assert.equal(bench.anchors.resumed(end, { mediaPeer: 'phones udp 10.1.1.1', mediaPort: 'x' }), undefined);
    assert.equal(bench.anchors.resumed(end, { id: 'a' }), end);
  });
});
