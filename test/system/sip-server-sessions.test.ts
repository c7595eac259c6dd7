import assert from 'node:assert/strict';
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/index.js';
import {
  answering,
  nameOf,
  type Peer,
  pause,
  type SrfApp,
  type SrfDialog,
  type SrfMessage,
  type SrfReply,
  type SrfRequest,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

const timer = { Supported: 'timer', Allow: 'INVITE, ACK, BYE, UPDATE' };
/** Intervals of seconds, so that a test can wait for them. */
const quick = { minSeS: 1 };

/** The ACK of a refusal, which belongs to the INVITE's transaction. */
function ackRefusal(peer: Peer, invite: SipRequest, refusal: SipResponse): SipRequest {
  const cseq = Number.parseInt(invite.headers.get('CSeq') ?? '', 10);
  return peer.inDialog('ACK', invite, refusal, cseq, { Via: invite.headers.get('Via') ?? '' });
}

test('UPDATE during the INVITE, from the caller: no offer while one waits, one UPDATE at a time', () =>
  scene(async (s) => {
    const server = await s.server();
    const calls: [SrfRequest, SrfReply][] = [];
    await s.app(server, { invite: (request, reply) => calls.push([request, reply]) });
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(invite, server.listener());
    await until(() => calls.length === 1, 'the call');
    const [[request, reply] = []] = calls;
    if (request === undefined || reply === undefined) throw new Error('no call');
    const updates: [SrfRequest, SrfReply][] = [];
    request.on('update', (update, answer) => updates.push([update, answer]));
    reply.send(180);
    const ringing = await phone.nextResponse(180);
    // Its own offer has no answer yet.
    phone.send(phone.inDialog('UPDATE', invite, ringing, 2, {}, sdp(4002)), server.listener());
    const early = await phone.nextResponse(500);
    assert.ok(Number(early.headers.get('Retry-After')) <= 10);
    // Without an offer nothing is in the way.
    phone.send(phone.inDialog('UPDATE', invite, ringing, 3), server.listener());
    await until(() => updates.length === 1, 'the application has the UPDATE');
    phone.send(phone.inDialog('UPDATE', invite, ringing, 4), server.listener());
    const second = await phone.nextResponse(500);
    assert.equal(second.headers.get('CSeq'), '4 UPDATE');
    updates[0]?.[1].send(200);
    await phone.nextResponse(200);
    reply.send(183, { body: sdp(5000) });
    await phone.nextResponse(183);
    phone.send(phone.inDialog('UPDATE', invite, ringing, 5, {}, sdp(4002)), server.listener());
    await until(() => updates.length === 2, 'the offer reaches the application once the first one is answered');
    // Until it is answered, the peer makes no other.
    updates[1]?.[1].send(200, { body: sdp(5000) });
    const answered = await phone.nextResponse(200);
    assert.equal(answered.body.toString(), sdp(5000));
    reply.send(486);
    phone.send(ackRefusal(phone, invite, await phone.nextResponse(486)), server.listener());
  }));

test('UPDATE during the INVITE, from the callee: 491 while our offer waits, else to the application', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const calling = app.createUAC(`sip:bob@${phone.hostPort}`, { localSdp: sdp(4000) });
    const invite = await phone.nextRequest('INVITE');
    const ringing = phone.response(invite, 180);
    phone.send(ringing, server.listener());
    const back = (cseq: number, body: string): SipRequest =>
      phone.request(
        'UPDATE',
        /<([^>]+)>/.exec(invite.headers.get('Contact') ?? '')?.[1] ?? '',
        {
          From: ringing.headers.get('To') ?? '',
          To: invite.headers.get('From') ?? '',
          'Call-ID': invite.headers.get('Call-ID') ?? '',
          CSeq: `${cseq} UPDATE`,
        },
        body,
      );
    phone.send(back(1, sdp(6002)), server.listener());
    await phone.nextResponse(491);
    phone.send(phone.response(invite, 183, {}, sdp(6000)), server.listener());
    await pause(20);
    phone.send(back(2, sdp(6002)), server.listener());
    const accepted = await phone.nextResponse(200);
    assert.equal(accepted.body.toString(), sdp(4000));
    phone.send(phone.response(invite, 200, {}, sdp(6000)), server.listener());
    await calling;
    await phone.nextRequest('ACK');
  }));

test('the application sends UPDATE in its early dialogs; a To tag names the fork', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const other = await s.udpPeer();
    const provisionals: SrfMessage[] = [];
    const calling = app.createUAC(
      `sip:bob@${phone.hostPort}`,
      { localSdp: sdp() },
      { cbProvisional: (r: SrfMessage) => provisionals.push(r) },
    );
    const invite = await phone.nextRequest('INVITE');
    phone.send(phone.response(invite, 183, {}, sdp(phone.port)), server.listener());
    phone.send(other.response(invite, 183, {}, sdp(other.port)), server.listener());
    await until(() => provisionals.length === 2, 'both forks');
    const [first] = provisionals;
    const status = new Promise<number>((resolve) => {
      const options = { method: 'UPDATE', stackDialogId: first?.stackDialogId, headers: { To: first?.get('To') } };
      app.request('sip:placeholder', options, (_error, sent) => sent.on('response', (r) => resolve(r.status)));
    });
    const update = await phone.nextRequest('UPDATE');
    assert.equal(update.headers.get('To'), first?.get('To'));
    phone.send(phone.response(update, 200), server.listener());
    assert.equal(await status, 200);
    phone.send(other.response(invite, 200, {}, sdp(other.port)), server.listener());
    await calling;
  }));

test('re-INVITE glare: the application gets 491 for what crosses, and waits for what it cannot see', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(invite, server.listener());
    const ok = await phone.nextResponse(200);
    const dialog = await answered();
    // The ACK is not there yet: the re-INVITE waits for it.
    const held = dialog.modify(sdp(5002));
    await pause(100);
    assert.equal(
      phone.received.some((m) => nameOf(m) === 'INVITE'),
      false,
    );
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    const reinvite = await phone.nextRequest('INVITE');
    phone.send(phone.response(reinvite, 200, {}, sdp(6000)), server.listener());
    assert.equal(await held, sdp(6000));
    await phone.nextRequest('ACK');
    // The peer's re-INVITE is with the application: its own would cross it.
    const pending: SrfReply[] = [];
    dialog.on('modify', (_request, reply) => pending.push(reply));
    const theirs = phone.inDialog('INVITE', invite, ok, 2, {}, sdp(4002));
    phone.send(theirs, server.listener());
    await until(() => pending.length === 1, 'their re-INVITE');
    const crossed = await dialog.request({ method: 'INVITE', body: sdp(5004) });
    assert.equal(crossed.status, 491);
    const update = await dialog.request({ method: 'UPDATE', body: sdp(5004) });
    assert.equal(update.status, 491);
    // The peer's UPDATE with another offer is refused while the first has no answer.
    phone.send(phone.inDialog('UPDATE', invite, ok, 3, {}, sdp(4004)), server.listener());
    await phone.nextResponse(500);
    pending[0]?.send(200, { body: sdp(5002) });
    const modified = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', theirs, modified, 2), server.listener());
    // The peer's 491 reaches the application as it is.
    const refused = dialog.request({ method: 'INVITE', body: sdp(5006) });
    const again = await phone.nextRequest('INVITE');
    phone.send(phone.response(again, 491), server.listener());
    assert.equal((await refused).status, 491);
  }));

test('an offer of ours that waits for its ACK keeps others out: 491', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y');
    phone.send(invite, server.listener());
    const ok = await phone.nextResponse(200);
    await answered();
    phone.send(phone.inDialog('UPDATE', invite, ok, 2, {}, sdp(4002)), server.listener());
    await phone.nextResponse(491);
    phone.send(phone.inDialog('ACK', invite, ok, 1, {}, sdp(4000)), server.listener());
    await pause(20);
    phone.send(phone.inDialog('UPDATE', invite, ok, 3, {}, sdp(4002)), server.listener());
    const accepted = await phone.nextResponse(200);
    assert.equal(accepted.headers.get('CSeq'), '3 UPDATE');
  }));

test('session timer: 422 for what is too short, for INVITE and UPDATE', () =>
  scene(async (s) => {
    const server = await s.server();
    await answering(s, server);
    const phone = await s.udpPeer();
    const short = phone.request('INVITE', 'sip:x@y', { ...timer, 'Session-Expires': '60' }, sdp());
    phone.send(short, server.listener());
    const refused = await phone.nextResponse(422);
    assert.equal(refused.headers.get('Min-SE'), '90');
    phone.send(ackRefusal(phone, short, refused), server.listener());
    const invite = phone.request('INVITE', 'sip:x@y', { ...timer, 'Session-Expires': '1800' }, sdp());
    phone.send(invite, server.listener());
    const ok = await phone.nextResponse(200);
    assert.equal(ok.headers.get('Session-Expires'), '1800;refresher=uac');
    assert.equal(ok.headers.get('Require'), 'timer');
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    const tooShort = { ...timer, 'Session-Expires': '89;refresher=uac' };
    phone.send(phone.inDialog('UPDATE', invite, ok, 2, tooShort), server.listener());
    assert.equal((await phone.nextResponse(422)).headers.get('Min-SE'), '90');
    const enough = { ...timer, 'Session-Expires': '90;refresher=uac', Require: 'timer' };
    phone.send(phone.inDialog('UPDATE', invite, ok, 3, enough), server.listener());
    assert.equal((await phone.nextResponse(200)).headers.get('Session-Expires'), '90;refresher=uac');
    // Who knows no session timers cannot be told 422: a proxy has asked.
    const stranger = await s.udpPeer();
    stranger.send(stranger.request('INVITE', 'sip:x@y', { 'Session-Expires': '60' }, sdp()), server.listener());
    assert.equal((await stranger.nextResponse(200)).headers.get('Session-Expires'), '90;refresher=uas');
  }));

/** An application that answers with that Session-Expires. */
async function timed(
  s: Parameters<Parameters<typeof scene>[0]>[0],
  sessionExpires: string,
): Promise<{ server: Awaited<ReturnType<typeof s.server>>; ended: string[]; dialogs: SrfDialog[] }> {
  const server = await s.server(quick);
  const ended: string[] = [];
  const dialogs: SrfDialog[] = [];
  const app: SrfApp = await s.app(server, {
    invite: (request, reply) => {
      const options = { localSdp: sdp(5000), headers: { 'Session-Expires': sessionExpires } };
      void app.createUAS(request, reply, options).then((dialog) => {
        dialogs.push(dialog);
        dialog.on('destroy', (_message, reason) => ended.push(reason ?? ''));
      });
    },
  });
  return { server, ended, dialogs };
}

async function timedCall(
  phone: Peer,
  to: Parameters<Peer['send']>[1],
  headers: Readonly<Record<string, string>>,
): Promise<{ invite: SipRequest; ok: SipResponse }> {
  const invite = phone.request('INVITE', 'sip:x@y', headers, sdp());
  phone.send(invite, to);
  const ok = await phone.nextResponse(200);
  phone.send(phone.inDialog('ACK', invite, ok, 1), to);
  return { invite, ok };
}

test('session timer: the server refreshes by UPDATE without a description, again and again; 481 ends the call', () =>
  scene(async (s) => {
    const { server, ended } = await timed(s, '2;refresher=uas');
    const phone = await s.udpPeer();
    const { ok } = await timedCall(phone, server.listener(), timer);
    assert.equal(ok.headers.get('Session-Expires'), '2;refresher=uas');
    for (let i = 0; i < 2; i++) {
      const update = await phone.nextRequest('UPDATE', 3000);
      assert.equal(update.body.length, 0);
      assert.equal(update.headers.get('Session-Expires'), '2;refresher=uac');
      assert.equal(update.headers.get('Supported'), 'timer');
      assert.ok(update.headers.has('Contact'));
      const headers = { 'Session-Expires': '2;refresher=uac', Require: 'timer' };
      phone.send(phone.response(update, 200, headers), server.listener());
    }
    const last = await phone.nextRequest('UPDATE', 3000);
    phone.send(phone.response(last, 481), server.listener());
    const bye = await phone.nextRequest('BYE');
    assert.match(bye.headers.get('Reason') ?? '', /Session timer expired/);
    phone.send(phone.response(bye, 200), server.listener());
    await until(() => ended.length === 1, 'the application is told');
    assert.deepEqual(ended, ['Session timer expired']);
    await server.dialogsBecome(0);
  }));

test('session timer: without UPDATE by re-INVITE with the last description; 491 comes back, the application waits', () =>
  scene(async (s) => {
    const { server, ended, dialogs } = await timed(s, '3;refresher=uas');
    const phone = await s.udpPeer();
    await timedCall(phone, server.listener(), { Supported: 'timer' });
    const refresh = await phone.nextRequest('INVITE', 3000);
    assert.equal(refresh.body.toString(), sdp(5000));
    assert.equal(refresh.headers.get('Content-Type'), 'application/sdp');
    const glare = phone.response(refresh, 491);
    phone.send(glare, server.listener());
    await phone.nextRequest('ACK');
    // The callee did not choose the Call-ID: 0-2 s.
    const again = await phone.nextRequest('INVITE', 3000);
    await until(() => dialogs.length === 1, 'the dialog');
    const modified = dialogs[0]?.modify(sdp(5002));
    await pause(50);
    assert.equal(
      phone.received.some((m) => nameOf(m) === 'INVITE' && m.body.toString() === sdp(5002)),
      false,
      'one INVITE at a time',
    );
    phone.send(phone.response(again, 200, { 'Session-Expires': '3;refresher=uac' }, sdp()), server.listener());
    await phone.nextRequest('ACK');
    const isOwn = (m: SipMessage) => nameOf(m) === 'INVITE' && m.body.toString() === sdp(5002);
    await until(() => phone.received.some(isOwn), 'the held re-INVITE');
    phone.received.splice(0, phone.received.findIndex(isOwn));
    const own = await phone.nextRequest('INVITE');
    assert.equal(own.body.toString(), sdp(5002));
    assert.equal(own.headers.get('Session-Expires'), '3;refresher=uac', 'the interval in force is kept');
    phone.send(phone.response(own, 200, { 'Session-Expires': '3;refresher=uac' }, sdp(4002)), server.listener());
    await phone.nextRequest('ACK');
    assert.equal(await modified, sdp(4002));
    const third = await phone.nextRequest('INVITE', 3000);
    assert.equal(third.body.toString(), sdp(5002), 'what was said last');
    phone.send(phone.response(third, 200, {}, sdp(4002)), server.listener());
    await phone.nextRequest('ACK');
    assert.deepEqual(ended, []);
  }));

test('session timer: a peer that refuses UPDATE gets a re-INVITE, and silence ends the call', () =>
  scene(async (s) => {
    const { server, ended } = await timed(s, '2;refresher=uas');
    const phone = await s.udpPeer();
    await timedCall(phone, server.listener(), timer);
    const update = await phone.nextRequest('UPDATE', 3000);
    phone.send(phone.response(update, 501), server.listener());
    const refresh = await phone.nextRequest('INVITE');
    assert.equal(refresh.body.toString(), sdp(5000));
    await phone.nextRequest('BYE', 5000);
    await until(() => ended.length === 1, 'the application is told');
    assert.deepEqual(ended, ['Session timer expired']);
  }));

test('session timer: the peer refreshes, by re-INVITE and by UPDATE, and then no more', () =>
  scene(async (s) => {
    const { server, ended } = await timed(s, '2');
    const phone = await s.udpPeer();
    const headers = { ...timer, 'Session-Expires': '2;refresher=uac' };
    const { invite, ok } = await timedCall(phone, server.listener(), headers);
    assert.equal(ok.headers.get('Session-Expires'), '2;refresher=uac');
    await pause(900);
    const reinvite = phone.inDialog('INVITE', invite, ok, 2, headers, sdp());
    phone.send(reinvite, server.listener());
    const refreshed = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', reinvite, refreshed, 2), server.listener());
    await pause(900);
    phone.send(phone.inDialog('UPDATE', invite, ok, 3, headers), server.listener());
    assert.equal((await phone.nextResponse(200)).headers.get('Session-Expires'), '2;refresher=uac');
    await pause(900);
    assert.deepEqual(ended, []);
    const bye = await phone.nextRequest('BYE', 2000);
    phone.send(phone.response(bye, 200), server.listener());
    await until(() => ended.length === 1, 'the application is told');
    assert.deepEqual(ended, ['Session timer expired']);
  }));

test('session timer: as caller the application asks, and is told 422; the peer without timers is refreshed too', () =>
  scene(async (s) => {
    const server = await s.server(quick);
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const ask = (seconds: number, refresher: string) =>
      app.createUAC(`sip:bob@${phone.hostPort}`, {
        localSdp: sdp(4000),
        headers: { 'Session-Expires': `${seconds}${refresher}`, 'Min-SE': '1' },
      });
    const first = ask(1, '').catch((error: { status: number; res: SrfMessage }) => error);
    const short = await phone.nextRequest('INVITE');
    assert.equal(short.headers.get('Supported'), 'timer');
    phone.send(phone.response(short, 422, { 'Min-SE': '2' }), server.listener());
    await phone.nextRequest('ACK');
    const refused = await first;
    assert.ok('res' in refused && refused.status === 422 && refused.res.get('Min-SE') === '2');
    const second = ask(2, ';refresher=uac');
    const invite = await phone.nextRequest('INVITE');
    // No Session-Expires in the answer, but UPDATE is allowed.
    phone.send(phone.response(invite, 200, { Allow: 'INVITE,UPDATE' }, sdp(6000)), server.listener());
    const dialog = await second;
    await phone.nextRequest('ACK');
    const update = await phone.nextRequest('UPDATE', 3000);
    assert.equal(update.headers.get('Session-Expires'), '2;refresher=uac');
    phone.send(phone.response(update, 200), server.listener());
    // Whatever it answers, it is there.
    const again = await phone.nextRequest('UPDATE', 3000);
    phone.send(phone.response(again, 401), server.listener());
    const third = await phone.nextRequest('UPDATE', 3000);
    phone.send(phone.response(third, 501), server.listener());
    const refresh = await phone.nextRequest('INVITE', 3000);
    assert.equal(refresh.body.toString(), sdp(4000));
    phone.send(phone.response(refresh, 488), server.listener());
    await phone.nextRequest('ACK');
    const over = dialog.destroy();
    phone.send(phone.response(await phone.nextRequest('BYE'), 200), server.listener());
    await over;
    phone.received.length = 0;
    await pause(1200);
    assert.deepEqual(phone.received, [], 'the timer ends with the call');
  }));
