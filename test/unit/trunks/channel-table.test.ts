import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { channelTable, channelTimes, TrunkChannel } from '../../../src/trunks/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { checkTimers } from '../analog/timer-bench.js';
import { check } from '../sip/table-bench.js';

test('trunk channel: every cell', () => {
  const usual = {
    seize: 'never',
    goOn: 'inUse',
    free: 'never',
    restart: 'ignore',
    restartAck: 'ignore',
    restarted: 'ignore',
    outByUs: 'outByUs',
    inByUs: 'ignore',
    outByThem: 'outByThem',
    inByThem: 'ignore',
    alarm: 'outByAlarm',
    alarmOver: 'ignore',
    linkLost: 'ignore',
    restartOver: 'never',
    restartFailed: 'never',
    retryDue: 'never',
  };
  check(
    channelTable,
    {
      idle: { ...usual, seize: 'inUse', restart: 'restarting sendRestart' },
      inUse: {
        ...usual,
        free: 'idle',
        goOn: 'never',
        restarted: 'inUse dropCall',
        outByUs: 'ignore',
        outByThem: 'ignore',
        alarm: 'ignore',
      },
      restarting: {
        ...usual,
        restartAck: 'idle',
        linkLost: 'idle',
        restartOver: 'restarting restartAgain',
        restartFailed: 'faulty tellFaulty',
      },
      faulty: {
        ...usual,
        seize: 'inUse',
        restart: 'restarting sendRestart',
        restartAck: 'idle',
        restarted: 'idle',
        linkLost: 'idle',
        retryDue: 'restarting sendRestart',
      },
      outByUs: { ...usual, outByUs: 'ignore', outByThem: 'ignore', inByUs: 'idle' },
      outByThem: { ...usual, seize: 'inUse', outByThem: 'ignore', inByThem: 'idle' },
      outByAlarm: { ...usual, outByUs: 'ignore', outByThem: 'ignore', alarm: 'ignore', alarmOver: 'idle' },
    },
    channelTimes,
  );
});

test('trunk channel: every timer', () => {
  checkTimers(channelTable, channelTimes, {
    restarting: { restartOver: 120_000 },
    faulty: { retryDue: 600_000 },
  });
});

describe('TrunkChannel', () => {
  const channelOf = () => {
    const clock = new VirtualClock();
    const states: string[] = [];
    let restarts = 0;
    const channel = new TrunkChannel('sim/1:1', {
      clock,
      sendRestart: () => restarts++,
      changed: ({ state }) => states.push(state),
    });
    return { clock, states, channel, restarts: () => restarts };
  };

  it('holds every reason until each is gone, and tells each state once', () => {
    const { channel, states } = channelOf();
    channel.seize();
    channel.outByUs(true);
    channel.outByThem(true);
    channel.alarm(true);
    assert.equal(channel.state, 'inUse', 'a call that talks stays');
    channel.free();
    assert.deepEqual(states, ['inUse', 'outByAlarm']);
    channel.alarm(false);
    channel.outByUs(false);
    channel.outByThem(false);
    assert.deepEqual(states, ['inUse', 'outByAlarm', 'outByUs', 'outByThem', 'idle']);
  });

  it('is restarted twice, then faulty, and tried again; a call for help and one of theirs may have it', () => {
    const { channel, clock, restarts } = channelOf();
    channel.restart();
    clock.advance(channelTimes.t316Ms);
    assert.equal(restarts(), 2);
    assert.equal(channel.state, 'restarting');
    clock.advance(channelTimes.t316Ms);
    assert.equal(channel.state, 'faulty');
    assert.deepEqual([channel.takes('us'), channel.takes('help'), channel.takes('them')], [false, true, true]);
    clock.advance(channelTimes.faultyMs);
    assert.equal(restarts(), 3);
    channel.restartAcknowledged();
    assert.equal(channel.state, 'idle');
    assert.equal(clock.pending, 0);
  });

  it('believes a call of theirs more than their message', () => {
    const { channel } = channelOf();
    channel.outByThem(true);
    assert.equal(channel.takes('us'), false);
    assert.equal(channel.takes('them'), true);
    channel.seize();
    channel.free();
    assert.equal(channel.state, 'idle');
  });

  it('forgets with the link what it was asked and told', () => {
    const { channel } = channelOf();
    channel.outByThem(true);
    channel.linkLost();
    assert.equal(channel.state, 'idle');
    channel.restart();
    channel.linkLost();
    assert.equal(channel.state, 'idle');
    channel.alarm(true);
    channel.linkLost();
    assert.equal(channel.state, 'outByAlarm');
  });
});
