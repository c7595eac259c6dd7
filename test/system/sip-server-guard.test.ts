import assert from 'node:assert/strict';
import type { ServerStatistics } from '../../appliance/sip-server/index.js';
import { formatMessage, type ServerLimits, sourceLimits, topVia } from '../../src/sip/index.js';
import {
  answering,
  outcome,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

const nobodyTrusted = { networks: { trusted: [] } };

function stats(server: ServerUnderTest): ServerStatistics {
  return server.handle.stats();
}

async function silent(peer: Peer, name: string): Promise<void> {
  await assert.rejects(peer.next(name, 250), /no /);
}

/** A server whose application never answers INVITE, and one limit set low. */
async function limited(s: Scene, limits: Partial<ServerLimits>): Promise<ServerUnderTest> {
  const server = await s.server({ limits, emergencyNumbers: ['911'], ...nobodyTrusted });
  await s.app(server, { invite: () => undefined, options: (_request, reply) => reply.send(200) });
  return server;
}

/** So many INVITEs pass, the next gets a 503 with Retry-After, and one for help passes even so. */
async function refusedAfter(s: Scene, server: ServerUnderTest, count: number, limit: string): Promise<void> {
  const peer = await s.udpPeer();
  for (let i = 0; i < count; i++) {
    peer.send(peer.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
    await peer.nextResponse(100);
  }
  peer.send(peer.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
  const refused = await peer.nextResponse(503);
  assert.ok(Number(refused.headers.get('Retry-After')) >= 3);
  assert.equal(stats(server).refusals[limit], 1);
  peer.send(peer.request('INVITE', 'sip:911@branch.test', {}, sdp()), server.listener());
  await peer.nextResponse(100);
}

test('pending requests: 503 beyond the limit, but not for a call for help', () =>
  scene(async (s) => {
    await refusedAfter(s, await limited(s, { pendingRequests: 20 }), 20, 'pending-requests');
  }));

test('pending requests of one source: 503, and other sources go on', () =>
  scene(async (s) => {
    const server = await limited(s, { pendingRequestsOfSource: 2 });
    await refusedAfter(s, server, 2, 'pending-requests-of-source');
    const other = await s.udpPeer('127.0.0.2');
    other.send(other.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
    await other.nextResponse(100);
  }));

test('server transactions: 503 beyond the limit', () =>
  scene(async (s) => {
    const server = await limited(s, { serverTransactions: 20 });
    const peer = await s.udpPeer();
    for (let i = 0; i < 20; i++) peer.send(peer.request('OPTIONS', 'sip:branch.test'), server.listener());
    for (let i = 0; i < 20; i++) await peer.nextResponse(200);
    peer.send(peer.request('OPTIONS', 'sip:branch.test'), server.listener());
    await peer.nextResponse(503);
    assert.equal(stats(server).refusals['server-transactions'], 1);
    peer.send(peer.request('INVITE', 'sip:911@branch.test', {}, sdp()), server.listener());
    await peer.nextResponse(100);
  }));

test('dialogs: a new call gets 503 beyond the limit, those in progress go on', () =>
  scene(async (s) => {
    const server = await s.server({ limits: { dialogs: 1 }, ...nobodyTrusted });
    await answering(s, server);
    const peer = await s.udpPeer();
    const { request, response } = await peer.call('sip:100@branch.test', server.listener());
    peer.send(peer.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
    await peer.nextResponse(503);
    assert.equal(stats(server).refusals.dialogs, 1);
    peer.send(peer.inDialog('BYE', request, response, 2), server.listener());
    await peer.nextResponse(200);
  }));

test('client transactions: the application gets a 503 that no peer sent', () =>
  scene(async (s) => {
    const server = await s.server({ limits: { clientTransactions: 1 } });
    const app = await s.app(server);
    const peer = await s.udpPeer();
    void outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' }).catch(() => undefined);
    await peer.nextRequest('OPTIONS');
    const refused = await outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' });
    assert.equal(refused.status, 503);
    assert.equal(refused.source_address, '');
    assert.match(refused.get('Reason') ?? '', /too many client transactions/);
    assert.equal(stats(server).refusals['client-transactions'], 1);
  }));

test('client transactions to one destination: others are still reached', () =>
  scene(async (s) => {
    const server = await s.server({ limits: { clientTransactionsOfDestination: 1 } });
    const app = await s.app(server);
    const [silentPeer, other] = [await s.udpPeer(), await s.udpPeer('127.0.0.2')];
    void outcome(app, `sip:${silentPeer.hostPort}`, { method: 'OPTIONS' }).catch(() => undefined);
    await silentPeer.nextRequest('OPTIONS');
    assert.equal((await outcome(app, `sip:${silentPeer.hostPort}`, { method: 'OPTIONS' })).status, 503);
    const pending = outcome(app, `sip:${other.hostPort}`, { method: 'OPTIONS' });
    other.send(other.response(await other.nextRequest('OPTIONS'), 200), server.listener());
    assert.equal((await pending).status, 200);
  }));

test('requests that wait for an application: 503 at once beyond the limit', () =>
  scene(async (s) => {
    const server = await s.server({ limits: { heldRequests: 0 } });
    const { app } = await answering(s, server);
    const peer = await s.udpPeer();
    const { request, response } = await peer.call('sip:100@branch.test', server.listener());
    app.disconnect();
    await pause(100);
    peer.send(peer.inDialog('INFO', request, response, 2), server.listener());
    await peer.nextResponse(503, 1000);
    assert.equal(stats(server).refusals['held-requests'], 1);
  }));

test('an application that reads nothing: 503 once its queue is full', () =>
  scene(async (s) => {
    const server = await s.server({ limits: { applicationQueueBytes: -1 } });
    await s.app(server, { invite: () => undefined });
    const peer = await s.udpPeer();
    peer.send(peer.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
    await peer.nextResponse(503);
    assert.equal(stats(server).refusals['application-queue'], 1);
  }));

test('garbage: answered at first, then not read any more; a call for help opens the door again', () =>
  scene(async (s) => {
    const server = await s.server({ emergencyNumbers: ['911'], ...nobodyTrusted });
    await answering(s, server);
    const peer = await s.udpPeer('127.0.0.9');
    const broken = formatMessage(peer.request('OPTIONS', 'sip:branch.test'))
      .toString()
      .replace('Max-Forwards: 70', 'Max-Forwards: x');
    for (let i = 0; i <= sourceLimits.faultBurst; i++) peer.write(broken, server.listener());
    await until(() => stats(server).bans.malformed === 1, 'the source is banned');
    assert.equal(stats(server).sources.banned, 1);
    await until(() => peer.received.length === sourceLimits.faultBurst, 'as many were answered');
    peer.send(peer.request('INVITE', 'sip:100@branch.test', {}, sdp()), server.listener());
    await silent(peer, '100');
    assert.ok((stats(server).drops.banned ?? 0) >= 1);
    const innocent = await s.udpPeer('127.0.0.10');
    await innocent.call('sip:100@branch.test', server.listener());
    const { request, response } = await peer.call('sip:911@branch.test', server.listener());
    peer.send(peer.inDialog('BYE', request, response, 2), server.listener());
    await peer.nextResponse(200);
    assert.equal(stats(server).sources.banned, 0);
  }));

test('a banned source is not let in by TCP either', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
      networks: { trusted: [], branch: [] },
    });
    const peer = await s.udpPeer();
    for (let i = 0; i < 200; i++) peer.write('OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n', server.listener());
    await until(() => stats(server).sources.banned === 1, 'the source is banned');
    const connection = await s.tcpPeer(server.listener('tcp').port);
    await until(() => connection.closed, 'the connection is closed');
  }));

test('guessed passwords end in a ban; a stale nonce and a right password do not', () =>
  scene(async (s) => {
    const server = await s.server(nobodyTrusted);
    await s.app(server, {
      register: (request, reply) => {
        const given = request.get('Authorization') ?? '';
        if (/right/.test(given)) reply.send(200);
        else {
          const stale = /old/.test(given) ? ', stale=true' : '';
          reply.send(401, { headers: { 'WWW-Authenticate': `Digest realm="b", nonce="n"${stale}` } });
        }
      },
    });
    const guess = async (peer: Peer, password: string) => {
      const headers = { Authorization: `Digest username="a", response="${password}"` };
      peer.send(peer.request('REGISTER', 'sip:branch.test', headers), server.listener());
      await peer.next(password === 'right' ? '200' : '401');
    };
    const phone = await s.udpPeer('127.0.0.20');
    for (let i = 0; i < 2 * sourceLimits.failureBurst; i++) await guess(phone, 'old');
    await guess(phone, 'right');
    for (let i = 0; i < 2 * sourceLimits.failureBurst; i++) await guess(phone, 'wrong');
    assert.equal(stats(server).sources.banned, 0);
    const guesser = await s.udpPeer('127.0.0.21');
    for (let i = 0; i <= sourceLimits.failureBurst; i++) await guess(guesser, `guess ${i}`);
    await until(() => stats(server).bans.authentication === 1, 'the guesser is banned');
    guesser.send(guesser.request('REGISTER', 'sip:branch.test'), server.listener());
    await silent(guesser, '401');
  }));

test('a program that searches for weak accounts is sent away after a few tries', () =>
  scene(async (s) => {
    const server = await s.server(nobodyTrusted);
    await s.app(server, { options: (_request, reply) => reply.send(200) });
    const peer = await s.udpPeer();
    const scan = () => peer.request('OPTIONS', 'sip:100@branch.test', { 'User-Agent': 'friendly-scanner' });
    for (let i = 0; i < 10; i++) peer.send(scan(), server.listener());
    await until(() => stats(server).bans.scanning === 1, 'the scanner is banned');
    await until(() => peer.received.length === 5, 'five were answered');
  }));

test('a flood of one source is dropped, and calls of another go on', () =>
  scene(async (s) => {
    const server = await s.server({ ...nobodyTrusted, sourceLimits: { ...sourceLimits, messageBurst: 50 } });
    await answering(s, server);
    const flood = await s.udpPeer('127.0.0.30');
    for (let i = 0; i < 70; i++) flood.send(flood.request('OPTIONS', 'sip:branch.test'), server.listener());
    await until(() => (stats(server).drops.rate ?? 0) > 0, 'messages are dropped');
    const peer = await s.udpPeer('127.0.0.31');
    await peer.call('sip:100@branch.test', server.listener());
  }));

test('overload: new calls are refused, calls in progress and calls for help are not', () =>
  scene(async (s) => {
    let busy = 0;
    const server = await s.server({ emergencyNumbers: ['911'], utilization: () => busy, ...nobodyTrusted });
    await answering(s, server);
    const peer = await s.udpPeer();
    const { request, response } = await peer.call('sip:100@branch.test', server.listener());
    // Four times what a processor has: the level rises by three a second.
    busy = 4;
    for (let i = 0; i < 100 && stats(server).overload.level < 1.2; i++) await pause(20);
    busy = 0.9;
    await pause(1000);
    assert.ok(stats(server).overload.level >= 1);
    const fresh = peer.request('INVITE', 'sip:100@branch.test', {}, sdp());
    peer.send(fresh, server.listener());
    const refused = await peer.nextResponse(503);
    assert.ok(Number(refused.headers.get('Retry-After')) >= 3);
    peer.send(fresh, server.listener());
    const again = await peer.nextResponse(503);
    assert.equal(again.headers.get('To'), refused.headers.get('To'), 'the same tag without any state');
    await peer.call('sip:911@branch.test', server.listener());
    await peer.call('urn:service:sos', server.listener());
    peer.send(peer.inDialog('BYE', request, response, 2), server.listener());
    await peer.nextResponse(200);
    assert.ok((stats(server).sheds['new-call'] ?? 0) >= 2);
    assert.equal(stats(server).sheds['in-dialog'], undefined);
  }));

test('RFC 7339: the server tells a client that speaks it, and honours what its next hop tells', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server, { options: (_request, reply) => reply.send(200) });
    const peer = await s.udpPeer();
    const asking = peer.request('OPTIONS', 'sip:branch.test');
    asking.headers.set('Via', `${asking.headers.get('Via')};oc;oc-algo="loss"`);
    peer.send(asking, server.listener());
    const told = (await peer.nextResponse(200)).headers.get('Via') ?? '';
    assert.match(told, /;oc=0;oc-algo="loss";oc-validity=0;oc-seq=\d+\.\d{3}$/);
    const first = outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' });
    const sent = await peer.nextRequest('OPTIONS');
    assert.match(sent.headers.get('Via') ?? '', /;oc;oc-algo="loss"/);
    const answer = peer.response(sent, 200);
    const via = answer.headers.get('Via') ?? '';
    assert.ok(topVia(answer.headers)?.branch.startsWith('z9hG4bK'));
    answer.headers.set('Via', via.replace(';oc;', ';oc=100;oc-validity=60000;oc-seq=1;'));
    peer.send(answer, server.listener());
    assert.equal((await first).status, 200);
    const kept = await outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' });
    assert.equal(kept.status, 503);
    assert.match(kept.get('Reason') ?? '', /RFC 7339/);
    assert.equal(stats(server).refusals['next-hop-overload'], 1);
  }));
