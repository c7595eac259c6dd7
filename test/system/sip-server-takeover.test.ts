import assert from 'node:assert/strict';
import { connect } from 'node:net';
import {
  nameOf,
  outcome,
  pause,
  type SrfApp,
  type SrfDialog,
  type SrfMessage,
  scene,
  sdp,
  secret,
  test,
  until,
} from './sip-server-bench.js';

const both = [
  { protocol: 'udp', address: '127.0.0.1', port: 0 },
  { protocol: 'tcp', address: '127.0.0.1', port: 0 },
] as const;

test('the application dies: its calls stay, and another application takes them over', () =>
  scene(async (s) => {
    const server = await s.server();
    let dialog: SrfDialog | undefined;
    const first: SrfApp = await s.app(server, {
      invite: (request, reply) => void first.createUAS(request, reply, { localSdp: sdp() }).then((d) => (dialog = d)),
    });
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    await until(() => dialog !== undefined, 'the dialog');
    const id = dialog?.id ?? '';
    first.disconnect();
    await server.applicationsBecome(0);
    await server.dialogsBecome(1);

    // While nobody is there the request waits; a new application gets it, with the dialog's id.
    phone.send(phone.inDialog('INFO', request, response, 2), server.listener());
    await pause(100);
    assert.deepEqual(phone.received.map(nameOf), ['100']);
    const seen: SrfMessage[] = [];
    const routes = ['info', 'bye'].map(
      (m): [string, (r: SrfMessage, reply: { send(status: number): void }) => void] => [
        m,
        (r, reply) => {
          seen.push(r);
          reply.send(200);
        },
      ],
    );
    const second = await s.app(server, Object.fromEntries(routes));
    await phone.next('200');
    assert.deepEqual(
      seen.map((r) => [r.method, r.stackDialogId]),
      [['INFO', id]],
    );

    // It can speak in the dialog by its id alone.
    const pending = outcome(second, 'sip:placeholder', { method: 'INFO', stackDialogId: id });
    const info = await phone.nextRequest('INFO');
    assert.equal(info.headers.get('To'), request.headers.get('From'));
    assert.equal(info.uri, `sip:peer@${phone.hostPort}`);
    phone.send(phone.response(info, 200), server.listener());
    assert.equal((await pending).status, 200);
    phone.send(phone.inDialog('BYE', request, response, 3), server.listener());
    await phone.next('200');
    await server.dialogsBecome(0);
  }));

test('nobody comes back: a held request is answered 503 after three seconds', () =>
  scene(async (s) => {
    const server = await s.server();
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => void app.createUAS(request, reply, { localSdp: sdp() }),
    });
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    app.disconnect();
    await server.applicationsBecome(0);
    phone.send(phone.inDialog('BYE', request, response, 2), server.listener());
    const refused = await phone.nextResponse(503, 4000);
    assert.ok(refused.headers.has('Retry-After'));
    await server.dialogsBecome(0);
  }));

test('INVITEs under way when the application dies: refused on one side, cancelled on the other', () =>
  scene(async (s) => {
    const server = await s.server();
    const app: SrfApp = await s.app(server, { invite: (_request, reply) => reply.send(180) });
    const phone = await s.udpPeer();
    const peer = await s.udpPeer();
    const incoming = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(incoming, server.listener());
    await phone.next('180');
    app.createUAC(`sip:x@${peer.hostPort}`, { localSdp: sdp() }).catch(() => undefined);
    const outgoing = await peer.nextRequest('INVITE');
    peer.send(peer.response(outgoing, 180), server.listener());
    await pause(20);
    app.disconnect();
    const refused = await phone.nextResponse(503);
    assert.ok(refused.headers.has('Retry-After'));
    phone.send(
      phone.inDialog('ACK', incoming, refused, 1, { Via: incoming.headers.get('Via') ?? '' }),
      server.listener(),
    );
    const cancel = await peer.nextRequest('CANCEL');
    peer.send(peer.response(cancel, 200), server.listener());
    // The answer crosses the CANCEL: the call is ended by the server.
    peer.send(peer.response(outgoing, 200, {}, sdp()), server.listener());
    await peer.nextRequest('ACK');
    const bye = await peer.nextRequest('BYE');
    peer.send(peer.response(bye, 200), server.listener());
    await server.dialogsBecome(0);
  }));

test('a request that its application did not answer before it died goes to another one', () =>
  scene(async (s) => {
    const server = await s.server();
    const first = await s.app(server, { options: () => undefined });
    const phone = await s.udpPeer();
    phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    await pause(30);
    await s.app(server, { options: (_request, reply) => reply.send(200) });
    first.disconnect();
    await phone.next('200');
  }));

test('the control port: a wrong secret is refused, garbage closes the connection, frames may be cut anywhere', () =>
  scene(async (s) => {
    const server = await s.server();
    const talk = (pieces: readonly string[]) =>
      new Promise<{ text: string; closed: boolean }>((resolve) => {
        const socket = connect(server.handle.controlPort, '127.0.0.1');
        let text = '';
        let closed = false;
        socket.on('data', (d) => (text += d.toString()));
        socket.on('close', () => (closed = true));
        socket.on('error', () => undefined);
        socket.on('connect', async () => {
          for (const piece of pieces) {
            socket.write(piece);
            await pause(10);
          }
          await pause(30);
          socket.destroy();
          resolve({ text, closed });
        });
      });
    const frame = (message: string) => `${Buffer.byteLength(message)}#${message}`;
    const wrong = await talk([frame('id1|authenticate|nonsense|')]);
    assert.match(wrong.text, /\|response\|id1\|NO\|incorrect secret/);
    assert.equal(wrong.closed, true);
    const silent = await talk([frame('id1|route|invite')]);
    assert.deepEqual(silent, { text: '', closed: true });
    const hello = frame(`id1|authenticate|${secret}|a,b`);
    const good = await talk([...(hello + frame('id2|ping') + frame('id3|route|invite'))]);
    assert.match(
      good.text,
      /\|response\|id1\|OK\|udp\/127\.0\.0\.1:\d+[^|]*\|v0\.\d+\.\d+[^|]*\|udp\/127\.0\.0\.1:\d+/,
    );
    assert.match(good.text, /\|response\|id2\|OK\|pong/);
    assert.match(good.text, /\|response\|id3\|OK/);
    const many = await talk([
      hello +
        frame('id2|proxy|x') +
        frame('id3|route|cdr:start') +
        frame('id4|remove_route|invite') +
        frame('id5|what'),
    ]);
    assert.match(many.text, /\|response\|id2\|NOK\|Unknown transaction id: x/);
    assert.match(many.text, /\|response\|id3\|OK/);
    assert.match(many.text, /\|response\|id4\|OK/);
    assert.match(many.text, /\|response\|id5\|NOK\|unknown verb/);
    const garbage = await talk([hello, 'hello world\r\n\r\n']);
    assert.equal(garbage.closed, true);
    const huge = await talk([hello, '999999999#']);
    assert.equal(huge.closed, true);
    const bad = await talk([
      hello + frame('id6|sip||\r\nNOT SIP AT ALL') + frame('id7|sip||nodialog\r\nBYE sip:placeholder SIP/2.0\r\n\r\n'),
    ]);
    assert.match(bad.text, /\|response\|id6\|NOK\|malformed start line/);
    assert.match(bad.text, /\|response\|id7\|NOK\|unable to find dialog for dialogid nodialog/);
  }));

test('TCP: keep-alive, split messages, and a registered phone called over its connection', () =>
  scene(async (s) => {
    const server = await s.server({ listen: both });
    const app: SrfApp = await s.app(server, {
      register: (request, reply) =>
        reply.send(200, { headers: { Contact: request.get('Contact') ?? '', Expires: '60' } }),
    });
    const phone = await s.tcpPeer(server.listener('tcp').port);
    phone.write('\r\n\r\n');
    await until(() => phone.raw === '\r\n', 'the pong');
    const contact = 'sip:1001@abc.invalid;transport=tcp';
    const register = phone.request('REGISTER', 'sip:branch.test', { Contact: `<${contact}>`, Expires: '60' });
    const { formatMessage } = await import('../../src/sip/index.js');
    const bytes = formatMessage(register);
    phone.write(bytes.subarray(0, 30));
    await pause(10);
    phone.write(bytes.subarray(30));
    await phone.next('200');
    const pending = app.createUAC(contact, { localSdp: sdp() });
    const invite = await phone.nextRequest('INVITE');
    assert.match(invite.headers.get('Contact') ?? '', /;transport=tcp>$/);
    assert.match(invite.headers.get('Via') ?? '', /^SIP\/2\.0\/TCP /);
    phone.send(phone.response(invite, 200, { Contact: `<${contact}>` }, sdp()));
    const dialog = await pending;
    await phone.nextRequest('ACK');
    const over = dialog.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200));
    await over;
    phone.close();
    await until(() => server.handle.stats().connections === 0, 'the connection is gone');
    const gone = await outcome(app, contact, { method: 'OPTIONS' });
    assert.equal(gone.status, 503);
    assert.match(gone.get('Reason') ?? '', /connection of this contact is gone/);
  }));

test('TCP: garbage is answered and closed; the end of a connection ends what waits on it', () =>
  scene(async (s) => {
    const server = await s.server({ listen: both });
    const app = await s.app(server, {
      options: (_request, reply) => reply.send(200),
      register: (request, reply) =>
        reply.send(200, { headers: { Contact: request.get('Contact') ?? '', Expires: '60' } }),
    });
    const noisy = await s.tcpPeer(server.listener('tcp').port);
    noisy.write(
      `OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: minus\r\n\r\n`,
    );
    await until(() => noisy.closed, 'the connection is closed');
    assert.match(noisy.raw, /^SIP\/2\.0 400 /);
    const phone = await s.tcpPeer(server.listener('tcp').port);
    phone.send(phone.request('REGISTER', 'sip:branch.test', { Expires: '60' }));
    await phone.next('200');
    const pending = outcome(app, `sip:peer@${phone.hostPort};transport=tcp`, { method: 'OPTIONS' });
    await phone.next('OPTIONS');
    phone.close();
    const ended = await pending;
    assert.equal(ended.status, 503);
    assert.match(ended.get('Reason') ?? '', /ECONNRESET/);
  }));
