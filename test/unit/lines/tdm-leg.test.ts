import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import type { Tone } from '../../../src/media/index.js';
import { FakeLeg } from '../call/fake-leg.js';
import { called, caller, voice } from '../legs/anchor-bench.js';
import { directionOf, offeredCodecs } from './sdp-words.js';
import { TdmBench, tones } from './tdm-bench.js';

function toneAt(bench: TdmBench, name: string): Tone | undefined {
  const { hears } = bench.port(name).settings;
  return hears.kind === 'tone' ? hears.tone : undefined;
}

/** A line that called a SIP peer, and talks. */
async function talking(bench: TdmBench, media = called(5000)) {
  const { leg, signalling } = bench.line('a', true);
  const b = new FakeLeg('b');
  const call = bench.fromLine(leg, [bench.placed(b)]);
  b.emit({ kind: 'answered', media });
  await bench.clock.run(10);
  assert.equal(call.state, 'talking');
  return { leg, signalling, b, call };
}

describe('a leg over a line', () => {
  it('offers G.711 of its law first, hears the far end, and is heard', async () => {
    for (const [law, first] of [
      ['u', 'PCMU'],
      ['a', 'PCMA'],
    ] as const) {
      const bench = new TdmBench();
      const { leg, signalling } = bench.line('a', true, law);
      const b = new FakeLeg('b');
      bench.fromLine(leg, [bench.placed(b)]);
      const offer = b.last('setup').setup.offer;
      assert.ok(offer !== undefined);
      assert.equal(offeredCodecs(offer)[0], first);
      assert.ok(offeredCodecs(offer).includes('telephone-event'));
      b.emit({
        kind: 'answered',
        media: voice('10.1.1.2', 5000, 'm=audio 5000 RTP/AVP 8 0 101', 'a=rtpmap:101 telephone-event/8000'),
      });
      await bench.clock.run(10);
      assert.deepEqual(signalling.kinds(), ['answer']);
      assert.deepEqual(bench.port('a').settings.hears, { kind: 'port', port: bench.portTo(5000) });
      assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'port', port: bench.port('a').id });
      const sends = bench.engine.ports.get(bench.portTo(5000))?.settings.sends ?? [];
      assert.equal(sends[0]?.codec, first, 'what the line speaks is not transcoded where the peer takes it');
      signalling.tell({ kind: 'released', cause: cause.normalClearing });
      await bench.clock.run(10);
      assert.equal(b.released, 1);
      await bench.assertOver();
      assert.deepEqual(
        bench.closed[0]?.quality?.map(({ side, codec }) => [side, codec]),
        [
          ['caller', first],
          ['called', first],
        ],
      );
    }
  });

  it('hears the ringing tone of the country, early media instead where there is some, and the answer', async () => {
    const bench = new TdmBench();
    const { leg, signalling } = bench.line('a', true);
    const b = new FakeLeg('b');
    bench.fromLine(leg, [bench.placed(b)]);
    b.emit({ kind: 'alerting' });
    assert.deepEqual(toneAt(bench, 'a'), tones.ringback);
    assert.deepEqual(signalling.commands.at(-1), { kind: 'alert', inBand: false });
    b.emit({ kind: 'progress', media: called(5000) });
    assert.deepEqual(bench.port('a').settings.hears, { kind: 'port', port: bench.portTo(5000) });
    assert.deepEqual(signalling.commands.at(-1), { kind: 'progress', inBand: true });
    b.emit({ kind: 'answered', media: called(5000) });
    await bench.clock.run(10);
    assert.deepEqual(bench.port('a').settings.hears, { kind: 'port', port: bench.portTo(5000) });
    leg.do({ kind: 'release', cause: cause.normalClearing });
    leg.do({ kind: 'release', cause: cause.normalClearing });
    await bench.assertOver();
    assert.equal(signalling.kinds().filter((kind) => kind === 'release').length, 1);
  });

  it('hears why a call failed until the line lets go', async () => {
    const heard = [
      [cause.userBusy, tones.busy],
      [cause.unallocatedNumber, tones.specialInformation],
      [cause.noCircuitAvailable, tones.congestion],
    ] as const;
    for (const [why, tone] of heard) {
      const bench = new TdmBench();
      const { leg, signalling } = bench.line('a', true);
      signalling.lingers = true;
      const b = new FakeLeg('b');
      bench.fromLine(leg, [bench.placed(b)]);
      b.end({ cause: why, sipStatus: 486 });
      await bench.clock.run(10);
      assert.deepEqual(toneAt(bench, 'a'), tone);
      assert.deepEqual(signalling.commands.at(-1), { kind: 'release', cause: why });
      signalling.tell({ kind: 'released', cause: why });
      await bench.assertOver();
      assert.equal(bench.closed.length, 1);
    }
  });

  it('is called: opens its port when there is something to hear, and not before', async () => {
    for (const inBand of [false, true]) {
      const bench = new TdmBench();
      const { leg, signalling } = bench.line('b', false);
      const a = new FakeLeg('a');
      bench.call(a, caller(4000), [leg]);
      assert.deepEqual(signalling.kinds(), ['setup']);
      signalling.tell({ kind: 'alerting', inBand });
      await bench.clock.run(10);
      assert.equal(bench.lines.open.size, inBand ? 1 : 0);
      assert.equal(a.last('alert').media !== undefined, inBand);
      signalling.tell({ kind: 'answered' });
      await bench.clock.run(10);
      assert.deepEqual(bench.hears('10.1.1.1', 4000), { kind: 'port', port: bench.port('b').id });
      assert.deepEqual(bench.port('b').settings.hears, { kind: 'port', port: bench.portTo(4000) });
      a.end({ cause: cause.normalClearing });
      await bench.assertOver();
    }
  });

  it('takes calls that come without an offer', async () => {
    const bench = new TdmBench();
    const { leg, signalling } = bench.line('b', false);
    const a = new FakeLeg('a');
    bench.call(a, undefined, [leg]);
    signalling.tell({ kind: 'answered' });
    await bench.clock.run(10);
    assert.ok(a.last('answer').media !== undefined);
    a.emit({ kind: 'agreed', media: caller(4000) });
    await bench.clock.run(10);
    assert.deepEqual(bench.port('b').settings.hears, { kind: 'port', port: bench.portTo(4000) });
    a.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('hears music while it is held, or what the holder sends, and the far end again', async () => {
    for (const music of ['/music.wav', undefined]) {
      const bench = new TdmBench();
      bench.music = music;
      const { b } = await talking(bench);
      b.emit({ kind: 'offered', media: called(5000, 'a=sendonly') });
      await bench.clock.run(10);
      assert.equal(directionOf(b.last('agree').media), 'recvonly');
      const { hears } = bench.port('a').settings;
      assert.equal(hears.kind, music === undefined ? 'port' : 'file');
      b.emit({ kind: 'offered', media: called(5000) });
      await bench.clock.run(10);
      assert.deepEqual(bench.port('a').settings.hears, { kind: 'port', port: bench.portTo(5000) });
      b.end({ cause: cause.normalClearing });
      await bench.assertOver();
    }
  });

  it('puts its far end on hold, who then hears music or nothing, never the line', async () => {
    for (const music of ['/music.wav', undefined]) {
      const bench = new TdmBench();
      bench.music = music;
      const { leg, b, call } = await talking(bench);
      leg.want({ kind: 'hold' });
      assert.equal(directionOf(b.last('offer').media), 'sendonly');
      b.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
      await bench.clock.run(10);
      assert.equal(call.summary.state, 'held');
      const heard = bench.hears('10.1.1.2', 5000);
      assert.notDeepEqual(heard, { kind: 'port', port: bench.port('a').id });
      if (music !== undefined) assert.equal(heard?.kind, 'file');
      leg.want({ kind: 'talk' });
      b.emit({ kind: 'agreed', media: called(5000) });
      await bench.clock.run(10);
      assert.equal(call.summary.state, 'talking');
      assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'port', port: bench.port('a').id });
      b.end({ cause: cause.normalClearing });
      await bench.assertOver();
    }
  });

  it('tries again where a wish was refused, and tells only the last one', async () => {
    const bench = new TdmBench();
    const { leg, b } = await talking(bench);
    const offers = () => b.kinds().filter((kind) => kind === 'offer').length;
    leg.want({ kind: 'hold' });
    leg.want({ kind: 'talk' });
    leg.want({ kind: 'hold' });
    leg.want({ kind: 'talk' });
    assert.equal(offers(), 1);
    b.emit({ kind: 'agreed', media: called(5000, 'a=recvonly') });
    await bench.clock.run(1);
    assert.equal(offers(), 2);
    assert.equal(directionOf(b.last('offer').media), 'sendrecv');
    b.emit({ kind: 'refused', cause: cause.temporaryFailure, sipStatus: 491 });
    await bench.clock.run(100);
    assert.equal(offers(), 2);
    await bench.clock.run(900);
    assert.equal(offers(), 3);
    b.emit({ kind: 'agreed', media: called(5000) });
    await bench.clock.run(1000);
    assert.equal(offers(), 3);
    assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'port', port: bench.port('a').id });
    b.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('lets the far end into a conference without telling its peer', async () => {
    const bench = new TdmBench();
    const { leg, b } = await talking(bench);
    const before = b.kinds().length;
    leg.want({ kind: 'mix', mix: 'three' });
    await bench.clock.run(10);
    assert.deepEqual(bench.hears('10.1.1.2', 5000), { kind: 'mix', mix: 'three', speaks: true });
    assert.equal(b.kinds().length, before);
    b.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('says digits that are not in the sound, and passes on those of its line', async () => {
    const bench = new TdmBench();
    const { b, signalling } = await talking(bench, voice('10.1.1.2', 5000, 'm=audio 5000 RTP/AVP 0'));
    b.emit({ kind: 'digit', digit: '5', durationMs: 100 });
    await bench.clock.run(1);
    assert.deepEqual(bench.port('a').digits, ['5']);
    signalling.tell({ kind: 'digit', digit: '7', durationMs: 100, inSound: true });
    await bench.clock.run(1);
    assert.deepEqual(
      b.commands.filter(({ kind }) => kind === 'digit').map((each) => (each.kind === 'digit' ? each.digit : '')),
      ['7'],
      'a peer that says digits by INFO hears none in the sound',
    );
    b.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('turns a fax over T.38 down and talks on', async () => {
    const bench = new TdmBench();
    const { b, call } = await talking(bench);
    b.emit({ kind: 'offered', media: voice('10.1.1.2', 5000, 'm=image 5002 udptl t38') });
    await bench.clock.run(10);
    assert.equal(b.last('refuse').sipStatus, 488);
    assert.equal(call.state, 'talking');
    b.end({ cause: cause.normalClearing });
    await bench.assertOver();
  });

  it('refuses a call whose sound does not pass the media engine', async () => {
    const bench = new TdmBench();
    const { leg, signalling } = bench.line('b', false);
    const seen: string[] = [];
    leg.on((event) => seen.push(event.kind));
    leg.do({
      kind: 'setup',
      setup: {
        from: { number: '1' },
        dialled: '2',
        offer: called(5000),
        sessionId: '',
        hopsLeft: 1,
        privacy: [],
        carried: [],
      },
    });
    assert.deepEqual(seen, ['released']);
    assert.deepEqual(signalling.kinds(), []);
    await bench.assertOver();
  });

  it('joins two lines to one another', async () => {
    const bench = new TdmBench();
    const { leg: a, signalling: sa } = bench.line('a', true);
    const { leg: b, signalling: sb } = bench.line('b', false);
    bench.fromLine(a, [b]);
    sb.tell({ kind: 'alerting', inBand: false });
    sb.tell({ kind: 'answered' });
    await bench.clock.run(10);
    assert.deepEqual(sa.kinds(), ['alert', 'answer']);
    assert.deepEqual(bench.port('a').settings.hears, { kind: 'port', port: bench.port('b').id });
    assert.deepEqual(bench.port('b').settings.hears, { kind: 'port', port: bench.port('a').id });
    a.want({ kind: 'hold' });
    await bench.clock.run(10);
    assert.notDeepEqual(bench.port('b').settings.hears, { kind: 'port', port: bench.port('a').id });
    sb.tell({ kind: 'released', cause: cause.normalClearing });
    await bench.assertOver();
    assert.equal(bench.closed.length, 1);
  });
});
