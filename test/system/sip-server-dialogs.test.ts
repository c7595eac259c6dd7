import assert from 'node:assert/strict';
import type { SipRequest } from '../../src/sip/index.js';
import {
  answering,
  nameOf,
  pause,
  type SrfApp,
  type SrfDialog,
  type SrfReply,
  type SrfRequest,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

test('re-INVITE both ways moves the target; glare is 491, a second one at once 500', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const moved = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    const dialog = await answered();
    const seen: { request: SrfRequest; reply: SrfReply }[] = [];
    dialog.on('modify', (r, reply) => seen.push({ request: r, reply }));
    // The phone modifies, with another Contact; while it waits, a second INVITE is too much.
    const contact = { Contact: `<sip:peer@${moved.hostPort}>` };
    const second = phone.inDialog('INVITE', request, response, 2, contact, sdp(4002));
    phone.send(second, server.listener());
    await until(() => seen.length === 1, 'the re-INVITE');
    const third = phone.inDialog('INVITE', request, response, 3, {}, sdp(4004));
    phone.send(third, server.listener());
    const tooMuch = await phone.nextResponse(500);
    assert.ok(Number(tooMuch.headers.get('Retry-After')) <= 10);
    phone.send(phone.inDialog('ACK', third, tooMuch, 3, { Via: third.headers.get('Via') ?? '' }), server.listener());
    seen[0]?.reply.send(200, { body: sdp() });
    const accepted = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', second, accepted, 2), server.listener());
    // The application modifies: it goes to the new target. Meanwhile the phone's own is answered 491.
    const modified = dialog.modify(sdp(4006));
    const reinvite = await moved.nextRequest('INVITE');
    const fourth = phone.inDialog('INVITE', request, response, 4, contact, sdp(4008));
    phone.send(fourth, server.listener());
    const glare = await phone.nextResponse(491);
    phone.send(phone.inDialog('ACK', fourth, glare, 4, { Via: fourth.headers.get('Via') ?? '' }), server.listener());
    moved.send(moved.response(reinvite, 200, {}, sdp(6000)), server.listener());
    assert.equal(await modified, sdp(6000));
    await moved.nextRequest('ACK');
  }));

test('a CSeq out of order is refused with 500 and Retry-After', () =>
  scene(async (s) => {
    const server = await s.server();
    await answering(s, server);
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    phone.send(phone.inDialog('INFO', request, response, 10), server.listener());
    await phone.next('200');
    phone.send(phone.inDialog('INFO', request, response, 9), server.listener());
    const refused = await phone.nextResponse(500);
    assert.ok(refused.headers.has('Retry-After'));
  }));

test('INFO, MESSAGE, OPTIONS, UPDATE and REFER inside a call, both ways', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    const dialog = await answered();
    let cseq = 1;
    for (const method of ['INFO', 'MESSAGE', 'OPTIONS', 'UPDATE']) {
      phone.send(
        phone.inDialog(method, request, response, ++cseq, { 'Content-Type': 'text/plain' }, 'x'),
        server.listener(),
      );
      await phone.next('200');
      const pending = dialog.request({ method, headers: { 'Content-Type': 'text/plain' }, body: 'x' });
      const got = await phone.nextRequest(method);
      phone.send(phone.response(got, 200), server.listener());
      assert.equal((await pending).status, 200);
    }
    // A transfer: REFER, then the NOTIFYs of its implicit subscription, also when BYE has ended the call (RFC 5057).
    dialog.on('refer', (refer, reply) => {
      assert.equal(refer.get('Refer-To'), '<sip:target@z>');
      reply.send(202);
    });
    phone.send(phone.inDialog('REFER', request, response, ++cseq, { 'Refer-To': '<sip:target@z>' }), server.listener());
    await phone.next('202');
    const headers = { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': 'message/sipfrag' };
    const trying = dialog.request({ method: 'NOTIFY', headers, body: 'SIP/2.0 100 Trying' });
    const notify = await phone.nextRequest('NOTIFY');
    assert.equal(notify.body.toString(), 'SIP/2.0 100 Trying');
    phone.send(phone.response(notify, 200), server.listener());
    await trying;
    phone.send(phone.inDialog('BYE', request, response, ++cseq), server.listener());
    await phone.next('200');
    await server.dialogsBecome(1);
    const last = dialog.request({
      method: 'NOTIFY',
      headers: { ...headers, 'Subscription-State': 'terminated' },
      body: 'SIP/2.0 200 OK',
    });
    const final = await phone.nextRequest('NOTIFY');
    phone.send(phone.response(final, 200), server.listener());
    await last;
    await server.dialogsBecome(0);
  }));

test('SUBSCRIBE and NOTIFY: the application as notifier, and as subscriber with a NOTIFY before the answer', () =>
  scene(async (s) => {
    const server = await s.server();
    let subscription: SrfDialog | undefined;
    const app: SrfApp = await s.app(server, {
      subscribe: (request, reply) => {
        void app
          .createUAS(request, reply, { localSdp: '', headers: { Expires: '60' } })
          .then((d) => (subscription = d));
      },
    });
    const phone = await s.udpPeer();
    phone.send(
      phone.request('SUBSCRIBE', 'sip:1001@y', { Event: 'message-summary', Expires: '60' }),
      server.listener(),
    );
    await phone.next('202');
    await until(() => subscription !== undefined, 'the subscription');
    const headers = {
      Event: 'message-summary',
      'Subscription-State': 'active',
      'Content-Type': 'application/simple-message-summary',
    };
    const notified = subscription?.request({ method: 'NOTIFY', headers, body: 'Messages-Waiting: no\r\n' });
    const notify = await phone.nextRequest('NOTIFY');
    phone.send(phone.response(notify, 200), server.listener());
    assert.equal((await notified)?.status, 200);
    const over = subscription?.destroy();
    const terminated = await phone.nextRequest('NOTIFY');
    assert.equal(terminated.headers.get('Subscription-State'), 'terminated');
    phone.send(phone.response(terminated, 200), server.listener());
    await over;
    await server.dialogsBecome(0);

    const bodies: string[] = [];
    const pending = app.createUAC(`sip:${phone.hostPort}`, {
      method: 'SUBSCRIBE',
      headers: { Event: 'dialog', Expires: '60' },
    });
    const subscribe = await phone.nextRequest('SUBSCRIBE');
    app.use('notify', (request, reply) => {
      bodies.push(request.stackDialogId);
      reply.send(200);
    });
    await pause(30);
    const inverse = {
      From: `${subscribe.headers.get('To')};tag=to-${phone.port}`,
      To: subscribe.headers.get('From') ?? '',
      'Call-ID': subscribe.headers.get('Call-ID') ?? '',
      Event: 'dialog',
      'Subscription-State': 'active',
    };
    phone.send(phone.request('NOTIFY', `sip:127.0.0.1:${server.udpPort}`, inverse), server.listener());
    await phone.next('200');
    phone.send(phone.response(subscribe, 200, { Expires: '60' }), server.listener());
    const dialog = await pending;
    assert.deepEqual(bodies, [dialog.id], 'the early NOTIFY carried the dialog id');
    await server.dialogsBecome(1);
    const ended = new Promise<void>((resolve) => dialog.on('destroy', () => resolve()));
    phone.send(
      phone.request('NOTIFY', `sip:127.0.0.1:${server.udpPort}`, {
        ...inverse,
        CSeq: '2 NOTIFY',
        'Subscription-State': 'terminated',
      }),
      server.listener(),
    );
    await phone.next('200');
    await ended;
    await server.dialogsBecome(0);
  }));

test('BYE of the application right after its 200 waits for the ACK', () =>
  scene(async (s) => {
    const server = await s.server();
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        void app.createUAS(request, reply, { localSdp: sdp() }).then((d) => d.destroy());
      },
    });
    const phone = await s.udpPeer();
    const request: SipRequest = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(request, server.listener());
    const response = await phone.nextResponse(200);
    await pause(30);
    assert.equal(phone.received.filter((m) => nameOf(m) === 'BYE').length, 0);
    phone.send(phone.inDialog('ACK', request, response, 1), server.listener());
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    await server.dialogsBecome(0);
  }));
