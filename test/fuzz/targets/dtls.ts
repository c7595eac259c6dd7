import { DtlsEndpoint } from '../../../appliance/media-engine/dtls/dtls-endpoint.js';
import { engineCertificate } from '../../unit/media-engine/dtls-bench.js';
import type { FuzzTarget } from '../target.js';

const [ours, theirs] = [engineCertificate(0), engineCertificate(1)];

function endpoint(role: 'client' | 'server'): DtlsEndpoint {
  const [own, other] = role === 'client' ? [theirs, ours] : [ours, theirs];
  return new DtlsEndpoint({ role, fingerprint: other.fingerprint, certificate: own, changed: () => {} });
}

function said(by: DtlsEndpoint): Buffer[] {
  return by.take().flatMap((output) => (output.kind === 'send' ? [output.bytes] : []));
}

/** What both sides of one handshake say, in turn. */
function handshake(): { readonly client: readonly Buffer[]; readonly server: readonly Buffer[] } {
  const [client, server] = [endpoint('client'), endpoint('server')];
  const spoken = { client: [] as Buffer[], server: [] as Buffer[] };
  client.reachable(0);
  for (let turn = 0; turn < 4; turn++) {
    const hello = said(client);
    for (const bytes of hello) server.receive(bytes, turn);
    const answer = said(server);
    for (const bytes of answer) client.receive(bytes, turn);
    spoken.client.push(...hello);
    spoken.server.push(...answer);
  }
  client.close();
  server.close();
  return spoken;
}

const recorded = handshake();

/** Datagrams with two octets of length in front, so that one input is a whole conversation. */
function pack(datagrams: readonly Buffer[]): Buffer {
  return Buffer.concat(
    datagrams.flatMap((datagram) => [Buffer.from([datagram.length >> 8, datagram.length & 0xff]), datagram]),
  );
}

const datagramsMost = 20;

function unpack(input: Buffer): readonly Buffer[] {
  const datagrams: Buffer[] = [];
  for (let at = 0; at + 2 <= input.length && datagrams.length < datagramsMost; ) {
    const length = input.readUInt16BE(at);
    datagrams.push(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return datagrams;
}

/** Strangers that shake hands: nothing throws, and no keys come of it, since they have none of the certificate's. */
export const dtls: FuzzTarget = {
  name: 'dtls',
  mostBytes: 6_000,
  corpusFiles: 60,
  words: [
    '\x16\xfe\xfd\x00\x00',
    '\x16\xfe\xfd\x00\x01',
    '\x14\xfe\xfd',
    '\x15\xfe\xfd',
    '\x01\x00\x00',
    '\x0b\x00',
    '\x00\x0e',
    '\x00\x17',
    '\xc0\x2b',
    '\x00\x1d',
  ],
  seeds: () => [pack(recorded.client), pack(recorded.server), pack(recorded.client.slice(0, 1))],
  work(input) {
    // As server: a client's flights wait in real time, and thousands of them would pile up.
    const made = endpoint('server');
    made.reachable(0);
    let now = 1;
    for (const datagram of unpack(input)) {
      made.receive(Buffer.from(datagram), now);
      now += 300;
    }
    made.advance(now + 500);
    made.advance(now + 100_000);
    if (made.take().some(({ kind }) => kind === 'secured')) throw new Error('a stranger got keys');
    made.close();
    return undefined;
  },
};
