import assert from 'node:assert/strict';
import { FullAgent } from '../../../appliance/media-engine/ice/full-agent.js';
import type { IceAgent, IceOptions } from '../../../appliance/media-engine/ice/ice-agent.js';
import { LiteAgent } from '../../../appliance/media-engine/ice/lite-agent.js';
import { decodeStun, encodeStun, stunMethod } from '../../../appliance/media-engine/ice/stun-message.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import type { FuzzTarget } from '../target.js';

const [local, remote] = [
  { ufrag: 'ours', password: 'our-password-of-22-char' },
  { ufrag: 'peer', password: 'peer-password-of-22-char' },
];
const server = { host: '192.0.2.9', port: 3478 };
const peer = { host: '192.0.2.2', port: 20_000 };
const transaction = Buffer.from('0123456789ab');
const candidate = {
  foundation: '1',
  component: 1,
  protocol: 'udp',
  priority: 2_130_706_431,
  address: peer,
  type: 'host',
} as const;

function agents(): readonly IceAgent[] {
  const make = (mode: 'lite' | 'full'): IceOptions => ({
    place: {
      rtp: { host: '192.0.2.1', port: 10_000 },
      rtcp: { host: '192.0.2.1', port: 10_001 },
      ice: { mode, stun: [server], turn: [{ address: server, username: 'u', password: 'p' }] },
      ssrc: 1,
      cname: 'c',
    },
    settings: {
      local,
      remote: { ...remote, lite: false, candidates: [candidate], trickle: false },
      controlling: false,
    },
    rtcpMux: true,
    random: new SeededRandom(1),
  });
  return [new LiteAgent(make('lite'), 0), new FullAgent(make('full'), 0)];
}

const check = encodeStun(
  {
    class: 'request',
    method: stunMethod.binding,
    transaction,
    attributes: { username: 'ours:peer', priority: 1_862_270_975, iceControlling: 7n, useCandidate: true },
  },
  { key: Buffer.from(local.password), hash: 'sha1' },
);

/** STUN and TURN of strangers: what is read can be written and read again, and agents take anything from peer and server. */
export const stun: FuzzTarget = {
  name: 'stun',
  mostBytes: 4_000,
  corpusFiles: 60,
  words: [
    '!\x12\xa4B',
    '\x00\x06',
    '\x00\x08\x00\x14',
    '\x80(\x00\x04',
    '\x00\x20\x00\x08\x00\x01',
    '\x00\x14\x00\x20\x00\x02',
    'ours:peer',
  ],
  seeds: () => [
    check,
    encodeStun({
      class: 'error',
      method: stunMethod.allocate,
      transaction,
      attributes: {
        errorCode: { code: 401, reason: 'Unauthorized' },
        realm: 'r',
        nonce: 'obMatJos2gAAAn',
        passwordAlgorithms: [1, 2],
      },
    }),
    encodeStun({
      class: 'success',
      method: stunMethod.allocate,
      transaction,
      attributes: { xorRelayedAddress: server, xorMappedAddress: { host: '2001:db8::1', port: 9 }, lifetime: 600 },
    }),
    encodeStun({
      class: 'indication',
      method: stunMethod.data,
      transaction,
      attributes: { xorPeerAddress: peer, data: Buffer.from('data') },
    }),
  ],
  work(input) {
    decodeStun(input)?.provenBy(Buffer.from('key'));
    for (const agent of agents()) {
      // An answer is one only with a transaction of ours.
      const asked = agent.take().flatMap((output) => (output.kind === 'send' ? [output] : []));
      agent.receive(1, input, peer, undefined, 10);
      agent.receive(1, input, server, 0x4000, 20);
      for (const { bytes } of asked) {
        if (input.length < 20) continue;
        const answer = Buffer.from(input);
        bytes.copy(answer, 8, 8, 20);
        agent.receive(1, answer, server, undefined, 30);
      }
      for (let now = 50; now < 60_000; now += 2_000) {
        agent.advance(now);
        agent.take();
      }
    }
    return undefined;
  },
  check(input) {
    const message = decodeStun(input);
    if (message === undefined || message.unknown.length > 0) return;
    const again = decodeStun(encodeStun(message));
    assert.deepEqual(again?.attributes, message.attributes);
    assert.deepEqual([again?.class, again?.method], [message.class, message.method]);
  },
};
