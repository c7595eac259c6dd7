import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { limits } from '../../src/base/index.js';
import {
  answering,
  outcome,
  pause,
  type Scene,
  type ServerUnderTest,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

const ws = [{ protocol: 'ws', address: '127.0.0.1', port: 0 }] as const;
const url = (server: ServerUnderTest) => `ws://127.0.0.1:${server.listener('ws').port}/anything`;

test('a call over WebSocket, and back to a contact that nobody can resolve (RFC 7118)', () =>
  scene(async (s) => {
    const server = await s.server({ listen: ws });
    const seen: string[] = [];
    const app = await s.app(server, {
      register: (request, reply) => {
        seen.push(`${request.protocol} ${request.get('Via')?.split(' ')[0]}`);
        reply.send(200, { headers: { Contact: `${request.get('Contact')};expires=60` } });
      },
    });
    const phone = await s.webSocketPeer(url(server));
    phone.send(phone.request('REGISTER', 'sip:example.com'));
    await phone.nextResponse(200);
    assert.deepEqual(seen, ['ws SIP/2.0/WS']);

    const dialog = app.createUAC('sip:peer@df7jal23ls0d.invalid;transport=ws', { localSdp: sdp() });
    const invite = await phone.nextRequest('INVITE');
    assert.match(invite.headers.get('Via') ?? '', /^SIP\/2\.0\/WS 127\.0\.0\.1:\d+;/);
    assert.match(invite.headers.get('Contact') ?? '', /;transport=ws>/);
    phone.send(phone.response(invite, 180));
    phone.send(phone.response(invite, 200, {}, sdp()));
    await phone.nextRequest('ACK');
    const call = await dialog;
    const over = call.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200));
    await over;

    // The socket dies: the contact cannot be reached until the phone comes back with another one.
    phone.close();
    await until(() => server.handle.stats().connections === 0, 'the connection is gone');
    const lost = await outcome(app, 'sip:peer@df7jal23ls0d.invalid;transport=ws', { method: 'OPTIONS' }).catch(
      (error: unknown) => error,
    );
    assert.match(String(lost instanceof Error ? lost.message : JSON.stringify(lost)), /gone|503/);
    const again = await s.webSocketPeer(url(server));
    again.send(again.request('REGISTER', 'sip:example.com'));
    await again.nextResponse(200);
    const found = outcome(app, 'sip:peer@df7jal23ls0d.invalid;transport=ws', { method: 'OPTIONS' });
    const options = await again.nextRequest('OPTIONS');
    again.send(again.response(options, 200));
    assert.equal((await found).status, 200);
  }));

test('text and binary messages, keep-alives of both kinds, and answers of many bytes', () =>
  scene(async (s) => {
    const server = await s.server({ listen: ws });
    await answering(s, server);
    const phone = await s.webSocketPeer(url(server));
    phone.write('\r\n\r\n');
    await until(() => phone.raw === '\r\n', 'CRLF answers the double one');
    const call = await phone.call('sip:anybody@example.com');
    // The bench sends bytes; a browser sends text.
    phone.write(Buffer.from('\r\n'));
    phone.send(phone.inDialog('BYE', call.request, call.response, 2));
    await phone.nextResponse(200);
    assert.equal(phone.closed, false);
  }));

test('who asks for no SIP is told so', () =>
  scene(async (s) => {
    const server = await s.server({ listen: ws });
    await assert.rejects(s.webSocketPeer(url(server), { subprotocol: 'chat' }), /400/);
    const plain = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest({ port: server.listener('ws').port, host: '127.0.0.1' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(plain, 426);
    await until(() => server.handle.stats().connections === 0, 'none of them counts');
  }));

test('a message over the limit, and what is no SIP, end the connection; a malformed one is answered', () =>
  scene(async (s) => {
    const server = await s.server({ listen: ws });
    await answering(s, server);
    const large = await s.webSocketPeer(url(server));
    large.write('x'.repeat(limits.sipMessageBytes + 1));
    await until(() => large.closed, 'too large');
    const rubbish = await s.webSocketPeer(url(server));
    rubbish.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => rubbish.closed, 'no SIP');
    const sloppy = await s.webSocketPeer(url(server));
    const request = sloppy.request('OPTIONS', 'sip:example.com');
    request.headers.set('To', '<sip:nobody');
    sloppy.send(request);
    await until(() => sloppy.raw.startsWith('SIP/2.0 400 '), 'an answer');
    await pause(20);
    assert.equal(sloppy.closed, false);
  }));

test('the peer that the web page names is believed on a loopback listener alone', () =>
  scene(async (s: Scene) => {
    const sources: string[] = [];
    const watch = async (server: ServerUnderTest) =>
      s.app(server, {
        options: (request, reply) => {
          sources.push(`${request.source_address}:${request.source_port}`);
          reply.send(200);
        },
      });
    const inner = await s.server({ listen: ws });
    await watch(inner);
    const passed = await s.webSocketPeer(url(inner), { headers: { 'Holdfast-Peer': '[2001:db8::7]:51234' } });
    passed.send(passed.request('OPTIONS', 'sip:example.com'));
    const answer = await passed.nextResponse(200);
    assert.match(answer.headers.get('Via') ?? '', /received=2001:db8::7/);
    // Back to it, whatever the family of the listener that it came by.
    const app = await s.app(inner);
    const back = outcome(app, 'sip:anybody@[2001:db8::7]:51234;transport=ws', { method: 'OPTIONS' });
    passed.send(passed.response(await passed.nextRequest('OPTIONS'), 200));
    assert.equal((await back).status, 200);
    const outer = await s.server({ listen: [{ protocol: 'ws', address: '0.0.0.0', port: 0 }] });
    await watch(outer);
    const liar = await s.webSocketPeer(url(outer), { headers: { 'Holdfast-Peer': '192.0.2.7:51234' } });
    liar.send(liar.request('OPTIONS', 'sip:example.com'));
    await liar.nextResponse(200);
    assert.equal(sources[0], '2001:db8::7:51234');
    assert.match(sources[1] ?? '', /^127\.0\.0\.1:/);
    await assert.rejects(s.webSocketPeer(url(inner), { headers: { 'Holdfast-Peer': 'nobody' } }));
  }));

test('over IPv6', () =>
  scene(async (s) => {
    const server = await s.server({ listen: [{ protocol: 'ws', address: '::1', port: 0 }] });
    await answering(s, server);
    const phone = await s.webSocketPeer(`ws://[::1]:${server.listener('ws').port}`);
    const { request, response } = await phone.call('sip:anybody@example.com');
    assert.match(response.headers.get('Via') ?? '', /received=::1/);
    assert.match(response.headers.get('Contact') ?? '', /@?\[::1\]:\d+;transport=ws>/);
    phone.send(phone.inDialog('BYE', request, response, 2));
    await phone.nextResponse(200);
  }));
