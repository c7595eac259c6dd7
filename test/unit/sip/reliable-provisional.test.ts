import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  formatRAck,
  ProvisionalSequence,
  parseRAck,
  parseReplaces,
  parseRSeq,
  ReliableProvisional,
  standardTimers,
} from '../../../src/sip/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const rack = { rseq: 9, cseq: 4, method: 'INVITE' };

function bench() {
  const clock = new VirtualClock();
  const sent: number[] = [];
  let timedOut = 0;
  const response = new ReliableProvisional(
    { clock, timers: standardTimers, log: silentLog },
    rack.rseq,
    rack.cseq,
    () => sent.push(clock.now()),
    () => timedOut++,
  );
  return { clock, sent, response, timeouts: () => timedOut };
}

test('it is repeated at T1, doubling without end, and given up after 64*T1 (RFC 3262 §3)', () => {
  const b = bench();
  b.clock.advance(100_000);
  assert.deepEqual(b.sent, [500, 1500, 3500, 7500, 15_500, 31_500]);
  assert.equal(b.timeouts(), 1);
  assert.equal(b.response.acknowledge(rack), false);
  assert.equal(b.clock.pending, 0);
});

test('only its own PRACK ends it, once', () => {
  const b = bench();
  for (const other of [{ rseq: 8 }, { cseq: 3 }, { method: 'UPDATE' }]) {
    assert.equal(b.response.acknowledge({ ...rack, ...other }), false);
  }
  assert.equal(b.response.acknowledge(rack), true);
  assert.equal(b.response.acknowledge(rack), false);
  b.clock.advance(100_000);
  assert.deepEqual(b.sent, []);
});

test('after the final response nothing is repeated, and the PRACK is still known', () => {
  const b = bench();
  b.response.supersede();
  b.clock.advance(100_000);
  assert.deepEqual(b.sent, []);
  assert.equal(b.response.outstanding, true);
  assert.equal(b.response.acknowledge(rack), true);
  const stopped = bench();
  stopped.response.stop();
  assert.equal(stopped.response.outstanding, false);
  assert.equal(stopped.clock.pending, 0);
});

test('RAck and RSeq: what is valid (RFC 3262 §7)', () => {
  assert.deepEqual(parseRAck('776656 1 INVITE'), { rseq: 776656, cseq: 1, method: 'INVITE' });
  assert.deepEqual(parseRAck('4294967295\t2147483647  X'), { rseq: 4294967295, cseq: 2147483647, method: 'X' });
  assert.equal(formatRAck(rack), '9 4 INVITE');
  for (const text of [
    '',
    '1',
    '1 1',
    '1 INVITE',
    '0 1 INVITE',
    '4294967296 1 INVITE',
    '1 2147483648 INVITE',
    '1 1 IN VITE',
    'x 1 INVITE',
    '1 1INVITE',
    ' 1 1 INVITE',
  ]) {
    assert.equal(parseRAck(text), undefined, text);
  }
  assert.equal(parseRSeq('1'), 1);
  assert.equal(parseRSeq('4294967295 '), 4294967295);
  for (const text of ['', '0', '-1', '4294967296', '1a']) assert.equal(parseRSeq(text), undefined, text);
});

test('responses are handed on in the order of RSeq, once each; a gap holds the later ones back (RFC 3262 §4)', () => {
  const sequence = new ProvisionalSequence<string>();
  assert.deepEqual(sequence.take(7, 'a'), ['a']);
  assert.deepEqual(sequence.take(7, 'a again'), []);
  assert.deepEqual(sequence.take(9, 'c'), []);
  assert.deepEqual(sequence.take(10, 'd'), []);
  assert.deepEqual(sequence.take(8, 'b'), ['b', 'c', 'd']);
  assert.deepEqual(sequence.take(6, 'before the first'), []);
  assert.deepEqual(sequence.unacknowledged, [7, 8, 9, 10]);
  assert.equal(sequence.acknowledge(8), true);
  assert.equal(sequence.acknowledge(8), false);
  assert.deepEqual(sequence.unacknowledged, [7, 9, 10]);
});

test('what is held back has a limit', () => {
  const sequence = new ProvisionalSequence<number>();
  sequence.take(1, 1);
  for (let rseq = 3; rseq < 30; rseq++) sequence.take(rseq, rseq);
  assert.deepEqual(sequence.take(2, 2), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('Replaces: tags, early-only, and what is malformed (RFC 3891 §6.1)', () => {
  assert.deepEqual(parseReplaces('425928@phone.example.org;to-tag=7743;from-tag=6472'), {
    callId: '425928@phone.example.org',
    localTag: '7743',
    remoteTag: '6472',
    earlyOnly: false,
  });
  assert.equal(parseReplaces(' a@b ;from-tag=1; to-tag = 2 ;early-only')?.earlyOnly, true);
  for (const text of ['', 'a@b', ';to-tag=1;from-tag=2', 'a@b;to-tag=1', 'a@b;from-tag=1', 'a@b;to-tag=;from-tag=1']) {
    assert.equal(parseReplaces(text), undefined, text);
  }
});
