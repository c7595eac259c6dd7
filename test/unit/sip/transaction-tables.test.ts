import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cancellationTable,
  inviteClientTable,
  inviteServerTable,
  nonInviteClientTable,
  nonInviteServerTable,
  standardTimers,
  successRetransmissionTable,
} from '../../../src/sip/index.js';
import { check, timersOf } from './table-bench.js';

function context(reliable = false) {
  return { timers: standardTimers, reliable, intervalMs: 500, remainingMs: () => 32_000 };
}

const noTimer = { timerA: 'never', timerB: 'never', timerD: 'never', timerM: 'never' };

test('INVITE client transaction: every cell', () => {
  check(
    inviteClientTable,
    {
      calling: {
        provisional: 'proceeding deliver',
        success: 'accepted deliver',
        failure: 'completed sendAck deliver',
        ...noTimer,
        timerA: 'calling retransmit',
        timerB: 'terminated timedOut',
        transportError: 'terminated transportFailed',
        abandon: 'terminated timedOut',
      },
      proceeding: {
        provisional: 'proceeding deliver',
        success: 'accepted deliver',
        failure: 'completed sendAck deliver',
        ...noTimer,
        transportError: 'ignore',
        abandon: 'terminated timedOut',
      },
      completed: {
        provisional: 'ignore',
        success: 'ignore',
        failure: 'completed sendAck',
        ...noTimer,
        timerD: 'terminated',
        transportError: 'ignore',
        abandon: 'ignore',
      },
      accepted: {
        provisional: 'ignore',
        success: 'accepted deliver',
        failure: 'ignore',
        ...noTimer,
        timerM: 'terminated',
        transportError: 'ignore',
        abandon: 'ignore',
      },
      terminated: {
        provisional: 'ignore',
        success: 'ignore',
        failure: 'ignore',
        ...noTimer,
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    context(),
  );
});

test('INVITE client transaction: timers A, B, D and M', () => {
  const table = inviteClientTable;
  assert.deepEqual(timersOf(table, 'calling', context()), { timerA: 500, timerB: 32_000 });
  assert.deepEqual(timersOf(table, 'calling', context(true)), { timerA: Number.POSITIVE_INFINITY, timerB: 32_000 });
  assert.deepEqual(timersOf(table, 'proceeding', context()), {});
  assert.deepEqual(timersOf(table, 'completed', context()), { timerD: 32_000 });
  assert.deepEqual(timersOf(table, 'completed', context(true)), { timerD: 0 });
  assert.deepEqual(timersOf(table, 'accepted', context()), { timerM: 32_000 });
  assert.deepEqual(timersOf(table, 'accepted', context(true)), { timerM: 32_000 });
});

const noClientTimer = { timerE: 'never', timerF: 'never', timerK: 'never' };

test('non-INVITE client transaction: every cell', () => {
  check(
    nonInviteClientTable,
    {
      trying: {
        provisional: 'proceeding slowDown deliver',
        final: 'completed deliver',
        timerE: 'trying retransmit',
        timerF: 'terminated timedOut',
        timerK: 'never',
        transportError: 'terminated transportFailed',
        abandon: 'terminated timedOut',
      },
      proceeding: {
        provisional: 'proceeding deliver',
        final: 'completed deliver',
        timerE: 'proceeding retransmit',
        timerF: 'terminated timedOut',
        timerK: 'never',
        transportError: 'terminated transportFailed',
        abandon: 'terminated timedOut',
      },
      completed: {
        provisional: 'ignore',
        final: 'ignore',
        ...noClientTimer,
        timerK: 'terminated',
        transportError: 'ignore',
        abandon: 'ignore',
      },
      terminated: {
        provisional: 'ignore',
        final: 'ignore',
        ...noClientTimer,
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    context(),
  );
});

test('non-INVITE client transaction: timers E, F and K', () => {
  const table = nonInviteClientTable;
  assert.deepEqual(timersOf(table, 'trying', context()), { timerE: 500, timerF: 32_000 });
  assert.deepEqual(timersOf(table, 'trying', context(true)), { timerE: Number.POSITIVE_INFINITY, timerF: 32_000 });
  const later = { ...context(), remainingMs: () => 31_000, intervalMs: 4000 };
  assert.deepEqual(timersOf(table, 'proceeding', later), { timerE: 4000, timerF: 31_000 });
  assert.deepEqual(timersOf(table, 'completed', context()), { timerK: 5000 });
  assert.deepEqual(timersOf(table, 'completed', context(true)), { timerK: 0 });
});

const noServerTimer = { timerG: 'never', timerH: 'never', timerI: 'never', timerL: 'never' };
const noAnswer = { provisional: 'never', success: 'never', failure: 'never' };

test('INVITE server transaction: every cell', () => {
  check(
    inviteServerTable,
    {
      proceeding: {
        retransmission: 'proceeding resend',
        ack: 'ignore',
        provisional: 'proceeding send',
        success: 'accepted send',
        failure: 'completed send',
        ...noServerTimer,
        transportError: 'ignore',
        abandon: 'terminated',
      },
      completed: {
        retransmission: 'completed resend',
        ack: 'confirmed',
        ...noAnswer,
        ...noServerTimer,
        timerG: 'completed resendSlower',
        timerH: 'terminated ackTimedOut',
        transportError: 'terminated',
        abandon: 'terminated',
      },
      confirmed: {
        retransmission: 'ignore',
        ack: 'ignore',
        ...noAnswer,
        ...noServerTimer,
        timerI: 'terminated',
        transportError: 'ignore',
        abandon: 'terminated',
      },
      accepted: {
        retransmission: 'ignore',
        ack: 'ignore',
        ...noAnswer,
        success: 'accepted send',
        ...noServerTimer,
        timerL: 'terminated',
        transportError: 'ignore',
        abandon: 'terminated',
      },
      terminated: {
        retransmission: 'ignore',
        ack: 'ignore',
        ...noAnswer,
        success: 'ignore',
        ...noServerTimer,
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    context(),
  );
});

test('INVITE server transaction: timers G, H, I and L', () => {
  const table = inviteServerTable;
  assert.deepEqual(timersOf(table, 'proceeding', context()), {});
  assert.deepEqual(timersOf(table, 'completed', context()), { timerG: 500, timerH: 32_000 });
  assert.deepEqual(timersOf(table, 'completed', context(true)), { timerG: Number.POSITIVE_INFINITY, timerH: 32_000 });
  assert.deepEqual(timersOf(table, 'confirmed', context()), { timerI: 5000 });
  assert.deepEqual(timersOf(table, 'confirmed', context(true)), { timerI: 0 });
  assert.deepEqual(timersOf(table, 'accepted', context()), { timerL: 32_000 });
});

test('non-INVITE server transaction: every cell', () => {
  check(
    nonInviteServerTable,
    {
      trying: {
        retransmission: 'ignore',
        final: 'completed send',
        timer100: 'proceeding sendTrying',
        timerExpiry: 'terminated expired',
        timerJ: 'never',
        transportError: 'ignore',
        abandon: 'terminated',
      },
      proceeding: {
        retransmission: 'proceeding resend',
        final: 'completed send',
        timer100: 'never',
        timerExpiry: 'terminated expired',
        timerJ: 'never',
        transportError: 'ignore',
        abandon: 'terminated',
      },
      completed: {
        retransmission: 'completed resend',
        final: 'never',
        timer100: 'never',
        timerExpiry: 'never',
        timerJ: 'terminated',
        transportError: 'terminated',
        abandon: 'terminated',
      },
      terminated: {
        retransmission: 'ignore',
        final: 'never',
        timer100: 'never',
        timerExpiry: 'never',
        timerJ: 'never',
        transportError: 'ignore',
        abandon: 'ignore',
      },
    },
    context(),
  );
});

test('non-INVITE server transaction: timer J, the late 100 and the silent end', () => {
  const table = nonInviteServerTable;
  assert.deepEqual(timersOf(table, 'trying', context()), { timer100: 3500, timerExpiry: 37_000 });
  assert.deepEqual(timersOf(table, 'trying', context(true)), { timer100: 3500, timerExpiry: 37_000 });
  assert.deepEqual(timersOf(table, 'completed', context()), { timerJ: 32_000 });
  assert.deepEqual(timersOf(table, 'completed', context(true)), { timerJ: 0 });
});

test('cancellation: every cell', () => {
  check(
    cancellationTable,
    {
      idle: { wish: 'wished', provisional: 'ready', final: 'over', timerCancel: 'never' },
      wished: { wish: 'ignore', provisional: 'sent sendCancel', final: 'over', timerCancel: 'never' },
      ready: { wish: 'sent sendCancel', provisional: 'ignore', final: 'over', timerCancel: 'never' },
      sent: { wish: 'ignore', provisional: 'ignore', final: 'over', timerCancel: 'over giveUp' },
      over: { wish: 'ignore', provisional: 'ignore', final: 'ignore', timerCancel: 'never' },
    },
    { timers: standardTimers },
  );
  assert.deepEqual(timersOf(cancellationTable, 'sent', { timers: standardTimers }), { timerCancel: 32_000 });
});

test('2xx retransmission: every cell', () => {
  const c = { timers: standardTimers, intervalMs: 500 };
  const over = { ack: 'ignore', timerRetransmit: 'never', timerAck: 'never', stop: 'ignore' };
  check(
    successRetransmissionTable,
    {
      waiting: {
        ack: 'acknowledged',
        timerRetransmit: 'waiting resend',
        timerAck: 'unacknowledged ackTimedOut',
        stop: 'stopped',
      },
      acknowledged: over,
      unacknowledged: over,
      stopped: over,
    },
    c,
  );
  assert.deepEqual(timersOf(successRetransmissionTable, 'waiting', c), { timerRetransmit: 500, timerAck: 32_000 });
});
