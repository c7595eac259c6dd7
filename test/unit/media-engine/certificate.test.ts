import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { keptCertificate, makeCertificate } from '../../../appliance/media-engine/certificate.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const wall = Date.UTC(2026, 0, 15, 12);

describe('the certificate for DTLS', () => {
  it('is one that signs itself, over P-256, with the fingerprint that is told', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const made = makeCertificate(new SeededRandom(seed), wall);
      const read = new X509Certificate(made.certificate);
      assert.ok(read.verify(read.publicKey));
      assert.ok(read.checkPrivateKey(createPrivateKey(made.privateKey)));
      assert.equal(made.fingerprint, `sha-256 ${read.fingerprint256}`);
      assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      assert.equal(read.subject, read.issuer);
      assert.equal(Date.parse(read.validFrom), wall - 86_400_000);
      assert.equal(new Date(read.validTo).getUTCFullYear(), 2049);
    }
  });

  it('outlives the process, in files that nobody else reads, and is replaced when they are damaged', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-certificate-'));
    try {
      const first = keptCertificate(folder, new SeededRandom(1), wall);
      assert.deepEqual(keptCertificate(folder, new SeededRandom(2), wall), first);
      const key = join(folder, 'dtls-key.pem');
      assert.equal(statSync(key).mode & 0o777, 0o600);
      writeFileSync(key, readFileSync(key, 'utf8').slice(0, 60));
      const second = keptCertificate(folder, new SeededRandom(3), wall);
      assert.notEqual(second.fingerprint, first.fingerprint);
      assert.deepEqual(keptCertificate(folder, new SeededRandom(4), wall), second);
      // A key that is not the certificate's.
      writeFileSync(key, first.privateKey);
      assert.notEqual(keptCertificate(folder, new SeededRandom(5), wall).fingerprint, second.fingerprint);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
