import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WebSocket } from 'ws';
import { Authority } from './certificates.js';
import { FakePeerConnection, fakeStream } from './fake-peer-connection.js';
import { type JsSip, type JsSipPhone, startJsSipPhone } from './jssip-phone.js';
import { scene, test, until } from './sip-server-bench.js';
import { SmallExchange } from './small-exchange.js';

/** jssip as browsers run it, over WSS, with everything but the sound. */
test('jssip in Node.js over WSS: register, call, hold, transfer, and back after the socket has died', () =>
  scene(async (s) => {
    const authority = new Authority();
    s.onClose(() => authority.close());
    const own = authority.issue(['IP:127.0.0.1']);
    const server = await s.server({
      listen: [{ protocol: 'wss', address: '127.0.0.1', port: 0 }],
      tls: { ...own, verify: 'none', checkPeer: true },
    });
    const exchange = new SmallExchange();
    exchange.run(await s.app(server, exchange.routes));

    const sockets: WebSocket[] = [];
    const ca = readFileSync(authority.certificate);
    class TrustingWebSocket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { ca });
        sockets.push(this);
      }
    }
    const world = {
      WebSocket: TrustingWebSocket,
      RTCPeerConnection: FakePeerConnection,
      RTCSessionDescription: Object,
    };
    Object.assign(globalThis, world, { window: { RTCPeerConnection: FakePeerConnection } });
    const library: JsSip = createRequire(import.meta.url)('jssip');
    const url = `wss://127.0.0.1:${server.listener('wss').port}`;
    const phone = (user: string): JsSipPhone => {
      const started = startJsSipPhone(library, url, user, fakeStream());
      s.onClose(() => started.stop());
      return started;
    };
    const tells = (one: JsSipPhone, event: string, times = 1) =>
      until(() => one.events.filter((e) => e.startsWith(event)).length >= times, `${event}; it told ${one.events}`);

    const [alice, bob, carol] = [phone('alice'), phone('bob'), phone('carol')];
    for (const one of [alice, bob, carol]) await tells(one, 'registered');
    assert.deepEqual(exchange.registered.toSorted(), ['wss alice', 'wss bob', 'wss carol']);
    assert.match(exchange.contacts.get('alice') ?? '', /\.invalid;transport=ws$/);

    alice.call('bob');
    await tells(bob, 'incoming');
    bob.answer();
    await tells(alice, 'confirmed');
    await tells(bob, 'confirmed');
    assert.equal(await alice.hold(), true);
    await tells(bob, 'hold');
    assert.equal(await alice.unhold(), true);
    await tells(bob, 'unhold');
    assert.deepEqual(exchange.directions, ['sendonly', 'sendrecv']);

    bob.refer('carol');
    await tells(carol, 'incoming');
    carol.answer();
    await tells(bob, 'ended');
    await tells(carol, 'confirmed');
    await tells(alice, 'reinvite');
    carol.hangUp();
    await tells(alice, 'ended');

    // The socket dies without a word.
    sockets[0]?.terminate();
    await tells(alice, 'disconnected');
    for (let i = 0; i < 3 && alice.events.filter((e) => e === 'registered').length < 2; i++) {
      await tells(alice, 'registered', 2).catch(() => undefined);
    }
    bob.call('alice');
    await tells(alice, 'incoming');
    alice.answer();
    await tells(bob, 'confirmed', 2);
    bob.hangUp();
    await tells(alice, 'ended', 2);
  }));
