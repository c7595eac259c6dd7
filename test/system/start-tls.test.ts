import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { until as eventually } from './branch/patience.js';
import { Authority } from './certificates.js';
import { scene } from './sip-server-bench.js';

const main = resolve(import.meta.dirname, '../../appliance/supervisor/main.js');

/** Free now; a port that another test takes meanwhile is a failure that says so. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const at = server.address();
    ports.push(at !== null && typeof at === 'object' ? at.port : 0);
  }
  for (const server of servers) await new Promise<void>((done) => server.close(() => done()));
  return ports;
}

test('a configured branch speaks TLS, and SIP under its page’s own address', { timeout: 60_000 }, () =>
  scene(async (s) => {
    const authority = new Authority();
    s.onClose(() => authority.close());
    const folder = authority.folder;
    const own = authority.issue(['DNS:branch.example.com']);
    const phone = authority.issue(['URI:sip:phone.example.com']);
    const [tls = 0, control = 0, web = 0, centre = 0] = await freePorts(4);
    writeFileSync(join(folder, 'users.yaml'), 'users: []\n');
    // Paths are relative to the file.
    const file = (path: string) => path.slice(folder.length + 1);
    writeFileSync(
      join(folder, 'branch.yaml'),
      `site: { name: Test }
centre: { domain: branch.example.com, targets: ['sip:127.0.0.1:${centre};transport=tls'] }
users: { file: users.yaml }
web: { port: ${web}, sip: true }
sip:
  listen: [tls/127.0.0.1:${tls}]
  control: 127.0.0.1:${control}
  tls: { certificate: ${file(own.certificate)}, key: ${file(own.key)}, authority: ca.pem, verify: required }
`,
    );
    const words = ['--config', join(folder, 'branch.yaml'), '--state', join(folder, 'state'), '--no-terminal'];
    const branch = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [branch.stdout, branch.stderr]) stream.on('data', (bytes) => (output += bytes));
    s.onClose(
      () =>
        new Promise<void>((done) => {
          if (branch.exitCode !== null) return done();
          branch.once('exit', () => done());
          branch.kill('SIGTERM');
        }),
    );
    await eventually('the page is served', 20_000, () => output.includes('web: http')).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${output}`);
    });
    const trust = { ca: readFileSync(authority.certificate), servername: 'branch.example.com' };
    const shown = { cert: readFileSync(phone.certificate), key: readFileSync(phone.key) };
    const secure = await s.tlsPeer(tls, { ...trust, ...shown });
    const browser = await s.webSocketPeer(`ws://127.0.0.1:${web}/sip`);
    await assert.rejects(s.tlsPeer(tls, { ...trust, maxVersion: 'TLSv1.2' }));
    for (const peer of [secure, browser]) {
      peer.send(peer.request('REGISTER', 'sip:branch.example.com', { To: '<sip:100@branch.example.com>' }));
      // Nobody is known here, and the centre does not answer: what counts is that the controller answered.
      const status = await eventually(
        'an answer',
        15_000,
        () => peer.received.flatMap((one) => (one.kind === 'response' && one.status >= 400 ? [one.status] : []))[0],
      );
      assert.notEqual(status, 503);
    }
  }),
);
