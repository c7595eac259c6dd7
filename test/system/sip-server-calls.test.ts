import assert from 'node:assert/strict';
import { cseqNumber, tagOf } from '../../src/sip/index.js';
import {
  answering,
  nameOf,
  type Peer,
  pause,
  type SrfApp,
  type SrfMessage,
  type SrfRequest,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

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
    await server.dialogsBecome(0);
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
    await server.dialogsBecome(0);
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
    await server.dialogsBecome(0);
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
    await server.dialogsBecome(1);
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
      await server.dialogsBecome(0);
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
    await server.dialogsBecome(0);
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
    await server.dialogsBecome(1);
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
    await server.dialogsBecome(0);
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
    await server.dialogsBecome(0);
  }));
