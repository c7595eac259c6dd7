import assert from 'node:assert/strict';
import { systemClock } from '../../appliance/io/index.js';
import { startWeb } from '../../appliance/web/index.js';
import { silentLog } from '../../src/base/index.js';
import { FakeBranch } from '../unit/web/fake-branch.js';
import { answering, type Scene, scene, test, until } from './sip-server-bench.js';

/** Telephones in browsers that come by the web page's own address. */
async function page(s: Scene, sip?: { host: string; port: number }) {
  const started = await startWeb({
    address: '127.0.0.1',
    port: 0,
    ports: new FakeBranch(systemClock.wall()),
    ...(sip === undefined ? {} : { sip }),
    clock: systemClock,
    log: silentLog,
  });
  assert.ok(started.ok);
  s.onClose(() => started.value.close());
  return started.value;
}

test('a call over /sip of the page: the SIP server sees who is really there', () =>
  scene(async (s) => {
    const server = await s.server({ listen: [{ protocol: 'ws', address: '127.0.0.1', port: 0 }] });
    const { app, answered } = await answering(s, server);
    const web = await page(s, { host: '127.0.0.1', port: server.listener('ws').port });
    const url = `ws://127.0.0.1:${web.port}/sip`;
    // What a client says of itself is not passed on.
    const phone = await s.webSocketPeer(url, {
      headers: { 'Holdfast-Peer': '192.0.2.1:1', Origin: `http://127.0.0.1:${web.port}`, Cookie: 'a=b' },
    });
    const { request, response } = await phone.call('sip:anybody@example.com');
    assert.match(response.headers.get('Via') ?? '', /received=127\.0\.0\.1/);
    phone.send(phone.inDialog('BYE', request, response, 2));
    await phone.nextResponse(200);
    await answered();
    assert.equal(server.handle.stats().connections, 1);
    phone.close();
    await until(() => server.handle.stats().connections === 0, 'both ends close');
    const cut = await s.webSocketPeer(url);
    app.disconnect();
    await server.handle.close();
    await until(() => cut.closed, 'the SIP server goes');
    await assert.rejects(s.webSocketPeer(url), /503/);
  }));

test('pages of other sites, foreign names, other paths and pages without SIP are refused', () =>
  scene(async (s) => {
    const server = await s.server({ listen: [{ protocol: 'ws', address: '127.0.0.1', port: 0 }] });
    const web = await page(s, { host: '127.0.0.1', port: server.listener('ws').port });
    const url = `ws://127.0.0.1:${web.port}/sip`;
    await assert.rejects(s.webSocketPeer(url, { headers: { Origin: 'https://evil.example' } }), /403/);
    await assert.rejects(s.webSocketPeer(url, { headers: { Host: 'evil.example' } }), /403/);
    await assert.rejects(s.webSocketPeer(`ws://127.0.0.1:${web.port}/other`), /404/);
    const without = await page(s);
    await assert.rejects(s.webSocketPeer(`ws://127.0.0.1:${without.port}/sip`), /404/);
    assert.equal(server.handle.stats().connections, 0);
  }));
