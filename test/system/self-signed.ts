import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made: { readonly cert: string; readonly key: string } | undefined;

/** A certificate for 127.0.0.1 and its key, in PEM; made once per process. */
export function selfSigned(): { cert: string; key: string } {
  made ??= makeSelfSigned();
  return { ...made };
}

/** Another one with each call. */
export function makeSelfSigned(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'self-signed-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const run = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  if (run.status !== 0) throw new Error(`openssl: ${run.stderr}`);
  const pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}
