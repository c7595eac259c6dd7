import assert from 'node:assert/strict';
import type { DnsQueries } from '../../appliance/sip-server/index.js';
import { noDns } from './fixed-dns.js';
import {
  outcome,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
  type SrfApp,
  scene,
  sdp,
  test,
} from './sip-server-bench.js';
import { ZoneServer } from './zone-server.js';

/** A domain whose SRV records name `peers` in their order. */
function srvOf(peers: readonly Peer[]): DnsQueries {
  return {
    ...noDns,
    srv: (name) =>
      Promise.resolve({
        records:
          name === '_sip._udp.centre.test'
            ? peers.map((p, i) => ({ priority: i, weight: 0, port: p.port, name: `${i}.centre.test` }))
            : [],
        ttlS: 60,
      }),
    addresses: (name, family) =>
      Promise.resolve({ records: family === 4 && /^\d\.centre\.test$/.test(name) ? ['127.0.0.1'] : [], ttlS: 60 }),
  };
}

interface Stage {
  readonly server: ServerUnderTest;
  readonly app: SrfApp;
  readonly first: Peer;
  readonly second: Peer;
}

async function stage(s: Scene): Promise<Stage> {
  const first = await s.udpPeer();
  const second = await s.udpPeer();
  const server = await s.server({ dns: srvOf([first, second]) });
  return { server, app: await s.app(server), first, second };
}

test('a refusal with 503 moves the request to the next address, and the application sees one request', () =>
  scene(async (s) => {
    const { server, app, first, second } = await stage(s);
    const answered = outcome(app, 'sip:bob@centre.test', { method: 'OPTIONS' });
    const one = await first.nextRequest('OPTIONS');
    first.send(first.response(one, 503), server.listener());
    const two = await second.nextRequest('OPTIONS');
    assert.equal(two.headers.get('CSeq'), one.headers.get('CSeq'));
    assert.equal(two.headers.all('Via').length, 1);
    assert.notEqual(two.headers.get('Via'), one.headers.get('Via'), 'a new branch');
    second.send(second.response(two, 200), server.listener());
    const response = await answered;
    assert.equal(response.status, 200);
    assert.equal(response.source_port, second.port);
    // The one that failed stands behind for a while.
    const again = outcome(app, 'sip:bob@centre.test', { method: 'OPTIONS' });
    const direct = await second.nextRequest('OPTIONS');
    second.send(second.response(direct, 404), server.listener());
    assert.equal((await again).status, 404, 'any other failure is the answer');
    assert.equal(first.received.length, 0);
  }));

test('silence and a closed port move a call on; the dialog stays with the address that answered', () =>
  scene(async (s) => {
    const { server, app, first, second } = await stage(s);
    first.close();
    const call = app.createUAC('sip:bob@centre.test', { localSdp: sdp() });
    const invite = await second.nextRequest('INVITE', 8000);
    const contact = { Contact: '<sip:bob@centre.test>' };
    second.send(second.response(invite, 200, contact, sdp()), server.listener());
    const dialog = await call;
    await second.nextRequest('ACK');
    const bye = dialog.destroy();
    const ended = await second.nextRequest('BYE');
    second.send(second.response(ended, 200), server.listener());
    await bye;
  }));

test('an INVITE that rings somewhere stays there, whatever happens', () =>
  scene(async (s) => {
    const { server, app, first, second } = await stage(s);
    const answered = outcome(app, 'sip:bob@centre.test', { method: 'INVITE', body: sdp() });
    const invite = await first.nextRequest('INVITE');
    first.send(first.response(invite, 180), server.listener());
    await pause(50);
    first.send(first.response(invite, 503), server.listener());
    assert.equal((await answered).status, 503);
    assert.equal(second.received.length, 0);
  }));

test('CANCEL while the request is on its second address', () =>
  scene(async (s) => {
    const { server, app, first, second } = await stage(s);
    const done = new Promise<number>((resolve) => {
      void app.request('sip:bob@centre.test', { method: 'INVITE', body: sdp() }, (_error, request) => {
        request.on('response', (response) => {
          if (response.status >= 200) resolve(response.status);
          else request.cancel();
        });
      });
    });
    const one = await first.nextRequest('INVITE');
    first.send(first.response(one, 503), server.listener());
    await first.nextRequest('ACK');
    const two = await second.nextRequest('INVITE');
    second.send(second.response(two, 180), server.listener());
    const cancel = await second.nextRequest('CANCEL');
    assert.equal(cancel.headers.get('Via'), two.headers.get('Via'));
    second.send(second.response(cancel, 200), server.listener());
    second.send(second.response(two, 487), server.listener());
    assert.equal(await done, 487);
  }));

test('all addresses fail: the last failure is the outcome, once', () =>
  scene(async (s) => {
    const { server, app, first, second } = await stage(s);
    const answered = outcome(app, 'sip:bob@centre.test', { method: 'OPTIONS' });
    for (const peer of [first, second]) {
      peer.send(peer.response(await peer.nextRequest('OPTIONS'), 503), server.listener());
    }
    const response = await answered;
    assert.equal(response.status, 503);
    assert.equal(response.source_port, second.port);
  }));

test('a proxied call moves on as well, and its caller sees nothing of it', () =>
  scene(async (s) => {
    const first = await s.udpPeer();
    const second = await s.udpPeer();
    const caller = await s.udpPeer();
    const server = await s.server({ dns: srvOf([first, second]) });
    const app: SrfApp = await s.app(server, {
      invite: (request) => void app.proxyRequest(request, 'sip:bob@centre.test'),
    });
    const request = caller.request('INVITE', `sip:x@127.0.0.1:${server.udpPort}`, {}, sdp());
    caller.send(request, server.listener());
    const one = await first.nextRequest('INVITE');
    first.send(first.response(one, 100), server.listener());
    first.send(first.response(one, 503), server.listener());
    const two = await second.nextRequest('INVITE');
    second.send(second.response(two, 200, {}, sdp()), server.listener());
    await caller.nextResponse(200);
    assert.deepEqual(
      caller.received.filter((m) => m.kind === 'response').map((m) => m.status),
      [100],
    );
  }));

test('NAPTR and SRV are asked for on the wire; when the name server dies, the last answer serves', () =>
  scene(async (s) => {
    const first = await s.udpPeer();
    const second = await s.udpPeer();
    const names = await ZoneServer.open([
      ['centre.test', 'NAPTR', '10 0 s SIP+D2T _sip._tcp.centre.test'],
      ['centre.test', 'NAPTR', '20 0 s SIP+D2U _here._udp.centre.test'],
      ['_here._udp.centre.test', 'SRV', `10 0 ${first.port} a.centre.test`],
      ['_here._udp.centre.test', 'SRV', `20 0 ${second.port} a.centre.test`],
      ['a.centre.test', 'A', '127.0.0.1'],
    ]);
    s.onClose(() => names.close());
    const server = await s.server({ nameServers: [names.address] });
    const app = await s.app(server);
    const answered = outcome(app, 'sip:bob@centre.test', { method: 'OPTIONS' });
    const one = await first.nextRequest('OPTIONS');
    first.send(first.response(one, 503), server.listener());
    const two = await second.nextRequest('OPTIONS');
    second.send(second.response(two, 200), server.listener());
    assert.equal((await answered).status, 200);
    assert.ok(names.asked.includes('centre.test 35') && names.asked.includes('_here._udp.centre.test 33'));
    names.alive = false;
    // The lifetime of the addresses is one second: past it they are stale.
    await pause(1_100);
    const before = performance.now();
    const stale = outcome(app, 'sip:bob@centre.test', { method: 'OPTIONS' });
    const three = await second.nextRequest('OPTIONS');
    assert.ok(performance.now() - before < 950, 'nobody waited for the name server');
    second.send(second.response(three, 200), server.listener());
    assert.equal((await stale).status, 200);
    const gone = await outcome(app, 'sip:bob@elsewhere.test', { method: 'OPTIONS' });
    assert.equal(gone.status, 503);
    assert.match(gone.get('Reason') ?? '', /text="DNS elsewhere\.test: /);
  }));
