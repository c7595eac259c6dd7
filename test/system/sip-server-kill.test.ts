import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SipRequest } from '../../src/sip/index.js';
import { serverOfChoice } from './server-of-choice.js';
import {
  nameOf,
  type Peer,
  pause,
  type Scene,
  type ServerUnderTest,
  type SrfMessage,
  type SrfReply,
  scene,
  sdp,
  secret,
  test,
  until,
} from './sip-server-bench.js';

const main = fileURLToPath(new URL('./srf-application-main.js', import.meta.url));

/** An application in a process of its own; `killed` is a kill -9. */
class Victim {
  readonly said: string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => this.said.push(line));
  }

  static async start(s: Scene, server: ServerUnderTest): Promise<Victim> {
    const host = serverOfChoice?.host ?? '127.0.0.1';
    const args = [main, host, String(server.handle.controlPort), secret];
    const victim = new Victim(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
    s.onClose(() => void victim.#child.kill('SIGKILL'));
    await victim.says('ready');
    return victim;
  }

  async says(text: string): Promise<void> {
    for (let i = 0; i < 5 && !this.said.includes(text); i++) {
      await until(() => this.said.includes(text), text).catch(() => undefined);
    }
    assert.ok(this.said.includes(text), `${text}; it said ${this.said.join(', ')}`);
  }

  async killed(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
    await pause(50);
  }
}

/** Routes that answer 200 and note what came, for the application that follows. */
function noting(
  seen: SrfMessage[],
  verbs: readonly string[],
): Record<string, (r: SrfMessage, reply: SrfReply) => void> {
  return Object.fromEntries(
    verbs.map((verb) => [
      verb,
      (r: SrfMessage, reply: SrfReply) => {
        seen.push(r);
        if (r.method !== 'ACK') reply.send(200, r.method === 'INVITE' ? { body: sdp() } : {});
      },
    ]),
  );
}

/** The next request of that method in the call that `invite` began: others and repetitions come in between. */
async function theirs(peer: Peer, method: string, invite: SipRequest): Promise<SipRequest> {
  const callId = invite.headers.get('Call-ID');
  let found: SipRequest | undefined;
  await until(() => {
    for (const m of peer.received) {
      if (m.kind === 'request' && m.method === method && m.headers.get('Call-ID') === callId) found = m;
    }
    return found !== undefined;
  }, `${method} of ${callId}`);
  if (found === undefined) throw new Error(method);
  return found;
}

for (const protocol of ['udp', 'tcp'] as const) {
  const listen = ['udp', 'tcp'].map((p) => ({ protocol: p as 'udp' | 'tcp', address: '127.0.0.1', port: 0 }));
  const phoneOf = (s: Scene, server: ServerUnderTest): Promise<Peer> =>
    protocol === 'udp' ? s.udpPeer() : s.tcpPeer(server.listener('tcp').port);
  const transport = protocol === 'udp' ? '' : ';transport=tcp';

  test(`kill -9 of the application, over ${protocol}: calls stay, requests of theirs wait for the next one, others get 503`, () =>
    scene(async (s) => {
      const server = await s.server({ listen });
      const victim = await Victim.start(s, server);
      const phone = await phoneOf(s, server);
      const { request, response } = await phone.call('sip:answer@y', server.listener(protocol));
      await victim.says('answered');
      // It has a re-INVITE in hand when it dies; INFO and UPDATE come when it is dead already.
      const to = server.listener(protocol);
      const change = phone.inDialog('INVITE', request, response, 2, {}, sdp(4002));
      phone.send(change, to);
      await victim.says('modify');
      const ringing = phone.request('INVITE', 'sip:ring@y', {}, sdp());
      phone.send(ringing, to);
      await phone.next('180');
      await victim.killed();
      const refused = await phone.nextResponse(503);
      assert.equal(refused.headers.get('Call-ID'), ringing.headers.get('Call-ID'));
      assert.ok(Number(refused.headers.get('Retry-After')) >= 1 && Number(refused.headers.get('Retry-After')) <= 5);
      phone.send(phone.inDialog('INFO', request, response, 3), to);
      for (const method of ['OPTIONS', 'REGISTER', 'MESSAGE']) {
        phone.send(phone.request(method, 'sip:x@y'), to);
        const meanwhile = await phone.nextResponse(503);
        const retry = Number(meanwhile.headers.get('Retry-After'));
        assert.ok(retry >= 1 && retry <= 5, method);
      }
      assert.equal(phone.closed, false);
      const seen: SrfMessage[] = [];
      await s.app(server, noting(seen, ['invite', 'info', 'bye', 'ack']));
      await phone.next('200');
      await phone.next('200');
      const id = `${request.headers.get('Call-ID')};from-tag=${/tag=([^;]+)/.exec(request.headers.get('From') ?? '')?.[1]}`;
      assert.deepEqual(seen.map((r) => `${r.method} ${r.stackDialogId === id}`).sort(), ['INFO true', 'INVITE true']);
      phone.send(phone.inDialog('ACK', request, response, 2), to);
      await until(() => seen.length === 3, 'the ACK');
      await pause(250);
      phone.send(phone.inDialog('BYE', request, response, 4), to);
      await phone.next('200');
      await server.dialogsBecome(0);
    }));

  test(`kill -9 of the application, over ${protocol}: the ACK of its last answer, CANCEL and PRACK of what it left`, () =>
    scene(async (s) => {
      const server = await s.server({ listen });
      const victim = await Victim.start(s, server);
      const phone = await phoneOf(s, server);
      const to = server.listener(protocol);
      const invite = phone.request('INVITE', 'sip:answer@y', {}, sdp());
      phone.send(invite, to);
      const accepted = await phone.nextResponse(200);
      await victim.says('answered');
      const change = phone.inDialog('INFO', invite, accepted, 2);
      const reliable = phone.request('INVITE', 'sip:reliable@y', { Supported: '100rel' }, sdp());
      phone.send(reliable, to);
      const progress = await phone.nextResponse(183);
      await victim.killed();
      const unavailable = await phone.nextResponse(503);
      assert.equal(unavailable.headers.get('Call-ID'), reliable.headers.get('Call-ID'));
      // The response that the PRACK is for was sent: it is still known, or its dialog is gone; no application is asked.
      const rack = { RAck: `${progress.headers.get('RSeq')} ${reliable.headers.get('CSeq')}` };
      phone.send(phone.inDialog('PRACK', reliable, progress, 2, rack), to);
      await until(() => phone.received.some((m) => /^(200|481)$/.test(nameOf(m))), 'an answer to the PRACK');
      phone.received.length = 0;
      phone.send(phone.inDialog('ACK', invite, accepted, 1, {}, sdp(4004)), to);
      phone.send(change, to);
      // A request of a dialog that waits can be a re-INVITE, and that can be cancelled.
      const waiting = phone.inDialog('INVITE', invite, accepted, 3, {}, sdp(4006));
      phone.send(waiting, to);
      await phone.next('100');
      const names = ['Via', 'From', 'To', 'Call-ID'].map((n): [string, string] => [n, waiting.headers.get(n) ?? '']);
      phone.send(phone.request('CANCEL', waiting.uri, { ...Object.fromEntries(names), CSeq: '3 CANCEL' }), to);
      await phone.next('487');
      const seen: SrfMessage[] = [];
      await s.app(server, noting(seen, ['ack', 'info', 'invite']));
      await until(() => seen.length === 2, 'what was held');
      await pause(50);
      assert.deepEqual(seen.map((r) => r.method).sort(), ['ACK', 'INFO']);
      assert.equal(seen.find((r) => r.method === 'ACK')?.body, sdp(4004));
    }));

  test(`kill -9 of the application, over ${protocol}: calls that it placed are cancelled, or acknowledged and ended`, () =>
    scene(async (s) => {
      const server = await s.server({ listen });
      const victim = await Victim.start(s, server);
      const phone = await phoneOf(s, server);
      const called = await s.udpPeer();
      const there = server.listener();
      const place = async (what: string) => {
        const body = `sip:${called.hostPort}`;
        const message = phone.request('MESSAGE', `sip:${what}@y${transport}`, {}, body);
        message.headers.set('Content-Type', 'text/plain');
        phone.send(message, server.listener(protocol));
        await phone.next('202');
        return called.nextRequest('INVITE');
      };
      // What `called` repeats is not to be taken for the next call: the one that stays silent is placed last.
      const ringing = await place('call');
      called.send(called.response(ringing, 180), there);
      const crossing = await place('call');
      called.send(called.response(crossing, 180), there);
      await victim.says('180');
      const forgotten = await place('forget');
      called.send(called.response(forgotten, 200, {}, sdp()), there);
      await victim.says('200');
      const silent = await place('call');
      await victim.killed();
      // The one that was answered without its ACK.
      await theirs(called, 'ACK', forgotten);
      called.send(called.response(await theirs(called, 'BYE', forgotten), 200), there);
      // Those that rang: one answers in spite of the CANCEL.
      for (const call of [ringing, crossing]) {
        called.send(called.response(await theirs(called, 'CANCEL', call), 200), there);
      }
      called.send(called.response(ringing, 487), there);
      called.send(called.response(crossing, 200, {}, sdp()), there);
      called.send(called.response(await theirs(called, 'BYE', crossing), 200), there);
      // The one that said nothing is cancelled when it does.
      called.send(called.response(silent, 180), there);
      called.send(called.response(await theirs(called, 'CANCEL', silent), 200), there);
      called.send(called.response(silent, 487), there);
      await server.dialogsBecome(0);
    }));
}
