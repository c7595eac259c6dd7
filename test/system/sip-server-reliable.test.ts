import assert from 'node:assert/strict';
import type { SipRequest, SipResponse } from '../../src/sip/index.js';
import {
  nameOf,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
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

const supported = { Supported: '100rel' };
const reliably = { headers: { Require: '100rel' } };

/** An application that keeps the calls that it is given. */
async function taking(
  s: Scene,
  server: ServerUnderTest,
): Promise<{ app: SrfApp; call: () => Promise<[SrfRequest, SrfReply]>; pracks: SrfMessage[] }> {
  const calls: [SrfRequest, SrfReply][] = [];
  const pracks: SrfMessage[] = [];
  const app = await s.app(server, { invite: (request, reply) => calls.push([request, reply]) });
  const call = async (): Promise<[SrfRequest, SrfReply]> => {
    await until(() => calls.length > 0, 'the call');
    const next = calls.shift();
    if (next === undefined) throw new Error('no call');
    return next;
  };
  return { app, call, pracks };
}

function prack(peer: Peer, invite: SipRequest, response: SipResponse, cseq: number, body = ''): SipRequest {
  const rack = `${response.headers.get('RSeq')} ${invite.headers.get('CSeq')}`;
  return peer.inDialog('PRACK', invite, response, cseq, { RAck: rack }, body);
}

test('UAS: a provisional response with Require: 100rel is repeated until its PRACK, which the application hears of', () =>
  scene(async (s) => {
    const server = await s.server();
    const { app, call, pracks } = await taking(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', supported, sdp());
    phone.send(invite, server.listener());
    const [request, reply] = await call();
    let echoed: SrfMessage | undefined;
    reply.send(
      183,
      { ...reliably, body: sdp(5000) },
      (error, message) => {
        assert.equal(error, null);
        echoed = message;
      },
      (ack) => pracks.push(ack),
    );
    const first = await phone.nextResponse(183);
    assert.equal(first.headers.get('Require'), '100rel');
    const rseq = Number(first.headers.get('RSeq'));
    assert.ok(rseq >= 1 && rseq < 2 ** 31);
    const again = await phone.nextResponse(183);
    assert.equal(again.headers.get('RSeq'), String(rseq), 'repeated');
    await until(() => echoed?.get('RSeq') === String(rseq), 'the application sees the RSeq');
    // A PRACK for something else is not its own; the response goes on.
    phone.send(phone.inDialog('PRACK', invite, first, 2, { RAck: `${rseq + 1} 1 INVITE` }), server.listener());
    await phone.nextResponse(481);
    phone.send(phone.inDialog('PRACK', invite, first, 3, {}), server.listener());
    await phone.nextResponse(400);
    phone.send(prack(phone, invite, first, 4), server.listener());
    const accepted = await phone.nextResponse(200);
    assert.equal(accepted.headers.get('CSeq'), '4 PRACK');
    await until(() => pracks.length === 1, 'the application has the PRACK');
    assert.equal(pracks[0]?.get('RAck'), `${rseq} 1 INVITE`);
    // The same once more is unknown by now.
    phone.send(prack(phone, invite, first, 5), server.listener());
    await phone.nextResponse(481);
    phone.received.length = 0;
    await pause(200);
    assert.deepEqual(phone.received, [], 'nothing is repeated any more');
    const answered = app.createUAS(request, reply, { localSdp: sdp(5000) });
    const ok = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    const dialog = await answered;
    await dialog.destroy().catch(() => undefined);
  }));

test('UAS: one at a time; the 2xx waits for the PRACK of a response with a description', () =>
  scene(async (s) => {
    const server = await s.server();
    const { app, call } = await taking(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', supported, sdp());
    phone.send(invite, server.listener());
    const [request, reply] = await call();
    reply.send(180, reliably);
    reply.send(183, { ...reliably, body: sdp(5000) });
    reply.send(180, reliably);
    const first = await phone.nextResponse(180);
    await pause(120);
    assert.equal(phone.received.filter((m) => m.kind === 'response' && m.status === 183).length, 0, 'one at a time');
    phone.send(prack(phone, invite, first, 2), server.listener());
    await phone.nextResponse(200);
    const second = await phone.nextResponse(183);
    assert.equal(Number(second.headers.get('RSeq')), Number(first.headers.get('RSeq')) + 1);
    let dialog: SrfDialog | undefined;
    void app.createUAS(request, reply, { localSdp: sdp(5000) }).then((d) => (dialog = d));
    await pause(120);
    assert.equal(phone.received.filter((m) => m.kind === 'response' && m.status === 200).length, 0, 'the 2xx waits');
    assert.equal(dialog, undefined);
    phone.send(prack(phone, invite, second, 3), server.listener());
    const toPrack = await phone.nextResponse(200);
    assert.equal(toPrack.headers.get('CSeq'), '3 PRACK');
    const ok = await phone.nextResponse(200);
    assert.equal(ok.headers.get('CSeq'), '1 INVITE');
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    await until(() => dialog !== undefined, 'the dialog');
    phone.received.length = 0;
    await pause(120);
    assert.deepEqual(phone.received, [], 'the third provisional response is not sent after the final one');
  }));

test('UAS: without a description the 2xx goes at once, and the late PRACK is still answered', () =>
  scene(async (s) => {
    const server = await s.server();
    const { app, call } = await taking(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', supported, sdp());
    phone.send(invite, server.listener());
    const [request, reply] = await call();
    reply.send(180, reliably);
    const ringing = await phone.nextResponse(180);
    void app.createUAS(request, reply, { localSdp: sdp(5000) });
    const ok = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    await pause(100);
    phone.received.length = 0;
    phone.send(prack(phone, invite, ringing, 2), server.listener());
    const late = await phone.nextResponse(200);
    assert.equal(late.headers.get('CSeq'), '2 PRACK');
    assert.equal(phone.received.length, 0);
  }));

test('UAS: no PRACK within 64*T1: the INVITE gets 504, and the application a cancel', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 10, t2Ms: 80, t4Ms: 100 } });
    const { call } = await taking(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', supported, sdp());
    phone.send(invite, server.listener());
    const [request, reply] = await call();
    let cancelled: SrfMessage | undefined;
    request.on('cancel', (cancel) => (cancelled = cancel));
    reply.send(180, reliably);
    const ringing = await phone.nextResponse(180);
    const refused = await phone.nextResponse(504);
    phone.send(phone.inDialog('ACK', invite, refused, 1, { Via: invite.headers.get('Via') ?? '' }), server.listener());
    await until(() => cancelled !== undefined, 'the application is told');
    assert.match(cancelled?.get('Reason') ?? '', /PRACK timeout/);
    phone.send(prack(phone, invite, ringing, 2), server.listener());
    await phone.nextResponse(481);
    await server.dialogsBecome(0);
  }));

test('UAS: the caller decides: required, all are reliable; not supported, none is', () =>
  scene(async (s) => {
    const server = await s.server();
    const { call } = await taking(s, server);
    const phone = await s.udpPeer();
    const insists = phone.request('INVITE', 'sip:x@y', { Require: '100rel' }, sdp());
    phone.send(insists, server.listener());
    const [, first] = await call();
    first.send(180);
    const reliable = await phone.nextResponse(180);
    assert.equal(reliable.headers.get('Require'), '100rel');
    assert.ok(reliable.headers.has('RSeq'));
    phone.send(prack(phone, insists, reliable, 2), server.listener());
    await phone.nextResponse(200);
    const other = await s.udpPeer();
    other.send(other.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    const [, second] = await call();
    second.send(180, { headers: { Require: '100rel' } });
    const plain = await other.nextResponse(180);
    assert.equal(plain.headers.has('Require'), false);
    assert.equal(plain.headers.has('RSeq'), false);
    await pause(120);
    assert.deepEqual(other.received.map(nameOf), ['100'], 'it is not repeated');
  }));

test('UAS: CANCEL while a PRACK is awaited; the PRACK on its way still finds its response', () =>
  scene(async (s) => {
    const server = await s.server();
    const { call } = await taking(s, server);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', supported, sdp());
    phone.send(invite, server.listener());
    const [, reply] = await call();
    reply.send(183, { ...reliably, body: sdp(5000) });
    const ringing = await phone.nextResponse(183);
    let heldBack: unknown;
    reply.send(200, { body: sdp(5000) }, (error) => (heldBack = error));
    await pause(50);
    const via = { Via: invite.headers.get('Via') ?? '', CSeq: '1 CANCEL', To: invite.headers.get('To') ?? '' };
    phone.send(phone.inDialog('CANCEL', invite, ringing, 1, via), server.listener());
    await phone.nextResponse(200);
    const terminated = await phone.nextResponse(487);
    phone.send(phone.inDialog('ACK', invite, terminated, 1, { Via: via.Via }), server.listener());
    await until(() => heldBack !== undefined, 'the application learns that its 200 was not sent');
    phone.send(prack(phone, invite, ringing, 2), server.listener());
    const answered = await phone.nextResponse(200);
    assert.equal(answered.headers.get('CSeq'), '2 PRACK');
    phone.send(phone.inDialog('INFO', invite, ringing, 3), server.listener());
    await phone.nextResponse(481);
  }));

test('UAC: reliable responses reach the application in order and once, and createUAC acknowledges them', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const seen: number[] = [];
    const calling = app.createUAC(
      `sip:bob@${phone.hostPort}`,
      { localSdp: sdp(), headers: { Supported: '100rel' } },
      { cbProvisional: (r: SrfMessage) => seen.push(Number(r.get('RSeq'))) },
    );
    const invite = await phone.nextRequest('INVITE');
    const from = { address: server.listener().address, port: server.udpPort, protocol: 'udp' as const };
    const reliable = (rseq: number, status = 183) =>
      phone.send(phone.response(invite, status, { Require: '100rel', RSeq: String(rseq) }, sdp(6000)), from);
    const cseq = Number.parseInt(invite.headers.get('CSeq') ?? '', 10);
    reliable(5);
    const first = await phone.nextRequest('PRACK');
    assert.equal(first.headers.get('RAck'), `5 ${cseq} INVITE`);
    assert.equal(first.headers.get('CSeq'), `${cseq + 1} PRACK`);
    assert.equal(first.uri, `sip:peer@${phone.hostPort}`);
    phone.send(phone.response(first, 200), from);
    reliable(5);
    reliable(7);
    reliable(6);
    const second = await phone.nextRequest('PRACK');
    assert.equal(second.headers.get('RAck'), `6 ${cseq} INVITE`);
    phone.send(phone.response(second, 200), from);
    const third = await phone.nextRequest('PRACK');
    assert.equal(third.headers.get('RAck'), `7 ${cseq} INVITE`);
    phone.send(phone.response(third, 200), from);
    phone.send(phone.response(invite, 200, {}, sdp(6000)), from);
    const dialog = await calling;
    await phone.nextRequest('ACK');
    assert.deepEqual(seen, [5, 6, 7]);
    const over = dialog.destroy();
    const bye = await phone.nextRequest('BYE');
    assert.equal(bye.headers.get('CSeq'), `${cseq + 4} BYE`);
    phone.send(phone.response(bye, 200), from);
    await over;
  }));

test('UAC: forks have early dialogs of their own; the fork that answers wins, another 200 is ended', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const other = await s.udpPeer();
    const calling = app.createUAC(`sip:bob@${phone.hostPort}`, { localSdp: sdp(), headers: { Supported: '100rel' } });
    const invite = await phone.nextRequest('INVITE');
    const from = server.listener();
    const answer = (peer: Peer, status: number, rseq?: number): void => {
      const headers = rseq === undefined ? {} : { Require: '100rel', RSeq: String(rseq) };
      const response = peer.response(invite, status, headers, sdp(peer.port));
      // Both answers come from the proxy that forked.
      phone.send(response, from);
    };
    answer(phone, 183, 11);
    const toPhone = await phone.nextRequest('PRACK');
    answer(other, 183, 40);
    const toOther = await other.nextRequest('PRACK');
    assert.match(toPhone.headers.get('RAck') ?? '', /^11 /);
    assert.match(toOther.headers.get('RAck') ?? '', /^40 /);
    assert.notEqual(toPhone.headers.get('To'), toOther.headers.get('To'));
    phone.send(phone.response(toPhone, 200), from);
    other.send(other.response(toOther, 200), from);
    answer(other, 200);
    const dialog = await calling;
    assert.equal(dialog.sip.remoteTag, `to-${other.port}`);
    await other.nextRequest('ACK');
    // The other branch was answered as well: ACK and BYE, with a CSeq above its PRACK's.
    answer(phone, 200);
    const ack = await phone.nextRequest('ACK');
    assert.equal(ack.headers.get('CSeq'), invite.headers.get('CSeq')?.replace('INVITE', 'ACK'));
    const bye = await phone.nextRequest('BYE');
    assert.equal(
      Number.parseInt(bye.headers.get('CSeq') ?? '', 10),
      Number.parseInt(toPhone.headers.get('CSeq') ?? '', 10) + 1,
    );
    phone.send(phone.response(bye, 200), from);
    assert.equal(
      other.received.some((m) => m.kind === 'request' && m.method === 'BYE'),
      false,
    );
  }));

test('UAC: a PRACK without RAck gets the one that is due; one for nothing is refused', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    const options = { method: 'INVITE', body: sdp(), headers: { Supported: '100rel' } };
    let dialogId = '';
    app.request(`sip:bob@${phone.hostPort}`, options, (_error, sent) =>
      sent.on('response', (response) => (dialogId = response.stackDialogId)),
    );
    const invite = await phone.nextRequest('INVITE');
    phone.send(phone.response(invite, 183, { Require: '100rel', RSeq: '8' }), server.listener());
    await until(() => dialogId !== '', 'the response');
    const told = (headers: Record<string, string>) =>
      new Promise<Error | null>((resolve) => {
        app.request('sip:placeholder', { method: 'PRACK', stackDialogId: dialogId, headers }, resolve);
      });
    assert.match((await told({ RAck: '7 1 INVITE' }))?.message ?? '', /no reliable provisional response/);
    assert.match((await told({ RAck: 'eight' }))?.message ?? '', /malformed RAck/);
    assert.equal(await told({}), null);
    const prack = await phone.nextRequest('PRACK');
    assert.equal(prack.headers.get('RAck'), `8 ${invite.headers.get('CSeq')}`);
    phone.send(phone.response(prack, 200), server.listener());
    assert.match((await told({}))?.message ?? '', /no reliable provisional response/);
    phone.send(phone.response(invite, 486), server.listener());
    await phone.nextRequest('ACK');
  }));

test('UAC: an RSeq without Require: 100rel is a plain response', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const phone = await s.udpPeer();
    let provisional: SrfMessage | undefined;
    void app
      .createUAC(
        `sip:bob@${phone.hostPort}`,
        { localSdp: sdp() },
        { cbProvisional: (r: SrfMessage) => (provisional = r) },
      )
      .catch(() => undefined);
    const invite = await phone.nextRequest('INVITE');
    phone.send(phone.response(invite, 180, { RSeq: '3' }), server.listener());
    await until(() => provisional !== undefined, 'the response');
    assert.equal(provisional?.has('RSeq'), false);
    await pause(100);
    assert.equal(phone.received.length, 0);
    phone.send(phone.response(invite, 486), server.listener());
    await phone.nextRequest('ACK');
  }));

test('createB2BUA carries reliable provisional responses through, PRACK by PRACK', () =>
  scene(async (s) => {
    const server = await s.server();
    const callee = await s.udpPeer();
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        void app.createB2BUA(request, reply, `sip:bob@${callee.hostPort}`, {
          proxyRequestHeaders: ['supported'],
          proxyResponseHeaders: ['require'],
        });
      },
    });
    const caller = await s.udpPeer();
    const invite = caller.request('INVITE', 'sip:x@y', supported, sdp());
    caller.send(invite, server.listener());
    const offered = await callee.nextRequest('INVITE');
    assert.equal(offered.headers.get('Supported'), '100rel');
    callee.send(callee.response(offered, 183, { Require: '100rel', RSeq: '1' }, sdp(7000)), server.listener());
    const toCallee = await callee.nextRequest('PRACK');
    callee.send(callee.response(toCallee, 200), server.listener());
    const progress = await caller.nextResponse(183);
    assert.equal(progress.body.toString(), sdp(7000));
    caller.send(prack(caller, invite, progress, 2), server.listener());
    await caller.nextResponse(200);
    callee.send(callee.response(offered, 200, {}, sdp(7000)), server.listener());
    const ok = await caller.nextResponse(200);
    caller.send(caller.inDialog('ACK', invite, ok, 1), server.listener());
    await callee.nextRequest('ACK');
  }));
