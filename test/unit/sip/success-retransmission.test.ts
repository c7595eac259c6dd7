import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import { SuccessRetransmission, standardTimers } from '../../../src/sip/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function bench() {
  const clock = new VirtualClock();
  const sent: number[] = [];
  let timedOut = 0;
  const again = new SuccessRetransmission(
    { clock, timers: standardTimers, log: silentLog },
    () => sent.push(clock.now()),
    () => timedOut++,
  );
  return { clock, sent, again, timeouts: () => timedOut };
}

test('a 2xx is repeated at T1, doubling to T2, and given up after 64*T1', () => {
  const b = bench();
  b.clock.advance(100_000);
  assert.deepEqual(b.sent, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
  assert.equal(b.timeouts(), 1);
  assert.equal(b.again.state, 'unacknowledged');
  assert.equal(b.clock.pending, 0);
});

test('its ACK ends it', () => {
  const b = bench();
  b.clock.advance(2000);
  b.again.acknowledge();
  b.again.acknowledge();
  b.clock.advance(100_000);
  assert.deepEqual(b.sent, [500, 1500]);
  assert.equal(b.timeouts(), 0);
  assert.equal(b.clock.pending, 0);
});

test('stopping leaves no timer', () => {
  const b = bench();
  b.again.stop();
  assert.equal(b.clock.pending, 0);
  assert.equal(b.again.state, 'stopped');
});
