import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CallEnd, type CallEndOptions } from '../../../appliance/lab/call-end.js';
import { hear, describe as offer } from '../../../appliance/lab/offer.js';
import { RtpBeat, RtpStream } from '../../../appliance/lab/rtp-stream.js';
import { silentLog } from '../../../src/base/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { arrives, FakeApplication } from './fake-application.js';

describe('call end', () => {
  let clock: VirtualClock;
  let application: FakeApplication;
  let stream: RtpStream;
  let ended: string[];

  beforeEach(async () => {
    clock = new VirtualClock();
    application = new FakeApplication();
    ended = [];
    stream = await RtpStream.open('127.0.0.1', clock, new SeededRandom(1), new RtpBeat(clock));
  });
  afterEach(() => stream.close());

  function end(direction: 'in' | 'out', more: Partial<CallEndOptions> = {}): CallEnd {
    return new CallEnd({
      id: 'x',
      party: '1001',
      peer: '1002',
      direction,
      emergency: false,
      application,
      stream,
      clock,
      log: silentLog,
      onChange: () => undefined,
      onEnd: (why) => ended.push(why),
      credentials: () => undefined,
      ...more,
    });
  }

  const theirs = (direction: 'sendrecv' | 'sendonly' | 'inactive' = 'sendrecv'): string =>
    offer('127.0.0.1', 40_000, 1, direction);

  function talkingOut(): CallEnd {
    const call = end('out');
    call.invite('sip:1002@x', {});
    application.last.answer(180);
    assert.equal(call.view().state, 'ringing');
    application.last.answer(200, { body: theirs(), dialog: 'd' });
    assert.equal(call.view().state, 'talking');
    return call;
  }

  it('calls, talks fifty packets a second, and hangs up with BYE', () => {
    const call = talkingOut();
    assert.equal(application.last.acknowledged, 1);
    clock.advance(1000);
    assert.equal(call.view().sentPackets, 50);
    call.hangUp();
    assert.deepEqual([application.last.options.method, application.last.options.stackDialogId], ['BYE', 'd']);
    assert.deepEqual(ended, ['hung up']);
    assert.equal(application.dialogs.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('answers a challenge once, in the same call', () => {
    const call = end('out', { credentials: () => ({ 'Proxy-Authorization': 'proof' }) });
    call.invite('sip:1002@x', { From: 'me' });
    application.last.answer(407);
    const { headers } = application.last.options;
    assert.equal(headers?.CSeq, '2 INVITE');
    assert.equal(headers?.['Proxy-Authorization'], 'proof');
    application.last.answer(407);
    assert.equal(application.asked.length, 2);
    assert.equal(ended.length, 1);
  });

  it('gives up while it rings, and hangs up on an answer that crosses', () => {
    const call = end('out');
    call.invite('sip:1002@x', {});
    application.last.answer(180);
    call.hangUp();
    assert.ok(application.last.cancelled);
    const invite = application.last;
    invite.answer(200, { body: theirs(), dialog: 'd' });
    assert.equal(invite.acknowledged, 1);
    assert.equal(application.last.options.method, 'BYE');
    assert.equal(ended.length, 1);
  });

  it('rings, answers, and is hung up on', () => {
    const call = end('in');
    const { request, reply, replies } = arrives('INVITE', 'sip:1001@x', {}, theirs());
    call.ring(request, reply);
    call.answer();
    assert.deepEqual(
      replies.map(({ status }) => status),
      [180, 200],
    );
    assert.equal(hear(replies[1]?.body)?.direction, 'sendrecv');
    assert.equal(call.view().state, 'talking');
    const bye = arrives('BYE', 'sip:1001@x');
    call.handle(bye.request, bye.reply);
    assert.equal(bye.replies[0]?.status, 200);
    assert.deepEqual(ended, ['the other side hung up']);
  });

  it('does not answer a caller who gave up', () => {
    const call = end('in');
    const { request, reply, replies, cancel } = arrives('INVITE', 'sip:1001@x', {}, theirs());
    call.ring(request, reply);
    cancel();
    call.answer();
    assert.deepEqual(
      replies.map(({ status }) => status),
      [180],
    );
    assert.deepEqual(ended, ['the caller gave up']);
  });

  it('holds and is held, one change at a time', () => {
    const call = talkingOut();
    assert.ok(call.hold(true));
    assert.equal(hear(application.last.options.body)?.direction, 'sendonly');
    assert.ok(!call.hold(false));
    application.last.answer(200, { body: theirs('inactive') });
    assert.equal(call.view().state, 'held');
    assert.ok(call.hold(false));
    application.last.answer(200, { body: theirs() });
    assert.equal(call.view().state, 'talking');

    const hold = arrives('INVITE', 'sip:1001@x', {}, theirs('sendonly'));
    call.handle(hold.request, hold.reply);
    assert.equal(hear(hold.replies[0]?.body)?.direction, 'recvonly');
    assert.equal(call.view().state, 'held');
    const sent = call.view().sentPackets;
    clock.advance(1000);
    assert.equal(call.view().sentPackets, sent);
  });

  it('makes an offer where it is asked for one, and hears the answer in the ACK', () => {
    const call = talkingOut();
    const asked = arrives('INVITE', 'sip:1001@x');
    call.handle(asked.request, asked.reply);
    assert.equal(hear(asked.replies[0]?.body)?.direction, 'sendrecv');
    const ack = arrives('ACK', 'sip:1001@x', {}, theirs('inactive'));
    call.handle(ack.request, ack.reply);
    const sent = call.view().sentPackets;
    clock.advance(1000);
    assert.equal(call.view().sentPackets, sent);
  });

  it('transfers by REFER and leaves when the other has arrived', () => {
    const call = talkingOut();
    call.transfer('sip:1003@x', 'sip:1001@x');
    assert.equal(application.last.options.headers?.['Refer-To'], '<sip:1003@x>');
    for (const body of ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']) {
      const notify = arrives('NOTIFY', 'sip:1001@x', {}, body);
      call.handle(notify.request, notify.reply);
    }
    assert.equal(application.last.options.method, 'BYE');
    assert.equal(ended.length, 1);
  });

  it('hangs up when it has heard nothing for half a minute, but not on hold', () => {
    const call = talkingOut();
    clock.advance(29_000);
    call.checkSound();
    assert.deepEqual(ended, []);
    clock.advance(2000);
    call.checkSound();
    assert.deepEqual(ended, ['hung up']);
  });
});
