import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ownServerOnly, Scene, type SrfApp, secret, test, until } from './sip-server-bench.js';

const main = fileURLToPath(new URL('../../appliance/sip-server/main.js', import.meta.url));

function run(args: readonly string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 10_000 });
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

test('wrong arguments: a clear message and exit 2', () => {
  ownServerOnly('the subject is our own command line');
  const least = ['--control', '127.0.0.1:0', '--secret', 'x', '--listen', 'udp/127.0.0.1:0'];
  const cases: readonly [readonly string[], RegExp][] = [
    [[], /--control is missing/],
    [['--control', 'nonsense'], /--control 'nonsense' is not HOST:PORT/],
    [['--control', '127.0.0.1:0', '--secret', 'x'], /--listen is missing/],
    [['--control', '127.0.0.1:0', '--listen', 'udp/127.0.0.1:0'], /--secret is missing/],
    [['--listen', 'udp/here:5060'], /'here' is not an IP address/],
    [['--listen'], /--listen needs a value/],
    [['--dns', 'localhost:53'], /--dns 'localhost:53' is not ADDRESS:PORT/],
    [['--outbound', 'invite'], /--outbound 'invite' is not VERB=URL/],
    [['--outbound', 'invite=ftp://host/'], /is not a URL of http, https, tcp or tls/],
    [['--outbound-ca', '/nowhere.pem'], /--outbound-ca '\/nowhere.pem' cannot be read/],
    [['--control-tls', 'cert.pem'], /--control-tls 'cert.pem' is not CERT,KEY/],
    [['--loud', 'yes'], /unknown option '--loud'/],
    [[...least, '--tls-cert', 'cert.pem'], /--tls-cert and --tls-key belong together/],
    [[...least, '--tls-verify', 'maybe'], /--tls-verify 'maybe' is not none, optional or required/],
    [[...least, '--tls-check-peer', 'true'], /--tls-check-peer 'true' is not yes or no/],
    [[...least, '--connections-per-source', '0'], /--connections-per-source '0' is not a count/],
    [[...least, '--user', 'no body'], /--user 'no body' is not USER or USER:GROUP/],
    [
      [...least, '--listen', 'tls/127.0.0.1:0'],
      /cannot listen on tls\/127\.0\.0\.1:0: it needs a certificate and its key/,
    ],
    [
      [...least, '--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'],
      /cannot listen on TLS: \/nowhere\/cert\.pem cannot be read: ENOENT/,
    ],
  ];
  for (const [args, message] of cases) {
    const result = run(args);
    assert.equal(result.status, 2, args.join(' '));
    assert.match(result.stderr, message);
  }
});

test('a port in use: which one, and what to do', async () => {
  ownServerOnly('the subject is our own command line');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const result = run(['--control', '127.0.0.1:0', '--secret', 'x', '--listen', `udp/127.0.0.1:${port}`]);
  socket.close();
  assert.equal(result.status, 2);
  assert.match(result.stderr, new RegExp(`cannot listen on udp/127\\.0\\.0\\.1:${port}: the port is in use\\. Stop`));
  assert.doesNotMatch(result.stderr, /at .*\.js/);
});

/** Runs sipp to its end; resolves with its exit code. */
function sipp(args: readonly string[], children: ChildProcess[]): Promise<number | null> {
  const child = spawn('sipp', [...args, '-nostdin', '-timeout', '20', '-timeout_error'], { stdio: 'ignore' });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

for (const [protocol, flag] of [
  ['udp', 'u1'],
  ['tcp', 't1'],
] as const) {
  test(`the process alone serves drachtio-srf: forty B2BUA calls of sipp over ${protocol}`, async () => {
    ownServerOnly('the subject is our own command line');
    const s = new Scene();
    const children: ChildProcess[] = [];
    try {
      const control = await freeTcpPort();
      const port = protocol === 'udp' ? await freeUdpPort() : await freeTcpPort();
      const called = protocol === 'udp' ? await freeUdpPort() : await freeTcpPort();
      const args = [
        '--control',
        `127.0.0.1:${control}`,
        '--secret',
        secret,
        '--listen',
        `${protocol}/127.0.0.1:${port}`,
      ];
      const server = spawn(process.execPath, [main, ...args, '--log', 'info'], { stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(server);
      let log = '';
      server.stderr?.on('data', (d) => (log += d));
      await until(() => log.includes('sip server listening'), 'the server listens');
      const app: SrfApp = await s.appAt(control, {
        invite: (request, reply) => {
          const parameter = protocol === 'tcp' ? ';transport=tcp' : '';
          void app
            .createB2BUA(request, reply, `sip:service@127.0.0.1:${called}${parameter}`)
            .then(({ uas, uac }) => {
              uas.on('destroy', () => void uac.destroy());
              uac.on('destroy', () => void uas.destroy());
            })
            .catch(() => undefined);
        },
      });
      const callee = sipp(['-sn', 'uas', '-i', '127.0.0.1', '-p', String(called), '-t', flag, '-m', '40'], children);
      const caller = sipp(
        ['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-t', flag, '-m', '40', '-r', '40'],
        children,
      );
      assert.equal(await caller, 0, 'the caller is content');
      assert.equal(await callee, 0, 'the callee is content');
      app.disconnect();
      const stopped = new Promise((resolve) => server.on('exit', resolve));
      server.kill('SIGTERM');
      assert.equal(await stopped, 0);
    } finally {
      await s.close();
      for (const child of children) child.kill('SIGKILL');
    }
  });
}
