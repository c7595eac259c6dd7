import assert from 'node:assert/strict';
import type { SipRequest, SipResponse } from '../../src/sip/index.js';
import {
  ownServerOnly,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
  type SrfProxyResult,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

interface Stage {
  readonly server: ServerUnderTest;
  readonly caller: Peer;
  readonly callees: readonly Peer[];
  /** What srf.proxyRequest resolved with. */
  readonly result: () => Promise<SrfProxyResult>;
}

/** A caller, callees, and an application that proxies every request with `options` to all callees. */
async function stage(s: Scene, count: number, options: object, method = 'invite', target?: string[]): Promise<Stage> {
  const server = await s.server();
  const caller = await s.udpPeer();
  const callees: Peer[] = [];
  for (let i = 0; i < count; i++) callees.push(await s.udpPeer());
  const results: SrfProxyResult[] = [];
  const app = await s.app(server, {
    [method]: (request) => {
      const to = target ?? callees.map((c) => `sip:bob@${c.hostPort}`);
      void app.proxyRequest(request, to, { ...options }).then(
        (r) => results.push(r),
        // What is refused reaches the caller as a response.
        () => undefined,
      );
    },
  });
  const result = async () => {
    await until(() => results.length > 0, 'the application has its result');
    const [first] = results;
    assert.ok(first !== undefined);
    return first;
  };
  return { server, caller, callees, result };
}

function callee(stage: Stage, index = 0): Peer {
  const found = stage.callees[index];
  if (found === undefined) throw new Error('no such callee');
  return found;
}

/** Calls the server's own address, so that the Request-URI is the application's to choose. */
function invite(st: Stage, headers: Readonly<Record<string, string>> = {}, uri?: string): SipRequest {
  const request = st.caller.request('INVITE', uri ?? `sip:bob@127.0.0.1:${st.server.udpPort}`, headers, sdp());
  st.caller.send(request, st.server.listener());
  return request;
}

function vias(message: SipRequest | SipResponse): number {
  return message.headers.all('Via').length;
}

function answer(
  st: Stage,
  peer: Peer,
  request: SipRequest,
  status: number,
  headers: Record<string, string> = {},
): void {
  const rr = request.headers.get('Record-Route');
  const more = rr === undefined || status >= 300 ? headers : { 'Record-Route': rr, ...headers };
  peer.send(peer.response(request, status, more, status === 200 ? sdp() : ''), st.server.listener());
}

test('a call is proxied with Record-Route; ACK, re-INVITE and BYE of both sides follow it', () =>
  scene(async (s) => {
    const st = await stage(s, 1, { remainInDialog: true, headers: { 'X-Tag': 'one' } });
    const bob = callee(st);
    const request = invite(st);
    await st.caller.nextResponse(100);
    const arrived = await bob.nextRequest('INVITE');
    assert.equal(arrived.uri, `sip:bob@${bob.hostPort}`, 'our own address is replaced by the destination');
    assert.equal(arrived.headers.get('Max-Forwards'), '69');
    assert.equal(arrived.headers.get('X-Tag'), 'one');
    assert.equal(vias(arrived), 2);
    answer(st, bob, arrived, 180);
    answer(st, bob, arrived, 200);
    await st.caller.nextResponse(180);
    const ok = await st.caller.nextResponse(200);
    assert.equal(vias(ok), 1);
    assert.deepEqual((await st.result()).connected, true);
    const route = ok.headers.get('Record-Route') ?? '';
    assert.match(route, /^<sip:127\.0\.0\.1:\d+;lr/);
    st.caller.send(st.caller.inDialog('ACK', request, ok, 1, { Route: route }), st.server.listener());
    const ack = await bob.nextRequest('ACK');
    assert.equal(ack.headers.has('Route'), false);
    assert.equal(ack.uri, `sip:peer@${bob.hostPort}`);

    const again = st.caller.inDialog('INVITE', request, ok, 2, { Route: route }, sdp());
    st.caller.send(again, st.server.listener());
    const reInvite = await bob.nextRequest('INVITE');
    answer(st, bob, reInvite, 200);
    await st.caller.nextResponse(200);

    // From the callee, over a strict router: our route in the Request-URI, the target at the end of the route.
    const bye = bob.request('BYE', route.slice(1, -1), {
      From: ok.headers.get('To') ?? '',
      To: request.headers.get('From') ?? '',
      'Call-ID': request.headers.get('Call-ID') ?? '',
      CSeq: '1 BYE',
      Route: `<sip:peer@${st.caller.hostPort}>`,
    });
    bob.send(bye, st.server.listener());
    const hungUp = await st.caller.nextRequest('BYE');
    assert.equal(hungUp.uri, `sip:peer@${st.caller.hostPort}`);
    assert.equal(hungUp.headers.has('Route'), false);
    st.caller.send(st.caller.response(hungUp, 200), st.server.listener());
    await bob.nextResponse(200);
  }));

test('a route of ours carries only the dialog that it was made for', () =>
  scene(async (s) => {
    ownServerOnly('drachtio-server follows every Route');
    const st = await stage(s, 1, { remainInDialog: true });
    const bob = callee(st);
    invite(st);
    const arrived = await bob.nextRequest('INVITE');
    const route = arrived.headers.get('Record-Route') ?? '';
    const stranger = st.caller.request('BYE', `sip:x@${bob.hostPort}`, {
      Route: route,
      To: '<sip:x@y>;tag=1',
      From: '<sip:x@y>;tag=2',
    });
    st.caller.send(stranger, st.server.listener());
    await st.caller.nextResponse(481);
    assert.equal(bob.received.length, 0);
  }));

test('a Request-URI that names somebody else is kept', () =>
  scene(async (s) => {
    const st = await stage(s, 1, {});
    invite(st, {}, 'sip:bob@example.test');
    const arrived = await callee(st).nextRequest('INVITE');
    assert.equal(arrived.uri, 'sip:bob@example.test');
    assert.equal(arrived.headers.has('Record-Route'), false);
  }));

test('serial forking: the next destination after each failure, the best response at the end', () =>
  scene(async (s) => {
    const st = await stage(s, 3, {});
    const request = invite(st);
    for (const [i, status] of [486, 503, 404].entries()) {
      const arrived = await callee(st, i).nextRequest('INVITE');
      for (let later = i + 1; later < 3; later++) assert.equal(callee(st, later).received.length, 0);
      answer(st, callee(st, i), arrived, status);
      await callee(st, i).nextRequest('ACK');
    }
    const final = await st.caller.nextResponse(486);
    assert.match(final.headers.get('To') ?? '', new RegExp(`to-${callee(st, 0).port}`));
    const result = await st.result();
    assert.equal(result.connected, false);
    assert.deepEqual(
      result.responses.flatMap((r) => r.msgs.map((m) => m.status)),
      [486, 503, 404],
    );
    st.caller.send({ ...request, method: 'ACK' }, st.server.listener());
  }));

test('simultaneous forking: all ring, one answers, the others are cancelled', () =>
  scene(async (s) => {
    const st = await stage(s, 3, { forking: 'simultaneous' });
    invite(st);
    const arrived = await Promise.all(st.callees.map((c) => c.nextRequest('INVITE')));
    for (const [i, c] of st.callees.entries()) answer(st, c, arrived[i] ?? invite(st), 180);
    await st.caller.nextResponse(180);
    await pause(50);
    answer(st, callee(st, 1), arrived[1] ?? invite(st), 200);
    await st.caller.nextResponse(200);
    for (const i of [0, 2]) {
      const cancel = await callee(st, i).nextRequest('CANCEL');
      callee(st, i).send(callee(st, i).response(cancel, 200), st.server.listener());
      answer(st, callee(st, i), arrived[i] ?? cancel, 487);
      await callee(st, i).nextRequest('ACK');
    }
    assert.equal((await st.result()).connected, true);
    await pause(50);
    assert.equal(
      st.caller.received.some((m) => m.kind === 'response' && m.status >= 300),
      false,
    );
  }));

test('two branches answer at once: both 200 reach the caller', () =>
  scene(async (s) => {
    const st = await stage(s, 2, { forking: 'simultaneous' });
    invite(st);
    const arrived = await Promise.all(st.callees.map((c) => c.nextRequest('INVITE')));
    for (const [i, c] of st.callees.entries()) answer(st, c, arrived[i] ?? invite(st), 200);
    const tags = new Set<string>();
    for (let i = 0; i < 2; i++) tags.add((await st.caller.nextResponse(200)).headers.get('To') ?? '');
    assert.equal(tags.size, 2);
  }));

test('challenges of all branches reach the caller in one 401', () =>
  scene(async (s) => {
    const st = await stage(s, 3, { forking: 'simultaneous' });
    invite(st);
    const arrived = await Promise.all(st.callees.map((c) => c.nextRequest('INVITE')));
    const headers = [
      { 'WWW-Authenticate': 'Digest realm="a",nonce="1"' },
      { 'Proxy-Authenticate': 'Digest realm="b",nonce="2"' },
      {},
    ];
    for (const [i, status] of [401, 407, 486].entries()) {
      answer(st, callee(st, i), arrived[i] ?? invite(st), status, headers[i] ?? {});
    }
    const final = await st.caller.nextResponse(401);
    assert.equal(final.headers.get('WWW-Authenticate'), 'Digest realm="a",nonce="1"');
    assert.equal(final.headers.get('Proxy-Authenticate'), 'Digest realm="b",nonce="2"');
  }));

test('603 of one branch ends the others', () =>
  scene(async (s) => {
    const st = await stage(s, 2, { forking: 'simultaneous' });
    invite(st);
    const [first, second] = await Promise.all(st.callees.map((c) => c.nextRequest('INVITE')));
    assert.ok(first !== undefined && second !== undefined);
    answer(st, callee(st, 1), second, 180);
    await st.caller.nextResponse(180);
    answer(st, callee(st, 0), first, 603);
    const cancel = await callee(st, 1).nextRequest('CANCEL');
    callee(st, 1).send(callee(st, 1).response(cancel, 200), st.server.listener());
    answer(st, callee(st, 1), second, 487);
    await st.caller.nextResponse(603);
  }));

test('a redirection is followed, once for each contact, by preference', () =>
  scene(async (s) => {
    const st = await stage(s, 3, { followRedirects: true }, 'invite');
    const [first, second, third] = st.callees;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    invite(st, {}, 'sip:bob@example.test');
    const arrived = await first.nextRequest('INVITE');
    const contacts = `<sip:a@${third.hostPort}?Subject=x>;q=0.2, <sip:b@${second.hostPort}>;q=0.9, <sip:bob@${first.hostPort}>`;
    answer(st, first, arrived, 302, { Contact: contacts });
    const recursed = await second.nextRequest('INVITE');
    assert.equal(recursed.uri, `sip:b@${second.hostPort}`);
    answer(st, second, recursed, 302, { Contact: `<sip:b@${second.hostPort}>` });
    const last = await third.nextRequest('INVITE');
    assert.equal(last.uri, `sip:a@${third.hostPort}`);
    answer(st, third, last, 200);
    await st.caller.nextResponse(200);
  }));

test('without followRedirects the 302 goes back to the caller', () =>
  scene(async (s) => {
    const st = await stage(s, 1, {});
    invite(st);
    const arrived = await callee(st).nextRequest('INVITE');
    answer(st, callee(st), arrived, 302, { Contact: '<sip:a@192.0.2.1>' });
    const final = await st.caller.nextResponse(302);
    assert.equal(final.headers.get('Contact'), '<sip:a@192.0.2.1>');
  }));

test('provisionalTimeout leaves a silent destination, finalTimeout one that only rings', () =>
  scene(async (s) => {
    const st = await stage(s, 3, { provisionalTimeout: '100ms', finalTimeout: '400ms' });
    invite(st);
    const silent = await callee(st, 0).nextRequest('INVITE');
    const ringing = await callee(st, 1).nextRequest('INVITE');
    answer(st, callee(st, 1), ringing, 180);
    await callee(st, 1).nextRequest('CANCEL');
    const last = await callee(st, 2).nextRequest('INVITE');
    // The silent one wakes up late: it is cancelled as soon as it may be.
    answer(st, callee(st, 0), silent, 180);
    await callee(st, 0).nextRequest('CANCEL');
    answer(st, callee(st, 2), last, 486);
    await st.caller.nextResponse(486);
    assert.deepEqual(
      (await st.result()).responses.flatMap((r) => r.msgs.map((m) => m.status)),
      [408, 408, 486],
    );
  }));

test('CANCEL of the caller cancels the branch, and its 487 goes back', () =>
  scene(async (s) => {
    const st = await stage(s, 2, {});
    const request = invite(st);
    const arrived = await callee(st).nextRequest('INVITE');
    answer(st, callee(st), arrived, 180);
    await st.caller.nextResponse(180);
    const headers = request.headers.clone();
    headers.set('CSeq', '1 CANCEL');
    headers.append('Reason', 'SIP;cause=200;text="Call completed elsewhere"');
    st.caller.send({ ...request, method: 'CANCEL', headers, body: Buffer.alloc(0) }, st.server.listener());
    await st.caller.nextResponse(200);
    const cancel = await callee(st).nextRequest('CANCEL');
    assert.equal(cancel.headers.get('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    answer(st, callee(st), arrived, 487);
    await st.caller.nextResponse(487);
    assert.equal(callee(st, 1).received.length, 0, 'no further destination is tried');
    assert.equal((await st.result()).finalStatus, 487);
  }));

test('a request that comes round unchanged is a loop, one with a new target is a spiral', () =>
  scene(async (s) => {
    ownServerOnly('RFC 5393 is ours');
    const server = await s.server();
    const caller = await s.udpPeer();
    const bob = await s.udpPeer();
    let visits = 0;
    const app = await s.app(server, {
      invite: (request) => {
        visits++;
        const self = `127.0.0.1:${server.udpPort}`;
        const spiral = request.uri.includes('spiral');
        const to = spiral
          ? `sip:end@${self}`
          : request.uri.includes('end')
            ? `sip:bob@${bob.hostPort}`
            : `sip:loop@${self}`;
        void app.proxyRequest(request, to).catch(() => undefined);
      },
    });
    const uri = (user: string) => `sip:${user}@127.0.0.1:${server.udpPort}`;
    caller.send(caller.request('INVITE', uri('spiral'), {}, sdp()), server.listener());
    const arrived = await bob.nextRequest('INVITE');
    assert.equal(vias(arrived), 3);
    bob.send(bob.response(arrived, 486), server.listener());
    await caller.nextResponse(486);
    assert.equal(visits, 2);
    caller.send(caller.request('INVITE', uri('loop'), {}, sdp()), server.listener());
    await caller.nextResponse(482);
    assert.equal(visits, 4);
  }));

test('Max-Forwards 1 ends at the next proxy, Proxy-Require ends here', () =>
  scene(async (s) => {
    ownServerOnly('Proxy-Require and RFC 5393 are ours');
    const st = await stage(s, 1, {}, 'options');
    const at = `sip:bob@127.0.0.1:${st.server.udpPort}`;
    st.caller.send(st.caller.request('OPTIONS', at, { 'Max-Forwards': '1' }), st.server.listener());
    const arrived = await callee(st).nextRequest('OPTIONS');
    assert.equal(arrived.headers.get('Max-Forwards'), '0');
    assert.equal(arrived.headers.get('Max-Breadth'), '60');
    answer(st, callee(st), arrived, 200);
    await st.caller.nextResponse(200);
    st.caller.send(st.caller.request('OPTIONS', at, { 'Max-Forwards': '0' }), st.server.listener());
    await st.caller.nextResponse(483);
    st.caller.send(st.caller.request('OPTIONS', at, { 'Proxy-Require': 'foo' }), st.server.listener());
    assert.equal((await st.caller.nextResponse(420)).headers.get('Unsupported'), 'foo');
    st.caller.send(st.caller.request('OPTIONS', at, { 'Max-Breadth': '0' }), st.server.listener());
    await st.caller.nextResponse(440);
  }));

test('REGISTER gets a Path, by which the registrar comes back (RFC 3327)', () =>
  scene(async (s) => {
    const st = await stage(s, 1, { remainInDialog: true }, 'register');
    st.caller.send(
      st.caller.request('REGISTER', 'sip:example.test', { To: '<sip:bob@example.test>' }),
      st.server.listener(),
    );
    const arrived = await callee(st).nextRequest('REGISTER');
    assert.equal(arrived.headers.get('Path'), `<sip:127.0.0.1:${st.server.udpPort};lr>`);
    assert.equal(arrived.headers.get('Require'), 'path');
    assert.equal(arrived.headers.get('Supported'), 'path');
    assert.equal(arrived.headers.has('Record-Route'), false);
    answer(st, callee(st), arrived, 200);
    await st.caller.nextResponse(200);
  }));

test('nobody there: a refused port is a 500, silence of all a 408', () =>
  scene(async (s) => {
    const closed = await s.udpPeer();
    const { hostPort } = closed;
    closed.close();
    const st = await stage(s, 0, {}, 'invite', [`sip:bob@${hostPort}`]);
    invite(st);
    await st.caller.nextResponse(500);
    const quiet = await stage(s, 1, { finalTimeout: '200ms' });
    invite(quiet);
    await quiet.caller.nextResponse(408);
    assert.equal((await quiet.result()).finalStatus, 408);
  }));

test('a caller on a connection is reached over it, whatever its Contact says; the callee keeps its own side', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
    });
    const bob = await s.udpPeer();
    const app = await s.app(server, {
      invite: (request) => void app.proxyRequest(request, `sip:bob@${bob.hostPort}`, { remainInDialog: true }),
    });
    const browser = await s.tcpPeer(server.listener('tcp').port);
    const request = browser.request('INVITE', `sip:bob@127.0.0.1:${server.udpPort}`, {}, sdp());
    request.headers.set('Contact', '<sip:alice@abc.invalid;transport=ws>');
    browser.send(request);
    const arrived = await bob.nextRequest('INVITE');
    const routes = arrived.headers.all('Record-Route');
    assert.equal(routes.length, 2, 'both sides (RFC 5658)');
    assert.match(routes[0] ?? '', new RegExp(`^<sip:127\\.0\\.0\\.1:${server.udpPort};lr;hfd=[0-9a-f]{16}>$`));
    assert.match(routes[1] ?? '', /;transport=tcp;lr;hfd=[0-9a-f]{16};hff=[0-9a-f]{16}>$/);
    const ok = bob.response(arrived, 200, {}, sdp());
    for (const route of routes) ok.headers.append('Record-Route', route);
    bob.send(ok, server.listener());
    const answered = await browser.nextResponse(200);
    const back = [...answered.headers.all('Record-Route')].reverse();
    browser.send(browser.inDialog('ACK', request, answered, 1, { Route: back.join(', ') }));
    await bob.nextRequest('ACK');
    const bye = bob.request('BYE', 'sip:alice@abc.invalid;transport=ws', {
      From: answered.headers.get('To') ?? '',
      To: request.headers.get('From') ?? '',
      'Call-ID': request.headers.get('Call-ID') ?? '',
      CSeq: '1 BYE',
      Route: routes.join(', '),
    });
    bob.send(bye, server.listener());
    const ended = await browser.nextRequest('BYE');
    assert.equal(ended.headers.has('Route'), false);
    browser.send(browser.response(ended, 200));
    await bob.nextResponse(200);
  }));

test('a telephone that registered through the proxy over a connection is called over it', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
    });
    const registrar = await s.udpPeer();
    const app = await s.app(server, {
      register: (request) => void app.proxyRequest(request, `sip:${registrar.hostPort}`, { path: true }),
      invite: (request) => void app.proxyRequest(request, request.uri).catch(() => undefined),
    });
    const phone = await s.tcpPeer(server.listener('tcp').port);
    const register = phone.request('REGISTER', 'sip:example.test', { To: '<sip:bob@example.test>' });
    register.headers.set('Contact', '<sip:bob@xyz.invalid;transport=ws>');
    phone.send(register);
    const arrived = await registrar.nextRequest('REGISTER');
    assert.equal(arrived.headers.all('Path').length, 2);
    registrar.send(registrar.response(arrived, 200, { Expires: '60' }), server.listener());
    await phone.nextResponse(200);
    const call = registrar.request('INVITE', 'sip:bob@xyz.invalid;transport=ws', {}, sdp());
    call.headers.append('Route', arrived.headers.all('Path').join(', '));
    registrar.send(call, server.listener());
    const ringing = await phone.nextRequest('INVITE');
    assert.equal(ringing.uri, 'sip:bob@xyz.invalid;transport=ws');
    assert.equal(ringing.headers.has('Route'), false);
    phone.send(phone.response(ringing, 486));
    await registrar.nextResponse(486);
  }));

test('reliable provisional responses pass with their RSeq, and their PRACK follows the route', () =>
  scene(async (s) => {
    const st = await stage(s, 1, { remainInDialog: true });
    const bob = callee(st);
    const request = invite(st, { Supported: '100rel' });
    const arrived = await bob.nextRequest('INVITE');
    answer(st, bob, arrived, 183, { Require: '100rel', RSeq: '4711' });
    const progress = await st.caller.nextResponse(183);
    assert.equal(progress.headers.get('RSeq'), '4711');
    const route = progress.headers.get('Record-Route') ?? '';
    const headers = { Route: route, RAck: '4711 1 INVITE' };
    st.caller.send(st.caller.inDialog('PRACK', request, progress, 2, headers), st.server.listener());
    const prack = await bob.nextRequest('PRACK');
    assert.equal(prack.headers.get('RAck'), '4711 1 INVITE');
    assert.equal(prack.headers.has('Route'), false);
    answer(st, bob, prack, 200);
    await st.caller.nextResponse(200);
    answer(st, bob, arrived, 486);
    await st.caller.nextResponse(486);
  }));

test('a response that has lost the Via of its request is for nobody, and the branch has failed', () =>
  scene(async (s) => {
    ownServerOnly('what is broken is not forwarded');
    const st = await stage(s, 1, {});
    invite(st);
    const arrived = await callee(st).nextRequest('INVITE');
    const bare = callee(st).response(arrived, 200, {}, sdp());
    bare.headers.set('Via', arrived.headers.get('Via') ?? '');
    callee(st).send(bare, st.server.listener());
    await st.caller.nextResponse(502);
  }));
