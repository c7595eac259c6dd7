import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analogCountry, CallWaiting, lineTimes } from '../../../src/analog/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const message = { kind: 'call', callerId: { number: '5551212' } } as const;

function bench() {
  const clock = new VirtualClock();
  const done: string[] = [];
  const waiting = new CallWaiting(clock, analogCountry('1'), {
    play: (sound) => done.push(sound.kind === 'step' ? sound.step.kind : sound.kind),
    mute: (muted) => done.push(muted ? 'mute' : 'unmute'),
    done: (shown) => done.push(shown ? 'shown' : 'not shown'),
  });
  return { clock, waiting, done };
}

test('alert, acknowledgement, data; the voice is back afterwards', () => {
  for (const digit of ['A', 'D']) {
    const { clock, waiting, done } = bench();
    assert.equal(waiting.show(message), true);
    assert.equal(waiting.show(message), false);
    clock.advance(lineTimes.alertToneMs + lineTimes.alertAcknowledgeMs - 1);
    assert.equal(waiting.digitHeard('5'), false);
    assert.equal(waiting.digitHeard(digit), true);
    clock.advance(lineTimes.acknowledgeToDataMs);
    assert.deepEqual(done, ['mute', 'tone', 'nothing', 'fsk']);
    clock.advance(3000);
    assert.deepEqual(done.slice(4), ['nothing', 'unmute', 'shown']);
    assert.equal(clock.pending, 0);
    assert.equal(waiting.digitHeard(digit), false);
  }
});

test('a telephone that does not acknowledge hears 250 ms of silence, no more', () => {
  const { clock, waiting, done } = bench();
  waiting.show(message);
  clock.advance(lineTimes.alertToneMs + lineTimes.alertAcknowledgeMs);
  assert.deepEqual(done, ['mute', 'tone', 'nothing', 'unmute', 'not shown']);
  assert.equal(waiting.show(message), true);
});

test('stopped at any point, the voice is back', () => {
  for (const ms of [0, 100, 200, 400]) {
    const { clock, waiting, done } = bench();
    waiting.show(message);
    clock.advance(Math.min(ms, 150));
    if (ms > 150) waiting.digitHeard('D');
    clock.advance(ms > 150 ? ms - 150 : 0);
    waiting.stop();
    assert.equal(done.filter((word) => word === 'unmute').length, 1);
    assert.ok(done.indexOf('unmute') > done.indexOf('mute'));
    assert.equal(clock.pending, 0);
  }
});
