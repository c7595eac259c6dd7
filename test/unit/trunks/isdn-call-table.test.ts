import { test } from 'node:test';
import { isdnCallTable, isdnCallTimes } from '../../../src/trunks/index.js';
import { checkTimers } from '../analog/timer-bench.js';
import { check } from '../sip/table-bench.js';

test('isdn call: every cell', () => {
  const usual = {
    goOn: 'never',
    setup: 'ignore',
    alert: 'ignore',
    progress: 'ignore',
    answer: 'ignore',
    release: 'clearing sendRelease',
    arrivedPart: 'never',
    arrivedWhole: 'never',
    digits: 'ignore',
    numberComplete: 'ignore',
    heardMore: 'ignore',
    heardProceeding: 'ignore',
    heardAlerting: 'ignore',
    heardProgress: 'ignore',
    heardConnect: 'ignore',
    heardDisconnect: 'clearing sendRelease',
    heardAnnouncement: 'clearing sendRelease',
    released: 'over tellReleased',
    t302: 'never',
    t306: 'never',
    t310: 'never',
  };
  const placed = {
    ...usual,
    heardAlerting: 'ringing tellAlerting',
    heardConnect: 'active tellAnswered',
    heardAnnouncement: 'announcing tellProgress',
  };
  check(
    isdnCallTable,
    {
      new: {
        ...usual,
        setup: 'calling sendSetup',
        arrivedPart: 'collecting askMore',
        arrivedWhole: 'offered offer',
        goOn: 'active',
        release: 'over tellReleased',
      },
      calling: {
        ...placed,
        heardMore: 'proceeding tellProceeding',
        heardProceeding: 'proceeding tellProceeding',
        heardProgress: 'calling tellProgress',
      },
      proceeding: {
        ...placed,
        heardProceeding: 'proceeding tellProceeding',
        heardProgress: 'ringing tellProgress',
        t310: 'clearing sendTimedOut',
      },
      ringing: { ...placed, heardProgress: 'ringing tellProgress' },
      announcing: { ...usual, t306: 'clearing sendRelease' },
      collecting: {
        ...usual,
        digits: 'collecting takeDigits',
        numberComplete: 'offered offer',
        t302: 'offered offer',
      },
      offered: {
        ...usual,
        alert: 'alerted sendAlerting',
        progress: 'offered sendProgress',
        answer: 'active sendConnect',
      },
      alerted: { ...usual, progress: 'alerted sendProgress', answer: 'active sendConnect' },
      active: usual,
      clearing: { ...usual, release: 'ignore', heardDisconnect: 'ignore', heardAnnouncement: 'ignore' },
      over: {
        ...usual,
        release: 'ignore',
        heardDisconnect: 'ignore',
        heardAnnouncement: 'ignore',
        released: 'ignore',
      },
    },
    isdnCallTimes,
  );
});

test('isdn call: every timer', () => {
  checkTimers(isdnCallTable, isdnCallTimes, {
    proceeding: { t310: 120_000 },
    announcing: { t306: 30_000 },
    collecting: { t302: 15_000 },
  });
});
