import { test } from 'node:test';
import { lineTimes, stationTable } from '../../../src/analog/index.js';
import { check } from '../sip/table-bench.js';
import { checkTimers } from './timer-bench.js';

const station = { times: lineTimes, warmLineMs: 4000, openIntervalMs: 800 };

test('station line: every cell', () => {
  const usual = {
    stillOff: 'never',
    isOn: 'never',
    seizureOver: 'never',
    ringingOver: 'never',
    warmLine: 'never',
    firstDigitOver: 'never',
    interDigitOver: 'never',
    openOver: 'never',
    settled: 'never',
    reorderOver: 'never',
    howlerOver: 'never',
    guardOver: 'never',
    offHook: 'ignore',
    onHook: 'ignore',
    flash: 'ignore',
    digit: 'ignore',
    ringGround: 'ignore',
    ringOff: 'ignore',
    ring: 'never',
    present: 'never',
    presented: 'ignore',
    complete: 'ignore',
    connect: 'ignore',
    answer: 'ignore',
    release: 'ignore',
    lost: 'outOfService playNothing unreverse rest tellLost',
    goOn: 'never',
    restored: 'ignore',
  };
  check(
    stationTable,
    {
      idle: {
        ...usual,
        offHook: 'dialTone cutThrough tellSeized playDialTone',
        ringGround: 'seizing groundTip',
        ring: 'ringing groundTip startRing',
        present: 'presenting groundTip present',
        goOn: 'talking',
        lost: 'outOfService',
      },
      seizing: {
        ...usual,
        seizureOver: 'guard openTip',
        offHook: 'dialTone cutThrough tellSeized playDialTone',
        lost: 'outOfService openTip',
      },
      presenting: {
        ...usual,
        offHook: 'talking stopPresenting cutThrough tellAnswered',
        presented: 'ringing startRing',
        release: 'guard stopPresenting rest tellReleased',
        lost: 'outOfService stopPresenting rest tellLost',
      },
      ringing: {
        ...usual,
        ringingOver: 'guard stopRing rest tellNoAnswer',
        offHook: 'talking stopRing cutThrough tellAnswered',
        ringOff: 'ringing sendCallerId',
        release: 'guard stopRing rest tellReleased',
        lost: 'outOfService stopRing rest tellLost',
      },
      dialTone: {
        ...usual,
        connect: 'talking playNothing',
        warmLine: 'calling playNothing dialWarmLine tellDialled',
        firstDigitOver: 'reorder playReorder tellNoDigits',
        onHook: 'guard playNothing unreverse rest tellHungUp',
        flash: 'dialTone playDialTone',
        digit: 'dialling playNothing takeDigit',
        release: 'reorder playReorder tellReleased',
      },
      dialling: {
        ...usual,
        connect: 'talking dropDigits',
        interDigitOver: 'calling tellDialled',
        onHook: 'guard playNothing unreverse rest tellHungUp',
        flash: 'dialTone dropDigits playDialTone',
        digit: 'dialling takeDigit',
        complete: 'calling tellDialled',
        release: 'reorder playReorder tellReleased',
      },
      calling: {
        ...usual,
        onHook: 'guard playNothing unreverse rest tellHungUp',
        flash: 'calling tellFlash',
        digit: 'calling passDigit',
        answer: 'talking reverse',
        release: 'reorder playReorder tellReleased',
      },
      talking: {
        ...usual,
        onHook: 'guard playNothing unreverse rest tellHungUp',
        flash: 'talking tellFlash',
        digit: 'talking passDigit',
        release: 'opened playNothing unreverse openLoop tellReleased',
      },
      opened: { ...usual, openOver: 'settling closeLoop', lost: 'outOfService closeLoop rest' },
      settling: {
        ...usual,
        stillOff: 'reorder cutThrough playReorder',
        isOn: 'guard rest',
        settled: 'settling judgeHook',
        lost: 'outOfService rest',
      },
      reorder: {
        ...usual,
        reorderOver: 'howler playHowler',
        onHook: 'guard playNothing rest',
        flash: 'dialTone tellSeized playDialTone',
        lost: 'outOfService playNothing rest',
      },
      howler: {
        ...usual,
        howlerOver: 'lockout playNothing rest',
        onHook: 'guard playNothing rest',
        lost: 'outOfService playNothing rest',
      },
      lockout: { ...usual, onHook: 'guard', lost: 'outOfService' },
      guard: {
        ...usual,
        guardOver: 'idle',
        offHook: 'dialTone cutThrough tellSeized playDialTone',
        ringGround: 'seizing groundTip',
        lost: 'outOfService',
      },
      outOfService: { ...usual, lost: 'ignore', restored: 'settling' },
    },
    station,
  );
});

test('station line: every timer', () => {
  checkTimers(stationTable, station, {
    seizing: { seizureOver: 4000 },
    ringing: { ringingOver: 240000 },
    dialTone: { warmLine: 4000, firstDigitOver: 20000 },
    dialling: { interDigitOver: 5000 },
    opened: { openOver: 800 },
    settling: { settled: 200 },
    reorder: { reorderOver: 30000 },
    howler: { howlerOver: 60000 },
    guard: { guardOver: 300 },
  });
});
