import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  answerSessionExpires,
  formatSessionExpires,
  Headers,
  listHas,
  minSeOf,
  type SessionExpires,
  SessionTimer,
  sessionExpiresOf,
  standardTimers,
} from '../../../src/sip/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function bench(seconds: number, here: boolean) {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const timer = new SessionTimer(
    { clock, timers: standardTimers, log: silentLog },
    seconds,
    here,
    () => seen.push(`refresh ${clock.now()}`),
    () => seen.push(`expire ${clock.now()}`),
  );
  return { clock, timer, seen };
}

test('who refreshes does so at half the interval; unanswered, the session ends 32 s before the interval does', () => {
  const b = bench(1800, true);
  b.clock.advance(3_000_000);
  assert.deepEqual(b.seen, ['refresh 900000', 'expire 1768000']);
  assert.equal(b.timer.state, 'over');
  assert.equal(b.clock.pending, 0);
});

test('the half counts from when the refresh was sent, however late its answer came', () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const ground = { clock, timers: standardTimers, log: silentLog };
  clock.advance(20_000);
  const timer = new SessionTimer(ground, 90, true, () => seen.push(clock.now()), assert.fail, 0);
  clock.advance(50_000);
  assert.deepEqual(seen, [45_000]);
  timer.stop();
  // Later than the half: soon, but not at once.
  const late = new SessionTimer(ground, 90, true, () => seen.push(clock.now()), assert.fail, 0);
  clock.advance(5_000);
  assert.deepEqual(seen, [45_000, 70_500]);
  late.stop();
});

test('who does not refresh waits; a short interval ends a third before (RFC 4028 §10)', () => {
  const b = bench(90, false);
  b.clock.advance(3_000_000);
  assert.deepEqual(b.seen, ['expire 60000']);
});

test('a refused refresh is tried again at half of what is left, never faster than once a second', () => {
  const b = bench(90, true);
  for (let i = 0; i < 100 && b.timer.state !== 'over'; i++) {
    b.clock.advance(500);
    if (b.timer.state === 'refreshing') b.timer.deferred();
    b.clock.advance(500);
  }
  assert.deepEqual(
    b.seen.map((line) => line.replace(/\d{3}$/, '')),
    ['refresh 45', 'refresh 52', 'refresh 56', 'refresh 58', 'expire 60'],
  );
});

test('a 491 comes back after its own delay; silence ends the session at once', () => {
  const b = bench(90, true);
  b.clock.advance(45_000);
  b.timer.deferred(2_500);
  b.clock.advance(2_500);
  b.timer.lost();
  b.timer.lost();
  assert.deepEqual(b.seen, ['refresh 45000', 'refresh 47500', 'expire 47500']);
  assert.equal(b.clock.pending, 0);
});

test('a new interval stops the old one, and a late answer to the old refresh does nothing', () => {
  const b = bench(90, true);
  b.clock.advance(45_000);
  b.timer.stop();
  b.timer.deferred();
  b.timer.lost();
  b.timer.stop();
  b.clock.advance(100_000);
  assert.deepEqual(b.seen, ['refresh 45000']);
  assert.equal(b.clock.pending, 0);
});

test('Session-Expires and Min-SE are read as telephones write them', () => {
  const read = (value: string) => sessionExpiresOf(new Headers([['Session-Expires', value]]));
  assert.deepEqual(read('1800'), { seconds: 1800, refresher: undefined });
  assert.deepEqual(read('90 ; Refresher=UAS'), { seconds: 90, refresher: 'uas' });
  assert.deepEqual(read('90;refresher=nobody;x'), { seconds: 90, refresher: undefined });
  assert.equal(read('soon'), undefined);
  assert.equal(sessionExpiresOf(new Headers()), undefined);
  assert.equal(formatSessionExpires(90, 'uac'), '90;refresher=uac');
  assert.equal(formatSessionExpires(90, undefined), '90');
  assert.equal(minSeOf(new Headers([['Min-SE', '120;x']]), 90), 120);
  assert.equal(minSeOf(new Headers([['Min-SE', '20']]), 90), 90);
  assert.equal(listHas(new Headers([['Supported', 'path, Timer']]), 'Supported', 'timer'), true);
});

const timer = 'Supported: timer';

/** Lines of the request; the application's wish; the interval in force; what is agreed on (RFC 4028 §9, table 2). */
const agreements: readonly (readonly [string[], SessionExpires | undefined, SessionExpires | undefined, string])[] = [
  [[timer, 'Session-Expires: 1800'], undefined, undefined, '1800;refresher=uac require'],
  [[timer, 'Session-Expires: 1800'], { seconds: 600, refresher: 'uas' }, undefined, '600;refresher=uas require'],
  [
    [timer, 'Session-Expires: 1800;refresher=uac'],
    { seconds: 600, refresher: 'uas' },
    undefined,
    '600;refresher=uac require',
  ],
  [[timer, 'Session-Expires: 1800;refresher=uas'], undefined, undefined, '1800;refresher=uas require'],
  // Never longer than asked, never shorter than either floor.
  [[timer, 'Session-Expires: 600'], { seconds: 1800, refresher: undefined }, undefined, '600;refresher=uac require'],
  [
    [timer, 'Session-Expires: 600', 'Min-SE: 300'],
    { seconds: 100, refresher: undefined },
    undefined,
    '300;refresher=uac require',
  ],
  [[timer, 'Session-Expires: 600'], { seconds: 10, refresher: undefined }, undefined, '90;refresher=uac require'],
  // A caller that knows no session timers is refreshed from here.
  [[], { seconds: 1800, refresher: undefined }, undefined, '1800;refresher=uas'],
  [['Session-Expires: 60'], undefined, undefined, '90;refresher=uas'],
  [[timer], undefined, undefined, 'none'],
  [[], undefined, undefined, 'none'],
  // A re-INVITE that says nothing of it leaves the interval in force.
  [[timer], undefined, { seconds: 700, refresher: 'uas' }, '700;refresher=uas require'],
  [
    ['Require: timer', 'Session-Expires: 700'],
    undefined,
    { seconds: 900, refresher: 'uas' },
    '700;refresher=uas require',
  ],
];

test('what the callee agrees to', () => {
  for (const [lines, own, current, expected] of agreements) {
    const headers = new Headers(
      lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
    );
    const agreed = answerSessionExpires(headers, own, current, 90);
    const text =
      agreed === undefined
        ? 'none'
        : `${formatSessionExpires(agreed.seconds, agreed.refresher)}${agreed.require ? ' require' : ''}`;
    assert.equal(text, expected, lines.join(' | '));
  }
});
