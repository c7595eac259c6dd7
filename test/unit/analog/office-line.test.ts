import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  analogCountry,
  encodeDataMessage,
  encodeFskFrame,
  lineTimes,
  OfficeLine,
  type OfficeSettings,
  onHookPreamble,
} from '../../../src/analog/index.js';
import { LineBench } from './line-bench.js';

function bench(settings: Partial<OfficeSettings> = {}) {
  const made = new LineBench();
  const line = new OfficeLine(
    {
      signalling: 'fxo-kewl',
      country: analogCountry('1'),
      dialling: 'tone',
      pulseRate: 10,
      cardPulses: true,
      cardCurrent: true,
      answerBy: 'polarity',
      disconnectByPolarity: false,
      dialWithoutTone: false,
      ...settings,
    },
    made.ports,
  );
  const { clock } = made;
  const current = (flows: boolean) => line.signal({ kind: 'current', flows });
  const reversal = (reversed: boolean) => line.signal({ kind: 'polarity', reversed });
  const ring = (ms: number) => {
    line.signal({ kind: 'ringOn' });
    clock.advance(ms);
    line.signal({ kind: 'ringOff' });
  };
  /** Dialled, and waiting for an answer. */
  const dial = (number = '5551212') => {
    assert.equal(line.setup(number).ok, true);
    current(true);
    line.toneHeard('dial');
    line.digitsSent();
    made.taken();
  };
  return { made, line, clock, current, reversal, ring, dial };
}

test('a call goes out: loop, dial tone, digits, answer by reversal, hang-up', () => {
  const { made, line, clock, current, reversal } = bench();
  line.setup('5551212');
  current(true);
  line.toneHeard('dial');
  assert.deepEqual(made.taken(), { orders: ['off hook'], notices: ['dtmf 5551212'] });
  line.digitsSent();
  line.toneHeard('ringback');
  reversal(true);
  assert.deepEqual(made.taken().notices, ['proceeding', 'answered']);
  line.digitHeard('7');
  line.flash();
  line.release();
  assert.deepEqual(made.taken(), {
    orders: ['flash 600', 'on hook'],
    notices: ['digit 7', 'released 16'],
  });
  assert.deepEqual(line.setup('1'), { ok: false, error: 'busy' });
  clock.advance(lineTimes.officeGuardMs);
  assert.deepEqual(made.taken().notices, ['idle']);
  assert.equal(clock.pending, 0);
});

test('what the exchange does not do ends the attempt, each with its cause', () => {
  const dead = bench();
  dead.line.setup('1');
  dead.clock.advance(lineTimes.loopSeizureMs);
  assert.deepEqual(dead.made.taken(), { orders: ['off hook', 'on hook'], notices: ['released 27'] });
  const silent = bench();
  silent.line.setup('1');
  silent.current(true);
  silent.clock.advance(lineTimes.dialToneMs);
  assert.equal(silent.made.taken().notices.at(-1), 'released 38');
  const busy = bench();
  busy.dial();
  busy.line.toneHeard('busy');
  assert.deepEqual(busy.made.taken(), { orders: ['on hook'], notices: ['released 17'] });
  const congested = bench();
  congested.dial();
  congested.line.toneHeard('congestion');
  assert.equal(congested.made.taken().notices.at(-1), 'released 42');
  const unanswered = bench();
  unanswered.dial();
  unanswered.clock.advance(lineTimes.answerMs);
  assert.equal(unanswered.made.taken().notices.at(-1), 'released 19');
  const stuck = bench();
  stuck.line.setup('1');
  stuck.current(true);
  stuck.line.toneHeard('dial');
  stuck.clock.advance(lineTimes.diallingMs);
  assert.equal(stuck.made.taken().notices.at(-1), 'released 41');
});

test('without a dial-tone detector or for help it dials blind', () => {
  const { made, line, clock } = bench({ dialWithoutTone: true, cardCurrent: false });
  line.setup('911');
  clock.advance(lineTimes.blindDialMs - 1);
  assert.deepEqual(made.taken().notices, []);
  clock.advance(1);
  assert.deepEqual(made.taken().notices, ['dtmf 911']);
});

test('answers are told by reversal, by voice, or at once', () => {
  const voice = bench({ answerBy: 'tone' });
  voice.dial();
  voice.reversal(true);
  assert.deepEqual(voice.made.taken().notices, []);
  voice.line.toneHeard('voice');
  assert.deepEqual(voice.made.taken().notices, ['answered']);
  const dialled = bench({ answerBy: 'dialled' });
  dialled.dial();
  dialled.clock.advance(0);
  assert.deepEqual(dialled.made.taken().notices, ['answered']);
  const polarity = bench();
  polarity.dial();
  polarity.line.toneHeard('voice');
  assert.deepEqual(polarity.made.taken().notices, []);
});

test('the far end’s hang-up: an open loop of 350 ms, not of 349; reversal; tone', () => {
  const { made, clock, current, dial, reversal } = bench();
  dial();
  reversal(true);
  current(false);
  clock.advance(lineTimes.officeDisconnectMs - 1);
  current(true);
  clock.advance(10_000);
  assert.deepEqual(made.taken().notices, ['answered']);
  current(false);
  clock.advance(lineTimes.officeDisconnectMs);
  assert.deepEqual(made.taken(), { orders: ['on hook'], notices: ['released 16'] });

  const loop = bench({ signalling: 'fxo-loop' });
  loop.dial();
  loop.reversal(true);
  loop.current(false);
  loop.clock.advance(3_600_000);
  assert.deepEqual(loop.made.taken().notices, ['answered']);
  loop.current(true);
  loop.line.toneHeard('disconnect');
  assert.deepEqual(loop.made.taken().notices, ['released 16']);

  const reversed = bench({ disconnectByPolarity: true });
  reversed.dial();
  reversed.reversal(true);
  reversed.clock.advance(lineTimes.answerSettleMs - 1);
  reversed.reversal(false);
  reversed.clock.advance(1);
  assert.equal(reversed.line.state, 'talking');
  reversed.reversal(true);
  assert.equal(reversed.made.taken().notices.at(-1), 'released 16');
});

test('a call comes in with caller ID between the rings, and is answered', () => {
  const { made, line, clock, ring } = bench();
  ring(2000);
  clock.advance(500);
  const message = encodeDataMessage({ kind: 'call', callerId: { number: '2125550100' } }, 'mdmf');
  for (const bit of encodeFskFrame(message, onHookPreamble)) line.bitHeard(bit);
  assert.deepEqual(made.taken().notices, ['offered', 'callerId "2125550100"']);
  clock.advance(3000);
  line.answer();
  assert.deepEqual(made.taken(), { orders: ['off hook'], notices: ['answered'] });
});

test('caller ID by DTMF after a reversal, before any ring', () => {
  const { made, line, reversal, ring } = bench({ country: analogCountry('45') });
  line.digitHeard('A');
  assert.deepEqual(made.taken().notices, []);
  reversal(true);
  for (const digit of 'A12345678#') line.digitHeard(digit);
  ring(1000);
  assert.deepEqual(made.taken().notices, ['callerId "12345678"', 'offered']);
});

test('a ring pulse is no call; one of 320 ms is', () => {
  const { made, clock, ring } = bench();
  ring(319);
  clock.advance(60_000);
  assert.deepEqual(made.taken().notices, ['idle']);
  ring(320);
  assert.deepEqual(made.taken().notices, ['offered']);
});

test('the caller gives up: after the longest pause the call is over; a call that we refuse rings on unheard', () => {
  const { made, line, clock, ring } = bench();
  ring(2000);
  clock.advance(lineTimes.ringGapMs - 1);
  assert.deepEqual(made.taken().notices, ['offered']);
  clock.advance(1);
  assert.deepEqual(made.taken().notices, ['released 16', 'idle']);
  ring(2000);
  line.release();
  clock.advance(4000);
  ring(2000);
  clock.advance(4000);
  assert.deepEqual(made.taken(), { orders: [], notices: ['offered', 'released 16'] });
  clock.advance(lineTimes.ringGapMs);
  assert.deepEqual(made.taken().notices, ['idle']);
});

test('glare: loop start takes the call that it tripped, ground start the call that rings', () => {
  const loop = bench();
  loop.line.setup('1');
  loop.line.signal({ kind: 'ringOn' });
  assert.deepEqual(loop.made.taken(), { orders: ['off hook'], notices: ['released 44', 'offered'] });
  loop.line.answer();
  assert.deepEqual(loop.made.taken(), { orders: [], notices: ['answered'] });
  const ground = bench({ signalling: 'fxo-ground' });
  ground.line.setup('1');
  ground.line.signal({ kind: 'ringOn' });
  assert.deepEqual(ground.made.taken(), {
    orders: ['ringGround on', 'ringGround off'],
    notices: ['released 44', 'offered'],
  });
  ground.line.answer();
  assert.deepEqual(ground.made.taken(), { orders: ['off hook'], notices: ['answered'] });
});

test('ground start: the exchange’s tip, our loop, dial tone', () => {
  const { made, line } = bench({ signalling: 'fxo-ground' });
  line.setup('12');
  line.signal({ kind: 'tipGround' });
  line.toneHeard('dial');
  assert.deepEqual(made.taken(), { orders: ['ringGround on', 'off hook', 'ringGround off'], notices: ['dtmf 12'] });
});

test('pulses: by the card, or by our own timing, with the country’s map', () => {
  const card = bench({ dialling: 'pulse', country: analogCountry('64') });
  card.line.setup('910');
  card.current(true);
  card.line.toneHeard('dial');
  assert.deepEqual(card.made.taken().orders, ['off hook', 'pulses 1 9 10']);
  card.line.signal({ kind: 'pulsesSent' });
  assert.deepEqual(card.made.taken().notices, ['proceeding']);
  assert.deepEqual(card.line.setup('1*'), { ok: false, error: 'number' });
  const own = bench({ dialling: 'pulse', cardPulses: false });
  own.line.setup('2');
  own.current(true);
  own.line.toneHeard('dial');
  own.clock.advance(5000);
  assert.deepEqual(own.made.taken(), {
    orders: ['off hook', 'on hook', 'off hook', 'on hook', 'off hook'],
    notices: ['proceeding'],
  });
  own.line.release();
  own.clock.advance(lineTimes.officeGuardMs);
  own.line.setup('99');
  own.current(true);
  own.line.toneHeard('dial');
  own.clock.advance(30);
  own.line.release();
  own.made.taken();
  own.clock.advance(60_000);
  assert.deepEqual(own.made.taken(), { orders: [], notices: ['idle'] });
});

test('twenty pulses a second: each half as long', () => {
  const { made, line, clock, current } = bench({ dialling: 'pulse', pulseRate: 20, cardPulses: false });
  line.setup('1');
  current(true);
  line.toneHeard('dial');
  made.taken();
  clock.advance(30);
  assert.deepEqual(made.taken().orders, []);
  clock.advance(1);
  assert.deepEqual(made.taken().orders, ['off hook']);
});

test('an alarm ends the call, and the line comes back idle', () => {
  const { made, line, clock, dial } = bench();
  dial();
  line.lost();
  assert.deepEqual(made.taken(), { orders: ['on hook'], notices: ['released 38'] });
  assert.deepEqual(line.setup('1'), { ok: false, error: 'outOfService' });
  line.restored();
  clock.advance(lineTimes.officeGuardMs);
  assert.equal(line.idle, true);
});
