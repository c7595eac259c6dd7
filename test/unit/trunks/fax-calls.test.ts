import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { bearers, somebody, TrunkBench, trunkOf } from './trunk-bench.js';
import { WiredDChannels } from './wired-d-channels.js';

/** A call over a T1 to somebody who answers, between two boxes whose cards cancel echoes of 64 ms. */
function connected(answers = true) {
  const clock = new VirtualClock();
  const dChannel = { name: 'pstn', switchType: 'ni2', e1: false, channels: ['sim/1:24'], nfas: false } as const;
  const wire = new WiredDChannels(clock, dChannel);
  const [caller, answerer] = ([0, 1] as const).map((end) => {
    const bench = new TrunkBench([trunkOf(bearers('sim/1', 4), { hunt: 'lowest' })], {
      clock,
      echoTailMs: 64,
      groups: [{ dChannel: wire.ends[end].settings, restarts: false, serviceMessages: true }],
      dChannels: wire.ends[end],
      seed: end + 1,
    });
    bench.hardware.plug('sim/1', 24);
    if (answers) bench.onArrival = ({ leg }) => leg.do({ kind: 'answer', media: somebody });
    return bench;
  });
  assert.ok(caller !== undefined && answerer !== undefined);
  wire.establish();
  clock.advance(1000);
  const call = caller.place();
  clock.advance(1000);
  assert.equal(call.kinds.includes('answered'), answers);
  return { clock, call, ends: [caller, answerer] as const };
}

/** What was asked of the card for the channel that is used, ms. */
function echoTails(bench: TrunkBench): readonly number[] {
  const { orders } = bench.hardware.channel('sim/1:1');
  return orders.flatMap((order) => (order.kind === 'echoCanceller' ? [order.tailMs] : []));
}

describe('a fax on a trunk', () => {
  it('is listened for while somebody is heard; the card lets its echo pass until the call is over', () => {
    const { clock, call, ends } = connected();
    for (const bench of ends) {
      const [port] = bench.engine.open.values();
      assert.equal(port?.settings.hears.kind, 'port');
      assert.ok(port?.settings.listens.fax);
      assert.deepEqual(echoTails(bench), [64]);
      for (const tone of ['cng', 'ced'] as const) port.say({ kind: 'fax', port: port.id, tone });
      assert.deepEqual(echoTails(bench), [64, 0], 'once');
    }
    ends[0].hangUp(call);
    clock.advance(10_000);
    for (const bench of ends) assert.deepEqual(echoTails(bench), [64, 0, 64]);
  });

  it('is not listened for on a call that hears nobody', () => {
    const { ends } = connected(false);
    const [port] = ends[0].engine.open.values();
    assert.ok(port === undefined || !port.settings.listens.fax);
  });
});
