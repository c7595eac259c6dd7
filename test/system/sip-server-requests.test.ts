import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { challengeHeader, formatMessage, ha1, parseCredentials, verifyCredentials } from '../../src/sip/index.js';
import { SeededRandom } from '../sim/seeded-random.js';
import { noDns } from './fixed-dns.js';
import { nameOf, outcome, pause, type SrfMessage, scene, test, until } from './sip-server-bench.js';

test('a REGISTER goes to the application and its answer back', () =>
  scene(async (s) => {
    const server = await s.server();
    let seen: SrfMessage | undefined;
    await s.app(server, {
      register: (request, reply) => {
        seen = request;
        reply.send(200, {
          headers: { Contact: `${request.get('Contact')};expires=300`, 'Service-Route': '<sip:a;lr>' },
        });
      },
    });
    const phone = await s.udpPeer();
    phone.send(phone.request('REGISTER', 'sip:branch.test', { Expires: '300' }), server.listener());
    const response = await phone.nextResponse(200);
    assert.match(response.headers.get('Contact') ?? '', /expires=300/);
    assert.match(response.headers.get('Via') ?? '', new RegExp(`rport=${phone.port}.*received=127.0.0.1`));
    assert.match(response.headers.get('To') ?? '', /tag=/);
    assert.equal(seen?.source_address, '127.0.0.1');
    assert.equal(seen?.source_port, phone.port);
    assert.equal(seen?.protocol, 'udp');
    assert.equal(seen?.receivedOn, `127.0.0.1:${server.udpPort}`);
  }));

test('an application registers through a challenge', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const registrar = await s.udpPeer();
    const pending = outcome(app, `sip:${registrar.hostPort}`, {
      method: 'REGISTER',
      headers: {
        From: 'sip:alice@branch.test',
        To: 'sip:alice@branch.test',
        Contact: 'sip:alice@localhost',
        Expires: '60',
      },
      auth: { username: 'alice', password: 'secret' },
    });
    const first = await registrar.nextRequest('REGISTER');
    const challenge = challengeHeader({
      realm: 'branch.test',
      nonce: 'n1',
      algorithm: 'MD5',
      qop: ['auth'],
      stale: false,
    });
    registrar.send(registrar.response(first, 401, { 'WWW-Authenticate': challenge }), server.listener());
    const second = await registrar.nextRequest('REGISTER');
    assert.equal(second.headers.get('Call-ID'), first.headers.get('Call-ID'));
    assert.equal(second.headers.get('From'), first.headers.get('From'), 'the From tag is kept');
    assert.equal(second.headers.get('Contact'), `<sip:alice@127.0.0.1:${server.udpPort}>`);
    const credentials = parseCredentials(second.headers.get('Authorization') ?? '');
    assert.ok(credentials.ok);
    const digest = ha1('alice', 'branch.test', 'secret', 'MD5');
    assert.ok(verifyCredentials({ credentials: credentials.value, method: 'REGISTER', ha1: digest }));
    registrar.send(registrar.response(second, 200), server.listener());
    assert.equal((await pending).status, 200);
  }));

test('OPTIONS, INFO, MESSAGE, NOTIFY, PUBLISH and SUBSCRIBE outside dialogs reach the application', () =>
  scene(async (s) => {
    const server = await s.server();
    const got: string[] = [];
    const routes: Record<string, (r: SrfMessage, reply: { send(status: number): void }) => void> = {};
    for (const method of ['options', 'info', 'message', 'notify', 'publish', 'subscribe', 'refer']) {
      routes[method] = (request, reply) => {
        got.push(request.method);
        reply.send(request.method === 'SUBSCRIBE' ? 489 : 200);
      };
    }
    await s.app(server, routes);
    const peer = await s.udpPeer();
    for (const method in routes) {
      const name = method.toUpperCase();
      peer.send(
        peer.request(name, 'sip:x@branch.test', { Event: 'presence', 'Refer-To': '<sip:y@z>' }),
        server.listener(),
      );
      await peer.next(name === 'SUBSCRIBE' ? '489' : '200');
    }
    assert.deepEqual(got, ['OPTIONS', 'INFO', 'MESSAGE', 'NOTIFY', 'PUBLISH', 'SUBSCRIBE', 'REFER']);
  }));

test('a body of any bytes arrives whole, and its length is counted in bytes', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server);
    const peer = await s.udpPeer();
    const text = 'Grüße aus Zürich ☎';
    const pending = outcome(app, `sip:${peer.hostPort}`, {
      method: 'MESSAGE',
      headers: { 'Content-Type': 'text/plain;charset=UTF-8', Subject: 'naïve' },
      body: text,
    });
    const message = await peer.nextRequest('MESSAGE');
    assert.equal(message.body.toString(), text);
    assert.equal(message.headers.get('Content-Length'), String(Buffer.byteLength(text)));
    assert.equal(message.headers.get('Subject'), 'naïve');
    peer.send(peer.response(message, 200), server.listener());
    assert.equal((await pending).status, 200);
  }));

test('without an application there is a 503 with a short Retry-After; two applications take turns', () =>
  scene(async (s) => {
    const server = await s.server();
    const peer = await s.udpPeer();
    peer.send(peer.request('OPTIONS', 'sip:x@y'), server.listener());
    const refusal = await peer.nextResponse(503);
    const wait = Number(refusal.headers.get('Retry-After'));
    assert.ok(wait >= 1 && wait <= 5);
    const counts = [0, 0];
    for (const i of [0, 1]) {
      await s.app(server, {
        options: (_request, reply) => {
          counts[i] = (counts[i] ?? 0) + 1;
          reply.send(200);
        },
      });
    }
    for (let i = 0; i < 4; i++) {
      peer.send(peer.request('OPTIONS', 'sip:x@y'), server.listener());
      await peer.next('200');
    }
    assert.deepEqual(counts, [2, 2]);
  }));

test('requests that no application should see are answered by the server', () =>
  scene(async (s) => {
    const server = await s.server();
    const seen: string[] = [];
    const routes: Record<string, (r: SrfMessage, reply: { send(status: number): void }) => void> = {};
    for (const method of ['invite', 'bye', 'options', 'message', 'update']) {
      routes[method] = (request, reply) => {
        seen.push(request.method);
        reply.send(200);
      };
    }
    await s.app(server, routes);
    const peer = await s.udpPeer();
    const cases: readonly [string, string, Record<string, string>, number][] = [
      ['BYE', 'sip:x@y', {}, 481],
      ['UPDATE', 'sip:x@y', {}, 481],
      ['CANCEL', 'sip:x@y', {}, 481],
      ['PRACK', 'sip:x@y', {}, 481],
      ['INVITE', 'sip:x@y', { To: '<sip:x@y>;tag=unknown' }, 481],
      ['OPTIONS', 'sip:x@y', { To: '<sip:x@y>;tag=unknown' }, 481],
      ['NEWMETHOD', 'sip:x@y', {}, 501],
      ['OPTIONS', 'nobodyknows:x', {}, 416],
      ['MESSAGE', 'sip:x@y', { 'Max-Forwards': '0' }, 483],
      ['INVITE', 'sip:x@y', { Require: 'nothingSupportsThis' }, 420],
    ];
    for (const [method, uri, headers, status] of cases) {
      const request = peer.request(method, uri, headers);
      peer.send(request, server.listener());
      const response = await peer.nextResponse(status);
      assert.equal(response.headers.get('Call-ID'), request.headers.get('Call-ID'));
      if (method === 'INVITE')
        peer.send(
          peer.inDialog('ACK', request, response, 1, { Via: request.headers.get('Via') ?? '' }),
          server.listener(),
        );
    }
    assert.deepEqual(seen, []);
  }));

test('malformed input gets its answer or nothing, and the server goes on', () =>
  scene(async (s) => {
    const server = await s.server();
    await s.app(server, { options: (_request, reply) => reply.send(200) });
    const peer = await s.udpPeer();
    const good = peer.request('OPTIONS', 'sip:x@y');
    const text = (change: (t: string) => string) => {
      const request = peer.request('OPTIONS', 'sip:x@y');
      const lines = [...request.headers.entries()].map(([n, v]) => `${n}: ${v}`).join('\r\n');
      return change(`OPTIONS sip:x@y SIP/2.0\r\n${lines}\r\nContent-Length: 0\r\n\r\n`);
    };
    const cases: readonly [string, string][] = [
      [text((t) => t.replace('SIP/2.0\r', 'SIP/7.0\r')), '505'],
      [text((t) => t.replace('Content-Length: 0', 'Content-Length: 999')), '400'],
      [text((t) => t.replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE')), '400'],
      [text((t) => t.replace('Max-Forwards: 70', `X-Long: ${'a'.repeat(9000)}`)), '413'],
    ];
    for (const [bytes, status] of cases) {
      peer.write(bytes, server.listener());
      await peer.next(status);
    }
    peer.raw = '';
    peer.write(
      text((t) => t.replace(/Call-ID: .*\r\n/, '')),
      server.listener(),
    );
    await until(() => peer.raw.startsWith('SIP/2.0 400 Missing Call-ID'), 'an answer without Call-ID');
    for (const noise of [
      '\r\n\r\n',
      '\0\0\0\0',
      'GET / HTTP/1.1\r\n\r\n',
      'SIP/2.0 200 OK\r\n\r\n',
      text((t) => t.slice(0, 40)),
    ]) {
      peer.write(noise, server.listener());
    }
    peer.send(good, server.listener());
    await peer.next('200');
    await pause(30);
    assert.deepEqual(
      peer.received.map(nameOf).filter((n) => n !== '400'),
      [],
    );
    assert.ok(server.handle.stats().malformed >= 5);
  }));

test('two thousand mutilated messages bring down neither server nor application', () =>
  scene(async (s) => {
    const server = await s.server();
    const app = await s.app(server, {
      options: (_request, reply) => reply.send(200),
      invite: (_request, reply) => reply.send(486),
      register: (_request, reply) => reply.send(200),
    });
    let broken = 0;
    app.on('error', () => broken++);
    const peer = await s.udpPeer();
    const random = new SeededRandom(7);
    const pick = (n: number) => Math.floor(random.next() * n);
    for (let i = 0; i < 2000; i++) {
      const method = ['OPTIONS', 'INVITE', 'REGISTER', 'BYE', 'ACK', 'CANCEL'][pick(6)] ?? 'OPTIONS';
      const bytes = formatMessage(peer.request(method, 'sip:x@branch.test', {}, 'v=0\r\n'));
      for (let n = 1 + pick(4); n > 0; n--) bytes[pick(bytes.length)] = pick(4) === 0 ? pick(256) : 32 + pick(95);
      peer.write(bytes.subarray(0, pick(5) === 0 ? pick(bytes.length) : bytes.length), server.listener());
      if (i % 100 === 99) await pause(5);
    }
    await pause(50);
    peer.send(peer.request('OPTIONS', 'sip:alive@y', { 'X-Alive': '1' }), server.listener());
    await peer.next('200');
    assert.equal(broken, 0);
    assert.ok(server.handle.stats().malformed > 500);
    assert.equal(server.handle.stats().applications, 1);
  }));

test('a peer that refuses, a name that does not resolve and a silent peer are told from one that answers', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
      dns: {
        ...noDns,
        addresses: (host) =>
          host === 'known.test'
            ? Promise.resolve({ records: ['127.0.0.1'], ttlS: 60 })
            : Promise.reject(new Error('ENOTFOUND')),
      },
    });
    const app = await s.app(server);
    const silent = await s.udpPeer();
    const closed = createServer();
    const refused: number = await new Promise((resolve) => {
      closed.listen(0, '127.0.0.1', () => {
        const address = closed.address();
        closed.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
      });
    });
    const refusal = await outcome(app, `sip:127.0.0.1:${refused};transport=tcp`, { method: 'OPTIONS' });
    assert.equal(refusal.status, 503);
    assert.match(refusal.get('Reason') ?? '', /^SIP;cause=503;text="ECONNREFUSED 127\.0\.0\.1:\d+"$/);
    assert.equal(refusal.source_address, '');
    const unknown = await outcome(app, 'sip:nobody.test:5060', { method: 'OPTIONS' });
    assert.equal(unknown.status, 503);
    assert.match(unknown.get('Reason') ?? '', /text="DNS nobody\.test: ENOTFOUND"/);
    assert.equal(unknown.source_address, '');
    const timeout = await Promise.all([
      outcome(app, `sip:127.0.0.1:${silent.port}`, { method: 'OPTIONS' }),
      outcome(app, `sip:x@127.0.0.1:${silent.port}`, { method: 'INVITE', body: 'v=0\r\n' }),
    ]);
    for (const response of timeout) {
      assert.equal(response.status, 408);
      assert.match(response.get('Reason') ?? '', /SIP;cause=408/);
      assert.equal(response.source_address, '');
    }
    const pending = outcome(app, `sip:known.test:${silent.port}`, { method: 'OPTIONS', headers: { 'X-Real': '1' } });
    await until(() => silent.received.some((m) => m.headers.has('X-Real')), 'the request');
    const request = silent.received.find((m) => m.headers.has('X-Real'));
    assert.ok(request?.kind === 'request');
    silent.send(silent.response(request, 503), server.listener());
    const answered = await pending;
    assert.equal(answered.status, 503);
    assert.equal(answered.source_address, '127.0.0.1');
  }));

test('an application may choose the listener by its Contact; IPv6 works like IPv4', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'udp', address: '127.0.0.7', port: 0 },
        { protocol: 'udp', address: '::1', port: 0 },
      ],
    });
    const app = await s.app(server, { options: (_request, reply) => reply.send(200) });
    const peer = await s.udpPeer();
    const chosen = server.listener('udp', 1);
    const plain = outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' });
    const first = await peer.nextRequest('OPTIONS');
    assert.match(first.headers.get('Via') ?? '', /SIP\/2\.0\/UDP 127\.0\.0\.1:/);
    peer.send(peer.response(first, 200), server.listener());
    await plain;
    const named = outcome(app, `sip:${peer.hostPort}`, {
      method: 'OPTIONS',
      headers: { Contact: `<sip:${chosen.address}:${chosen.port}>` },
    });
    const second = await peer.nextRequest('OPTIONS');
    assert.match(second.headers.get('Via') ?? '', new RegExp(`127\\.0\\.0\\.7:${chosen.port}`));
    peer.send(peer.response(second, 200), chosen);
    await named;
    const peer6 = await s.udpPeer('::1');
    const listener6 = server.listener('udp', 2);
    peer6.send(peer6.request('OPTIONS', `sip:[::1]:${listener6.port}`), listener6);
    await peer6.next('200');
    const out6 = outcome(app, `sip:${peer6.hostPort}`, { method: 'OPTIONS' });
    const third = await peer6.nextRequest('OPTIONS');
    assert.match(third.headers.get('Via') ?? '', /SIP\/2\.0\/UDP \[::1\]:/);
    peer6.send(peer6.response(third, 200), listener6);
    assert.equal((await out6).status, 200);
  }));

test('a gate cuts the line in both directions without a word', () =>
  scene(async (s) => {
    let open = true;
    const server = await s.server({ gate: () => open });
    const app = await s.app(server, { options: (_request, reply) => reply.send(200) });
    const peer = await s.udpPeer();
    open = false;
    peer.send(peer.request('OPTIONS', 'sip:x@y'), server.listener());
    const pending = outcome(app, `sip:${peer.hostPort}`, { method: 'OPTIONS' });
    await pause(200);
    assert.deepEqual(peer.received, []);
    open = true;
    peer.send(peer.request('OPTIONS', 'sip:x@y'), server.listener());
    await peer.next('200');
    const again = await peer.nextRequest('OPTIONS');
    peer.send(peer.response(again, 200), server.listener());
    assert.equal((await pending).status, 200);
  }));
