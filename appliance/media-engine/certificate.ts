import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/base/index.js';
import type { EngineCertificate } from './transport-agent.js';

const certificateFile = 'dtls-certificate.pem';
const keyFile = 'dtls-key.pem';

/**
 * The engine's certificate: the one that the folder keeps, or a new one, kept from now on. Telephones in live calls know it by its
 * fingerprint, so it outlives the engine.
 */
export function keptCertificate(folder: string, random: Random, wall: number): EngineCertificate {
  try {
    const [certificate, privateKey] = [certificateFile, keyFile].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    if (certificate !== undefined && privateKey !== undefined) {
      const known = new X509Certificate(certificate);
      if (known.checkPrivateKey(createPrivateKey(privateKey)))
        return { certificate, privateKey, fingerprint: fingerprintOf(known.raw) };
    }
  } catch {
    // Missing or damaged: another one takes its place, and live calls over DTLS have to be negotiated again.
  }
  const fresh = makeCertificate(random, wall);
  keep(join(folder, keyFile), fresh.privateKey);
  keep(join(folder, certificateFile), fresh.certificate);
  return fresh;
}

function keep(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** RFC 8122 §5. */
function fingerprintOf(der: Uint8Array): string {
  const digest = createHash('sha256').update(der).digest('hex').toUpperCase();
  return `sha-256 ${digest.match(/../g)?.join(':') ?? ''}`;
}

/** The year 2049 is the last that UTCTime can say (RFC 5280 §4.1.2.5). */
const lastMoment = '491231235959Z';
const dayMs = 86_400_000;

const oid = {
  /** ecdsa-with-SHA256 (RFC 5758 §3.2). */
  signature: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  /** id-at-commonName (RFC 5280 §A.1). */
  commonName: [0x55, 0x04, 0x03],
} as const;

/**
 * A self-signed certificate over P-256 (RFC 8827 §6.5), RFC 5280 §4.1. Nobody checks its name or its time, only its fingerprint;
 * the name is random, so that it tells nothing.
 */
export function makeCertificate(random: Random, wall: number): EngineCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(element(0x06, Buffer.from(oid.signature)));
  const name = sequence(
    element(
      0x31,
      sequence(
        element(0x06, Buffer.from(oid.commonName)),
        element(0x0c, Buffer.from(Buffer.from(random.bytes(8)).toString('hex'))),
      ),
    ),
  );
  // A clock that runs ahead of a peer's must not matter, if one looks after all.
  const begin = new Date(wall - dayMs).toISOString().replace(/^..|[-:T]|\.\d+/g, '');
  const serial = Buffer.from(random.bytes(8));
  // Positive and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const toBeSigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(begin), utcTime(lastMoment)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const der = sequence(toBeSigned, algorithm, element(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const body = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...body, '-----END CERTIFICATE-----', ''].join('\n'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: fingerprintOf(der),
  };
}

/** DER (ITU-T X.690 §8.1): tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function utcTime(text: string): Buffer {
  return element(0x17, Buffer.from(text, 'latin1'));
}
