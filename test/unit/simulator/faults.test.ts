import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineTimes } from '../../../src/analog/index.js';
import type { HardwareEvent, SpanEvent } from '../../../src/tdm/index.js';
import { worldBench } from './world-bench.js';

function released(driver: { readonly notices: readonly { readonly kind: string }[] }): number {
  return driver.notices.filter(({ kind }) => kind === 'released').length;
}

test('an alarm on the span ends its calls, refuses new ones, and leaves other spans alone', () => {
  const { clock, world, trunk, station } = worldBench();
  const [first, second] = [trunk(1), trunk(2)];
  const phone = station();
  phone.telephone.lift();
  first.line.setup('42');
  clock.advance(9000);
  assert.equal(first.line.state, 'talking');
  const span = world.span('sim/1');
  assert.ok(span !== undefined);
  const told: SpanEvent[] = [];
  span.on((event) => told.push(event));
  for (const alarm of ['red', 'yellow', 'blue', 'los'] as const) {
    span.alarm(alarm, true);
    span.alarm(alarm, true);
    clock.advance(10);
    assert.equal(released(first.driver), 1);
    assert.deepEqual(second.line.setup('42'), { ok: false, error: 'outOfService' });
    span.alarm(alarm, false);
    clock.advance(2000);
    assert.equal(second.line.idle, true, alarm);
  }
  assert.deepEqual(told.slice(0, 2), [
    { kind: 'alarms', alarms: ['red'] },
    { kind: 'alarms', alarms: [] },
  ]);
  assert.equal(told.length, 8);
  assert.equal(phone.line.state, 'dialTone');
  first.exchange.hangUp();
  clock.advance(2000);
  assert.equal(first.line.idle, true);
  span.count({ slips: 1, bipolarViolations: 3 });
  span.count({ slips: 1 });
  assert.equal(span.counters.slips, 2);
  assert.equal(span.counters.bipolarViolations, 3);
  assert.equal(told.at(-1)?.kind, 'counters');
});

test('a cut wire concerns its own line', () => {
  const { clock, channel, office, station } = worldBench();
  const line = office();
  const phone = station();
  channel('sim/0:3').alarm('noBattery', true);
  phone.telephone.lift();
  clock.advance(100);
  assert.equal(line.line.state, 'outOfService');
  assert.equal(phone.line.state, 'dialTone');
  channel('sim/0:3').alarm('noBattery', false);
  clock.advance(lineTimes.officeGuardMs + 10);
  assert.equal(line.line.idle, true);
});

test('a stuck hook ends in lock-out, tells no second call, and comes back when it is mended', () => {
  const { clock, channel, station } = worldBench();
  const [stuck, other] = [station(1), station(2)];
  stuck.telephone.lift();
  clock.advance(1000);
  channel('sim/0:1').stuckHook = true;
  stuck.telephone.hangUp();
  clock.advance(3_600_000);
  assert.equal(stuck.line.state, 'lockout');
  assert.equal(released(stuck.driver), 1);
  assert.deepEqual(stuck.line.setup(), { ok: false, error: 'busy' });
  assert.equal(other.line.setup().ok, true);
  channel('sim/0:1').stuckHook = false;
  stuck.telephone.lift();
  stuck.telephone.hangUp();
  clock.advance(3000);
  assert.equal(stuck.line.idle, true);
});

test('a card that stops answering: every call that is tried on it ends by a timer', () => {
  const { clock, channel, office, trunk } = worldBench();
  const line = office();
  const other = trunk(1);
  channel('sim/0:3').deaf = true;
  line.line.setup('5551234');
  clock.advance(lineTimes.loopSeizureMs + lineTimes.officeGuardMs);
  assert.equal(released(line.driver), 1);
  assert.equal(line.line.idle, true);
  const trunkChannel = channel('sim/1:1');
  trunkChannel.deaf = true;
  other.line.setup('42');
  clock.advance(lineTimes.winkWaitMs + lineTimes.trunkGuardMs);
  assert.equal(released(other.driver), 1);
  assert.equal(other.line.idle, true);
  trunkChannel.deaf = false;
  other.line.setup('42');
  clock.advance(9000);
  assert.equal(other.line.state, 'talking');
  // It dies while a call comes in.
  channel('sim/0:3').deaf = false;
  line.exchange.ring('1');
  clock.advance(1000);
  channel('sim/0:3').deaf = true;
  clock.advance(lineTimes.ringGapMs);
  assert.equal(line.line.idle, true);
});

test('a card that answers again is configured anew, and its lines stand as they are', () => {
  const { clock, channel, mend, station, office } = worldBench();
  const phone = station();
  const line = office();
  phone.telephone.lift();
  line.line.setup('5551234');
  clock.advance(12_000);
  assert.equal(line.line.state, 'talking');
  for (const id of ['sim/0:1', 'sim/0:3']) channel(id).deaf = true;
  // Nobody hears the hang-up, nor is the exchange told of ours.
  phone.telephone.hangUp();
  line.line.release();
  clock.advance(10_000);
  assert.equal(line.exchange.phase, 'talking');
  for (const id of ['sim/0:1', 'sim/0:3']) mend(id);
  clock.advance(5000);
  assert.equal(phone.line.idle, true);
  assert.equal(line.line.idle, true);
  assert.equal(line.exchange.phase, 'idle');
});

test('no dial tone: the attempt fails with its cause; for help the digits go out anyway', () => {
  const { clock, office } = worldBench();
  const line = office();
  line.exchange.noDialTone = true;
  line.line.setup('5551234');
  clock.advance(lineTimes.dialToneMs + 1000);
  assert.deepEqual(
    line.driver.notices.filter(({ kind }) => kind === 'released'),
    [{ kind: 'released', cause: 38 }],
  );
  line.driver.stop();
  clock.advance(5000);
  const blind = office(0, { dialWithoutTone: true });
  blind.line.setup('5550911');
  clock.advance(12_000);
  assert.equal(blind.exchange.dialled, '5550911');
});

test('unplugged in a call and plugged again: the call ends, the card is another one, and works', () => {
  const { clock, world, station, trunk } = worldBench();
  const told: HardwareEvent[] = [];
  world.on((event) => told.push(event));
  assert.equal(told.length, 3);
  const phone = station();
  const other = trunk();
  other.line.setup('42');
  phone.telephone.lift();
  clock.advance(9000);
  const old = world.span('sim/0');
  world.unplug('sim/0');
  world.unplug('sim/0');
  assert.deepEqual(told.at(-1), { kind: 'unplugged', id: 'sim/0' });
  assert.equal(released(phone.driver), 1);
  assert.equal(world.telephone('sim/0:1'), undefined);
  assert.equal(other.line.state, 'talking');
  world.plug('sim/0');
  world.plug('sim/0');
  assert.equal(told.length, 5);
  assert.notEqual(world.span('sim/0'), old);
  const again = station();
  again.telephone.lift();
  clock.advance(100);
  assert.equal(again.line.state, 'dialTone');
  world.unplug('sim/0');
  world.unplug('sim/1');
  world.unplug('sim/2');
  assert.equal(clock.pending, 0);
});

test('what a card cannot do comes back as a fault', () => {
  const { clock, channel, station } = worldBench();
  const phone = station();
  const jack = channel('sim/0:2');
  const faults: string[] = [];
  jack.on((event) => event.kind === 'fault' && faults.push(`${event.order}: ${event.why}`));
  jack.order({ kind: 'stopRing' });
  jack.configure({ signalling: 'em-wink', law: 'u' });
  jack.configure({ signalling: 'fxs-kewl', law: 'u' });
  jack.order({ kind: 'echoCanceller', tailMs: 256 });
  jack.order({ kind: 'echoCanceller', tailMs: 32 });
  clock.advance(10);
  assert.deepEqual(faults, [
    'stopRing: the channel is not configured',
    'configure: this line is fxs-loop or fxs-kewl',
    'echoCanceller: the echo path is too long',
  ]);
  assert.deepEqual(phone.driver.faults, []);
});
