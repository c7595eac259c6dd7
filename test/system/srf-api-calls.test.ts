import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { SipRequest } from '../../src/sip/index.js';
import { type Peer, type ServerUnderTest, sdp, until } from './sip-server-bench.js';
import {
  type ApiDialog,
  type ApiMessage,
  type ApiReply,
  type ApiRequest,
  connected,
  covering,
  digestOf,
} from './srf-api.js';

interface Failure extends Error {
  readonly status: number;
  readonly reason: string;
  readonly res?: ApiMessage;
}

const fails = (status: number) => (error: Failure) => {
  assert.equal(error.status, status);
  return true;
};

/** The peer answers an INVITE and takes the ACK. */
async function accept(phone: Peer, server: ServerUnderTest, body = sdp()): Promise<SipRequest> {
  const invite = await phone.nextRequest('INVITE');
  phone.send(phone.response(invite, 200, {}, body), server.listener());
  await phone.nextRequest('ACK');
  return invite;
}

covering(
  ['Srf#createUAS', 'createUAS: localSdp, body, functions, headers, callback, cancel, dialogStateEmitter'],
  'createUAS in all its forms',
  async (s) => {
    const server = await s.server();
    const states: string[] = [];
    const emitter = new EventEmitter();
    emitter.on('stateChange', ({ state, direction }: { state: string; direction: string }) =>
      states.push(`${state} ${direction}`),
    );
    const results: (ApiDialog | Failure)[] = [];
    const taken = (error: Failure | null, dialog: ApiDialog) => void results.push(error ?? dialog);
    const forms: Record<string, object> = {
      text: { localSdp: sdp(1), headers: { 'X-Mine': 'yes' }, dialogStateEmitter: emitter },
      body: { body: sdp(2), localSdp: sdp(2) },
      function: { localSdp: () => Promise.resolve(sdp(3)) },
      failing: { localSdp: () => Promise.reject(Object.assign(new Error('no media'), { status: 500 })) },
    };
    const app = await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        const form = forms[request.calledNumber];
        if (form !== undefined) srf.createUAS(request, reply, form, taken);
        else reply.send(180);
        // The caller gives up before the answer is known.
        if (form === undefined) {
          const media = () => new Promise((resolve) => setTimeout(() => resolve(sdp()), 300));
          request.on('cancel', () => results.push(Object.assign(new Error('cancelled'), { status: 0, reason: '' })));
          srf.createUAS(request, reply, { localSdp: media }, taken);
        }
      }),
    );
    const phone = await s.udpPeer();
    for (const [form, port] of [
      ['text', 1],
      ['body', 2],
      ['function', 3],
    ] as const) {
      const { response } = await phone.call(`sip:${form}@y`, server.listener());
      assert.equal(response.body.toString(), sdp(port));
      assert.equal(response.headers.get('X-Mine'), form === 'text' ? 'yes' : undefined);
    }
    await until(() => results.length === 3, 'three dialogs');
    const [first] = results;
    assert.ok(first !== undefined && 'id' in first && app.findDialogById(first.id) === first);
    assert.deepEqual(states, ['trying initiator', 'confirmed initiator']);
    phone.send(phone.request('INVITE', 'sip:failing@y', {}, sdp()), server.listener());
    await until(() => results.length === 4, 'the failure');
    assert.ok(results[3] instanceof Error);
    const hasty = phone.request('INVITE', 'sip:hasty@y', {}, sdp());
    phone.send(hasty, server.listener());
    await phone.next('180');
    const headers = { Via: hasty.headers.get('Via') ?? '', From: hasty.headers.get('From') ?? '' };
    const cancel = phone.request('CANCEL', hasty.uri, { ...headers, 'Call-ID': hasty.headers.get('Call-ID') ?? '' });
    phone.send(cancel, server.listener());
    await phone.next('487');
    await until(() => results.length >= 6, 'the answer of createUAS');
    // createUAS begins to listen for a CANCEL when its description is ready: one before that shows as a refusal of
    // the server, as text and not as an Error, because the INVITE is answered already.
    assert.match(String(results[5]), /already answered/);
  },
);

covering(
  ['Srf#createUAC', 'createUAC: uri in options, names, headers, progress, callback, dialogStateEmitter'],
  'createUAC: forms, identities, progress',
  async (s) => {
    const server = await s.server();
    const app = await connected(s, server);
    const phone = await s.udpPeer();
    const states: string[] = [];
    const emitter = new EventEmitter();
    emitter.on('stateChange', ({ state }: { state: string }) => states.push(state));
    const told: string[] = [];
    const calling = app.createUAC(
      `sip:1000@${phone.hostPort}`,
      {
        localSdp: sdp(),
        callingNumber: '2000',
        callingName: 'Ann',
        headers: { 'X-Mine': 'yes' },
        dialogStateEmitter: emitter,
      },
      {
        cbRequest: (error: unknown, request: ApiRequest) => told.push(`${error} ${request.method}`),
        cbProvisional: (response: ApiReply) => told.push(String(response.status)),
      },
    );
    const invite = await phone.nextRequest('INVITE');
    const host = `127.0.0.1:${server.listener().port}`;
    assert.match(invite.headers.get('From') ?? '', new RegExp(`^"Ann" <sip:2000@${host}>;tag=`));
    assert.match(invite.headers.get('Contact') ?? '', new RegExp(`<sip:2000@${host}>`));
    assert.equal(invite.headers.get('X-Mine'), 'yes');
    assert.equal(invite.headers.get('Content-Type'), 'application/sdp');
    phone.send(phone.response(invite, 180), server.listener());
    phone.send(phone.response(invite, 183, {}, sdp(5)), server.listener());
    phone.send(phone.response(invite, 200, {}, sdp(6)), server.listener());
    const dialog = await calling;
    await phone.nextRequest('ACK');
    assert.equal(dialog.type, 'uac');
    assert.equal(dialog.remote.sdp, sdp(6));
    assert.deepEqual(told, ['null INVITE', '180', '183']);
    assert.deepEqual(states, ['trying', 'early', 'confirmed']);
    assert.equal(dialog.id, `${invite.headers.get('Call-ID')};from-tag=${dialog.sip.localTag}`);

    const byCallback = new Promise<ApiDialog>((resolve, reject) =>
      app.createUAC({ uri: phone.hostPort, localSdp: sdp(), calledNumber: '1000' }, {}, (e: unknown, d: ApiDialog) =>
        e ? reject(e) : resolve(d),
      ),
    );
    assert.equal((await accept(phone, server)).uri, `sip:1000@${phone.hostPort}`);
    assert.ok(await byCallback);
    const refused = app.createUAC(`sip:${phone.hostPort}`, { localSdp: sdp() });
    const third = await phone.nextRequest('INVITE');
    phone.send(phone.response(third, 486, { 'X-Why': 'lunch' }), server.listener());
    await assert.rejects(refused, (error: Failure) => error.status === 486 && error.res?.get('X-Why') === 'lunch');
    await phone.nextRequest('ACK');
  },
);

covering(
  ['createUAC: auth, proxy, followRedirects, keepUriOnRedirect'],
  'createUAC: challenges, an outbound proxy, redirections',
  async (s) => {
    const server = await s.server();
    const app = await connected(s, server);
    const phone = await s.udpPeer();
    const other = await s.udpPeer();
    const challenged = app.createUAC('sip:1000@nowhere.invalid', {
      localSdp: sdp(),
      proxy: `sip:${phone.hostPort};lr`,
      auth: { username: 'u', password: 'p' },
    });
    const first = await phone.nextRequest('INVITE');
    assert.equal(first.uri, 'sip:1000@nowhere.invalid');
    const challenge = { 'Proxy-Authenticate': 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5' };
    phone.send(phone.response(first, 407, challenge), server.listener());
    await phone.nextRequest('ACK');
    const second = await accept(phone, server);
    const { given, wanted } = digestOf(second.headers.get('Proxy-Authorization') ?? '', 'INVITE', 'p');
    assert.equal(given, wanted);
    const dialog = await challenged;
    // The dialog answers challenges with the same credentials.
    const over = dialog.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 407, challenge), server.listener());
    const byeAgain = await phone.nextRequest('BYE');
    assert.ok(byeAgain.headers.has('Proxy-Authorization'));
    phone.send(phone.response(byeAgain, 200), server.listener());
    await over;

    for (const keep of [false, true]) {
      const moved = app.createUAC(`sip:1000@${phone.hostPort}`, {
        localSdp: sdp(),
        followRedirects: true,
        keepUriOnRedirect: keep,
      });
      const asked = await phone.nextRequest('INVITE');
      phone.send(phone.response(asked, 302, { Contact: `<sip:new@${other.hostPort}>` }), server.listener());
      await phone.nextRequest('ACK');
      const there = await accept(other, server);
      assert.equal(there.uri, keep ? `sip:1000@${phone.hostPort}` : `sip:new@${other.hostPort}`);
      await moved;
    }
    const notFollowed = app.createUAC(`sip:1000@${phone.hostPort}`, { localSdp: sdp() });
    const asked = await phone.nextRequest('INVITE');
    phone.send(phone.response(asked, 302, { Contact: `<sip:new@${other.hostPort}>` }), server.listener());
    await assert.rejects(notFollowed, fails(302));
  },
);

covering(
  ['createUAC: no offer, noAck', 'Dialog#modify: noAck'],
  'createUAC and modify without an offer: the answer goes with the ACK',
  async (s) => {
    const server = await s.server();
    const app = await connected(s, server);
    const phone = await s.udpPeer();
    const uri = `sip:${phone.hostPort}`;
    const late = app.createUAC(uri, { noAck: true });
    const invite = await phone.nextRequest('INVITE');
    assert.equal(invite.body.length, 0);
    phone.send(phone.response(invite, 200, {}, sdp(10)), server.listener());
    const { sdp: offer, ack } = await late;
    assert.equal(offer, sdp(10));
    const dialog = await ack(sdp(11));
    assert.equal((await phone.nextRequest('ACK')).body.toString(), sdp(11));
    const changing = dialog.modify({ noAck: true });
    const again = await phone.nextRequest('INVITE');
    assert.equal(again.body.length, 0);
    phone.send(phone.response(again, 200, {}, sdp(12)), server.listener());
    const answer = await changing;
    assert.equal(answer.sdp, sdp(12));
    answer.ack(sdp(13));
    assert.equal((await phone.nextRequest('ACK')).body.toString(), sdp(13));
    // Without noAck drachtio-srf answers by itself, with its direction turned to recvonly, and then once more by its
    // habitual ACK: the server sends the first and refuses the second.
    const alone = app.createUAC(uri, {});
    const third = await phone.nextRequest('INVITE');
    phone.send(phone.response(third, 200, {}, sdp(14)), server.listener());
    await alone;
    assert.match((await phone.nextRequest('ACK')).body.toString(), /a=recvonly/);
  },
);

covering(
  [
    'Srf#createB2BUA',
    'createB2BUA: headers, responseHeaders, proxyRequestHeaders, proxyResponseHeaders, localSdpA, localSdpB',
  ],
  'createB2BUA: headers and descriptions on their way through',
  async (s) => {
    const server = await s.server();
    const callee = await s.udpPeer();
    const uri = `sip:callee@${callee.hostPort}`;
    const forms: Record<string, object> = {
      chosen: {
        headers: { 'X-Own': 'b' },
        responseHeaders: { 'X-Own': 'a' },
        proxyRequestHeaders: ['Subject'],
        proxyResponseHeaders: ['Server'],
        localSdpA: sdp(21),
        localSdpB: sdp(22),
      },
      all: {
        proxyRequestHeaders: ['all', '-X-Secret'],
        proxyResponseHeaders: ['all', '-X-Secret'],
        responseHeaders: (response: ApiMessage) => ({ 'X-Status': String(response.status) }),
        localSdpA: (remote: string) => Promise.resolve(remote.replace('m=audio 30', 'm=audio 31')),
      },
      plain: {},
    };
    const dialogs: { uas: ApiDialog; uac: ApiDialog }[] = [];
    await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        const options = forms[request.calledNumber];
        if (request.calledNumber === 'plain') {
          srf.createB2BUA(request, reply, uri, options, (_: unknown, both: { uas: ApiDialog; uac: ApiDialog }) =>
            dialogs.push(both),
          );
          // The last form takes no progress functions: the callback above is taken for the one of the request.
          return;
        }
        const progress = { cbFinalizedUac: (uac: ApiDialog) => assert.equal(uac.type, 'uac') };
        srf.createB2BUA(request, reply, uri, options, progress).then((both) => dialogs.push(both), assert.ifError);
      }),
    );
    const phone = await s.udpPeer();
    const call = async (user: string) => {
      const headers = { Subject: 'hello', 'X-Secret': 's', 'User-Agent': 'phone' };
      const request = phone.request('INVITE', `sip:${user}@y`, headers, sdp(20));
      phone.send(request, server.listener());
      const leg = await callee.nextRequest('INVITE');
      const answer = callee.response(leg, 200, { Server: 'callee', 'X-Secret': 't' }, sdp(30));
      callee.send(answer, server.listener());
      await callee.nextRequest('ACK');
      const response = await phone.nextResponse(200);
      phone.send(phone.inDialog('ACK', request, response, 1), server.listener());
      return { leg, response };
    };
    const chosen = await call('chosen');
    assert.equal(chosen.leg.headers.get('Subject'), 'hello');
    assert.equal(chosen.leg.headers.get('X-Own'), 'b');
    assert.equal(chosen.leg.headers.has('User-Agent'), false);
    assert.equal(chosen.leg.body.toString(), sdp(22));
    assert.equal(chosen.response.headers.get('Server'), 'callee');
    assert.equal(chosen.response.headers.get('X-Own'), 'a');
    assert.equal(chosen.response.body.toString(), sdp(21));
    assert.notEqual(chosen.leg.headers.get('Call-ID'), chosen.response.headers.get('Call-ID'));
    const all = await call('all');
    assert.equal(all.leg.headers.get('User-Agent'), 'phone');
    assert.equal(all.leg.headers.has('X-Secret'), false);
    assert.equal(all.leg.body.toString(), sdp(20));
    assert.equal(all.response.headers.get('X-Status'), '200');
    assert.equal(all.response.headers.has('X-Secret'), false);
    assert.equal(all.response.body.toString(), sdp(31));
    await until(() => dialogs.length === 2, 'the dialogs');
    assert.equal(dialogs[0]?.uas.other, dialogs[0]?.uac);
    const plain = await call('plain');
    assert.equal(plain.response.body.toString(), sdp(30));
  },
);

covering(
  ['createB2BUA: passFailure, passProvisionalResponses, auth, proxy, callback, cancel'],
  'createB2BUA: what goes back to the caller, challenges, a caller who gives up',
  async (s) => {
    const server = await s.server();
    const callee = await s.udpPeer();
    const ends: (number | string)[] = [];
    await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        const quiet = request.calledNumber === 'quiet';
        const options = {
          passFailure: !quiet,
          passProvisionalResponses: !quiet,
          proxy: `sip:${callee.hostPort}`,
          auth: { username: 'u', password: 'p' },
        };
        srf.createB2BUA(request, reply, 'sip:callee@nowhere.invalid', options, {}, (error: Failure | null) => {
          ends.push(error?.status ?? 'connected');
          if (error !== null && quiet) reply.send(404, { headers: { Subject: 'mine' } });
        });
      }),
    );
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:open@y', {}, sdp()), server.listener());
    const challenged = await callee.nextRequest('INVITE');
    const challenge = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' };
    callee.send(callee.response(challenged, 401, challenge), server.listener());
    await callee.nextRequest('ACK');
    const open = await callee.nextRequest('INVITE');
    assert.ok(open.headers.has('Authorization'));
    callee.send(callee.response(open, 183, {}, sdp(40)), server.listener());
    assert.equal((await phone.nextResponse(183)).body.toString(), sdp(40));
    callee.send(callee.response(open, 486), server.listener());
    await phone.next('486');
    phone.send(phone.request('INVITE', 'sip:quiet@y', {}, sdp()), server.listener());
    const quiet = await callee.nextRequest('INVITE');
    callee.send(callee.response(quiet, 180), server.listener());
    callee.send(callee.response(quiet, 486), server.listener());
    assert.equal((await phone.nextResponse(404)).headers.get('Subject'), 'mine');
    assert.ok(!phone.received.some((m) => m.kind === 'response' && m.status === 180));

    const hasty = phone.request('INVITE', 'sip:open@y', {}, sdp());
    phone.send(hasty, server.listener());
    const leg = await callee.nextRequest('INVITE');
    callee.send(callee.response(leg, 180), server.listener());
    await phone.next('180');
    const headers = { Via: hasty.headers.get('Via') ?? '', From: hasty.headers.get('From') ?? '' };
    const cancel = phone.request('CANCEL', hasty.uri, {
      ...headers,
      'Call-ID': hasty.headers.get('Call-ID') ?? '',
      Reason: 'SIP;cause=200;text="Call completed elsewhere"',
    });
    phone.send(cancel, server.listener());
    await phone.next('487');
    const passed = await callee.nextRequest('CANCEL');
    assert.equal(passed.headers.get('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    callee.send(callee.response(passed, 200), server.listener());
    callee.send(callee.response(leg, 487), server.listener());
    await until(() => ends.length === 3, 'the ends');
    assert.deepEqual(ends, [486, 486, 487]);
  },
);

covering(
  ['createB2BUA: late offer', 'createB2BUA: localSdpB by function'],
  'createB2BUA with a caller who offers nothing: the offers go the other way',
  async (s) => {
    const server = await s.server();
    const callee = await s.udpPeer();
    let both: { uas: ApiDialog; uac: ApiDialog } | undefined;
    await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        const options = { localSdpB: (answer: string) => answer.replace('m=audio 51', 'm=audio 52') };
        void srf.createB2BUA(request, reply, `sip:${callee.hostPort}`, options).then((b) => (both = b));
      }),
    );
    const phone = await s.udpPeer();
    const request = phone.request('INVITE', 'sip:x@y');
    phone.send(request, server.listener());
    const leg = await callee.nextRequest('INVITE');
    assert.equal(leg.body.length, 0);
    callee.send(callee.response(leg, 200, {}, sdp(50)), server.listener());
    const response = await phone.nextResponse(200);
    assert.equal(response.body.toString(), sdp(50));
    phone.send(phone.inDialog('ACK', request, response, 1, {}, sdp(51)), server.listener());
    assert.equal((await callee.nextRequest('ACK')).body.toString(), sdp(52));
    await until(() => both !== undefined, 'both dialogs');
    assert.equal(both?.uas.remote.sdp, sdp(51));
  },
);
