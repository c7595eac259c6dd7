import assert from 'node:assert/strict';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Server } from 'node:net';
import { Duplex } from 'node:stream';
import { LocalAddresses } from '../../../appliance/sip-server/local-address.js';
import type { Receiver } from '../../../appliance/sip-server/transport.js';
import { formatMessage } from '../../../src/sip/index.js';
import { typicalInvite, typicalRegister } from '../../bench/typical-messages.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import type { FuzzTarget } from '../target.js';

const net = createRequire(import.meta.url)('node:net') as { createServer: (...words: unknown[]) => Server };
const createServer = net.createServer;
let listener: Server | undefined;
net.createServer = (...words) => {
  listener ??= createServer(...words);
  return listener;
};
syncBuiltinESMExports();
const { StreamTransport } = await import('../../../appliance/sip-server/stream-transport.js');
const { webSocket } = await import('../../../appliance/sip-server/ws-transport.js');

const clock = new VirtualClock();
let received: string[] = [];
const receiver: Receiver = (message) => {
  received.push(message.kind === 'fault' ? message.reason : formatMessage(message).toString('latin1'));
};
const transport = await StreamTransport.open(
  { protocol: 'ws', address: '127.0.0.1', port: 0 },
  { clock, locals: new LocalAddresses(clock), receiver, sent: () => undefined, shuts: () => false },
  webSocket(),
);
net.createServer = createServer;
syncBuiltinESMExports();
// The listener must not keep the process alive, and nobody else connects to it.
listener?.unref();

const handshake = [
  'GET / HTTP/1.1',
  'Host: phone.test',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: sip',
  '',
  '',
].join('\r\n');

/** A browser's connection: what the input holds, in as many pieces as the test wants. */
class Browser extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly localAddress = '127.0.0.1';
  readonly told: Buffer[] = [];
  static #ports = 1024;
  readonly remotePort = 1024 + (Browser.#ports++ % 60_000);

  override _read(): void {
    // What arrives is pushed.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.told.push(Buffer.from(bytes));
    done();
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}

/** A client's frame, whose mask of zeros leaves its payload readable to mutation. */
function frame(opcode: number, payload: Buffer, final = true): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + 4);
  head[0] = (final ? 0x80 : 0) | opcode;
  head[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

const codes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** SIP over WebSocket: frames after the handshake, or the handshake itself where the input begins with one. */
export const websocket: FuzzTarget = {
  name: 'websocket',
  mostBytes: 66_000,
  corpusFiles: 100,
  words: [
    ...['GET ', 'HTTP/1.1\r\n', 'Sec-WebSocket-Protocol: sip', 'holdfast-peer: 1.2.3.4:5', 'Content-Length: 5'],
    ...[
      '\x81\x80\0\0\0\0',
      '\x82\xfe\0\x10\0\0\0\0',
      '\x88\x82\0\0\0\0\x03\xe8',
      '\x89\x80\0\0\0\0',
      '\x80\x80\0\0\0\0',
    ],
    ...['\xff\xff\0\0\0\0', '\x82\xff\0\0\0\0\0\x01\0\0'],
  ],
  seeds: () => [
    frame(codes.text, typicalInvite),
    Buffer.concat([
      frame(codes.binary, typicalRegister),
      frame(codes.ping, Buffer.from('x')),
      frame(codes.text, crlf2),
    ]),
    Buffer.concat([
      frame(codes.text, typicalInvite.subarray(0, 100), false),
      frame(codes.pong, Buffer.from('')),
      frame(codes.continuation, typicalInvite.subarray(100)),
    ]),
    frame(codes.close, Buffer.from([0x03, 0xe8, 0x6f, 0x6b])),
    frame(codes.binary, Buffer.alloc(65_600, typicalInvite)),
    Buffer.from(handshake.replace('HTTP/1.1\r\n', 'HTTP/1.1\r\nholdfast-peer: 192.0.2.1:40000\r\n')),
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  ],
  async work(input) {
    return (await play([input])).ms;
  },
  async check(input) {
    if (input.length > 8_192) return;
    const whole = await play([input]);
    const cut = Math.floor(input.length / 3);
    const parts = [input.subarray(0, cut), input.subarray(cut, cut + 1), input.subarray(cut + 1)];
    const cutUp = await play(parts);
    assert.deepEqual(cutUp.received, whole.received, 'a stream gives the same however it is cut');
  },
};

const crlf2 = Buffer.from('\r\n\r\n');

/** One connection from its begin to its end, after which nothing of it is left. */
async function play(parts: readonly Buffer[]): Promise<{ readonly ms: number; readonly received: readonly string[] }> {
  received = [];
  const browser = new Browser();
  browser.on('error', () => undefined);
  listener?.emit('connection', browser);
  const raw = parts[0]?.subarray(0, 4).equals(Buffer.from('GET ')) === true;
  if (!raw) browser.push(handshake);
  await turn();
  const start = performance.now();
  for (const part of parts) {
    if (part.length > 0 && !browser.destroyed) browser.push(Buffer.from(part));
    await turn();
  }
  const ms = performance.now() - start;
  const came = received;
  if (!browser.destroyed) browser.push(null);
  await turn();
  browser.destroy();
  for (let i = 0; i < 20 && transport.connections > 0; i++) await turn();
  // A close that the peer does not answer is cut short by the library's own timer; ours does not wait for it.
  clock.advance(2_000);
  assert.equal(transport.connections, 0, 'a connection outlives its socket');
  return { ms, received: came };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
