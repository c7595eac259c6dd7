import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cseqNumber, type SipRequest, tagOf } from '../../src/sip/index.js';
import {
  nameOf,
  type Peer,
  pause,
  Scene,
  type ServerUnderTest,
  type SrfApp,
  type SrfDialog,
  type SrfMessage,
  type SrfReply,
  type SrfRequest,
  sdp,
  until,
} from './sip-server-bench.js';

async function scene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const s = new Scene();
  try {
    await body(s);
  } finally {
    await s.close();
  }
}

/** An application that answers every call. */
async function answering(
  s: Scene,
  server: ServerUnderTest,
): Promise<{ app: SrfApp; answered: () => Promise<SrfDialog> }> {
  const dialogs: SrfDialog[] = [];
  const app: SrfApp = await s.app(server, {
    invite: (request, reply) => {
      void app.createUAS(request, reply, { localSdp: sdp() }).then((d) => dialogs.push(d));
    },
  });
  const answered = async () => {
    await until(() => dialogs.length > 0, 'the application has its dialog');
    const [dialog] = dialogs;
    if (dialog === undefined) throw new Error('no dialog');
    return dialog;
  };
  return { app, answered };
}

/** An application's outgoing call that the peer has just received. */
async function calling(app: SrfApp, peer: Peer, options: object = {}) {
  let sent: SrfRequest | undefined;
  const provisional: number[] = [];
  const pending = app.createUAC(
    `sip:service@${peer.hostPort}`,
    { localSdp: sdp(), ...options },
    {
      cbRequest: (_error: unknown, r: SrfRequest) => (sent = r),
      cbProvisional: (r: SrfMessage) => provisional.push(r.status),
    },
  );
  pending.catch(() => undefined);
  const invite = await peer.nextRequest('INVITE');
  await until(() => sent !== undefined, 'the request was sent');
  return { pending, invite, provisional, cancel: () => sent?.cancel() };
}

test('createUAS: the call is answered, acknowledged, and ended by the caller', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:service@branch.test', server.listener());
    assert.match(response.headers.get('Contact') ?? '', new RegExp(`<sip:127\\.0\\.0\\.1:${server.udpPort}>`));
    assert.deepEqual(phone.received.map(nameOf), ['100']);
    const dialog = await answered();
    assert.equal(dialog.id, `${request.headers.get('Call-ID')};from-tag=${tagOf(request.headers.get('From') ?? '')}`);
    const ended = new Promise<string | undefined>((resolve) => dialog.on('destroy', (_m, reason) => resolve(reason)));
    phone.send(phone.inDialog('BYE', request, response, 2), server.listener());
    await phone.next('200');
    assert.equal(await ended, 'normal release');
    assert.equal(server.handle.stats().dialogs, 0);
  }));

test('the ACK reaches the application, once, however often it comes', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const request = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(request, server.listener());
    const response = await phone.nextResponse(200);
    let acks = 0;
    (await answered()).on('ack', () => acks++);
    const ack = phone.inDialog('ACK', request, response, 1);
    phone.send(ack, server.listener());
    phone.send(ack, server.listener());
    await until(() => acks > 0, 'an ack');
    await pause(30);
    assert.equal(acks, 1);
  }));

test('a 2xx is repeated until its ACK; without one the call ends with a BYE of the server', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 10, t2Ms: 80, t4Ms: 100 } });
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await phone.next('200');
    const dialog = await answered();
    const ended = new Promise<string | undefined>((resolve) => dialog.on('destroy', (_m, reason) => resolve(reason)));
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    assert.match(bye.headers.get('Reason') ?? '', /ACK timeout/);
    assert.equal(await ended, 'ACK timeout');
    const copies = phone.received.filter((m) => nameOf(m) === '200').length;
    assert.ok(copies >= 5 && copies <= 12, `${copies} repetitions`);
    assert.equal(server.handle.stats().dialogs, 0);
  }));

test('createUAC: provisional responses, answer, ACK, and BYE by the application', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const { pending, invite, provisional } = await calling(app, peer, { callingNumber: '1001' });
    assert.match(invite.headers.get('Contact') ?? '', new RegExp(`^<sip:1001@127\\.0\\.0\\.1:${server.udpPort}>$`));
    assert.match(invite.headers.get('From') ?? '', new RegExp(`^<sip:1001@127\\.0\\.0\\.1:${server.udpPort}>;tag=`));
    assert.equal(invite.headers.get('Content-Type'), 'application/sdp');
    peer.send(peer.response(invite, 100), server.listener());
    peer.send(peer.response(invite, 180), server.listener());
    peer.send(peer.response(invite, 200, {}, sdp(5000)), server.listener());
    const dialog = await pending;
    const ack = await peer.nextRequest('ACK');
    assert.equal(ack.uri, `sip:peer@${peer.hostPort}`);
    assert.equal(cseqNumber(ack.headers), cseqNumber(invite.headers));
    assert.deepEqual(provisional, [100, 180]);
    assert.equal(dialog.remote.sdp, sdp(5000));
    const over = dialog.destroy();
    const bye = await peer.nextRequest('BYE');
    assert.equal(cseqNumber(bye.headers), cseqNumber(invite.headers) + 1);
    peer.send(peer.response(bye, 200), server.listener());
    await over;
    assert.equal(server.handle.stats().dialogs, 0);
  }));

test('a repeated 2xx gets the same ACK again without the application', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const { pending, invite } = await calling(app, peer);
    peer.send(peer.response(invite, 200, {}, sdp()), server.listener());
    await pending;
    const first = await peer.nextRequest('ACK');
    peer.send(peer.response(invite, 200, {}, sdp()), server.listener());
    const second = await peer.nextRequest('ACK');
    assert.equal(second.headers.get('Via'), first.headers.get('Via'));
  }));

test('a second fork that answers too is acknowledged and ended', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const { pending, invite } = await calling(app, peer);
    peer.send(peer.response(invite, 180), server.listener());
    peer.send(peer.response(invite, 180, { To: '<sip:x@y>;tag=other' }), server.listener());
    peer.send(peer.response(invite, 200, {}, sdp()), server.listener());
    const dialog = await pending;
    await peer.nextRequest('ACK');
    peer.send(peer.response(invite, 200, { To: '<sip:x@y>;tag=other' }, sdp()), server.listener());
    const ack = await peer.nextRequest('ACK');
    assert.equal(tagOf(ack.headers.get('To') ?? ''), 'other');
    const bye = await peer.nextRequest('BYE');
    assert.equal(tagOf(bye.headers.get('To') ?? ''), 'other');
    peer.send(peer.response(bye, 200), server.listener());
    await until(() => server.handle.stats().dialogs === 1, 'one dialog left');
    assert.equal(dialog.sip.remoteTag, `to-${peer.port}`);
  }));

test('Record-Route makes the route set of both sides', () =>
  scene(async (s) => {
    const server = await s.server();
    const { app, answered } = await answering(s, server);
    const proxy = await s.udpPeer('127.0.0.2');
    const phone = await s.udpPeer();
    const routes = `<sip:${proxy.hostPort};lr>, <sip:127.0.0.9:5999;lr>`;
    const request = phone.request('INVITE', 'sip:x@y', { 'Record-Route': routes }, sdp());
    phone.send(request, server.listener());
    const response = await phone.nextResponse(200);
    assert.equal(response.headers.list('Record-Route').join(', '), routes);
    phone.send(phone.inDialog('ACK', request, response, 1), server.listener());
    const info = (await answered()).request({ method: 'INFO' });
    const got = await proxy.nextRequest('INFO');
    assert.equal(got.headers.list('Route').join(', '), routes);
    assert.equal(got.uri, `sip:peer@${phone.hostPort}`);
    proxy.send(proxy.response(got, 200), server.listener());
    assert.equal((await info).status, 200);
    const { pending, invite } = await calling(app, phone);
    phone.send(phone.response(invite, 200, { 'Record-Route': routes }, sdp()), server.listener());
    await pending;
    // Reversed for the caller: 127.0.0.9 comes first, and the ACK goes there.
    await pause(50);
    assert.equal(phone.received.filter((m) => nameOf(m) === 'ACK').length, 0);
  }));

test('createB2BUA: two legs, ended from either side', () =>
  scene(async (s) => {
    const server = await s.server();
    const peer = await s.udpPeer();
    const phone = await s.udpPeer();
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        void app.createB2BUA(request, reply, `sip:service@${peer.hostPort}`).then(({ uas, uac }) => {
          uas.on('destroy', () => void uac.destroy());
          uac.on('destroy', () => void uas.destroy());
        });
      },
    });
    for (const side of ['caller', 'callee']) {
      const request = phone.request('INVITE', 'sip:service@branch.test', {}, sdp());
      phone.send(request, server.listener());
      const invite = await peer.nextRequest('INVITE');
      assert.notEqual(invite.headers.get('Call-ID'), request.headers.get('Call-ID'));
      peer.send(peer.response(invite, 180), server.listener());
      await phone.next('180');
      peer.send(peer.response(invite, 200, {}, sdp(5000)), server.listener());
      const response = await phone.nextResponse(200);
      assert.equal(response.body.toString(), sdp(5000));
      phone.send(phone.inDialog('ACK', request, response, 1), server.listener());
      const ack = await peer.nextRequest('ACK');
      if (side === 'caller') phone.send(phone.inDialog('BYE', request, response, 2), server.listener());
      else {
        const swapped = {
          From: ack.headers.get('To') ?? '',
          To: ack.headers.get('From') ?? '',
          'Call-ID': ack.headers.get('Call-ID') ?? '',
        };
        peer.send(peer.request('BYE', `sip:127.0.0.1:${server.udpPort}`, swapped), server.listener());
      }
      const other = side === 'caller' ? peer : phone;
      const bye = await other.nextRequest('BYE');
      other.send(other.response(bye, 200), server.listener());
      await (side === 'caller' ? phone : peer).next('200');
      await until(() => server.handle.stats().dialogs === 0, 'no dialog left');
    }
  }));

test('CANCEL before the answer: 200, 487, and the application is told', () =>
  scene(async (s) => {
    const server = await s.server();
    const cancelled: string[] = [];
    let late: unknown;
    await s.app(server, {
      invite: (request, reply) => {
        request.on('cancel', (cancel) => {
          cancelled.push(cancel.get('Reason') ?? 'none');
          reply.send(200, { body: sdp() }, (error) => (late = error));
        });
        reply.send(180);
      },
    });
    const phone = await s.udpPeer();
    const request = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(request, server.listener());
    await phone.next('180');
    const via = request.headers.get('Via') ?? '';
    const same = { Via: via, From: request.headers.get('From') ?? '', 'Call-ID': request.headers.get('Call-ID') ?? '' };
    const cancel = phone.request('CANCEL', 'sip:x@y', {
      ...same,
      CSeq: '1 CANCEL',
      Reason: 'SIP;cause=200;text="elsewhere"',
    });
    phone.send(cancel, server.listener());
    const ok = await phone.nextResponse(200);
    assert.equal(ok.headers.get('CSeq'), '1 CANCEL');
    const refused = await phone.nextResponse(487);
    phone.send(phone.inDialog('ACK', request, refused, 1, { Via: via }), server.listener());
    await until(() => late !== undefined, 'the late answer was refused');
    assert.deepEqual(cancelled, ['SIP;cause=200;text="elsewhere"']);
    assert.match(String(late), /already answered/);
    assert.equal(server.handle.stats().dialogs, 0);
  }));

test('CANCEL after the answer changes nothing', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const request = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(request, server.listener());
    const response = await phone.nextResponse(200);
    let destroyed = false;
    (await answered()).on('destroy', () => (destroyed = true));
    const same = {
      Via: request.headers.get('Via') ?? '',
      From: request.headers.get('From') ?? '',
      'Call-ID': request.headers.get('Call-ID') ?? '',
    };
    phone.send(phone.request('CANCEL', 'sip:x@y', { ...same, CSeq: '1 CANCEL' }), server.listener());
    await until(
      () => phone.received.some((m) => m.kind === 'response' && m.headers.get('CSeq') === '1 CANCEL'),
      'an answer',
    );
    phone.send(phone.inDialog('ACK', request, response, 1), server.listener());
    await pause(50);
    assert.equal(destroyed, false);
    assert.equal(server.handle.stats().dialogs, 1);
  }));

test('the caller hangs up with BYE before the answer: the application sees a CANCEL', () =>
  scene(async (s) => {
    const server = await s.server();
    let cancelled = false;
    await s.app(server, {
      invite: (request, reply) => {
        request.on('cancel', () => (cancelled = true));
        reply.send(180);
      },
    });
    const phone = await s.udpPeer();
    const request = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(request, server.listener());
    const ringing = await phone.nextResponse(180);
    phone.send(phone.inDialog('BYE', request, ringing, 2), server.listener());
    await phone.next('200');
    const refused = await phone.nextResponse(487);
    phone.send(
      phone.inDialog('ACK', request, refused, 1, { Via: request.headers.get('Via') ?? '' }),
      server.listener(),
    );
    await until(() => cancelled, 'the application heard of it');
    assert.equal(server.handle.stats().dialogs, 0);
  }));

test('an application cancels: held until the first provisional response, 487 reported', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const { pending, invite, cancel } = await calling(app, peer);
    cancel();
    await pause(40);
    assert.deepEqual(
      peer.received.filter((m) => nameOf(m) === 'CANCEL'),
      [],
    );
    peer.send(peer.response(invite, 100), server.listener());
    const request = await peer.nextRequest('CANCEL');
    assert.equal(request.headers.get('Via'), invite.headers.get('Via'));
    peer.send(peer.response(request, 200), server.listener());
    peer.send(peer.response(invite, 487), server.listener());
    await assert.rejects(pending, (error) => error instanceof Error && 'status' in error && error.status === 487);
    await peer.nextRequest('ACK');
  }));

test("an application cancels and the 200 crosses: the call is the application's to end", () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const { pending, invite, cancel } = await calling(app, peer);
    peer.send(peer.response(invite, 180), server.listener());
    await pause(20);
    peer.send(peer.response(invite, 200, {}, sdp()), server.listener());
    cancel();
    const dialog = await pending;
    await peer.nextRequest('ACK');
    const over = dialog.destroy();
    const bye = await peer.nextRequest('BYE');
    peer.send(peer.response(bye, 200), server.listener());
    await over;
    assert.equal(server.handle.stats().dialogs, 0);
  }));

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
    assert.equal(server.handle.stats().dialogs, 1, 'the subscription keeps the dialog');
    const last = dialog.request({
      method: 'NOTIFY',
      headers: { ...headers, 'Subscription-State': 'terminated' },
      body: 'SIP/2.0 200 OK',
    });
    const final = await phone.nextRequest('NOTIFY');
    phone.send(phone.response(final, 200), server.listener());
    await last;
    assert.equal(server.handle.stats().dialogs, 0);
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
    await until(() => server.handle.stats().dialogs === 0, 'the dialog is gone');

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
    assert.equal(server.handle.stats().dialogs, 1);
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
    assert.equal(server.handle.stats().dialogs, 0);
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
    await until(() => server.handle.stats().dialogs === 0, 'no dialog left');
  }));
