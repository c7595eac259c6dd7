import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { preemptionToneMs, tonesOf } from '../../../src/media/index.js';
import { connectionAddress, directionOf, type SessionDescription } from '../../../src/sdp/index.js';
import { FakeLeg } from '../call/fake-leg.js';
import { AnchorBench, box, called, caller, voice } from './anchor-bench.js';

function placeOf(description: SessionDescription | undefined): string {
  const [media] = description?.media ?? [];
  return description === undefined || media === undefined ? '' : `${connectionAddress(description, media)}`;
}

function assertBridged(bench: AnchorBench, one: number, other: number): void {
  assert.ok(bench.engine.bridged(bench.portTo(one), bench.portTo(other)), `${one} and ${other} hear each other`);
}

describe('anchored legs', () => {
  it('negotiate from ports of their own, which hear each other, and close them once', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    assert.equal(placeOf(b.last('setup').setup.offer), box);
    assert.equal(placeOf(a.last('answer').media), box);
    assert.equal(bench.open.length, 2);
    assertBridged(bench, 4000, 5000);
    a.end({ cause: cause.normalClearing });
    await bench.clock.run(10);
    assert.deepEqual([a.released, b.released], [1, 1]);
    await bench.assertOver();
    const [record] = bench.closed;
    assert.equal(bench.closed.length, 1);
    assert.deepEqual(
      record?.quality?.map(({ side, codec, security, path }) => ({ side, codec, security, path })),
      [
        { side: 'caller', codec: 'PCMU', security: 'plain', path: 'relay' },
        { side: 'called', codec: 'PCMU', security: 'plain', path: 'relay' },
      ],
    );
  });

  it('let whoever talked hear that a call for help took the line, and only then go', async () => {
    for (const ends of ['by itself', 'hung up'] as const) {
      const bench = new AnchorBench();
      const { a, b, call } = await bench.talking();
      b.end({ cause: cause.preemption });
      await bench.clock.run(10);
      assert.equal(call.state, 'releasing');
      assert.deepEqual(bench.hears('10.1.1.1', 4000), { kind: 'tone', tone: tonesOf('1').preemption });
      assert.equal(bench.open.length, 1, 'nothing of the other leg waits');
      await bench.clock.run(preemptionToneMs - 100);
      assert.ok(!a.kinds().includes('release'), ends);
      if (ends === 'hung up') a.end({ cause: cause.normalClearing });
      await bench.clock.run(200);
      assert.equal(a.released, 1, ends);
      if (ends !== 'hung up') assert.equal(a.last('release').cause, cause.preemption);
      await bench.assertOver();
      assert.equal(bench.closed[0]?.cause, cause.preemption, 'the record says why');
    }
  });

  it('warn nobody who did not talk, or whose call ends for another reason', async () => {
    const bench = new AnchorBench();
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    bench.call(a, caller(4000), [bench.placed(b)]);
    b.emit({ kind: 'progress', media: called(5000) });
    await bench.clock.run(10);
    b.end({ cause: cause.preemption });
    await bench.clock.run(10);
    assert.equal(a.released, 1, 'its telephone plays what the refusal says');
    const other = new AnchorBench();
    const talking = await other.talking();
    talking.b.end({ cause: cause.normalClearing });
    await other.clock.run(10);
    assert.equal(talking.a.released, 1);
  });

  it('refuse media that cannot be had, and leave no port', async () => {
    const bench = new AnchorBench();
    const a = new FakeLeg('a');
    assert.equal(bench.call(a, caller(4000, 'm=video 4000 RTP/AVP 96', 'a=rtpmap:96 H264/90000'), []), undefined);
    await bench.assertOver();
  });

  it('close their ports when nobody answers, and when the caller gives up', async () => {
    for (const ends of ['refused', 'cancelled'] as const) {
      const bench = new AnchorBench();
      const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
      bench.call(a, caller(4000), [bench.placed(b)]);
      b.emit({ kind: 'alerting' });
      await bench.clock.run(10);
      assert.equal(bench.open.length, 2);
      if (ends === 'refused') b.end({ cause: cause.userBusy, sipStatus: 486 });
      else a.end({ cause: cause.normalClearing });
      await bench.clock.run(10);
      assert.deepEqual([a.released, b.released], [1, 1], ends);
      await bench.assertOver();
      assert.equal(bench.closed.length, 1);
    }
  });

  it('try the next step when the engine has no room', async () => {
    const bench = new AnchorBench();
    bench.engine.refuses = () => 'EADDRINUSE';
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    bench.call(a, caller(4000), [bench.placed(b)]);
    await bench.clock.run(10);
    assert.deepEqual([a.released, b.released], [1, 1]);
    assert.equal(bench.closed[0]?.cause, cause.resourceUnavailable);
    assert.deepEqual(bench.open, []);
  });

  it('let each fork have its media: the caller hears the first early one, and then who answered', async () => {
    const bench = new AnchorBench();
    const [a, b, c] = [new FakeLeg('a'), new FakeLeg('b'), new FakeLeg('c')];
    bench.call(a, caller(4000), [bench.placed(b), bench.placed(c)]);
    b.emit({ kind: 'alerting' });
    assert.equal(a.last('alert').media, undefined);
    c.emit({ kind: 'progress', media: called(6000) });
    await bench.clock.run(10);
    assert.equal(placeOf(a.last('progress').media), box);
    assert.deepEqual(bench.hears('10.1.1.1', 4000), { kind: 'port', port: bench.portTo(6000) });
    const connected = { number: '+13125550199', displayName: 'Bob', privacy: ['id'] };
    b.emit({ kind: 'answered', media: called(5000), connected });
    await bench.clock.run(10);
    assert.deepEqual(a.last('answer').connected, connected);
    assert.equal(c.released, 1);
    assertBridged(bench, 4000, 5000);
    assert.equal(bench.open.length, 2);
    b.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('follow the early dialogs of one leg', async () => {
    const bench = new AnchorBench();
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    bench.call(a, caller(4000), [bench.placed(b)]);
    b.emit({ kind: 'progress', media: called(5000), fork: 'x' });
    b.emit({ kind: 'progress', media: called(5002), fork: 'y' });
    b.emit({ kind: 'alerting', fork: 'y' });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5002);
    assert.deepEqual(a.last('alert').media, a.last('progress').media, 'early media goes on');
    b.emit({ kind: 'answered', media: called(5000), fork: 'x' });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5000);
    assert.deepEqual(a.last('answer').media, a.last('progress').media, 'one answer to one offer');
  });

  it('ring for a caller that began to hear early media, when the next step only rings', async () => {
    const bench = new AnchorBench();
    const [a, b, c] = [new FakeLeg('a'), new FakeLeg('b'), new FakeLeg('c')];
    bench.call(a, caller(4000), [bench.placed(b), bench.placed(c)]);
    c.emit({ kind: 'progress', media: called(6000) });
    c.end({ cause: cause.temporaryFailure, sipStatus: 503 });
    b.emit({ kind: 'alerting' });
    await bench.clock.run(10);
    assert.equal(bench.hears('10.1.1.1', 4000)?.kind, 'tone');
    b.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(10);
    assertBridged(bench, 4000, 5000);
  });

  it('settle a change of address alone', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    const before = [...b.kinds()];
    a.emit({ kind: 'offered', media: caller(4444) });
    await bench.clock.run(10);
    assert.equal(placeOf(a.last('agree').media), box);
    assertBridged(bench, 4444, 5000);
    assert.deepEqual(b.kinds(), before, 'the other side is not bothered');
  });

  it('answer a request for an offer alone, and pass on a direction that it brings', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    a.emit({ kind: 'offered' });
    assert.equal(placeOf(a.last('agree').media), box);
    assert.ok(!b.kinds().includes('offer'));
    a.emit({ kind: 'agreed', media: caller(4002, 'a=sendonly') });
    assert.equal(directionOf(b.last('offer').media ?? called(1)), 'sendonly');
    b.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
    await bench.clock.run(10);
    assert.equal(bench.hears('10.1.1.2', 5000)?.kind, 'port');
  });

  it('place calls without an offer as calls with one, and give the caller the offer in the answer', async () => {
    const bench = new AnchorBench();
    const [a, b] = [new FakeLeg('a'), new FakeLeg('b')];
    const call = bench.call(a, undefined, [bench.placed(b)]);
    assert.equal(placeOf(b.last('setup').setup.offer), box);
    b.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(10);
    assert.equal(placeOf(a.last('answer').media), box);
    a.emit({ kind: 'agreed', media: caller(4000) });
    await bench.clock.run(10);
    assert.equal(call?.state, 'talking');
    assertBridged(bench, 4000, 5000);
    assert.ok(!b.kinds().includes('offer'));
  });

  it('pass a fax on as it is, and its refusal too', async () => {
    const bench = new AnchorBench();
    const { a, b } = await bench.talking();
    const image = (host: string, port: number) => voice(host, port, `m=image ${port} udptl t38`, 'a=T38FaxVersion:0');
    b.emit({ kind: 'offered', media: image('10.1.1.2', 5004) });
    assert.equal(a.last('offer').media?.media.at(-1)?.media, 'image');
    const offered = a.last('offer').media;
    a.emit({ kind: 'agreed', media: voice('10.1.1.1', 4004, ...rowsFor(offered, 4004)) });
    await bench.clock.run(10);
    assert.equal(b.last('agree').media?.media[0]?.media, 'image');
    assertBridged(bench, 4004, 5004);
    assert.ok([...bench.engine.ports.values()].every(({ settings }) => settings.opaque));

    const other = new AnchorBench();
    const second = await other.talking();
    second.b.emit({ kind: 'offered', media: image('10.1.1.2', 5004) });
    second.a.emit({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
    await other.clock.run(10);
    assert.equal(second.b.last('refuse').sipStatus, 488);
    assertBridged(other, 4000, 5000);
  });
});

/** An answer that takes the image and rejects whatever stands before it. */
function rowsFor(offer: SessionDescription | undefined, port: number): readonly string[] {
  return (offer?.media ?? []).flatMap(({ media, protocol, formats }) =>
    media === 'image' ? [`m=image ${port} udptl t38`, 'a=T38FaxVersion:0'] : [`m=${media} 0 ${protocol} ${formats[0]}`],
  );
}
