import assert from 'node:assert/strict';
import type { Log, LogFields } from '../../src/base/index.js';
import { ControlPeer } from './control-peer.js';
import { type Scene, type ServerUnderTest, scene, sdp, secret, test, until } from './sip-server-bench.js';

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const time = '\\d\\d:\\d\\d:\\d\\d\\.\\d{6}';

async function app(s: Scene, server: ServerUnderTest, verbs: readonly string[], tags = ''): Promise<ControlPeer> {
  const peer = await ControlPeer.routed(server.handle.controlPort, verbs, tags);
  s.onClose(() => peer.close());
  return peer;
}

/** The leader of a frame, and its SIP text, whose bytes the leader must tell. */
function opened(frame: string, bytesAt: number): { fields: string[]; text: string } {
  const at = frame.indexOf('\r\n');
  const fields = frame.slice(0, at).split('|');
  const text = frame.slice(at + 2);
  assert.equal(Number(fields[bytesAt]), Buffer.byteLength(text));
  return { fields, text };
}

test('a call as the control protocol tells it: every frame, field by field', () =>
  scene(async (s) => {
    const server = await s.server();
    const peer = await app(s, server, ['invite', 'cdr:start']);
    const phone = await s.udpPeer();
    const { port } = server.listener();
    const invite = phone.request('INVITE', 'sip:1000@y', { Subject: 'Grüße' }, sdp());
    phone.send(invite, server.listener());
    const from = `127\\.0\\.0\\.1\\|${phone.port}\\|${time}`;
    const arrived = await peer.frame((f) => f.includes('|sip|'));
    const at = `127\\.0\\.0\\.1\\|${port}`;
    assert.match(
      arrived,
      new RegExp(`^${uuid}\\|sip\\|network\\|\\d+\\|udp\\|${from}\\|${uuid}\\|\\|${at}\r\nINVITE sip:`),
    );
    const { fields, text } = opened(arrived, 3);
    assert.match(text, /Subject: Grüße\r\n/);
    const transaction = fields[8] ?? '';

    const callId = invite.headers.get('Call-ID') ?? '';
    const tag = /tag=([^;]+)/.exec(invite.headers.get('From') ?? '')?.[1] ?? '';
    const dialogId = `${callId};from-tag=${tag}`;
    const escaped = dialogId.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const ringing = await peer.ask(`sip|${transaction}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
    const sent = `OK\\|application\\|\\d+\\|udp\\|${from}\\|${transaction}\\|${escaped}\\|\\|Msg sent:\\|\r\nSIP/2\\.0`;
    assert.match(ringing, new RegExp(`^${sent} 180 Ringing\r\n`));
    const answer = await peer.ask(`sip|${transaction}|\r\nSIP/2.0 200 OK\r\nContent-Length: 9999\r\n\r\n${sdp()}`);
    assert.match(answer, new RegExp(`^${sent} 200 OK\r\n`));
    assert.match(answer, new RegExp(`\r\nContact: <sip:127\\.0\\.0\\.1:${port}>\r\n`));
    assert.match(answer, /\r\nTo: [^\r]*;tag=/);
    assert.match(answer, new RegExp(`\r\nContent-Length: ${sdp().length}\r\n`));
    const started = await peer.frame((f) => f.includes('|cdr:'));
    assert.match(started, new RegExp(`^${uuid}\\|cdr:start\\|application\\|${time}\\|uas\r\nSIP/2\\.0 200 OK\r\n`));
    const accepted = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', invite, accepted, 1), server.listener());
    const ack = await peer.frame((f) => f.includes('\r\nACK '));
    assert.match(ack, new RegExp(`\\|sip\\|network\\|\\d+\\|udp\\|${from}\\|${uuid}\\|${escaped}\\|${at}\r\nACK `));

    // A request in the dialog, and its answer; then what cannot be sent.
    const id = peer.say(`sip||${dialogId}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
    const info = await phone.nextRequest('INFO');
    assert.equal(info.uri, `sip:peer@${phone.hostPort}`);
    const echo = await peer.answer(id);
    assert.match(
      echo,
      new RegExp(`^OK\\|application\\|\\d+\\|udp\\|${from}\\|${uuid}\\|Msg sent:\\|\r\nINFO sip:peer@`),
    );
    const infoTransaction = echo.split('|')[7] ?? '';
    phone.send(phone.response(info, 200), server.listener());
    const answered = await peer.frame((f) => f.includes('SIP/2.0 200'));
    assert.match(
      answered,
      new RegExp(`\\|sip\\|network\\|\\d+\\|udp\\|${from}\\|${infoTransaction}\\|${escaped}\r\nSIP/2`),
    );
    for (const [command, why] of [
      [`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`, 'ACK for non-success final response is automatic'],
      ['sip||nothing;from-tag=x\r\nINFO sip:placeholder SIP/2.0\r\n\r\n', 'unable to find dialog for dialogid nothing'],
      [`sip|${transaction}|\r\nSIP/2.0 486 Busy\r\n\r\n`, 'transaction not found, or already answered'],
      [`sip|${infoTransaction}|\r\nCANCEL sip:x@y SIP/2.0\r\n\r\n`, 'transaction not found, or already answered'],
      ['sip||\r\nnot SIP at all\r\n\r\n', 'malformed start line'],
      ['sip||\r\nMESSAGE sip:x@127.0.0.1 SIP/2.0\r\n\r\nhello', 'missing Content-Type'],
      ['what|is|this', "unknown verb 'what'"],
    ] as const) {
      const refused = await peer.ask(command);
      assert.match(refused, /^NOK\|[^|\r\n]*$/);
      assert.ok(refused.includes(why), refused);
    }
  }));

test('what the server does by itself is told as unsolicited', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 20, t2Ms: 100, t4Ms: 100 } });
    const peer = await app(s, server, ['invite', 'cdr:stop']);
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:1000@y', {}, sdp()), server.listener());
    const { fields } = opened(await peer.frame((f) => f.includes('|sip|')), 3);
    await peer.ask(`sip|${fields[8]}|\r\nSIP/2.0 200 OK\r\n\r\n${sdp()}`);
    const bye = await peer.frame((f) => f.includes('|sip|application|'));
    assert.match(
      bye,
      /\|sip\|application\|\d+\|[^|]*\|[^|]*\|[^|]*\|[\d:.]+\|unsolicited\|[^|]+;from-tag=[^|]+\r\nBYE /,
    );
    assert.match(bye, /\r\nReason: SIP;cause=200;text="ACK timeout"\r\n/);
    const stop = await peer.frame((f) => f.includes('|cdr:stop|'));
    assert.match(stop, /\|cdr:stop\|application\|[\d:.]+\|ackbye\r\nBYE /);
  }));

test('frames cut inside a character, many in one piece, and one of 64 KB', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address: '127.0.0.1', port: 0 })),
    });
    const peer = await app(s, server, []);
    const phone = await s.udpPeer();
    const request = (body: string) =>
      `x|sip||\r\nMESSAGE sip:x@${phone.hostPort} SIP/2.0\r\nContent-Type: text/plain\r\n\r\n${body}`;
    const framed = (message: string) => Buffer.from(`${Buffer.byteLength(message)}#${message}`);
    for (const byte of framed(request('ünï 🦜 cödé'))) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const first = await phone.nextRequest('MESSAGE');
    assert.equal(first.body.toString(), 'ünï 🦜 cödé');
    assert.equal(first.headers.get('Content-Length'), String(Buffer.byteLength('ünï 🦜 cödé')));
    phone.send(phone.response(first, 200), server.listener());
    peer.write(Buffer.concat(['a', 'b', 'c'].map((body) => framed(request(body)))));
    const bodies: string[] = [];
    for (let i = 0; i < 3; i++) {
      const message = await phone.nextRequest('MESSAGE');
      bodies.push(message.body.toString());
      phone.send(phone.response(message, 200), server.listener());
    }
    assert.deepEqual(bodies.sort(), ['a', 'b', 'c']);
    const caller = await s.tcpPeer(server.listener('tcp').port);
    const registrar = await app(s, server, ['publish']);
    const large = caller.request(
      'PUBLISH',
      'sip:x@y',
      { Event: 'x', 'Content-Type': 'text/plain' },
      'x'.repeat(60_000),
    );
    caller.send(large);
    const { fields } = opened(await registrar.frame((f) => f.includes('|sip|')), 3);
    const id = registrar.say(
      `sip|${fields[8]}|\r\nSIP/2.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${'y'.repeat(60_000)}`,
    );
    assert.match(await registrar.answer(id), /^OK\|/);
    assert.equal((await caller.nextResponse(200)).body.length, 60_000);
  }));

test('verbs: any name, each given up by itself, not without end; unknown methods go to who asked for them', () =>
  scene(async (s) => {
    const server = await s.server();
    const phone = await s.udpPeer();
    const ask = async (method: string, status: number) => {
      phone.send(phone.request(method, 'sip:x@y', { 'Refer-To': '<sip:a@b>' }), server.listener());
      return phone.nextResponse(status);
    };
    assert.match((await ask('DANCE', 501)).headers.get('Allow') ?? '', /INVITE/);
    const peer = await app(s, server, ['dance', 'refer', 'INFO']);
    for (const method of ['DANCE', 'REFER', 'INFO']) {
      phone.send(phone.request(method, 'sip:x@y', { 'Refer-To': '<sip:a@b>' }), server.listener());
      const { fields, text } = opened(await peer.frame((f) => f.includes('|sip|network|')), 3);
      assert.ok(text.startsWith(`${method} `));
      await peer.ask(`sip|${fields[8]}|\r\nSIP/2.0 200 OK\r\n\r\n`);
      await phone.next('200');
    }
    assert.equal(await peer.ask('remove_route|dance'), 'OK');
    assert.equal(await peer.ask('remove_route|never'), 'OK');
    await ask('DANCE', 501);
    phone.send(phone.request('INFO', 'sip:x@y'), server.listener());
    await peer.frame((f) => f.includes('\r\nINFO '));
    assert.equal(await peer.ask('ping'), 'OK|pong');
    for (let i = 0; i < 62; i++) assert.equal(await peer.ask(`route|v${i}`), 'OK');
    assert.match(await peer.ask('route|onemore'), /^NOK\|/);
    assert.match(await peer.ask(`route|${'v'.repeat(65)}`), /^NOK\|/);
    assert.match(await peer.ask('route|'), /^NOK\|/);
  }));

test('several applications take turns, each verb by itself; one that stops leaves the others in turn', () =>
  scene(async (s) => {
    const server = await s.server();
    const peers = [
      await app(s, server, ['options', 'message']),
      await app(s, server, ['options', 'message']),
      await app(s, server, ['options']),
    ];
    const phone = await s.udpPeer();
    const counts = () => peers.map((p) => p.frames.filter((f) => f.includes('|sip|network|')).length);
    for (let i = 0; i < 6; i++) phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    await until(() => counts().every((n) => n === 2), 'two for each');
    for (let i = 0; i < 4; i++) phone.send(phone.request('MESSAGE', 'sip:x@y'), server.listener());
    await until(() => counts().join() === '4,4,2', `turns: ${counts().join()}`);
    await peers[0]?.ask('remove_route|options');
    for (let i = 0; i < 4; i++) phone.send(phone.request('OPTIONS', 'sip:x@y'), server.listener());
    await until(() => counts().join() === '4,6,4', `turns: ${counts().join()}`);
  }));

test('the secret is in no log, right or wrong, whatever is said', () =>
  scene(async (s) => {
    const lines: string[] = [];
    const note = (message: string, fields?: LogFields) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
    const server = await s.server({ log });
    const peer = await app(s, server, ['options'], 'a,b');
    peer.say(`authenticate|${secret}|`);
    const liar = await ControlPeer.connect(server.handle.controlPort);
    liar.say('authenticate|my-wrong-guess|');
    await until(() => liar.closed, 'closed');
    const fool = await ControlPeer.connect(server.handle.controlPort);
    fool.write(`authenticate ${secret}\r\n`);
    await until(() => fool.closed, 'closed');
    await until(() => lines.length >= 3, 'the log');
    const all = lines.join('\n');
    assert.match(all, /application connected/);
    assert.match(all, /incorrect secret/);
    assert.ok(!all.includes(secret), all);
    assert.ok(!all.includes('my-wrong-guess'), all);
  }));

test('an application that stops reading is cut off; its calls stay', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address: '127.0.0.1', port: 0 })),
    });
    const count = 1_300;
    const peer = await app(s, server, ['invite', 'options']);
    const phone = await s.udpPeer();
    const invite = phone.request('INVITE', 'sip:x@y', {}, sdp());
    phone.send(invite, server.listener());
    const { fields } = opened(await peer.frame((f) => f.includes('|sip|')), 3);
    await peer.ask(`sip|${fields[8]}|\r\nSIP/2.0 200 OK\r\n\r\n${sdp()}`);
    const accepted = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', invite, accepted, 1), server.listener());
    await peer.frame((f) => f.includes('\r\nACK '));
    const caller = await s.tcpPeer(server.listener('tcp').port);
    for (let i = 0; i < count; i++) caller.send(caller.request('OPTIONS', 'sip:x@y'));
    await until(() => peer.frames.length === count, 'all requests');
    // Each answer is echoed: what is not read becomes more than any application may leave.
    const transactions = peer.frames.map((frame) => frame.split('|')[8] ?? '');
    peer.pause();
    const body = 'x'.repeat(60_000);
    for (const transaction of transactions) {
      peer.say(`sip|${transaction}|\r\nSIP/2.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${body}`);
    }
    for (let i = 0; i < 10 && server.handle.stats().applications > 0; i++) {
      await until(() => server.handle.stats().applications === 0, 'it is cut off').catch(() => undefined);
    }
    await server.applicationsBecome(0);
    await server.dialogsBecome(1);
    const next = await app(s, server, ['info']);
    phone.send(phone.inDialog('INFO', invite, accepted, 2), server.listener());
    await next.frame((f) => f.includes('\r\nINFO '));
  }));
