import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { DtlsEndpoint, type DtlsOutput } from '../../appliance/media-engine/dtls/dtls-endpoint.js';
import type { DtlsKeys } from '../../src/media/index.js';
import { engineCertificate } from '../unit/media-engine/dtls-bench.js';

const folder = mkdtempSync(join(tmpdir(), 'dtls-openssl-'));
after(() => rmSync(folder, { recursive: true }));

const [ours, theirs] = [engineCertificate(0), engineCertificate(1)];
const [certificateFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
writeFileSync(certificateFile, theirs.certificate);
writeFileSync(keyFile, theirs.privateKey);

const profiles = {
  SRTP_AEAD_AES_128_GCM: { suite: 'AEAD_AES_128_GCM', key: 16, salt: 12 },
  SRTP_AES128_CM_SHA1_80: { suite: 'AES_CM_128_HMAC_SHA1_80', key: 16, salt: 14 },
} as const;
type Profile = keyof typeof profiles;
const patienceMs = 20_000;

/** One handshake with OpenSSL over loopback: our keys, and what OpenSSL exported. */
async function shakeHands(
  role: 'client' | 'server',
  profile: Profile,
  more: readonly string[] = [],
): Promise<{ keys: DtlsKeys; exported: Buffer }> {
  const clock = systemClock;
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const probe = createSocket('udp4');
  probe.bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const port = probe.address().port;
  await new Promise<void>((resolve) => probe.close(() => resolve()));

  const { key, salt } = profiles[profile];
  const words = [
    ...['-dtls1_2', '-cert', certificateFile, '-key', keyFile, '-use_srtp', profile, '-mtu', '1200'],
    ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(2 * (key + salt)), ...more],
  ];
  const openssl =
    role === 'client'
      ? spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-verify', '1', ...words])
      : spawn('openssl', ['s_client', '-connect', `127.0.0.1:${socket.address().port}`, ...words]);
  let said = '';
  for (const stream of [openssl.stdout, openssl.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes;
    });
  }
  try {
    await until(
      () => role === 'server' || said.includes('ACCEPT'),
      () => said,
    );
    const seen: DtlsOutput[] = [];
    const endpoint = new DtlsEndpoint({
      role,
      fingerprint: theirs.fingerprint,
      certificate: ours,
      changed: () => after(),
    });
    let peer = { address: '127.0.0.1', port };
    const after = (): void => {
      for (const output of endpoint.take()) {
        if (output.kind === 'send') socket.send(output.bytes, peer.port, peer.address);
        else seen.push(output);
      }
    };
    socket.on('message', (bytes, from) => {
      peer = from;
      endpoint.receive(bytes, clock.now());
      after();
    });
    endpoint.reachable(clock.now());
    after();
    await until(
      () => {
        endpoint.advance(clock.now());
        after();
        return seen.length > 0 && said.includes('Keying material:');
      },
      () => `${JSON.stringify(seen)} ${said}`,
    );
    const [first] = seen;
    assert.ok(first?.kind === 'secured', JSON.stringify(seen));
    const exported = Buffer.from(/Keying material: ([0-9A-F]+)/.exec(said)?.[1] ?? '', 'hex');
    return { keys: first.keys, exported };
  } finally {
    socket.close();
    await stop(openssl);
  }
}

async function until(done: () => boolean, state: () => string): Promise<void> {
  const clock = systemClock;
  const from = clock.now();
  while (!done()) {
    assert.ok(clock.now() - from < patienceMs, `not in time: ${state()}`);
    await new Promise<void>((resolve) => void clock.after(20, resolve));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function sides(exported: Buffer, profile: Profile): { client: string; server: string } {
  const { key, salt } = profiles[profile];
  const part = (from: number, length: number): Buffer => exported.subarray(from, from + length);
  const join = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('base64');
  return {
    client: join(part(0, key), part(2 * key, salt)),
    server: join(part(key, key), part(2 * key + salt, salt)),
  };
}

describe('DTLS-SRTP with OpenSSL', () => {
  for (const role of ['client', 'server'] as const) {
    for (const profile of Object.keys(profiles) as Profile[]) {
      it(`agrees on the keys of ${profile} as ${role}`, async () => {
        const { keys, exported } = await shakeHands(role, profile);
        const { client, server } = sides(exported, profile);
        assert.equal(keys.suite, profiles[profile].suite);
        assert.deepEqual([keys.send, keys.receive], role === 'client' ? [client, server] : [server, client]);
      });
    }

    it(`agrees without X25519 as ${role}`, async () => {
      const more = ['-groups', 'P-384:P-256'];
      const { keys, exported } = await shakeHands(role, 'SRTP_AES128_CM_SHA1_80', more);
      const { client, server } = sides(exported, 'SRTP_AES128_CM_SHA1_80');
      assert.deepEqual([keys.send, keys.receive], role === 'client' ? [client, server] : [server, client]);
    });
  }
});
