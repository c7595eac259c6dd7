import { test } from 'node:test';
import { lineTimes, officeTable } from '../../../src/analog/index.js';
import { check } from '../sip/table-bench.js';
import { checkTimers } from './timer-bench.js';

const office = {
  times: lineTimes,
  ringGapMs: 6500,
  blindDialMs: () => 3000,
  assumeAnswerMs: Number.POSITIVE_INFINITY,
  disconnectMs: 350,
};

test('office line: every cell', () => {
  const usual = {
    ringValid: 'never',
    ringGap: 'never',
    noSeizure: 'never',
    noDialTone: 'never',
    dialBlind: 'never',
    diallingOver: 'never',
    answerAssumed: 'never',
    noAnswer: 'never',
    disconnected: 'never',
    guardOver: 'never',
    ringOn: 'ignore',
    ringOff: 'ignore',
    current: 'ignore',
    noCurrent: 'ignore',
    reversal: 'ignore',
    tipGround: 'ignore',
    dialTone: 'ignore',
    clearTone: 'ignore',
    voice: 'ignore',
    digitsSent: 'ignore',
    seizeLoop: 'never',
    seizeGround: 'never',
    answer: 'ignore',
    release: 'guard goOnHook tellReleased',
    lost: 'outOfService goOnHook tellLost',
    goOn: 'never',
    restored: 'ignore',
  };
  check(
    officeTable,
    {
      idle: {
        ...usual,
        ringOn: 'alerting',
        reversal: 'idle listenCallerId',
        seizeLoop: 'seizing goOffHook',
        seizeGround: 'grounding groundRing',
        release: 'ignore',
        lost: 'outOfService',
      },
      alerting: {
        ...usual,
        ringValid: 'ringing tellOffered',
        ringOff: 'idle listenCallerId',
        release: 'ignore',
        lost: 'outOfService',
      },
      ringing: {
        ...usual,
        ringGap: 'idle tellAbandoned',
        ringOff: 'ringPause listenCallerId',
        answer: 'talking goOffHook tellAnswered',
        release: 'ignoring tellReleased',
      },
      ringPause: {
        ...usual,
        ringGap: 'idle tellAbandoned',
        ringOn: 'ringing',
        answer: 'talking goOffHook tellAnswered',
        release: 'ignoringPause tellReleased',
      },
      ignoring: { ...usual, ringGap: 'idle', ringOff: 'ignoringPause', release: 'ignore', lost: 'outOfService' },
      ignoringPause: { ...usual, ringGap: 'idle', ringOn: 'ignoring', release: 'ignore', lost: 'outOfService' },
      seizing: {
        ...usual,
        noSeizure: 'guard goOnHook failSeizure',
        ringOn: 'tripped failGlare tellOffered',
        current: 'awaitingTone',
        dialTone: 'dialling sendDigits',
      },
      grounding: {
        ...usual,
        noSeizure: 'guard freeRing failSeizure',
        ringOn: 'ringing freeRing failGlare tellOffered',
        tipGround: 'awaitingTone goOffHook freeRing',
        release: 'guard freeRing tellReleased',
        lost: 'outOfService freeRing tellLost',
      },
      tripped: { ...usual, clearTone: 'guard goOnHook tellCleared', answer: 'talking tellAnswered' },
      awaitingTone: {
        ...usual,
        noDialTone: 'guard goOnHook failDialTone',
        dialBlind: 'dialling sendDigits',
        dialTone: 'dialling sendDigits',
        clearTone: 'guard goOnHook failTone',
      },
      dialling: { ...usual, diallingOver: 'guard goOnHook failDialling', digitsSent: 'proceeding tellProceeding' },
      proceeding: {
        ...usual,
        answerAssumed: 'talking tellAnswered',
        noAnswer: 'guard goOnHook failAnswer',
        noCurrent: 'proceedingOpen',
        reversal: 'talking tellAnswered',
        clearTone: 'guard goOnHook failTone',
        voice: 'talking tellAnswered',
      },
      proceedingOpen: {
        ...usual,
        noAnswer: 'guard goOnHook failAnswer',
        disconnected: 'guard goOnHook tellCleared',
        current: 'proceeding',
      },
      talking: {
        ...usual,
        noCurrent: 'talkingOpen',
        reversal: 'guard goOnHook tellCleared',
        clearTone: 'guard goOnHook tellCleared',
      },
      talkingOpen: {
        ...usual,
        disconnected: 'guard goOnHook tellCleared',
        current: 'talking',
        clearTone: 'guard goOnHook tellCleared',
      },
      guard: { ...usual, guardOver: 'idle', ringOn: 'alerting', release: 'ignore', lost: 'outOfService' },
      outOfService: { ...usual, release: 'ignore', lost: 'ignore', restored: 'guard', goOn: 'talking' },
    },
    office,
  );
});

test('office line: every timer', () => {
  checkTimers(officeTable, office, {
    alerting: { ringValid: 320 },
    ringing: { ringGap: 6500 },
    ringPause: { ringGap: 6500 },
    ignoring: { ringGap: 6500 },
    ignoringPause: { ringGap: 6500 },
    seizing: { noSeizure: 2000 },
    grounding: { noSeizure: 2000 },
    awaitingTone: { noDialTone: 10000, dialBlind: 3000 },
    dialling: { diallingOver: 60000 },
    proceeding: { answerAssumed: Number.POSITIVE_INFINITY, noAnswer: 240000 },
    proceedingOpen: { disconnected: 350, noAnswer: 240000 },
    talkingOpen: { disconnected: 350 },
    guard: { guardOver: 1600 },
  });
});
