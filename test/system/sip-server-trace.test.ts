import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../appliance/io/index.js';
import { ControlClient, readTrace } from '../../appliance/sip-server/index.js';
import { Secret } from '../../src/base/index.js';
import { answering, type Scene, type ServerUnderTest, scene, sdp, secret, test, until } from './sip-server-bench.js';

const program = fileURLToPath(new URL('../../appliance/sip-server/trace-main.js', import.meta.url));

/** Runs the tool beside a server in this process: asynchronously, or the server could not answer it. */
async function sipTrace(
  server: ServerUnderTest,
  ...words: string[]
): Promise<{ out: string; said: string; code: number }> {
  const { execFile } = await import('node:child_process');
  const control = ['--control', `127.0.0.1:${server.handle.controlPort}`, '--secret', secret];
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...control, ...words], (error, out, said) => {
      resolve({ out, said, code: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}

async function client(s: Scene, server: ServerUnderTest): Promise<ControlClient> {
  const opened = await ControlClient.open({
    host: '127.0.0.1',
    port: server.handle.controlPort,
    secret: new Secret(secret),
    clock: systemClock,
  });
  s.onClose(() => opened.close());
  return opened;
}

const secretSdp = `${sdp()}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n`;

test('a call through a B2BUA is one ladder, and a file that tshark reads as SIP with right checksums', () =>
  scene(async (s) => {
    const server = await s.server({
      listen: [
        { protocol: 'udp', address: '127.0.0.1', port: 0 },
        { protocol: 'tcp', address: '127.0.0.1', port: 0 },
      ],
    });
    const callee = await s.udpPeer('127.0.0.3');
    const app = await s.app(server, {
      invite: (request, reply) => void app.createB2BUA(request, reply, `sip:${callee.hostPort}`).catch(() => undefined),
    });
    const caller = await s.tcpPeer(server.listener('tcp').port);
    const session = 'f81d4fae7dec11d0a76500a0c91e6bf6';
    const headers = {
      'Session-ID': `${session};remote=${'0'.repeat(32)}`,
      'Proxy-Authorization': 'Digest response="abc"',
    };
    const invite = caller.request('INVITE', 'sip:100@branch.test', headers, secretSdp);
    caller.send(invite);
    const second = await callee.nextRequest('INVITE');
    const answer = callee.response(second, 200, { 'Session-ID': `${'1'.repeat(32)};remote=${session}` }, sdp());
    callee.send(answer, server.listener());
    const ok = await caller.nextResponse(200);
    caller.send(caller.inDialog('ACK', invite, ok, 1));
    await callee.nextRequest('ACK');
    const id = invite.headers.get('Call-ID') ?? '';
    const other = second.headers.get('Call-ID') ?? '';

    const both = await sipTrace(server, '--call-id', id, '--call-id', other, '--width', '100');
    assert.equal(both.code, 0, both.said);
    const arrows = both.out.split('\n').filter((line) => /[▶◀]/.test(line));
    assert.ok(arrows.length >= 7, both.out);
    for (const part of [`A  ${id}`, `B  ${other}`, '127.0.0.3', 'A INVITE (SDP)', 'B INVITE (SDP)', '200 OK (SDP)']) {
      assert.ok(both.out.includes(part), `${part} is missing:\n${both.out}`);
    }
    // The other leg is found by itself where both carry the Session-ID.
    const found = await sipTrace(server, '--call-id', id);
    assert.ok(found.out.includes(other), found.out);
    const list = await sipTrace(server);
    assert.match(list.out, new RegExp(`INVITE +200 +\\d+ .*${id}`));

    const folder = mkdtempSync(join(tmpdir(), 'holdfast-trace-'));
    s.onClose(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'call.pcap');
    const written = await sipTrace(server, '--call-id', id, '--call-id', other, '--pcap', file);
    assert.equal(written.code, 0, written.said);
    const fields = ['-T', 'fields', '-e', 'sip.Method', '-e', 'sip.Status-Code', '-e', 'udp.checksum.status'];
    const options = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    const ports = [server.udpPort, server.listener('tcp').port].flatMap((port) => ['-d', `udp.port==${port},sip`]);
    const lines = execFileSync('tshark', ['-r', file, ...options, ...ports, ...fields, '-e', 'ip.checksum.status'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.ok(lines.length >= 7);
    for (const [method = '', status = '', udp, ip] of lines) {
      assert.ok(method !== '' || status !== '', 'every packet is SIP');
      assert.deepEqual([udp, ip], ['1', '1'], 'checksums are good');
    }
    assert.deepEqual(lines[0]?.[0], 'INVITE');
    const warnings = spawnSync('tshark', ['-r', file, ...ports, '-Y', '_ws.malformed'], { encoding: 'utf8' });
    assert.equal(warnings.stdout, '');
  }));

test('no secret leaves the process: neither as text nor in a file', () =>
  scene(async (s) => {
    const server = await s.server();
    await answering(s, server);
    const peer = await s.udpPeer();
    const credentials = 'Digest username="alice", realm="b", nonce="n0nce", response="deadbeef", cnonce="cn0nce"';
    const headers = { Authorization: credentials };
    peer.send(peer.request('INVITE', 'sip:100@branch.test', headers, secretSdp), server.listener());
    await peer.nextResponse(200);
    const lines = await readTrace(await client(s, server), []);
    assert.ok(lines.ok && lines.value.length >= 2);
    const text = lines.value.map(({ bytes }) => bytes.toString()).join('\n');
    for (const hidden of ['deadbeef', 'n0nce', 'WVNfX19z']) assert.ok(!text.includes(hidden), hidden);
    assert.ok(text.includes('username="alice"') && text.includes('inline:xxxx'));
  }));

test('statistics over the control connection; an application goes on beside it', () =>
  scene(async (s) => {
    const server = await s.server();
    await answering(s, server);
    const asking = await client(s, server);
    const peer = await s.udpPeer();
    await peer.call('sip:100@branch.test', server.listener());
    const invite = peer.request('INVITE', 'sip:100@branch.test', {}, sdp());
    peer.send(invite, server.listener());
    peer.send(invite, server.listener());
    await until(() => server.handle.stats().retransmissions.received === 1, 'the repetition is counted');
    const stats = JSON.parse(await asking.ask('statistics'));
    assert.equal(stats.received.udp.INVITE, 3);
    assert.equal(stats.received.udp.ACK, 1);
    assert.ok(stats.sent.udp['200'] >= 1);
    assert.equal(stats.retransmissions.received, 1);
    assert.ok(stats.dialogs >= 1 && stats.transactions.server >= 1);
    await assert.rejects(asking.ask('no-such-verb'), /unknown verb/);
  }));

test('the tool says what is wrong', () =>
  scene(async (s) => {
    const server = await s.server();
    const nothing = await sipTrace(server, '--call-id', 'nobody');
    assert.deepEqual([nothing.code, nothing.said], [1, 'sip-trace: the trace holds nothing of that\n']);
    const wrong = spawnSync(process.execPath, [program, '--control', 'x', '--secret', 'y'], { encoding: 'utf8' });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /is not HOST:PORT[\s\S]*usage:/);
    const refused = await sipTrace(server, '--secret', 'wrong');
    assert.equal(refused.code, 2);
    assert.match(refused.said, /incorrect secret/);
  }));
