import { test } from 'node:test';
import { callWaitingTable, hookTable, lineTimes, pulseTable } from '../../../src/analog/index.js';
import { check } from '../sip/table-bench.js';
import { checkTimers } from './timer-bench.js';

const hook = { settleMs: 20, interDigitMs: 200, hangUpMs: () => 1001 };

test('hook: every cell', () => {
  const usual = {
    closedBounce: 'never',
    closedPulse: 'never',
    closedFlash: 'never',
    closedHit: 'never',
    settled: 'never',
    digitOver: 'never',
    hungUp: 'never',
    goOn: 'never',
    opened: 'ignore',
    closed: 'ignore',
  };
  check(
    hookTable,
    {
      onHook: { ...usual, closed: 'closing', goOn: 'offHook' },
      closing: { ...usual, settled: 'offHook tellOffHook', opened: 'onHook' },
      offHook: { ...usual, opened: 'open' },
      open: {
        ...usual,
        closedBounce: 'offHook',
        closedPulse: 'make countPulse',
        closedFlash: 'offHook tellFlash',
        closedHit: 'offHook',
        hungUp: 'onHook tellOnHook',
        closed: 'never',
      },
      make: { ...usual, digitOver: 'offHook tellPulses', opened: 'break' },
      break: {
        ...usual,
        closedBounce: 'make',
        closedPulse: 'make countPulse',
        closedFlash: 'offHook dropPulses tellFlash',
        closedHit: 'offHook dropPulses',
        hungUp: 'onHook dropPulses tellOnHook',
        closed: 'never',
      },
    },
    hook,
  );
});

test('hook: every timer', () => {
  checkTimers(hookTable, hook, {
    closing: { settled: 20 },
    open: { hungUp: 1001 },
    make: { digitOver: 200 },
    break: { hungUp: 1001 },
  });
});

const pulse = { breakMs: 60, makeMs: 40, interDigitMs: 800 };

test('pulse dialling: every cell', () => {
  const usual = {
    dial: 'break open',
    stop: 'resting',
    breakOver: 'never',
    makeOver: 'never',
    lastMake: 'never',
    interDigitOver: 'never',
    allOut: 'never',
  };
  check(
    pulseTable,
    {
      resting: { ...usual, stop: 'ignore' },
      break: { ...usual, dial: 'never', stop: 'resting close', breakOver: 'make close countPulse' },
      make: { ...usual, dial: 'never', makeOver: 'break open', lastMake: 'interDigit' },
      interDigit: { ...usual, interDigitOver: 'interDigit nextDigit', allOut: 'resting tellSent' },
    },
    pulse,
  );
});

test('pulse dialling: every timer', () => {
  checkTimers(pulseTable, pulse, {
    break: { breakOver: 60 },
    make: { makeOver: 40 },
    interDigit: { interDigitOver: 800 },
  });
});

const waiting = { times: lineTimes, dataMs: () => 500 };

test('call waiting caller ID: every cell', () => {
  const usual = {
    begin: 'never',
    alertOver: 'never',
    acknowledgement: 'ignore',
    noAcknowledgement: 'never',
    dataDue: 'never',
    dataOver: 'never',
    stop: 'resting playNothing unmute',
  };
  check(
    callWaitingTable,
    {
      resting: { ...usual, begin: 'alerting mute playAlert', stop: 'ignore' },
      alerting: {
        ...usual,
        alertOver: 'awaitingAcknowledgement playNothing',
        acknowledgement: 'acknowledged playNothing',
      },
      awaitingAcknowledgement: {
        ...usual,
        acknowledgement: 'acknowledged',
        noAcknowledgement: 'resting unmute tellNotShown',
      },
      acknowledged: { ...usual, dataDue: 'sending playData' },
      sending: { ...usual, dataOver: 'resting playNothing unmute tellShown' },
    },
    waiting,
  );
});

test('call waiting caller ID: every timer', () => {
  checkTimers(callWaitingTable, waiting, {
    alerting: { alertOver: 80 },
    awaitingAcknowledgement: { noAcknowledgement: 170 },
    acknowledged: { dataDue: 60 },
    sending: { dataOver: 500 },
  });
});
