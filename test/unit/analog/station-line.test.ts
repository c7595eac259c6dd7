import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analogCountry, lineTimes, StationLine, type StationSettings } from '../../../src/analog/index.js';
import { LineBench } from './line-bench.js';

function bench(settings: Partial<StationSettings> = {}) {
  const made = new LineBench();
  const line = new StationLine(
    {
      signalling: 'fxs-kewl',
      country: analogCountry('1'),
      hook: 'decoded',
      reverseOnAnswer: false,
      lamp: 'data',
      ...settings,
    },
    made.ports,
  );
  const { clock } = made;
  return { made, line, clock, idle: () => clock.advance(lineTimes.stationGuardMs) };
}

const call = { kind: 'call', callerId: { number: '5551212' } } as const;

test('a telephone dials, is answered, and hangs up', () => {
  const { made, line, clock, idle } = bench({ reverseOnAnswer: true });
  line.signal({ kind: 'offHook' });
  assert.deepEqual(made.taken(), { orders: ['off hook'], notices: ['seized', 'play dialTone'] });
  line.digitHeard('4');
  line.signal({ kind: 'pulses', count: 10 });
  assert.deepEqual(made.taken().notices, ['play nothing', 'digit 4', 'digit 0']);
  clock.advance(lineTimes.interDigitMs);
  assert.deepEqual(made.taken().notices, ['dialled 40']);
  line.answer();
  assert.deepEqual(made.taken().orders, ['reversed']);
  line.signal({ kind: 'flash' });
  line.digitHeard('#');
  line.signal({ kind: 'onHook' });
  assert.deepEqual(made.taken(), {
    orders: ['normal', 'on hook'],
    notices: ['flash', 'digit #', 'play nothing', 'released 16'],
  });
  assert.deepEqual(line.setup(), { ok: false, error: 'busy' });
  idle();
  assert.deepEqual(made.taken().notices, ['idle']);
  assert.equal(clock.pending, 0);
});

test('a card takes a short flash for a 1: in a call it is a flash where flashes are as short, and a digit elsewhere', () => {
  for (const [country, expected] of [
    ['44', 'flash'],
    ['49', 'flash'],
    ['1', 'digit 1'],
  ] as const) {
    const { made, line } = bench({ country: analogCountry(country) });
    line.signal({ kind: 'offHook' });
    line.signal({ kind: 'pulses', count: 1 });
    assert.deepEqual(made.taken().notices.at(-1), 'digit 1', 'before a call it is a digit everywhere');
    const called = bench({ country: analogCountry(country) });
    called.line.setup();
    called.line.signal({ kind: 'offHook' });
    called.made.taken();
    called.line.signal({ kind: 'pulses', count: 1 });
    called.line.signal({ kind: 'pulses', count: 2 });
    assert.deepEqual(called.made.taken().notices, [expected, 'digit 2'], country);
  }
});

test('it rings with caller ID in the first silence, and only there', () => {
  const { made, line, clock } = bench();
  assert.equal(line.setup(call).ok, true);
  assert.deepEqual(made.taken().orders, ['ring 2000/4000']);
  line.signal({ kind: 'ringOn' });
  line.signal({ kind: 'ringOff' });
  clock.advance(499);
  assert.deepEqual(made.taken(), { orders: ['onHookTransmission'], notices: [] });
  clock.advance(1);
  assert.deepEqual(made.taken().notices, ['step fsk']);
  clock.advance(3000);
  assert.deepEqual(made.taken().notices, ['play nothing']);
  line.signal({ kind: 'ringOff' });
  clock.advance(3000);
  assert.deepEqual(made.taken(), { orders: [], notices: [] });
  line.signal({ kind: 'offHook' });
  assert.deepEqual(made.taken(), { orders: ['stopRing', 'off hook'], notices: ['answered'] });
});

test('in a distinctive ring caller ID waits for the silence that is long enough', () => {
  for (const [distinctive, short] of [
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 0],
  ] as const) {
    const { made, line, clock } = bench();
    line.setup(call, distinctive);
    for (let silence = 0; silence < short; silence++) {
      line.signal({ kind: 'ringOff' });
      clock.advance(400);
      line.signal({ kind: 'ringOn' });
      clock.advance(600);
    }
    assert.deepEqual(made.taken().notices, [], `${distinctive}`);
    line.signal({ kind: 'ringOff' });
    clock.advance(500);
    assert.deepEqual(made.taken().notices, ['step fsk'], `${distinctive}`);
  }
});

test('caller ID breaks off when the telephone is lifted', () => {
  const { made, line, clock } = bench();
  line.setup(call);
  line.signal({ kind: 'ringOff' });
  clock.advance(600);
  made.taken();
  line.signal({ kind: 'offHook' });
  assert.deepEqual(made.taken(), { orders: ['stopRing', 'off hook'], notices: ['play nothing', 'answered'] });
  clock.advance(60_000);
  assert.deepEqual(made.taken(), { orders: [], notices: [] });
});

test('in the United Kingdom caller ID goes ahead: reversal, tone, data, and then the ring', () => {
  const { made, line, clock } = bench({ country: analogCountry('44') });
  line.setup(call);
  clock.advance(10_000);
  assert.deepEqual(made.taken(), {
    orders: ['onHookTransmission', 'reversed', 'normal', 'ring 400/200/400/2000'],
    notices: ['step tone', 'play nothing', 'step fsk', 'play nothing'],
  });
  assert.equal(line.state, 'ringing');
  line.release();
  assert.deepEqual(made.taken(), { orders: ['stopRing', 'on hook'], notices: ['released 16'] });
});

test('lifted or given up while caller ID goes ahead', () => {
  for (const lifted of [true, false]) {
    const { made, line, clock } = bench({ country: analogCountry('44') });
    line.setup(call);
    clock.advance(200);
    made.taken();
    if (lifted) line.signal({ kind: 'offHook' });
    else line.release();
    assert.deepEqual(made.taken().orders, ['normal', lifted ? 'off hook' : 'on hook']);
    assert.equal(line.state, lifted ? 'talking' : 'guard');
    clock.advance(60_000);
    assert.equal(made.taken().orders.length, 0);
  }
});

test('a ring pulse is given by the card, and caller ID follows it', () => {
  const { made, line, clock } = bench({ country: analogCountry('34') });
  line.setup(call);
  clock.advance(250);
  assert.deepEqual(made.taken().orders, ['onHookTransmission', 'ring 250/10000', 'stopRing']);
  clock.advance(10_000);
  assert.deepEqual(made.taken(), { orders: ['ring 1500/3000'], notices: ['step fsk', 'play nothing'] });
});

test('the far end hangs up: the loop is opened for 800 ms; a telephone that stays off hook gets reorder, howler, nothing', () => {
  const { made, line, clock, idle } = bench();
  line.setup();
  line.signal({ kind: 'offHook' });
  made.taken();
  line.release();
  assert.deepEqual(made.taken(), { orders: ['battery off'], notices: ['play nothing', 'released 16'] });
  // Without battery the card sees no loop; when it is back, it does again.
  line.signal({ kind: 'onHook' });
  clock.advance(lineTimes.openIntervalMs);
  line.signal({ kind: 'offHook' });
  clock.advance(lineTimes.hookSettleMs);
  assert.deepEqual(made.taken(), { orders: ['battery on', 'off hook'], notices: ['play reorder'] });
  clock.advance(lineTimes.reorderMs);
  clock.advance(lineTimes.howlerMs);
  assert.deepEqual(made.taken().notices, ['play howler', 'play nothing']);
  clock.advance(3_600_000);
  assert.equal(line.state, 'lockout');
  line.signal({ kind: 'onHook' });
  idle();
  assert.deepEqual(made.taken().notices, ['idle']);
});

test('with plain loop start the loop stays closed', () => {
  const { made, line, clock } = bench({ signalling: 'fxs-loop' });
  line.setup();
  line.signal({ kind: 'offHook' });
  made.taken();
  line.release();
  clock.advance(lineTimes.hookSettleMs + 1);
  assert.deepEqual(made.taken(), { orders: ['off hook'], notices: ['play nothing', 'released 16', 'play reorder'] });
});

test('nothing is dialled: reorder, and a flash brings dial tone back', () => {
  const { made, line, clock } = bench();
  line.signal({ kind: 'offHook' });
  clock.advance(lineTimes.firstDigitMs);
  assert.deepEqual(made.taken().notices, ['seized', 'play dialTone', 'play reorder', 'released 102']);
  line.signal({ kind: 'flash' });
  assert.deepEqual(made.taken().notices, ['seized', 'play dialTone']);
});

test('a hot line dials at once and without dial tone, a warm line after its time', () => {
  const hot = bench({ warmLine: { number: '100', afterMs: 0 } });
  hot.line.signal({ kind: 'offHook' });
  hot.clock.advance(0);
  assert.deepEqual(hot.made.taken().notices, ['seized', 'play nothing', 'dialled 100']);
  const warm = bench({ warmLine: { number: '100', afterMs: 4000 } });
  warm.line.signal({ kind: 'offHook' });
  warm.clock.advance(4000);
  assert.deepEqual(warm.made.taken().notices, ['seized', 'play dialTone', 'play nothing', 'dialled 100']);
  const dialling = bench({ warmLine: { number: '100', afterMs: 4000 } });
  dialling.line.signal({ kind: 'offHook' });
  dialling.clock.advance(3999);
  dialling.line.digitHeard('7');
  dialling.line.complete();
  assert.equal(dialling.made.taken().notices.at(-1), 'dialled 7');
});

test('messages wait: a lamp by polarity is lit while the line rests, and out of the way of a call', () => {
  const { made, line, clock } = bench({ lamp: 'polarity' });
  line.showMessageWaiting(true);
  assert.deepEqual(made.taken(), { orders: ['reversed'], notices: [] });
  line.setup();
  assert.equal(made.taken().orders[0], 'normal', 'before it rings');
  line.release();
  clock.advance(10_000);
  assert.equal(made.taken().orders.at(-1), 'reversed');
  line.showMessageWaiting(false);
  assert.deepEqual(made.taken(), { orders: ['normal'], notices: [] });
});

test('messages wait: without a lamp the dial tone alone tells it', () => {
  const { made, line } = bench({ lamp: 'none' });
  line.showMessageWaiting(true);
  assert.deepEqual(made.taken(), { orders: [], notices: [] });
  line.signal({ kind: 'offHook' });
  assert.ok(made.taken().notices.includes('play stutter'));
});

test('messages wait: lamp by data, neon, and stutter dial tone; a call takes the line from the lamp', () => {
  const { made, line, clock } = bench({ lamp: 'neon' });
  line.showMessageWaiting(true);
  clock.advance(5000);
  assert.deepEqual(made.taken(), { orders: ['neon on', 'onHookTransmission'], notices: ['step fsk', 'play nothing'] });
  line.signal({ kind: 'offHook' });
  assert.equal(made.taken().notices.at(-1), 'play stutter');
  line.showMessageWaiting(false);
  assert.deepEqual(made.taken(), { orders: ['neon off'], notices: [] });
  line.signal({ kind: 'onHook' });
  clock.advance(lineTimes.stationGuardMs);
  assert.deepEqual(made.taken().orders, ['on hook', 'onHookTransmission']);
  line.setup();
  assert.deepEqual(made.taken().orders, ['ring 2000/4000']);
  clock.advance(5000);
  assert.deepEqual(made.taken().notices, []);
});

test('ground start: our tip answers the ring lead; opening it ends the call', () => {
  const { made, line, clock } = bench({ signalling: 'fxs-ground' });
  line.signal({ kind: 'ringGround' });
  assert.deepEqual(made.taken(), { orders: ['tipGround on'], notices: [] });
  line.signal({ kind: 'offHook' });
  assert.deepEqual(made.taken().notices, ['seized', 'play dialTone']);
  line.digitHeard('1');
  line.complete();
  line.answer();
  made.taken();
  line.release();
  assert.deepEqual(made.taken().orders, ['tipGround off']);
  line.signal({ kind: 'onHook' });
  clock.advance(5000);
  assert.deepEqual(made.taken(), { orders: ['on hook', 'tipGround off'], notices: ['idle'] });
});

test('ground start: a seizure that closes no loop is dropped; in glare our ringing goes first', () => {
  const { made, line, clock } = bench({ signalling: 'fxs-ground' });
  line.signal({ kind: 'ringGround' });
  clock.advance(lineTimes.groundSeizureMs);
  assert.deepEqual(made.taken().orders, ['tipGround on', 'tipGround off']);
  clock.advance(lineTimes.stationGuardMs);
  line.setup();
  line.signal({ kind: 'ringGround' });
  line.signal({ kind: 'offHook' });
  assert.equal(made.taken().notices.at(-1), 'answered');
  const loop = bench();
  loop.line.signal({ kind: 'ringGround' });
  assert.equal(loop.line.state, 'idle');
});

test('an alarm ends the call; afterwards the hook is looked at', () => {
  const { made, line, clock } = bench();
  line.signal({ kind: 'offHook' });
  made.taken();
  line.lost();
  assert.deepEqual(made.taken().notices, ['play nothing', 'released 27']);
  assert.deepEqual(line.setup(), { ok: false, error: 'outOfService' });
  line.restored();
  clock.advance(lineTimes.hookSettleMs);
  assert.equal(line.state, 'reorder');
});

test('an alarm in the open interval gives battery back', () => {
  const { made, line, clock } = bench();
  line.setup();
  line.signal({ kind: 'offHook' });
  line.release();
  made.taken();
  clock.advance(100);
  line.lost();
  assert.deepEqual(made.taken(), { orders: ['battery on', 'on hook'], notices: [] });
});

test('a raw card: lifted, pulses, flash and hang-up, all by the loop alone', () => {
  const { made, line, clock } = bench({ hook: 'raw' });
  const loop = (closed: boolean, ms: number) => {
    line.signal({ kind: closed ? 'offHook' : 'onHook' });
    clock.advance(ms);
  };
  loop(true, 1000);
  for (let i = 0; i < 3; i++) {
    loop(false, 61);
    loop(true, 39);
  }
  clock.advance(500);
  line.complete();
  line.answer();
  loop(false, 600);
  loop(true, 1000);
  loop(false, 2000);
  assert.deepEqual(made.taken().notices, [
    'seized',
    'play dialTone',
    'play nothing',
    'digit 3',
    'dialled 3',
    'flash',
    'play nothing',
    'released 16',
    'idle',
  ]);
});
