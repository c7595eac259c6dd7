import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { Authority, type Certificate } from './certificates.js';
import { answering, pause, type Scene, type ServerUnderTest, scene, test, until } from './sip-server-bench.js';

/** Limits of connections: who comes, who comes slowly, who says nothing of sense. Each time, others are served. */
let authority: Authority;
let own: Certificate;
before(() => {
  authority = new Authority();
  own = authority.issue(['DNS:branch.example.com']);
});
after(() => authority.close());

const protocols = ['tcp', 'tls', 'ws', 'wss'] as const;
type StreamProtocol = (typeof protocols)[number];

/** Short, so that nobody waits. */
const limits = { handshakeMs: 400, messageMs: 400, stallMs: 400 };

async function serve(s: Scene, more: object = {}): Promise<ServerUnderTest> {
  const server = await s.server({
    listen: protocols.map((protocol) => ({ protocol, address: '127.0.0.1', port: 0 })),
    tls: { ...own, verify: 'none', checkPeer: true },
    connections: { ...limits, ...more },
  });
  await answering(s, server);
  return server;
}

const trust = () => ({ ca: readFileSync(authority.certificate), servername: 'branch.example.com' });

function open(s: Scene, server: ServerUnderTest, protocol: StreamProtocol) {
  const { port } = server.listener(protocol);
  if (protocol === 'tcp') return s.tcpPeer(port);
  if (protocol === 'tls') return s.tlsPeer(port, trust());
  return s.webSocketPeer(`${protocol}://127.0.0.1:${port}`, trust());
}

/** A raw connection, behind TLS where the protocol has it. */
async function raw(
  s: Scene,
  server: ServerUnderTest,
  protocol: StreamProtocol,
): Promise<{ socket: Socket; closed: () => boolean }> {
  const { port } = server.listener(protocol);
  const secure = protocol === 'tls' || protocol === 'wss';
  const socket = secure ? tlsConnect({ port, host: '127.0.0.1', ...trust() }) : connect(port, '127.0.0.1');
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => undefined);
  s.onClose(() => void socket.destroy());
  await new Promise((resolve) => socket.once(secure ? 'secureConnect' : 'connect', resolve));
  return { socket, closed: () => closed };
}

async function works(s: Scene, server: ServerUnderTest, protocol: StreamProtocol): Promise<void> {
  const peer = await open(s, server, protocol);
  const { request, response } = await peer.call('sip:anybody@example.com');
  peer.send(peer.inDialog('BYE', request, response, 2));
  await peer.nextResponse(200);
  peer.close();
}

for (const protocol of protocols) {
  test(`${protocol}: so many connections of one source and no more; whoever leaves makes room`, () =>
    scene(async (s) => {
      const server = await serve(s, { perSource: 3 });
      const three = [await open(s, server, protocol), await open(s, server, protocol), await open(s, server, protocol)];
      const refused = await open(s, server, protocol).catch((error: unknown) => error);
      if (!(refused instanceof Error))
        await until(() => (refused as { closed: boolean }).closed, 'the fourth is refused');
      three[0]?.close();
      await until(() => server.handle.stats().connections === 2, 'one is gone');
      await pause(20);
      await works(s, server, protocol);
    }));
}

test('so many connections in all', () =>
  scene(async (s) => {
    const server = await serve(s, { total: 2 });
    await open(s, server, 'tcp');
    await open(s, server, 'tcp');
    const third = await open(s, server, 'tcp');
    await until(() => third.closed, 'the third is refused');
    // Each listener counts for itself.
    await works(s, server, 'ws');
  }));

test('handshakes that do not come to their end: nothing, a byte at a time, an upgrade without its last line', () =>
  scene(async (s) => {
    const server = await serve(s);
    const slow: { closed: () => boolean; socket: Socket }[] = [];
    for (const protocol of ['tls', 'ws', 'wss'] as const) {
      const { port } = server.listener(protocol);
      const socket = connect(port, '127.0.0.1');
      let closed = false;
      socket.on('close', () => {
        closed = true;
      });
      socket.on('error', () => undefined);
      s.onClose(() => void socket.destroy());
      slow.push({ socket, closed: () => closed });
    }
    const upgrade = await raw(s, server, 'wss');
    upgrade.socket.write('GET /sip HTTP/1.1\r\nHost: x\r\n');
    const [first] = slow;
    // The head of a TLS record that announces more than comes.
    for (const byte of [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]) {
      first?.socket.write(Buffer.from([byte]));
      await pause(20);
    }
    for (const each of [...slow, upgrade]) await until(each.closed, 'cut off');
    for (const protocol of protocols) await works(s, server, protocol);
  }));

for (const protocol of protocols) {
  test(`${protocol}: a message that comes a byte at a time is not waited for (slow-loris)`, () =>
    scene(async (s) => {
      const server = await serve(s);
      const lasting = await open(s, server, protocol);
      const loris = await raw(s, server, protocol);
      let bytes = Buffer.from(`OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP x\r\nX: ${'y'.repeat(4000)}`);
      if (protocol === 'ws' || protocol === 'wss') {
        loris.socket.write(
          'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
        await new Promise((resolve) => loris.socket.once('data', resolve));
        // A masked text frame of 4,096 bytes, with a key of zeros.
        bytes = Buffer.concat([Buffer.from([0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0]), bytes]);
      }
      let sent = 0;
      while (!loris.closed() && sent < 200) {
        loris.socket.write(bytes.subarray(sent, sent + 1));
        sent++;
        await pause(20);
      }
      assert.ok(loris.closed(), 'the slow one is cut off');
      assert.ok(sent > 10 && sent < 150, `after ${sent} bytes`);
      // Who says nothing between messages may stay.
      assert.equal(lasting.closed, false);
      await works(s, server, protocol);
    }));
}

test('a peer that takes nothing of what it asked for is cut off', () =>
  scene(async (s) => {
    const server = await serve(s);
    const deaf = await raw(s, server, 'tcp');
    deaf.socket.pause();
    const one = `OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bK-NNNN\r\nFrom: "${'x'.repeat(4000)}" <sip:a@b>;tag=1\r\nTo: <sip:b>\r\nCall-ID: NNNN\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
    let gone = false;
    deaf.socket.on('close', () => {
      gone = true;
    });
    for (let i = 0; i < 400 && !gone && server.handle.stats().connections > 0; i++) {
      let many = '';
      for (let j = 0; j < 50; j++) many += one.replaceAll('NNNN', `${i}x${j}`);
      deaf.socket.write(many);
      await pause(5);
    }
    await until(() => server.handle.stats().connections === 0, 'cut off');
    await works(s, server, 'tcp');
  }));

test('what is no TLS and what is no SIP: cut off, and others are served', () =>
  scene(async (s) => {
    const server = await serve(s);
    for (const protocol of ['tls', 'wss'] as const) {
      const socket = connect(server.listener(protocol).port, '127.0.0.1');
      let closed = false;
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed = true;
      });
      s.onClose(() => void socket.destroy());
      socket.write('OPTIONS sip:example.com SIP/2.0\r\n\r\n');
      await until(() => closed, 'plain text to TLS');
    }
    for (const protocol of protocols) {
      const garbage = await raw(s, server, protocol);
      garbage.socket.write(Buffer.alloc(70_000, 0xa5));
      await until(garbage.closed, `garbage to ${protocol}`);
      await works(s, server, protocol);
    }
    await until(() => server.handle.stats().connections === 0, 'none is left');
  }));
