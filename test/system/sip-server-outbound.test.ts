import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { type OutboundRoute, parseOutboundRoute } from '../../appliance/sip-server/index.js';
import type { SipRequest } from '../../src/sip/index.js';
import { ControlPeer } from './control-peer.js';
import { selfSigned } from './self-signed.js';
import {
  newSrf,
  outcome,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
  type SrfApp,
  type SrfDialog,
  scene,
  sdp,
  secret,
  test,
  until,
} from './sip-server-bench.js';

function route(text: string): OutboundRoute {
  const parsed = parseOutboundRoute(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

async function bound(server: { address(): AddressInfo | string | null; listening: boolean }): Promise<number> {
  await until(() => server.listening, 'the listener');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** An application that listens for servers, by `srf.listen`. */
async function listening(s: Scene, tls?: { cert: string; key: string }): Promise<{ app: SrfApp; port: number }> {
  const app = newSrf();
  const server: Server = app.listen({ port: 0, host: '127.0.0.1', secret, ...(tls === undefined ? {} : { tls }) });
  s.onClose(() => void server.close());
  return { app, port: await bound(server) };
}

/** A web server that says what to do; `asked` holds the questions. */
async function web(
  s: Scene,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; asked: { method: string; url: URL; body: string }[] }> {
  const asked: { method: string; url: URL; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: new URL(request.url ?? '', 'http://x'), body });
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  s.onClose(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${await bound(server)}/route`, asked };
}

const says = (instruction: object) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(JSON.stringify(instruction));

function invite(phone: Peer, server: ServerUnderTest, uri = 'sip:1000@y'): SipRequest {
  const request = phone.request('INVITE', uri, {}, sdp());
  phone.send(request, server.listener());
  return request;
}

for (const kind of ['tcp', 'tls'] as const) {
  test(`a listening application takes a call over ${kind}, and ends its session when the call is over`, () =>
    scene(async (s) => {
      const certificate = selfSigned();
      const { app, port } = await listening(s, kind === 'tls' ? certificate : undefined);
      const server = await s.server({
        outbound: { routes: [route(`invite=${kind}://127.0.0.1:${port}`)], authority: certificate.cert },
      });
      const dialogs: SrfDialog[] = [];
      const over: string[] = [];
      app.invite((request, reply) => {
        void app.createUAS(request, reply, { localSdp: sdp() }).then((dialog) => {
          dialogs.push(dialog);
          dialog.on('destroy', (_bye, reason) => {
            over.push(reason ?? '');
            app.endSession(request);
          });
        });
      });
      const phone = await s.udpPeer();
      const { request, response } = await phone.call('sip:1000@y', server.listener());
      await until(() => dialogs.length === 1, 'the dialog');
      assert.equal(server.handle.stats().applications, 1);
      // The application speaks in the dialog over the connection that brought the call.
      const info = dialogs[0]?.request({ method: 'INFO', headers: { 'Content-Type': 'text/plain' }, body: 'x' });
      phone.send(phone.response(await phone.nextRequest('INFO'), 200), server.listener());
      assert.equal((await info)?.status, 200);
      phone.send(phone.inDialog('BYE', request, response, 2), server.listener());
      await phone.next('200');
      await until(() => over.length === 1, 'the end');
      assert.deepEqual(over, ['normal release']);
      await until(() => server.handle.stats().applications === 0, 'the session is ended');
      await server.dialogsBecome(0);
      // The next call gets a connection of its own.
      await phone.call('sip:1000@y', server.listener());
      await until(() => dialogs.length === 2, 'the second call');
    }));
}

test('a web server rejects, redirects and routes; it is told the facts of the request', () =>
  scene(async (s) => {
    const { app, port } = await listening(s);
    app.options((_request, reply) => reply.send(200, { headers: { Subject: 'from the listener' } }));
    let instruction: object = { action: 'reject', data: { status: 603, reason: 'Not Today' } };
    const asking = await web(s, (request, response) => says(instruction)(request, response));
    const server = await s.server({
      outbound: { routes: [route(`invite=${asking.url}`), route(`*=POST,${asking.url}?key=1`)] },
    });
    const phone = await s.udpPeer();
    invite(phone, server, 'sip:1000@y;color=red');
    assert.equal((await phone.nextResponse(603)).reason, 'Not Today');
    const [first] = asking.asked;
    assert.equal(first?.method, 'GET');
    const facts = Object.fromEntries(first?.url.searchParams ?? []);
    assert.deepEqual(facts, {
      method: 'INVITE',
      domain: 'y',
      protocol: 'udp',
      source_address: '127.0.0.1',
      fromUser: 'peer',
      toUser: '1000',
      uriUser: '1000',
      contentType: 'application/sdp',
      uri: 'sip:1000@y;color=red',
      color: 'red',
    });
    instruction = { action: 'redirect', data: { contact: ['sip:other@z', '<sip:more@z>;q=0.1'] } };
    invite(phone, server);
    assert.deepEqual((await phone.nextResponse(302)).headers.all('Contact'), ['<sip:other@z>', '<sip:more@z>;q=0.1']);
    instruction = { action: 'route', data: { uri: `127.0.0.1:${port};transport=tcp` } };
    phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    assert.equal((await phone.nextResponse(200)).headers.get('Subject'), 'from the listener');
    const third = asking.asked[2];
    assert.equal(third?.method, 'POST');
    assert.equal(third?.url.searchParams.get('key'), '1');
    assert.match(third?.body ?? '', /^OPTIONS sip:x@y SIP\/2\.0\r\n/);
  }));

test('a web server has a call proxied', () =>
  scene(async (s) => {
    const called = await s.udpPeer();
    const destination = `sip:${called.hostPort}`;
    const asking = await web(s, says({ action: 'proxy', data: { destination, recordRoute: true } }));
    const server = await s.server({ outbound: { routes: [route(`invite=${asking.url}`)] } });
    const phone = await s.udpPeer();
    invite(phone, server);
    const forwarded = await called.nextRequest('INVITE');
    assert.equal(forwarded.headers.all('Via').length, 2);
    assert.ok(forwarded.headers.has('Record-Route'));
    called.send(called.response(forwarded, 486), server.listener());
    await called.nextRequest('ACK');
    await phone.next('486');
  }));

test('a web server chooses a connected application by its tag', () =>
  scene(async (s) => {
    let tag = 'sales';
    const asking = await web(s, (request, response) => says({ action: 'route', data: { tag } })(request, response));
    const server = await s.server({ outbound: { routes: [route(`options=${asking.url}`)] } });
    const answers = (name: string) => ({
      options: (_: unknown, reply: { send(status: number, options: object): void }) =>
        reply.send(200, { headers: { Subject: name } }),
    });
    await s.app(server, answers('sales one'), ['sales', 'all']);
    await s.app(server, answers('sales two'), ['sales']);
    await s.app(server, answers('support'), ['support', 'all']);
    const phone = await s.udpPeer();
    const ask = async () => {
      phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
      return (await phone.nextResponse(200)).headers.get('Subject');
    };
    assert.deepEqual([await ask(), await ask()].sort(), ['sales one', 'sales two']);
    tag = 'support';
    assert.deepEqual([await ask(), await ask()], ['support', 'support']);
    tag = 'nobody';
    phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    await phone.next('480');
  }));

test('what goes wrong in outbound mode is answered 480, 500 or 503, and costs nobody else', () =>
  scene(async (s) => {
    const silent = await web(s, () => undefined);
    const sick = await web(s, (_, response) => void response.writeHead(500).end());
    const nonsense = await web(s, (_, response) => void response.end('{"action":"dance","data":{}}'));
    const flood = await web(s, (_, response) => void response.end('x'.repeat(100_000)));
    const { port: gone } = await listening(s);
    const wrongSecret = newSrf();
    const impostor: Server = wrongSecret.listen({ port: 0, host: '127.0.0.1', secret: 'nonsense' });
    s.onClose(() => void impostor.close());
    const closed = createServer();
    closed.listen(0, '127.0.0.1');
    const refused = await bound(closed);
    await new Promise((resolve) => closed.close(resolve));
    const server = await s.server({
      outbound: {
        routes: [
          route(`invite=${silent.url}`),
          route(`message=${sick.url}`),
          route(`publish=${nonsense.url}`),
          route(`info=${flood.url}`),
          route(`register=tcp://127.0.0.1:${refused}`),
          route(`subscribe=tcp://127.0.0.1:${await bound(impostor)}`),
          route(`options=tls://127.0.0.1:${gone}`),
        ],
      },
    });
    const phone = await s.udpPeer();
    const expected = [
      ['MESSAGE', 503],
      ['PUBLISH', 500],
      ['INFO', 503],
      ['REGISTER', 480],
      ['SUBSCRIBE', 480],
    ] as const;
    for (const [method, status] of expected) {
      phone.send(phone.request(method, 'sip:x@y'), server.listener());
      const answer = await phone.nextResponse(status);
      assert.equal(answer.headers.has('Retry-After'), status === 503, method);
    }
    // TLS to an application that speaks none; the web server that says nothing; and a caller who does not wait for it.
    phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    const waiting = invite(phone, server);
    const hasty = invite(phone, server);
    await phone.next('100');
    const cancel = phone.request('CANCEL', hasty.uri, {
      Via: hasty.headers.get('Via') ?? '',
      From: hasty.headers.get('From') ?? '',
      'Call-ID': hasty.headers.get('Call-ID') ?? '',
    });
    phone.send(cancel, server.listener());
    const cancelled = await phone.nextResponse(487);
    assert.equal(cancelled.headers.get('Call-ID'), hasty.headers.get('Call-ID'));
    await phone.nextResponse(480, 5000);
    const late = await phone.nextResponse(503, 5000);
    assert.equal(late.headers.get('Call-ID'), waiting.headers.get('Call-ID'));
    assert.equal(server.handle.stats().applications, 0);
  }));

test('an application that goes while it has a request: 480, and no second look', () =>
  scene(async (s) => {
    const { app, port } = await listening(s);
    let seen = 0;
    app.message((request) => {
      seen++;
      app.endSession(request);
    });
    const server = await s.server({ outbound: { routes: [route(`message=tcp://127.0.0.1:${port}`)] } });
    const phone = await s.udpPeer();
    phone.send(phone.request('MESSAGE', 'sip:x@y'), server.listener());
    await phone.next('480');
    assert.equal(seen, 1);
  }));

test('the control port speaks TLS', () =>
  scene(async (s) => {
    const certificate = selfSigned();
    const server = await s.server({ control: { host: '127.0.0.1', port: 0, tls: certificate } });
    const app = newSrf();
    app.use('options', (_request, reply) => reply.send(200));
    await new Promise<void>((resolve, reject) => {
      app.on('connect', (error) => (error ? reject(error) : resolve()));
      app.on('error', reject);
      // drachtio-srf hands `tls` to tls.connect as it is. What it does not do: after a loss of the connection it comes
      // back by plain TCP, so TLS serves applications that end with their connection.
      app.connect({
        host: '127.0.0.1',
        port: server.handle.controlPort,
        secret,
        tls: { ca: certificate.cert },
      });
    });
    s.onClose(() => app.disconnect());
    await pause(30);
    const phone = await s.udpPeer();
    phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    await phone.next('200');
    const answered = outcome(app, `sip:${phone.hostPort}`, { method: 'OPTIONS' });
    phone.send(phone.response(await phone.nextRequest('OPTIONS'), 200), server.listener());
    assert.equal((await answered).status, 200);
    const plain = await ControlPeer.connect(server.handle.controlPort);
    plain.say(`authenticate|${secret}|`);
    await until(() => plain.closed, 'plain TCP is refused');
    assert.deepEqual(plain.frames, []);
  }));
