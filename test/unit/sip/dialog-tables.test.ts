import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  OfferAnswer,
  offerAnswerTable,
  reliableProvisionalTable,
  type SipMessage,
  sessionTimerTable,
  standardTimers,
} from '../../../src/sip/index.js';
import { check, timersOf } from './table-bench.js';
import { makeRequest } from './transaction-bench.js';

test('reliable provisional response: every cell', () => {
  const done = { prack: 'ignore', timerRetransmit: 'never', timerPrack: 'never', final: 'ignore', stop: 'ignore' };
  const context = { timers: standardTimers, intervalMs: 2000 };
  check(
    reliableProvisionalTable,
    {
      waiting: {
        prack: 'acknowledged',
        timerRetransmit: 'waiting resend',
        timerPrack: 'unacknowledged prackTimedOut',
        final: 'superseded',
        stop: 'stopped',
      },
      acknowledged: done,
      unacknowledged: done,
      superseded: { ...done, prack: 'acknowledged', stop: 'stopped' },
      stopped: done,
    },
    context,
  );
  assert.deepEqual(timersOf(reliableProvisionalTable, 'waiting', context), {
    timerRetransmit: 2000,
    timerPrack: 32_000,
  });
  assert.deepEqual(timersOf(reliableProvisionalTable, 'superseded', context), {});
});

test('session timer: every cell', () => {
  const none = {
    refreshHere: 'never',
    refreshThere: 'never',
    timerRefresh: 'never',
    timerExpiry: 'never',
    deferred: 'never',
    lost: 'never',
    stop: 'over',
  };
  const context = { refreshMs: () => 900_000, expiryMs: () => 1_768_000 };
  check(
    sessionTimerTable,
    {
      idle: { ...none, refreshHere: 'refresher', refreshThere: 'observer' },
      refresher: { ...none, timerRefresh: 'refreshing refresh', timerExpiry: 'over expire' },
      refreshing: { ...none, timerExpiry: 'over expire', deferred: 'refresher', lost: 'over expire' },
      observer: { ...none, timerExpiry: 'over expire' },
      over: { ...none, deferred: 'ignore', lost: 'ignore', stop: 'ignore' },
    },
    context,
  );
  const { refresher, refreshing, observer } = {
    refresher: 'refresher',
    refreshing: 'refreshing',
    observer: 'observer',
  } as const;
  assert.deepEqual(timersOf(sessionTimerTable, refresher, context), { timerRefresh: 900_000, timerExpiry: 1_768_000 });
  assert.deepEqual(timersOf(sessionTimerTable, refreshing, context), { timerExpiry: 1_768_000 });
  assert.deepEqual(timersOf(sessionTimerTable, observer, context), { timerExpiry: 1_768_000 });
});

test('offer and answer: every cell', () => {
  assert.deepEqual(offerAnswerTable, {
    stable: {
      offerSent: 'localOffer',
      offerReceived: 'remoteOffer',
      answerSent: 'stable',
      answerReceived: 'stable',
      abandoned: 'stable',
    },
    localOffer: {
      offerSent: 'localOffer',
      offerReceived: 'localOffer',
      answerSent: 'localOffer',
      answerReceived: 'stable',
      abandoned: 'stable',
    },
    remoteOffer: {
      offerSent: 'remoteOffer',
      offerReceived: 'remoteOffer',
      answerSent: 'stable',
      answerReceived: 'remoteOffer',
      abandoned: 'stable',
    },
  });
});

function message(described: boolean, type = 'application/sdp'): SipMessage {
  const request = makeRequest('INVITE', { 'Content-Type': type });
  request.body = Buffer.from(described ? 'v=0' : '');
  return request;
}

const described = message(true);
const plain = message(false);

test('the callee of an INVITE with an offer takes no other until it has answered (RFC 3311 §5.2)', () => {
  const offer = new OfferAnswer();
  const invite = {};
  offer.requestReceived(described, invite);
  assert.equal(offer.verdict, 500);
  offer.responseSent(plain, invite, true);
  assert.equal(offer.verdict, 500);
  offer.responseSent(described, invite, false);
  assert.equal(offer.verdict, 0);
  // The 2xx repeats the answer: that is no new offer.
  offer.responseSent(described, invite, true);
  assert.equal(offer.verdict, 0);
});

test('the caller takes no offer while its own waits: 491; a failure makes it void', () => {
  const offer = new OfferAnswer();
  const invite = {};
  offer.requestSent(described, invite);
  assert.equal(offer.verdict, 491);
  offer.over({});
  assert.equal(offer.verdict, 491, 'another transaction ends');
  offer.over(invite);
  assert.equal(offer.verdict, 0);
  const update = {};
  offer.requestSent(described, update);
  offer.responseReceived(described, update, true);
  assert.equal(offer.verdict, 0);
});

test('an offer in a reliable response is answered by the PRACK, one in a 2xx by the ACK', () => {
  const callee = new OfferAnswer();
  const invite = {};
  callee.requestReceived(plain, invite);
  callee.responseSent(described, invite, false);
  assert.equal(callee.verdict, 0, 'an unreliable response makes no offer');
  callee.responseSent(described, invite, true);
  assert.equal(callee.verdict, 491);
  callee.acknowledgementReceived(described, invite, {});
  assert.equal(callee.verdict, 0);
  const caller = new OfferAnswer();
  caller.requestSent(plain, invite);
  caller.responseReceived(described, invite, true);
  assert.equal(caller.verdict, 500);
  caller.acknowledgementSent(described, invite, invite);
  assert.equal(caller.verdict, 0);
});

test('a PRACK may make an offer of its own', () => {
  const callee = new OfferAnswer();
  const invite = {};
  const prack = {};
  callee.requestReceived(described, invite);
  callee.responseSent(described, invite, true);
  callee.acknowledgementReceived(described, invite, prack);
  assert.equal(callee.verdict, 500);
  callee.responseSent(described, prack, true);
  assert.equal(callee.verdict, 0);
  const caller = new OfferAnswer();
  caller.acknowledgementSent(described, invite, prack);
  assert.equal(caller.verdict, 491);
  caller.responseReceived(described, prack, true);
  assert.equal(caller.verdict, 0);
});

test('a body that is no session description offers nothing', () => {
  const offer = new OfferAnswer();
  offer.requestSent(message(true, 'text/plain'), {});
  assert.equal(offer.verdict, 0);
  offer.requestSent(message(true, 'Multipart/mixed;boundary=x'), {});
  assert.equal(offer.verdict, 491);
});
