import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errno, SpanCounts } from '../../../hw/dahdi/index.js';
import { requests, structs } from '../../../hw/dahdi/kernel-codes.js';
import type { SpanSettings } from '../../../src/tdm/index.js';
import { analogPlan, card, span, t1Plan } from './card-trees.js';
import { DahdiBench } from './dahdi-bench.js';

const id = 'dahdi/1TE133F-A1234567/1';
const t1 = { ...card(t1Plan.card), ...span(t1Plan.span) };
const settings: SpanSettings = { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 3 };
const [loopback, yellow, red, blue, los] = [1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 8];

describe('a digital span', () => {
  it('is framed, coded and started; once it runs it is shut down before it is configured anew', () => {
    const bench = new DahdiBench(t1);
    const line = bench.line(id, 1, 'em-wink');
    bench.kernel.told.length = 0;
    bench.span(id).configure(settings);
    assert.equal(line.channel.settings, undefined, 'whatever its channels did ended');
    bench.span(id).configure(settings);
    bench.clock.advance(50);
    const wanted = new Set<number>([requests.spanConfig, requests.startUp, requests.shutDown]);
    const told = bench.kernel.told.filter(({ request }) => wanted.has(request));
    assert.deepEqual(
      told.map(({ request }) => request),
      [requests.spanConfig, requests.startUp, requests.shutDown, requests.spanConfig, requests.startUp],
    );
    const view = new DataView((told[0]?.argument ?? new Uint8Array(64)).buffer);
    const { lineconfig } = structs;
    assert.equal(view.getInt32(lineconfig.span, true), 1);
    assert.equal(view.getInt32(lineconfig.lineconfig, true), (1 << 5) | (1 << 7), 'ESF and B8ZS');
    assert.equal(view.getInt32(lineconfig.lbo, true), 3);
    assert.equal(view.getInt32(lineconfig.sync, true), 1);
  });

  it('tells why the driver refuses', () => {
    const bench = new DahdiBench(t1);
    const heard = bench.heard(bench.span(id));
    bench.kernel.answers.set(requests.spanConfig, -errno.EINVAL);
    bench.span(id).configure({ ...settings, coding: 'hdb3' });
    bench.clock.advance(50);
    assert.deepEqual(heard, [{ kind: 'fault', why: 'the driver refuses framing or coding: EINVAL' }]);
  });

  it('tells alarms to itself and its channels, within a second', () => {
    const bench = new DahdiBench(t1);
    const heard = bench.heard(bench.span(id));
    const line = bench.line(id, 1, 'em-wink');
    bench.kernel.status.set('alarms', red | los);
    bench.clock.advance(1100);
    assert.deepEqual(
      heard.filter(({ kind }) => kind === 'alarms'),
      [{ kind: 'alarms', alarms: ['red', 'los'] }],
    );
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: ['red', 'los'] });
    bench.kernel.status.set('alarms', yellow | blue | loopback);
    bench.clock.advance(1100);
    assert.deepEqual(line.channel.alarms, ['yellow', 'blue', 'loopback']);
    // It recovers: calls cannot be yet.
    bench.kernel.status.set('alarms', 1);
    bench.clock.advance(1100);
    assert.deepEqual(bench.span(id).alarms, ['red']);
    bench.kernel.status.set('alarms', 0);
    bench.clock.advance(1100);
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: [] });
  });

  it('counts what its card counts, slips among them, from when we began', () => {
    const bench = new DahdiBench(t1, {}, ({ kernel }) => kernel.status.set('bpvcount', 100));
    const heard = bench.heard(bench.span(id));
    bench.kernel.status.set('bpvcount', 103);
    bench.kernel.status.set('fecount', 2);
    bench.kernel.status.set('crc4count', 7);
    bench.sysfs.add({
      'proc/dahdi/1': 'Span 1: WCT13x/0 "Wildcard TE131F Card 0" (MASTER) B8ZS/ESF ClockSource\n\tTiming slips: 4\n\n',
    });
    bench.clock.advance(1100);
    assert.deepEqual(heard.filter(({ kind }) => kind === 'counters').length, 1);
    const { bipolarViolations, framingErrors, crcErrors, slips } = bench.span(id).counters;
    assert.deepEqual([bipolarViolations, framingErrors, crcErrors, slips], [3, 2, 7, 4]);
    // It was started anew.
    bench.kernel.status.set('bpvcount', 1);
    bench.clock.advance(1100);
    assert.equal(bench.span(id).counters.bipolarViolations, 4);
  });

  it('tells whether the box takes its clock from it', () => {
    const bench = new DahdiBench(t1);
    const heard = bench.heard(bench.span(id));
    for (const [source, here] of [
      [1, true],
      [2, false],
    ] as const) {
      bench.kernel.status.set('syncsrc', source);
      bench.clock.advance(1100);
      assert.deepEqual(heard.at(-1), { kind: 'clockSource', here });
    }
  });
});

describe('a card that stops answering', () => {
  const both = {
    ...t1,
    ...card(analogPlan.card),
    ...span({ ...analogPlan.span, number: 2, firstChannel: 25 }),
  };
  const other = 'dahdi/1A4A123456789/1';

  it('hangs in a call: an alarm and a log line, until it comes back', () => {
    const bench = new DahdiBench(t1);
    const line = bench.line(id, 1, 'em-wink');
    bench.kernel.hangs = true;
    bench.clock.advance(12_000);
    assert.deepEqual(bench.span(id).alarms, ['card']);
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: ['card'] });
    assert.ok(bench.logged.some((each) => each.startsWith('a card does not answer')));
    bench.kernel.comeBack();
    bench.clock.advance(1100);
    assert.deepEqual(bench.span(id).alarms, []);
    assert.ok(bench.logged.some((each) => each.startsWith('a card answers again')));
  });

  it('gives no samples any more, though it answers; the other card does not mind', () => {
    const bench = new DahdiBench(both);
    bench.line(id, 1, 'bearer');
    const line = bench.line(other, 1, 'fxs-kewl');
    bench.clock.advance(5000);
    assert.deepEqual(bench.span(id).alarms, []);
    bench.kernel.channel(1).alive = false;
    bench.clock.advance(5000);
    assert.deepEqual(bench.span(id).alarms, ['card']);
    assert.deepEqual(bench.span(other).alarms, []);
    bench.kernel.event(25, 2);
    assert.ok(line.events.some((event) => event.kind === 'signal' && event.signal.kind === 'offHook'));
    bench.kernel.channel(1).alive = true;
    bench.kernel.channel(1).sounds = true;
    bench.clock.advance(2000);
    assert.deepEqual(bench.span(id).alarms, []);
  });

  it('refuses all questions', () => {
    const bench = new DahdiBench(t1);
    bench.kernel.answers.set(requests.spanStatus, -errno.EIO);
    bench.clock.advance(5000);
    assert.deepEqual(bench.span(id).alarms, ['card']);
    bench.kernel.answers.delete(requests.spanStatus);
    bench.clock.advance(1100);
    assert.deepEqual(bench.span(id).alarms, []);
  });
});

it('the driver ends: all descriptors are closed, and nothing is left on the clock', () => {
  const bench = new DahdiBench(t1);
  bench.line(id, 1, 'em-wink');
  bench.line(id, 24, 'dChannel');
  bench.hardware.stop();
  assert.equal(bench.kernel.openFiles, 0);
  assert.ok(bench.kernel.stopped);
  bench.clock.advance(60_000);
  assert.equal(bench.clock.pending, 0);
});

it('seconds in which nothing can be received are severely errored, and from the tenth in a row on unavailable; neither shrinks', () => {
  const counts = new SpanCounts();
  const zero = { bipolarViolations: 0, crcErrors: 0, framingErrors: 0, erroredSeconds: 0, clockSource: 0, line: 0 };
  const seconds = (count: number, alarms: number): readonly [number, number] => {
    for (let second = 0; second < count; second++) {
      const { severelyErroredSeconds: errored, unavailableSeconds: unavailable } = counts.counters;
      counts.second({ ...zero, alarms }, 0);
      assert.ok(counts.counters.severelyErroredSeconds >= errored);
      assert.ok(counts.counters.unavailableSeconds >= unavailable);
    }
    return [counts.counters.severelyErroredSeconds, counts.counters.unavailableSeconds];
  };
  assert.deepEqual(seconds(9, los), [0, 0]);
  assert.deepEqual(seconds(1, 0), [9, 0], 'nine were no more than errored');
  assert.deepEqual(seconds(10, red), [9, 10]);
  assert.deepEqual(seconds(5, blue), [9, 15]);
  assert.deepEqual(seconds(9, yellow), [9, 15]);
  assert.deepEqual(seconds(1, red), [9, 25], 'nine good ones do not end it');
  assert.deepEqual(seconds(10, 0), [9, 25]);
  assert.deepEqual(seconds(1, red), [9, 25]);
  assert.deepEqual(seconds(1, 0), [10, 25]);
});
