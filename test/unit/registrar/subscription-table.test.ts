import { test } from 'node:test';
import { subscriptionTable } from '../../../src/registrar/subscription-table.js';
import { checkTimers } from '../analog/timer-bench.js';
import { check } from '../sip/table-bench.js';

const context = { refreshMs: 1000, backOffMs: 2000 };

test('message subscription: every cell', () => {
  const quiet = {
    wanted: 'ignore',
    unwanted: 'resting abandon',
    paused: 'resting abandon',
    challenged: 'never',
    accepted: 'never',
    unknown: 'never',
    refused: 'never',
    failed: 'never',
    again: 'ignore',
    ended: 'ignore',
    due: 'never',
  };
  const ended = { again: 'backingOff countFailure', ended: 'backingOff countRefusal' };
  const answered = { refused: 'backingOff countRefusal', failed: 'backingOff countFailure' };
  check(
    subscriptionTable,
    {
      resting: { ...quiet, wanted: 'subscribing subscribe', unwanted: 'ignore', paused: 'ignore' },
      subscribing: {
        ...quiet,
        ...answered,
        challenged: 'subscribing subscribe',
        accepted: 'subscribed noteAccepted',
        unknown: 'backingOff countRefusal',
      },
      subscribed: { ...quiet, ...ended, unwanted: 'resting unsubscribe abandon', due: 'refreshing refresh' },
      refreshing: {
        ...quiet,
        ...ended,
        ...answered,
        unwanted: 'resting unsubscribe abandon',
        challenged: 'refreshing refresh',
        accepted: 'subscribed noteAccepted clearFailures',
        unknown: 'subscribing abandon subscribe',
      },
      backingOff: { ...quiet, due: 'subscribing subscribe' },
    },
    context,
  );
});

test('message subscription: every timer', () => {
  checkTimers(subscriptionTable, context, { subscribed: { due: 1000 }, backingOff: { due: 2000 } });
});
