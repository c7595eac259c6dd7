import assert from 'node:assert/strict';
import {
  answering,
  nameOf,
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

test('a repeated 2xx of a re-INVITE gets its own ACK again', () =>
  scene(async (s) => {
    const server = await s.server();
    const { answered } = await answering(s, server);
    const phone = await s.udpPeer();
    await phone.call('sip:x@y', server.listener());
    const dialog = await answered();
    const modified = dialog.modify(sdp(5002));
    const reinvite = await phone.nextRequest('INVITE');
    const ok = phone.response(reinvite, 200, {}, sdp(6000));
    phone.send(ok, server.listener());
    const first = await phone.nextRequest('ACK');
    await modified;
    phone.send(ok, server.listener());
    const second = await phone.nextRequest('ACK');
    assert.equal(second.headers.get('CSeq'), reinvite.headers.get('CSeq')?.replace('INVITE', 'ACK'));
    assert.equal(second.headers.get('Via'), first.headers.get('Via'), 'the same bytes');
  }));

test('an ACK that comes when the call was given up does nothing; a BYE in its place ends the repeating', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 10, t2Ms: 80, t4Ms: 100 } });
    const reasons: string[] = [];
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        void app.createUAS(request, reply, { localSdp: sdp() }).then((dialog) => {
          dialog.on('destroy', (_message, reason) => reasons.push(reason ?? ''));
        });
      },
    });
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(invite, server.listener());
    const ok = await phone.nextResponse(200);
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    await until(() => reasons.length === 1, 'the application is told');
    assert.deepEqual(reasons, ['ACK timeout']);
    phone.send(phone.inDialog('ACK', invite, ok, 1), server.listener());
    phone.send(phone.inDialog('INFO', invite, ok, 2), server.listener());
    await phone.nextResponse(481);
    // The second caller never acknowledges, and hangs up.
    const other = await s.udpPeer();
    const second = other.request('INVITE', 'sip:x@y', {}, sdp());
    other.send(second, server.listener());
    const answer = await other.nextResponse(200);
    other.send(other.inDialog('BYE', second, answer, 2), server.listener());
    await until(
      () => other.received.some((m) => m.headers.get('CSeq') === '2 BYE' && nameOf(m) === '200'),
      'the answer to BYE',
    );
    other.received.length = 0;
    await pause(200);
    assert.deepEqual(other.received.map(nameOf), [], 'the 2xx is not repeated');
    await until(() => reasons.length === 2, 'the application is told');
    assert.equal(reasons[1], 'normal release');
  }));

/** A call of the application that rings at `phone`. */
async function ringing(s: Parameters<Parameters<typeof scene>[0]>[0]) {
  const server = await s.server();
  const app = await s.app(server);
  const phone = await s.udpPeer();
  const provisionals: SrfMessage[] = [];
  let request: SrfRequest | undefined;
  const outcome = app
    .createUAC(
      `sip:bob@${phone.hostPort}`,
      { localSdp: sdp() },
      {
        cbRequest: (_error: unknown, sent: SrfRequest) => (request = sent),
        cbProvisional: (r: SrfMessage) => provisionals.push(r),
      },
    )
    .catch((error: { status: number }) => error);
  const invite = await phone.nextRequest('INVITE');
  phone.send(phone.response(invite, 180), server.listener());
  await until(() => provisionals.length === 1, 'ringing');
  return { server, app, phone, invite, dialogId: provisionals[0]?.stackDialogId ?? '', outcome, sent: () => request };
}

test('the caller may hang up an early dialog with BYE: it ends, and the INVITE by its own answer', () =>
  scene(async (s) => {
    const { server, app, phone, invite, dialogId, outcome } = await ringing(s);
    app.request('sip:placeholder', { method: 'BYE', stackDialogId: dialogId });
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    phone.send(phone.response(invite, 487), server.listener());
    const ended = await outcome;
    assert.ok('status' in ended && ended.status === 487);
    await phone.nextRequest('ACK');
    await server.dialogsBecome(0);
  }));

test('a callee that hangs up its early dialog, which it must not, gets 200, and the call is cancelled', () =>
  scene(async (s) => {
    const { server, phone, invite, outcome } = await ringing(s);
    const bye = phone.request('BYE', /<([^>]+)>/.exec(invite.headers.get('Contact') ?? '')?.[1] ?? '', {
      From: `${invite.headers.get('To')};tag=to-${phone.port}`,
      To: invite.headers.get('From') ?? '',
      'Call-ID': invite.headers.get('Call-ID') ?? '',
    });
    phone.send(bye, server.listener());
    await phone.nextResponse(200);
    const cancel = await phone.nextRequest('CANCEL');
    phone.send(phone.response(cancel, 200), server.listener());
    phone.send(phone.response(invite, 487), server.listener());
    const ended = await outcome;
    assert.ok('status' in ended && ended.status === 487);
  }));

test("a callee's own BYE before its answer is refused by the server: only the caller may", () =>
  scene(async (s) => {
    const server = await s.server();
    const calls: [SrfRequest, SrfReply][] = [];
    const app = await s.app(server, { invite: (request, reply) => calls.push([request, reply]) });
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await until(() => calls.length === 1, 'the call');
    const dialogId = await new Promise<string>((resolve) => {
      calls[0]?.[1].send(180, {}, () => resolve(calls[0]?.[1].stackDialogId ?? ''));
    });
    const error = await new Promise<Error | null>((resolve) => {
      app.request('sip:placeholder', { method: 'BYE', stackDialogId: dialogId }, resolve);
    });
    assert.match(error?.message ?? '', /not confirmed/);
  }));

test('CANCEL of the application and 200 cross; the CANCEL is answered, the call is acknowledged and ended', () =>
  scene(async (s) => {
    const { server, phone, invite, outcome, sent } = await ringing(s);
    sent()?.cancel();
    const cancel = await phone.nextRequest('CANCEL');
    // RFC 3261 §9.2: the INVITE has its final response, so that the CANCEL changes nothing.
    phone.send(phone.response(invite, 200, {}, sdp(6000)), server.listener());
    phone.send(phone.response(cancel, 481), server.listener());
    const dialog = await outcome;
    await phone.nextRequest('ACK');
    assert.ok('destroy' in dialog);
    const over = dialog.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    await over;
  }));

/** Two applications, and a call that the first one has. */
async function owned(s: Parameters<Parameters<typeof scene>[0]>[0]) {
  const server = await s.server();
  const seen: { app: number; request: SrfRequest; reply: SrfReply }[] = [];
  const dialogs: SrfDialog[] = [];
  const apps: SrfApp[] = [];
  for (let n = 0; n < 2; n++) {
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        seen.push({ app: n, request, reply });
        if (request.has('Replaces')) return;
        void app.createUAS(request, reply, { localSdp: sdp() }).then((d) => dialogs.push(d));
      },
    });
    apps.push(app);
  }
  const phone = await s.udpPeer();
  const call = await phone.call('sip:x@y', server.listener());
  await until(() => dialogs.length === 1, 'the dialog');
  const tag = (value: string | undefined) => /tag=(.*)/.exec(value ?? '')?.[1] ?? '';
  const callId = call.request.headers.get('Call-ID') ?? '';
  const local = tag(call.response.headers.get('To'));
  const remote = tag(call.request.headers.get('From'));
  return { server, seen, apps, dialogs, phone, call, replaces: `${callId};to-tag=${local};from-tag=${remote}` };
}

test('an INVITE with Replaces goes to the application that has the dialog, which ends it for the new one', () =>
  scene(async (s) => {
    const { server, seen, dialogs, phone, replaces, apps } = await owned(s);
    const owner = seen[0]?.app;
    const other = await s.udpPeer();
    for (let i = 0; i < 3; i++) {
      other.send(
        other.request('INVITE', 'sip:x@y', { Replaces: replaces, Require: 'replaces' }, sdp()),
        server.listener(),
      );
    }
    await until(() => seen.length === 4, 'the INVITEs');
    assert.deepEqual(
      seen.slice(1).map(({ app }) => app),
      [owner, owner, owner],
    );
    const taken = seen[1];
    if (taken === undefined || owner === undefined) throw new Error('no INVITE');
    assert.equal(taken.request.get('Replaces'), replaces);
    const answer = apps[owner]?.createUAS(taken.request, taken.reply, { localSdp: sdp() });
    await other.nextResponse(200);
    await answer;
    const over = dialogs[0]?.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    await over;
    for (const { reply } of seen.slice(2)) reply.send(486);
  }));

test('Replaces: what the server can tell by itself (RFC 3891 §3)', () =>
  scene(async (s) => {
    const { server, seen, replaces } = await owned(s);
    const other = await s.udpPeer();
    const status = async (headers: Record<string, string>): Promise<number> => {
      other.received.length = 0;
      other.send(other.request('INVITE', 'sip:x@y', headers, sdp()), server.listener());
      const final = () => other.received.find((m) => m.kind === 'response' && m.status >= 200);
      await until(() => final() !== undefined, 'an answer');
      const response = final();
      return response?.kind === 'response' ? response.status : 0;
    };
    assert.equal(await status({ Replaces: `${replaces};early-only` }), 486);
    assert.equal(await status({ Replaces: 'no tags' }), 400);
    // Our own ringing call is not to be taken over: only who called may give it away.
    const ringer = await s.udpPeer();
    const invite = ringer.request('INVITE', 'sip:x@y', { Replaces: 'nobody@nowhere;to-tag=1;from-tag=2' }, sdp());
    ringer.send(invite, server.listener());
    await until(() => seen.length === 2, 'what matches nothing goes to an application');
    seen[1]?.reply.send(180);
    const early = await ringer.nextResponse(180);
    const tag = /tag=(.*)/.exec(early.headers.get('To') ?? '')?.[1];
    const from = /tag=(.*)/.exec(invite.headers.get('From') ?? '')?.[1];
    const ringing = `${invite.headers.get('Call-ID')};to-tag=${tag};from-tag=${from}`;
    assert.equal(await status({ Replaces: ringing }), 481);
    seen[1]?.reply.send(486);
  }));

test('REFER with Replaces in its Refer-To goes through whole, both ways', () =>
  scene(async (s) => {
    const { server, dialogs, phone, call } = await owned(s);
    const [dialog] = dialogs;
    if (dialog === undefined) throw new Error('no dialog');
    const target = '<sip:c@192.0.2.9;user=phone?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>';
    let referred: SrfRequest | undefined;
    dialog.on('refer', (request, reply) => {
      referred = request;
      reply.send(202);
    });
    const headers = { 'Refer-To': target, 'Referred-By': '<sip:peer@y>' };
    phone.send(phone.inDialog('REFER', call.request, call.response, 2, headers), server.listener());
    await phone.nextResponse(202);
    assert.equal(referred?.get('Refer-To'), target);
    const sent = dialog.request({ method: 'REFER', headers });
    const refer = await phone.nextRequest('REFER');
    assert.equal(refer.headers.get('Refer-To'), target);
    assert.equal(refer.headers.get('Referred-By'), '<sip:peer@y>');
    phone.send(phone.response(refer, 202), server.listener());
    assert.equal((await sent).status, 202);
  }));
