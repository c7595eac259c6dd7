import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  outcome,
  pause,
  type Scene,
  type SrfApp,
  type SrfProxyResult,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

// Proxying with peers that others have written: sipp on both sides, and Kamailio as the registrar behind Path.

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function folder(s: Scene): string {
  const made = mkdtempSync(join(tmpdir(), 'holdfast-proxy-'));
  s.onClose(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const head = (method: string) => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
Call-ID: [call_id]
CSeq: [cseq] ${method}`;

const body = `v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 4000 RTP/AVP 0`;

const caller = `<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="caller">
<send retrans="500"><![CDATA[

INVITE sip:bob@[remote_ip]:[remote_port] SIP/2.0
From: <sip:alice@[local_ip]>;tag=[call_number]
To: <sip:bob@[remote_ip]>
${head('INVITE')}
Contact: <sip:alice@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

${body}

]]></send>
<recv response="100"></recv>
<recv response="180"></recv>
<recv response="200" rrs="true"></recv>
<send><![CDATA[

ACK [next_url] SIP/2.0
[last_From:]
[last_To:]
[routes]
${head('ACK')}
Content-Length: 0

]]></send>
<pause milliseconds="100"/>
<send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
[last_From:]
[last_To:]
[routes]
${head('BYE')}
Content-Length: 0

]]></send>
<recv response="200"></recv>
</scenario>
`;

const reply = (status: string, more: string) => `<send${status.startsWith('200 ') ? ' retrans="500"' : ''}><![CDATA[

SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:bob@[local_ip]:[local_port]>
${more}

]]></send>`;

/** `first`: what it answers before anything else; a final response ends the call there. */
const callee = (answers: boolean) => `<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="callee">
<recv request="INVITE"></recv>
${
  answers
    ? `${reply('180 Ringing', 'Content-Length: 0')}
${reply('200 OK', `Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`)}
<recv request="ACK"></recv>
<recv request="BYE"></recv>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`
    : `${reply('486 Busy Here', 'Content-Length: 0')}
<recv request="ACK"></recv>`
}
</scenario>
`;

interface Sipp {
  readonly ended: Promise<number | null>;
}

function sipp(s: Scene, name: string, scenario: string, args: readonly string[]): Sipp {
  const home = folder(s);
  writeFileSync(join(home, `${name}.xml`), scenario);
  const words = ['-sf', `${name}.xml`, '-i', '127.0.0.1', '-nostdin', '-timeout', '40', '-timeout_error', ...args];
  const child = spawn('sipp', words, { cwd: home, stdio: 'ignore' });
  s.onClose(() => void child.kill('SIGKILL'));
  return { ended: new Promise((resolve) => child.on('exit', (code) => resolve(code))) };
}

for (const forking of ['sequential', 'simultaneous'] as const) {
  test(`sipp calls sipp through the proxy, ${forking}: one destination is busy, the other answers`, () =>
    scene(async (s) => {
      const CALLS = 30;
      const [busy, free] = [await freeUdpPort(), await freeUdpPort()];
      // The standard's timers: sipp keeps to them, and a machine under load needs them.
      const server = await s.server({ timers: { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 } });
      const results: SrfProxyResult[] = [];
      const app: SrfApp = await s.app(server, {
        invite: (request) => {
          const to = [`sip:bob@127.0.0.1:${busy}`, `sip:bob@127.0.0.1:${free}`];
          void app.proxyRequest(request, to, { forking, recordRoute: true }).then((r) => results.push(r));
        },
      });
      const calls = ['-m', String(CALLS)];
      const refusing = sipp(s, 'busy', callee(false), ['-p', String(busy), ...calls]);
      const answering = sipp(s, 'free', callee(true), ['-p', String(free), ...calls]);
      const calling = sipp(s, 'caller', caller, [`127.0.0.1:${server.udpPort}`, ...calls, '-r', '30']);
      assert.equal(await calling.ended, 0, 'the caller is content');
      assert.equal(await answering.ended, 0, 'who answers is content');
      assert.equal(await refusing.ended, 0, 'who is busy is content');
      await until(() => results.length === CALLS, 'every call has its result');
      assert.ok(results.every((r) => r.connected));
      assert.equal(server.handle.stats().dialogs, 0, 'a proxy keeps no dialogs');
    }));
}

function registrar(port: number): string {
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:${port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "rr.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "path.so"
modparam("registrar", "use_path", 1)
modparam("registrar", "path_mode", 1)
request_route {
  if (method == "REGISTER") {
    save("location");
    exit;
  }
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  t_relay();
}
`;
}

async function kamailio(s: Scene, port: number): Promise<ChildProcess> {
  const home = folder(s);
  mkdirSync(join(home, 'run'));
  writeFileSync(join(home, 'kamailio.cfg'), registrar(port));
  const words = ['-f', join(home, 'kamailio.cfg'), '-DD', '-E', '-m', '64', '-M', '8', '-Y', join(home, 'run')];
  const child = spawn('kamailio', [...words, '-P', join(home, 'pid')], { stdio: 'ignore', detached: true });
  // Its workers are processes of its own group.
  s.onClose(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  return child;
}

test('Kamailio keeps the Path of a proxied REGISTER, and its calls come back by it (RFC 3327)', () =>
  scene(async (s) => {
    const centre = await freeUdpPort();
    await kamailio(s, centre);
    const phone = await s.udpPeer();
    const server = await s.server();
    const app: SrfApp = await s.app(server, {
      register: (request) => void app.proxyRequest(request, `sip:127.0.0.1:${centre}`, { path: true }),
      // What comes back by the Path has the telephone as its Request-URI.
      invite: (request) => void app.proxyRequest(request, request.uri, { recordRoute: true }),
    });
    for (let tries = 0; ; tries++) {
      const alive = await outcome(app, `sip:nobody@127.0.0.1:${centre}`, { method: 'OPTIONS' });
      if (alive.source_address !== '') break;
      assert.ok(tries < 40, 'Kamailio answers');
      await pause(250);
    }
    phone.send(
      phone.request('REGISTER', `sip:127.0.0.1:${centre}`, {
        To: `<sip:bob@127.0.0.1:${centre}>`,
        Contact: `<sip:bob@${phone.hostPort}>`,
      }),
      server.listener(),
    );
    const registered = await phone.nextResponse(200);
    assert.equal(registered.headers.get('Path'), `<sip:127.0.0.1:${server.udpPort};lr>`);

    const call = app.createUAC(`sip:bob@127.0.0.1:${centre}`, { localSdp: sdp() });
    const invite = await phone.nextRequest('INVITE');
    assert.equal(invite.uri, `sip:bob@${phone.hostPort}`);
    assert.equal(invite.headers.has('Route'), false);
    assert.equal(invite.headers.all('Via').length, 3, 'the caller, Kamailio, and the proxy');
    const route = invite.headers.get('Record-Route') ?? '';
    phone.send(phone.response(invite, 200, { 'Record-Route': route }, sdp()), server.listener());
    const dialog = await call;
    await phone.nextRequest('ACK');
    const bye = dialog.destroy();
    const ended = await phone.nextRequest('BYE');
    phone.send(phone.response(ended, 200), server.listener());
    await bye;
  }));
