import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { directionOf } from '../../../src/sdp/index.js';
import { CallBench, step } from './call-bench.js';
import { audio, FakeLeg, plainSetup } from './fake-leg.js';

/** `b` (called) or the caller, as `by` says, transfers the other to 203, whose leg is `c`. */
async function transferring(by: 'caller' | 'called' = 'called') {
  const b = new FakeLeg('b');
  const c = new FakeLeg('c');
  const bench = new CallBench([step('extension 202', [b])], {}, { routeTransfer: () => [step('extension 203', [c])] });
  bench.call.start();
  b.emit({ kind: 'answered', media: audio(5000) });
  await bench.clock.run(0);
  const [transferor, remaining] = by === 'called' ? [b, bench.caller] : [bench.caller, b];
  transferor.emit({ kind: 'offered', media: audio(1, 'sendonly') });
  remaining.emit({ kind: 'agreed', media: audio(remaining === b ? 5000 : 4000, 'recvonly') });
  transferor.emit({ kind: 'transferRequested', target: { number: '203' } });
  return { bench, b, c, transferor, remaining };
}

function results(leg: FakeLeg): readonly string[] {
  return leg.commands.flatMap((each) => (each.kind === 'transferResult' ? [each.result] : []));
}

async function assertOver(bench: CallBench, ...legs: FakeLeg[]): Promise<void> {
  await bench.clock.run(0);
  assert.equal(bench.call.state, 'done');
  for (const leg of [bench.caller, ...legs]) assert.equal(leg.released, 1, leg.id);
  assert.equal(bench.closed.length, 1);
  assert.equal(bench.clock.pending, 0);
  assert.deepEqual(bench.errors, []);
}

describe('Call: blind transfer', () => {
  for (const by of ['caller', 'called'] as const) {
    it(`joins the target and the leg that stays (asked by the ${by})`, async () => {
      const { bench, b, c, transferor, remaining } = await transferring(by);
      assert.deepEqual(results(transferor), ['accepted']);
      const setup = c.last('setup').setup;
      assert.equal(setup.dialled, '203');
      assert.equal(setup.from.number, by === 'called' ? '201' : '202');
      assert.equal(setup.offer?.media[0]?.port, remaining === b ? 5000 : 4000);
      assert.equal(directionOf(setup.offer ?? audio(1)), 'sendrecv');
      c.emit({ kind: 'alerting' });
      c.emit({ kind: 'answered', media: audio(6000) });
      assert.equal(remaining.last('offer').media?.media[0]?.port, 6000);
      remaining.emit({ kind: 'agreed', media: audio(remaining === b ? 5000 : 4000) });
      assert.deepEqual(results(transferor), ['accepted', 'ringing', 'answered']);
      assert.equal(transferor.released, 1);
      assert.equal(bench.call.state, 'talking');
      assert.deepEqual(bench.call.record.transferredTo, ['203']);
      remaining.emit({ kind: 'offered', media: audio(4000, 'sendonly') });
      assert.equal(directionOf(c.last('offer').media ?? audio(1)), 'sendonly');
      c.emit({ kind: 'agreed', media: audio(6000, 'recvonly') });
      c.end({ cause: cause.normalClearing });
      await assertOver(bench, b, c);
      assert.equal(bench.closed[0]?.releasedBy, by);
    });
  }

  it('tells the target when the leg that stays moved its media', async () => {
    const { bench, c, remaining } = await transferring();
    c.emit({ kind: 'answered', media: audio(6000) });
    remaining.emit({ kind: 'agreed', media: audio(4444) });
    assert.equal(bench.call.state, 'realigning');
    assert.equal(c.last('offer').media?.media[0]?.port, 4444);
    c.emit({ kind: 'agreed', media: audio(6000) });
    assert.equal(bench.call.state, 'talking');
  });

  it('lets the target offer where the leg that stays has no address', async () => {
    const b = new FakeLeg('b');
    const c = new FakeLeg('c');
    const bench = new CallBench(
      [step('s', [b])],
      { setup: { ...plainSetup, offer: audio(4000, 'sendrecv', '0.0.0.0') } },
      { routeTransfer: () => [step('203', [c])] },
    );
    bench.call.start();
    b.emit({ kind: 'answered', media: audio(5000) });
    await bench.clock.run(0);
    b.emit({ kind: 'transferRequested', target: { number: '203' } });
    assert.equal(c.last('setup').setup.offer, undefined);
    c.emit({ kind: 'answered', media: audio(6000) });
    bench.caller.emit({ kind: 'agreed', media: audio(4000) });
    assert.equal(c.last('agree').media?.media[0]?.port, 4000);
    assert.equal(bench.call.state, 'talking');
  });

  it('goes on as before when the target is busy, and lets the transferor retrieve', async () => {
    const { bench, c, transferor, remaining } = await transferring();
    c.end({ cause: cause.userBusy, sipStatus: 486 });
    assert.deepEqual(results(transferor), ['accepted', 'failed']);
    assert.equal(transferor.last('transferResult').sipStatus, 486);
    assert.equal(bench.call.state, 'talking');
    transferor.emit({ kind: 'offered', media: audio(5000) });
    assert.equal(remaining.kinds().at(-1), 'offer');
  });

  it('refuses where there is no way, and talks on', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('s', [b])], {}, { routeTransfer: () => ({ refuse: cause.outgoingCallsBarred }) });
    bench.call.start();
    b.emit({ kind: 'answered', media: audio(5000) });
    await bench.clock.run(0);
    b.emit({ kind: 'transferRequested', target: { number: '900' } });
    assert.deepEqual(b.last('transferResult'), {
      kind: 'transferResult',
      result: 'refused',
      cause: cause.outgoingCallsBarred,
    });
    assert.equal(bench.call.state, 'talking');
    bench.call.release(cause.normalClearing);
    await assertOver(bench, b);
  });

  it('refuses to take over a dialog elsewhere', async () => {
    const { transferor, c } = await transferring();
    c.end({ cause: cause.userBusy });
    transferor.emit({ kind: 'transferRequested', target: { number: '203', replaces: 'x;to-tag=1;from-tag=2' } });
    assert.equal(transferor.last('transferResult').result, 'refused');
  });

  it('refuses a second request while one runs', async () => {
    const { transferor, remaining } = await transferring();
    remaining.emit({ kind: 'transferRequested', target: { number: '204' } });
    assert.equal(remaining.last('transferResult').result, 'refused');
    assert.deepEqual(results(transferor), ['accepted']);
  });

  it('finishes after the transferor hung up', async () => {
    const { bench, b, c, transferor, remaining } = await transferring();
    transferor.end({ cause: cause.normalClearing });
    assert.equal(bench.call.state, 'transferringAlone');
    c.emit({ kind: 'alerting' });
    c.emit({ kind: 'answered', media: audio(6000) });
    remaining.emit({ kind: 'agreed', media: audio(4000) });
    assert.equal(bench.call.state, 'talking');
    remaining.end({ cause: cause.normalClearing });
    await assertOver(bench, b, c);
  });

  it('releases the leg that stays when the transferor is gone and the target fails', async () => {
    const { bench, b, c, transferor } = await transferring();
    transferor.end({ cause: cause.normalClearing });
    c.end({ cause: cause.userBusy, sipStatus: 486 });
    await assertOver(bench, b, c);
    assert.equal(bench.closed[0]?.cause, cause.userBusy);
  });

  it('stops ringing when the leg that stays hangs up', async () => {
    const { bench, b, c, transferor, remaining } = await transferring();
    c.emit({ kind: 'alerting' });
    remaining.end({ cause: cause.normalClearing });
    assert.deepEqual(results(transferor), ['accepted', 'ringing', 'failed']);
    await assertOver(bench, b, c);
  });

  it('keeps the transferor when the leg that stays refuses the new media', async () => {
    const { bench, c, transferor, remaining } = await transferring();
    c.emit({ kind: 'answered', media: audio(6000) });
    remaining.emit({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
    assert.deepEqual(results(transferor), ['accepted', 'failed']);
    assert.equal(c.released, 1);
    assert.equal(bench.call.state, 'talking');
  });

  it('ends cleanly whoever leaves while the two are joined', async () => {
    for (const who of ['transferor', 'remaining', 'c'] as const) {
      const all = await transferring();
      all.c.emit({ kind: 'answered', media: audio(6000) });
      all[who].end({ cause: cause.normalClearing });
      if (who === 'transferor') all.remaining.emit({ kind: 'refused', cause: cause.bearerNotImplemented });
      await assertOver(all.bench, all.b, all.c);
    }
  });
});
