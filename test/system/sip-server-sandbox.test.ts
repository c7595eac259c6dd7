import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sandboxFlags } from '../../appliance/supervisor/sandbox.js';
import { Authority, type Certificate, replace } from './certificates.js';
import { ownServerOnly, scene, test, until } from './sip-server-bench.js';

/** The SIP server as the supervisor starts it: without root, and with nothing but its own files. */
const main = resolve(import.meta.dirname, '../../appliance/sip-server/main.js');

interface Started {
  readonly child: ChildProcess;
  log(): string;
  stop(): Promise<void>;
}

async function start(own: Certificate): Promise<Started> {
  const listen = ['--control', '127.0.0.1:0', '--secret', 'x', '--listen', 'tls/127.0.0.1:0'];
  const tls = ['--tls-cert', own.certificate, '--tls-key', own.key];
  const flags = sandboxFlags([own.certificate, own.key]);
  const child = spawn(process.execPath, [...flags, main, ...listen, ...tls, '--user', 'nobody'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (bytes) => (log += bytes));
  await until(() => log.includes('root given up'), 'the process is there').catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}: ${log}`);
  });
  const stop = () =>
    new Promise<void>((done) => {
      child.once('exit', () => done());
      child.kill('SIGTERM');
    });
  return { child, log: () => log, stop };
}

/** Certificates as an administrator leaves them: a folder that root owns, and a group that may read. */
function installed(authority: Authority, group: number): Certificate {
  const folder = join(authority.folder, 'installed');
  mkdirSync(folder);
  chmodSync(authority.folder, 0o711);
  chmodSync(folder, 0o750);
  chownSync(folder, 0, group);
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const first = authority.issue(['DNS:branch.example.com'], 'first');
  for (const name of ['certificate', 'key'] as const) {
    writeFileSync(files[name], readFileSync(first[name]), { mode: 0o640 });
    chmodSync(files[name], 0o640);
    chownSync(files[name], 0, group);
  }
  return files;
}

test('the process gives up root for good, and still takes a new certificate', () =>
  scene(async (s) => {
    ownServerOnly('the subject is our own process');
    const authority = new Authority();
    s.onClose(() => authority.close());
    const group = Number(execFileSync('getent', ['group', 'daemon'], { encoding: 'utf8' }).split(':')[2]);
    const own = installed(authority, group);
    const server = await start(own);
    s.onClose(() => server.stop());
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim();
    assert.deepEqual(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t'), [nobody, nobody, nobody, nobody]);
    assert.match(status, new RegExp(`^Groups:\\s*${group}\\s*$`, 'm'));
    assert.match(status, /^CapEff:\s+0+$/m);
    assert.match(status, /^CapPrm:\s+0+$/m);
    assert.doesNotMatch(server.log(), /takes a restart/);

    replace(own, authority.issue(['DNS:branch.example.com'], 'second'));
    await until(() => server.log().includes('certificate replaced'), 'the watcher sees it');
    replace(own, authority.issue(['DNS:branch.example.com'], 'third'));
    server.child.kill('SIGHUP');
    await until(() => server.log().includes('CN=third'), 'the signal is heard');
  }));

test('a key that only root may read is told at the start', () =>
  scene(async (s) => {
    ownServerOnly('the subject is our own process');
    const authority = new Authority();
    s.onClose(() => authority.close());
    const own = authority.issue(['DNS:branch.example.com']);
    const server = await start(own);
    s.onClose(() => server.stop());
    assert.match(server.log(), /a new certificate here takes a restart.*\.key/);
  }));

test('Node.js lets the process read its own files, write none, and start nothing', () => {
  ownServerOnly('the subject is our own process');
  const authority = new Authority();
  try {
    const own = authority.issue([]);
    const script = `
      const { existsSync, readFileSync, writeFileSync } = require('node:fs');
      const { spawnSync } = require('node:child_process');
      const { Worker } = require('node:worker_threads');
      const says = {};
      const attempt = (name, body) => { try { body(); says[name] = 'done'; } catch (error) { says[name] = error.code; } };
      attempt('code', () => readFileSync(${JSON.stringify(main)}));
      attempt('certificate', () => readFileSync(${JSON.stringify(own.key)}));
      attempt('passwords', () => readFileSync('/etc/passwd'));
      attempt('beside', () => writeFileSync(${JSON.stringify(join(authority.folder, 'x'))}, ''));
      attempt('anywhere', () => writeFileSync('/tmp/holdfast-sandbox-test', ''));
      attempt('process', () => spawnSync('true'));
      attempt('thread', () => new Worker('', { eval: true }));
      console.log(JSON.stringify(says));`;
    // As root: what is refused is refused by the sandbox, not by the files' permissions.
    const said = execFileSync(process.execPath, [...sandboxFlags([own.certificate]), '-e', script], {
      encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(said), {
      code: 'done',
      certificate: 'done',
      passwords: 'ERR_ACCESS_DENIED',
      beside: 'ERR_ACCESS_DENIED',
      anywhere: 'ERR_ACCESS_DENIED',
      process: 'ERR_ACCESS_DENIED',
      thread: 'ERR_ACCESS_DENIED',
    });
  } finally {
    authority.close();
  }
});
