import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analogCountry, CallWaiting, lineTimes } from '../../../src/analog/index.js';
import { type Station, worldBench } from './world-bench.js';

const call = { kind: 'call', callerId: { number: '2125550100', name: 'ANNA' } } as const;

function dialledBy({ driver }: Station): string {
  const found = driver.notices.find((notice) => notice.kind === 'dialled');
  return found?.kind === 'dialled' ? found.number : '';
}

function earpiece({ telephone }: Station): string {
  const { earpiece: sound } = telephone;
  return sound.kind === 'tone' ? sound.frequencies.join('+') : sound.kind;
}

test('lifted, dial tone, a number by keys, an answer, voices both ways, hung up', () => {
  const { clock, station } = worldBench();
  const phone = station();
  phone.telephone.lift();
  clock.advance(100);
  assert.equal(earpiece(phone), '350+440');
  phone.telephone.press('4711');
  clock.advance(1000);
  assert.equal(earpiece(phone), 'silence');
  clock.advance(lineTimes.interDigitMs);
  assert.equal(dialledBy(phone), '4711');
  phone.line.answer();
  phone.driver.speak('hello');
  phone.telephone.speak('good morning');
  clock.advance(10);
  assert.deepEqual(phone.telephone.heard.at(-1), { kind: 'voice', says: 'hello' });
  assert.deepEqual(phone.driver.voices, ['good morning']);
  phone.telephone.hangUp();
  clock.advance(1500);
  assert.equal(phone.line.idle, true);
  assert.equal(clock.pending, 0);
});

test('a number by the dial, whose governor is worn: fifty telephones', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { clock, station } = worldBench(seed, [], seed % 2 === 0 ? 'raw' : 'decoded');
    const phone = station();
    phone.telephone.lift();
    clock.advance(1000);
    phone.telephone.dial('9081726354');
    clock.advance(20_000);
    assert.equal(dialledBy(phone), '9081726354', `seed ${seed}`);
  }
});

test('it rings, shows who calls after the first ring, and is answered', () => {
  const { clock, station } = worldBench();
  const phone = station();
  phone.line.setup(call);
  clock.advance(1000);
  assert.equal(phone.telephone.ringing, true);
  clock.advance(3000);
  assert.equal(phone.telephone.ringing, false);
  assert.deepEqual(phone.telephone.shown, { number: '2125550100', name: 'ANNA' });
  clock.advance(3000);
  assert.equal(phone.telephone.rings, 2);
  phone.telephone.lift();
  clock.advance(100);
  assert.equal(phone.line.state, 'talking');
  assert.equal(phone.telephone.ringing, false);
});

test('where caller ID goes ahead it is on the screen when the bell rings', () => {
  const { clock, station } = worldBench();
  const phone = station(1, { country: analogCountry('44') });
  phone.line.setup(call);
  while (phone.telephone.rings === 0) clock.advance(20);
  assert.equal(phone.telephone.shown?.number, '2125550100');
});

test('messages wait: both lamps', () => {
  const { clock, station } = worldBench();
  const phone = station();
  phone.line.showMessageWaiting(true);
  clock.advance(3000);
  assert.deepEqual(phone.telephone.lamp, { neon: true, data: true });
  phone.line.showMessageWaiting(false);
  clock.advance(3000);
  assert.deepEqual(phone.telephone.lamp, { neon: false, data: false });
});

test('a card with a decoder tells a flash, and neither a shorter nor a longer opening', () => {
  const { clock, station } = worldBench(1, [], 'decoded');
  const phone = station();
  phone.line.setup();
  clock.advance(100);
  phone.telephone.lift();
  for (const ms of [299, 300, 1000]) {
    phone.telephone.flash(ms);
    clock.advance(2000);
  }
  assert.equal(phone.driver.words.filter((word) => word === 'flash').length, 2);
  phone.telephone.flash(1001);
  clock.advance(1000);
  assert.equal(phone.line.state, 'idle');
});

test('a flash is one; a second call is shown on the screen of a telephone in use', () => {
  const { clock, station } = worldBench();
  const phone = station();
  phone.line.setup();
  clock.advance(100);
  phone.telephone.lift();
  clock.advance(1000);
  phone.telephone.flash();
  clock.advance(1000);
  assert.equal(phone.driver.words.filter((word) => word === 'flash').length, 1);
  let shown: boolean | undefined;
  const waiting = new CallWaiting(clock, analogCountry('1'), {
    play: (sound) => phone.driver.play(sound),
    mute: () => undefined,
    done: (was) => {
      shown = was;
    },
  });
  phone.driver.onDigit = (digit) => waiting.digitHeard(digit);
  waiting.show(call);
  clock.advance(3000);
  assert.equal(shown, true);
  assert.equal(phone.telephone.shown?.number, '2125550100');
  assert.equal(phone.line.state, 'talking');
});

test('the far end hangs up, and nobody puts the handset back: reorder, howler, silence, until somebody does', () => {
  const { clock, station } = worldBench();
  const phone = station();
  phone.line.setup();
  clock.advance(100);
  phone.telephone.lift();
  clock.advance(1000);
  phone.line.release();
  clock.advance(lineTimes.openIntervalMs + lineTimes.hookSettleMs + 1500);
  assert.equal(earpiece(phone), '480+620');
  clock.advance(lineTimes.reorderMs);
  assert.equal(earpiece(phone), '1400+2060+2450+2600');
  clock.advance(lineTimes.howlerMs);
  assert.equal(earpiece(phone), 'silence');
  assert.equal(phone.line.state, 'lockout');
  phone.telephone.hangUp();
  clock.advance(2000);
  assert.equal(phone.line.idle, true);
});
