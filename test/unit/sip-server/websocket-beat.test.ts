import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { LocalAddresses } from '../../../appliance/sip-server/local-address.js';
import { StreamTransport } from '../../../appliance/sip-server/stream-transport.js';
import { webSocket } from '../../../appliance/sip-server/ws-transport.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** Real sockets on loopback, a clock that the test moves. */
async function bench() {
  const clock = new VirtualClock();
  const transport = await StreamTransport.open(
    { protocol: 'ws', address: '127.0.0.1', port: 0 },
    {
      clock,
      locals: new LocalAddresses(clock),
      receiver: () => undefined,
      sent: () => undefined,
      shuts: () => false,
    },
    webSocket(),
  );
  const open = async (autoPong: boolean) => {
    const ws = new WebSocket(`ws://127.0.0.1:${transport.port}`, 'sip', { autoPong });
    await new Promise<void>((resolve, reject) => {
      ws.on('open', resolve);
      ws.on('error', reject);
    });
    return ws;
  };
  return { clock, transport, open };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

test('a WebSocket that answers no ping is dead after two of them; one that does lives on', async () => {
  const { clock, transport, open } = await bench();
  try {
    const [alive, dead] = [await open(true), await open(false)];
    let pings = 0;
    alive.on('ping', () => pings++);
    for (let second = 0; second < 90; second++) {
      clock.advance(1_000);
      if (second % 10 === 0) await settle();
    }
    await settle();
    assert.equal(transport.connections, 1);
    assert.equal(dead.readyState, WebSocket.CLOSED);
    assert.equal(alive.readyState, WebSocket.OPEN);
    assert.ok(pings >= 3, `${pings} pings`);
    alive.terminate();
    await settle();
    // Nobody is left to look after: no timer runs on.
    clock.advance(2_000);
    assert.equal(clock.pending, 0);
  } finally {
    await transport.close();
  }
});
