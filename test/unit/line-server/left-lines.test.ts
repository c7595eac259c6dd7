import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineUse } from '../../../appliance/line-server/line-use.js';
import type { LeftLine, SpanSettings } from '../../../src/tdm/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { channel, type FakeController, ServerBench, settings, setup } from './server-bench.js';

const station = { signalling: 'fxs-kewl', law: 'u' } as const;
const jack = 'sim/0:1';

function left(controller: FakeController, id = jack): LeftLine | undefined {
  const channels = controller.reports.flatMap((report) => (report.kind === 'plugged' ? report.channels : []));
  return channels.find((each) => each.id === id)?.left;
}

/** A telephone that talks, and another that rings. */
function talking(): { readonly bench: ServerBench; readonly first: FakeController } {
  const bench = new ServerBench();
  const first = bench.controller();
  first.do({ kind: 'configure', channel: jack, settings: station });
  first.do({ kind: 'configure', channel: 'sim/0:2', settings: station });
  bench.world.telephone(jack)?.lift();
  bench.clock.advance(100);
  first.do({ kind: 'order', channel: jack, order: { kind: 'hook', offHook: true } });
  first.do({ kind: 'order', channel: 'sim/0:2', order: { kind: 'ring', cadence: [2000, 4000] } });
  bench.clock.advance(100);
  return { bench, first };
}

describe('lines that a controller leaves in use', () => {
  it('stay as they are for the next one; others rest', () => {
    const { bench, first } = talking();
    first.go();
    bench.clock.advance(5000);
    assert.equal(bench.world.telephone('sim/0:2')?.ringing, false);
    const second = bench.controller();
    assert.deepEqual(left(second), { settings: station, farOffHook: true, farOnHookMs: 0, reversals: 0 });
    assert.equal(left(second, 'sim/0:2'), undefined);
    second.do({ kind: 'goOn', channel: jack });
    bench.clock.advance(60_000);
    // It is in use, and would be left again.
    second.go();
    assert.ok(left(bench.controller()) !== undefined);
  });

  it('are configured by who does not go on with them, and rest where nobody comes', () => {
    const { bench, first } = talking();
    first.go();
    const second = bench.controller();
    second.do({ kind: 'configure', channel: jack, settings: station });
    second.go();
    // Configured, and not joined to its samples: it is at rest.
    assert.equal(left(bench.controller()), undefined);
    const other = talking();
    other.first.go();
    other.bench.clock.advance(29_000);
    assert.ok(left(other.bench.controller()) !== undefined);
    other.bench.clock.advance(31_000);
    assert.equal(left(other.bench.controller()), undefined);
  });

  it('tell how long the far end was on hook meanwhile', () => {
    const { bench, first } = talking();
    first.go();
    bench.world.telephone(jack)?.hangUp();
    bench.clock.advance(2000);
    bench.world.telephone(jack)?.lift();
    bench.clock.advance(500);
    const second = bench.controller();
    assert.equal(left(second)?.farOffHook, true);
    assert.ok((left(second)?.farOnHookMs ?? 0) >= 1990);
    second.do({ kind: 'goOn', channel: 'sim/0:2' });
    assert.deepEqual(second.reports.at(-1), { kind: 'failed', command: 'goOn', why: 'sim/0:2 was not left in use' });
  });

  it('are those that we hold: an exchange’s line off hook, a trunk that both ends hold', () => {
    const clock = new VirtualClock();
    const office = new LineUse(clock);
    office.configured({ signalling: 'fxo-kewl', law: 'u' });
    assert.equal(office.leave(), false);
    office.ordered({ kind: 'hook', offHook: true });
    assert.equal(office.leave(), true);
    assert.equal(office.left?.farOffHook, true, 'a card that tells nothing of current');
    office.signal({ kind: 'polarity', reversed: true });
    office.signal({ kind: 'current', flows: false });
    clock.advance(700);
    assert.deepEqual([office.left?.farOffHook, office.left?.farOnHookMs, office.left?.reversals], [false, 700, 1]);
    const trunk = new LineUse(clock);
    trunk.configured({ signalling: 'em-wink', law: 'u' });
    trunk.ordered({ kind: 'hook', offHook: true });
    assert.equal(trunk.leave(), false, 'it was not answered');
    trunk.signal({ kind: 'offHook' });
    assert.equal(trunk.leave(), true);
    const opened = new LineUse(clock);
    opened.configured(station);
    opened.ordered({ kind: 'hook', offHook: true });
    opened.ordered({ kind: 'battery', on: false });
    assert.equal(opened.leave(), false, 'its call was over');
  });

  it('keep their span: what it is set to already is not set again', () => {
    const { bench, first } = talking();
    const t1: SpanSettings = { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 0 };
    let set = 0;
    const span = bench.world.span('sim/1');
    assert.ok(span !== undefined);
    const configure = span.configure.bind(span);
    span.configure = (wanted) => {
      set++;
      configure(wanted);
    };
    first.do({ kind: 'configureSpan', span: 'sim/1', settings: t1 });
    bench.clock.advance(10);
    first.go();
    const second = bench.controller();
    const told = second.reports.find((report) => report.kind === 'plugged' && report.span.id === 'sim/1');
    assert.equal(told?.kind === 'plugged' && told.clockSource, true);
    second.do({ kind: 'configureSpan', span: 'sim/1', settings: t1 });
    assert.equal(set, 1);
    second.do({ kind: 'configureSpan', span: 'sim/1', settings: { ...t1, timing: 0 } });
    assert.equal(set, 2);
  });
});

describe('answered calls of a D-channel whose controller is gone', () => {
  /** `a`, ours, and `in-0-1`, theirs, are answered; `b` rings. */
  function answered() {
    const bench = new ServerBench();
    const first = bench.controller();
    first.do({ kind: 'openDChannel', settings });
    const { process } = bench;
    process.say({ kind: 'up' });
    for (const call of ['a', 'b'])
      first.do({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'setup', call, channel, exclusive: true, setup } });
    const [a = '', b = ''] = process.commands().map((command) => command.slice('setup '.length));
    process.say({ kind: 'connect', call: a });
    process.say({ kind: 'alerting', call: b, inBand: false });
    process.say({ kind: 'setup', call: 'in-0-1', channel: { interface: 0, slot: 4 }, exclusive: true, setup });
    first.do({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'connect', call: 'in-0-1' } });
    first.go();
    const since = process.commands().length;
    const said = (): readonly string[] => process.commands().slice(since - 1);
    return { bench, process, a, b, said };
  }

  it('stay for who goes on with them, by the names that they had; others end with cause 41', () => {
    const { bench, process, a, b, said } = answered();
    assert.deepEqual(said(), [`release ${b}`]);
    const second = bench.controller();
    second.do({ kind: 'openDChannel', settings, goesOn: ['a', 'nobody'] });
    assert.deepEqual(second.dChannel(), [{ kind: 'up' }, { kind: 'released', call: 'nobody', cause: 38 }]);
    assert.deepEqual(said(), [`release ${b}`, 'release in-0-1']);
    process.say({ kind: 'released', call: 'in-0-1', cause: 41 });
    process.say({ kind: 'progress', call: a, inBand: true });
    assert.deepEqual(second.dChannel().at(-1), { kind: 'progress', call: 'a', inBand: true });
    second.do({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: 'a', cause: 16 } });
    assert.equal(said().at(-1), `release ${a}`);
    process.say({ kind: 'released', call: a, cause: 16 });
    assert.deepEqual(second.dChannel().at(-1), { kind: 'released', call: 'a', cause: 16 });
  });

  it('outlive one controller after another', () => {
    const { bench, process, a } = answered();
    for (let i = 0; i < 3; i++) {
      const next = bench.controller();
      next.do({ kind: 'openDChannel', settings, goesOn: ['a'] });
      assert.deepEqual(next.dChannel(), [{ kind: 'up' }]);
      next.go();
    }
    assert.equal(process.commands().filter((command) => command === `release ${a}`).length, 0);
  });

  it('are cleared at once where the network clears, and the next controller hears why', () => {
    const { bench, process, a, said } = answered();
    process.say({ kind: 'disconnect', call: a, cause: 16 });
    assert.equal(said().at(-1), `release ${a}`);
    process.say({ kind: 'released', call: a, cause: 16 });
    const second = bench.controller();
    second.do({ kind: 'openDChannel', settings, goesOn: ['a'] });
    assert.deepEqual(second.dChannel(), [{ kind: 'up' }, { kind: 'released', call: 'a', cause: 16 }]);
  });

  it('end where nobody comes in time, and with their process', () => {
    const { bench, a, said } = answered();
    bench.clock.advance(29_000);
    assert.equal(said().length, 1);
    bench.clock.advance(2000);
    assert.deepEqual(said().slice(1), [`release ${a}`, 'release in-0-1']);
    const other = answered();
    other.process.end('signal SIGSEGV');
    const second = other.bench.controller();
    second.do({ kind: 'openDChannel', settings, goesOn: ['a'] });
    assert.deepEqual(second.dChannel(), [{ kind: 'released', call: 'a', cause: 38 }]);
  });
});
