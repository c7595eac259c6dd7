import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { createResponse, formatMessage, StreamFramer } from '../../src/sip/index.js';
import { outcome, type SrfMessage, scene, sdp, test } from './sip-server-bench.js';

const both = [
  { protocol: 'udp', address: '127.0.0.1', port: 0 },
  { protocol: 'tcp', address: '127.0.0.1', port: 0 },
] as const;

test('a closed UDP port is known after the first repetition, not after 64*T1', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 100, t2Ms: 400, t4Ms: 500 } });
    const app = await s.app(server);
    const silent = await s.udpPeer();
    const { hostPort } = silent;
    const closed = await s.udpPeer();
    const target = closed.hostPort;
    closed.close();
    const before = performance.now();
    const refused = await outcome(app, `sip:${target}`, { method: 'OPTIONS' });
    assert.equal(refused.status, 503);
    assert.equal(refused.source_address, '');
    assert.equal(refused.get('Reason'), `SIP;cause=503;text="ECONNREFUSED ${target}"`);
    assert.ok(performance.now() - before < 2000);
    // A silent peer is another matter: it is asked as well, says nothing, and the request waits on.
    let answered: SrfMessage | undefined;
    const pending = outcome(app, `sip:${hostPort}`, { method: 'OPTIONS' }).then((r) => (answered = r));
    await silent.nextRequest('OPTIONS');
    const again = await silent.nextRequest('OPTIONS');
    assert.equal(answered, undefined);
    silent.send(silent.response(again, 200), server.listener());
    assert.equal((await pending).status, 200);
  }));

test('a request too large for a datagram goes by TCP where the peer takes it, and by UDP where not', () =>
  scene(async (s) => {
    const server = await s.server({ listen: both });
    const app = await s.app(server);
    const udpOnly = await s.udpPeer();
    const large = `${sdp()}${'a=x:0123456789\r\n'.repeat(100)}`;
    const first = outcome(app, `sip:${udpOnly.hostPort}`, {
      method: 'MESSAGE',
      headers: { 'Content-Type': 'text/plain' },
      body: large,
    });
    const datagram = await udpOnly.nextRequest('MESSAGE');
    assert.equal(datagram.body.toString(), large);
    udpOnly.send(udpOnly.response(datagram, 200), server.listener());
    assert.equal((await first).status, 200);

    const sockets: Socket[] = [];
    const streams: string[] = [];
    const peer = createServer((socket) => {
      sockets.push(socket);
      const framer = new StreamFramer();
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        for (const framed of framer.push(chunk)) {
          if (framed === 'ping' || framed.kind !== 'request') continue;
          streams.push(framed.headers.get('Via') ?? '');
          socket.write(formatMessage(createResponse(framed, 200, 'tcp')));
        }
      });
    });
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
    s.onClose(() => {
      for (const socket of sockets) socket.destroy();
      peer.close();
    });
    const address = peer.address();
    assert.ok(address !== null && typeof address === 'object');
    const answered = await outcome(app, `sip:127.0.0.1:${address.port}`, {
      method: 'MESSAGE',
      headers: { 'Content-Type': 'text/plain' },
      body: large,
    });
    assert.equal(answered.status, 200);
    assert.equal(answered.protocol, 'tcp');
    assert.match(streams[0] ?? '', /^SIP\/2\.0\/TCP /);
  }));
