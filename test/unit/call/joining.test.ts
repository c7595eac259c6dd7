import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { CallBench, step } from './call-bench.js';
import { audio, FakeLeg } from './fake-leg.js';

/** Two calls of one telephone: it called 202 (`b`) and, in the other call, 202's neighbour (`c`). */
async function twoCalls() {
  const [b, c] = [new FakeLeg('b'), new FakeLeg('c')];
  const other = new CallBench([step('extension 203', [c])], { called: '203' });
  const bench = new CallBench(
    [step('extension 202', [b])],
    {},
    {
      takeOver: (keeper, to) => (keeper === 'caller' ? other.call.surrender(keeper, to) : undefined),
    },
  );
  for (const [each, leg, port] of [
    [bench, b, 5000],
    [other, c, 6000],
  ] as const) {
    each.call.start();
    leg.emit({ kind: 'answered', media: audio(port) });
    await each.clock.run(0);
    assert.equal(each.call.state, 'talking');
  }
  return { bench, other, b, c };
}

describe('Call: two calls that are joined', () => {
  it('become one, and each has its record once', async () => {
    const { bench, other, b, c } = await twoCalls();
    bench.caller.emit({ kind: 'transferRequested', target: { number: '203', joins: 'caller' } });
    assert.equal(b.last('offer').media?.media[0]?.port, 6000);
    await other.clock.run(0);
    assert.equal(other.call.state, 'done');
    assert.equal(other.closed.length, 1);
    assert.equal(other.closed[0]?.releasedBy, 'caller');
    assert.deepEqual(other.closed[0]?.transferredTo, ['202']);
    assert.equal(c.released, 0);
    b.emit({ kind: 'agreed', media: audio(5555) });
    assert.equal(bench.caller.released, 1);
    assert.equal(c.last('offer').media?.media[0]?.port, 5555);
    c.emit({ kind: 'agreed', media: audio(6000) });
    assert.equal(bench.call.state, 'talking');
    assert.deepEqual(bench.call.record.transferredTo, ['203']);
    c.emit({ kind: 'digit', digit: '1', durationMs: 100 });
    assert.equal(b.last('digit').digit, '1');
    c.end({ cause: cause.normalClearing });
    await bench.clock.run(0);
    assert.equal(b.released, 1);
    assert.equal(bench.call.state, 'done');
    assert.equal(bench.closed.length, 1);
    assert.equal(bench.clock.pending + other.clock.pending, 0);
    assert.deepEqual([...bench.errors, ...other.errors], []);
  });

  it('go on where the one who joined them hangs up at once', async () => {
    const { bench, b, c } = await twoCalls();
    bench.caller.emit({ kind: 'transferRequested', target: { number: '203', joins: 'caller' } });
    bench.caller.end({ cause: cause.normalClearing });
    b.emit({ kind: 'agreed', media: audio(5000) });
    assert.equal(c.last('offer').media?.media[0]?.port, 5000, 'it never heard of the other one');
    c.emit({ kind: 'agreed', media: audio(6000) });
    assert.equal(bench.call.state, 'talking');
    b.end({ cause: cause.normalClearing });
    await bench.clock.run(0);
    assert.equal(c.released, 1);
    assert.equal(bench.closed.length, 1);
  });

  it('stay two where the other one is not free, or is not there', async () => {
    const { bench, other, b, c } = await twoCalls();
    c.emit({ kind: 'offered', media: audio(6000, 'sendonly') });
    bench.caller.emit({ kind: 'transferRequested', target: { number: '203', joins: 'caller' } });
    assert.equal(bench.caller.last('transferResult').result, 'refused');
    bench.caller.emit({ kind: 'transferRequested', target: { number: '203', joins: 'nobody' } });
    assert.equal(bench.caller.last('transferResult').result, 'refused');
    assert.deepEqual([bench.call.state, other.call.state], ['talking', 'renegotiating']);
    for (const leg of [b, c]) leg.end({ cause: cause.normalClearing });
    await bench.clock.run(0);
    assert.deepEqual([bench.closed.length, other.closed.length], [1, 1]);
  });

  it('are both over where who stays refuses the new far end', async () => {
    const { bench, b, c } = await twoCalls();
    bench.caller.emit({ kind: 'transferRequested', target: { number: '203', joins: 'caller' } });
    bench.caller.end({ cause: cause.normalClearing });
    b.emit({ kind: 'refused', cause: cause.bearerNotImplemented });
    await bench.clock.run(0);
    assert.deepEqual([b.released, c.released], [1, 1]);
    assert.equal(bench.closed.length, 1);
  });
});
