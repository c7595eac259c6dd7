import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of a test's own, in a folder that goes with it. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-ca-'));
  readonly certificate = join(this.folder, 'ca.pem');
  readonly #key = join(this.folder, 'ca.key');
  #count = 0;

  constructor(name = 'Test Authority') {
    openssl(['-subj', `/CN=${name}`, '-keyout', this.#key, '-out', this.certificate, '-days', '2']);
  }

  /** `names` as OpenSSL writes them: `DNS:example.com`, `URI:sip:example.com`, `IP:127.0.0.1`. */
  issue(names: readonly string[], commonName = 'somebody', days = 2): Certificate {
    this.#count++;
    const files = {
      certificate: join(this.folder, `${this.#count}.pem`),
      key: join(this.folder, `${this.#count}.key`),
    };
    openssl([
      ...['-CA', this.certificate, '-CAkey', this.#key, '-subj', `/CN=${commonName}`],
      ...['-keyout', files.key, '-out', files.certificate, '-days', String(days)],
      ...(names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`]),
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ]);
    return files;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Puts a certificate where another one is: the key first, as careful people do. */
export function replace(old: Certificate, by: Certificate): void {
  writeFileSync(old.key, readFileSync(by.key));
  writeFileSync(old.certificate, readFileSync(by.certificate));
}

function openssl(words: readonly string[]): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...words], { stdio: 'pipe' });
}
