import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  answerChallenge,
  Dialog,
  ha1,
  parseChallenge,
  parseNameAddr,
  type SipRequest,
  type SipResponse,
  unquote,
} from '../../src/sip/index.js';
import { LegsPeer, sdp } from './legs-peer.js';
import { Peer } from './sip-server-bench.js';
import { domain, password, TakeoverBench, username } from './takeover-bench.js';

const instance = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128';

/** Answers a challenge of Holdfast's. */
function credentials(challenged: SipResponse, method: string, uri: string): Readonly<Record<string, string>> {
  const proxy = challenged.status === 407;
  const offered = challenged.headers.all(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate');
  const challenge = parseChallenge(offered.find((value) => value.includes('MD5')) ?? '');
  assert.ok(challenge.ok);
  const digest = ha1(username, domain, password, 'MD5');
  const answer = answerChallenge({
    challenge: challenge.value,
    method,
    uri,
    username,
    ha1: digest,
    cnonce: 'c',
    nc: 1,
  });
  assert.ok(answer.ok);
  return { [proxy ? 'Proxy-Authorization' : 'Authorization']: answer.value };
}

/** One flow of alice's telephone: a connection, registered. */
class TelephoneFlow {
  readonly peer: Peer;
  readonly regId: string;
  readonly instance: string;
  #cseq = 0;

  private constructor(peer: Peer, regId: string, which: string) {
    this.peer = peer;
    this.regId = regId;
    this.instance = which;
  }

  static async open(bench: TakeoverBench, regId: number, which = instance): Promise<TelephoneFlow> {
    return new TelephoneFlow(await Peer.tcp(bench.tcpPort), String(regId), which);
  }

  /** A telephone in a browser. */
  static async browser(bench: TakeoverBench): Promise<TelephoneFlow> {
    return new TelephoneFlow(await Peer.webSocket(bench.webSocketUrl, {}), '1', instance);
  }

  /** Registers, answering the challenge; the 200. */
  async register(more: Readonly<Record<string, string>> = {}): Promise<SipResponse> {
    const uri = `sip:${domain}`;
    const send = (authorization: Readonly<Record<string, string>>) => {
      this.#cseq++;
      const request = this.peer.request('REGISTER', uri, {
        From: `<sip:${username}@${domain}>;tag=r${this.regId}`,
        To: `<sip:${username}@${domain}>`,
        'Call-ID': `registration-${this.regId}-${this.peer.port}`,
        CSeq: `${this.#cseq} REGISTER`,
        Contact: `<sip:alice@10.1.1.1:5060;transport=tcp>;+sip.instance="<${this.instance}>";reg-id=${this.regId}`,
        Supported: 'path, outbound, gruu',
        Expires: '300',
        ...more,
        ...authorization,
      });
      this.peer.send(request);
    };
    send({});
    const challenged = await this.peer.nextResponse(401, 10_000);
    send(credentials(challenged, 'REGISTER', uri));
    return this.peer.nextResponse(200, 10_000);
  }
}

function gruusIn(registered: SipResponse): { readonly open: string; readonly temporary: string } {
  const contacts = registered.headers.list('Contact').map((value) => parseNameAddr(value));
  const parameters = contacts.flatMap((contact) => (contact.ok ? [contact.value.parameters] : []));
  const of = (name: string) => unquote(parameters.find((each) => each.has(name))?.get(name) ?? '');
  return { open: of('pub-gruu'), temporary: of('temp-gruu') };
}

describe('flows and GRUUs over a real SIP server, with the whole controller', () => {
  let bench: TakeoverBench;
  let caller: LegsPeer;

  before(async () => {
    bench = await TakeoverBench.open();
    // The centre says nothing: Holdfast is the registrar.
    bench.bob.onMessage = () => undefined;
    caller = await LegsPeer.open();
    await bench.start();
  });
  after(async () => {
    caller.close();
    await bench.close();
  });

  /** Calls `uri` as the user, with the digest; the INVITE that counts. */
  async function call(uri: string): Promise<SipRequest> {
    const from = [['From', `<sip:${username}@${domain}>;tag=caller-${caller.received.length}`]] as const;
    const first = caller.request('INVITE', uri, from, sdp(4000));
    caller.send(first, bench.port);
    const challenged = await caller.take(407);
    const ack = caller.request('ACK', uri, [
      ['Via', first.headers.get('Via') ?? ''],
      ['From', first.headers.get('From') ?? ''],
      ['To', challenged.headers.get('To') ?? ''],
      ['Call-ID', first.headers.get('Call-ID') ?? ''],
    ]);
    caller.send(ack, bench.port);
    const answer = Object.entries(credentials(challenged, 'INVITE', uri));
    const invite = caller.request('INVITE', uri, [...from, ...answer], sdp(4000));
    caller.send(invite, bench.port);
    return invite;
  }

  /** The flow rings and is busy. */
  async function busy(flow: TelephoneFlow): Promise<void> {
    const incoming = await flow.peer.nextRequest('INVITE', 10_000);
    assert.equal(incoming.uri, 'sip:alice@10.1.1.1:5060;transport=tcp');
    flow.peer.send(flow.peer.response(incoming, 486));
    await caller.take(486, 10_000);
  }

  it('binds two flows, calls the newest, and goes on to the other when that is gone', async () => {
    const [first, second] = [await TelephoneFlow.open(bench, 1), await TelephoneFlow.open(bench, 2)];
    const registered = await first.register();
    assert.equal(registered.headers.get('Require'), 'outbound');
    assert.equal(registered.headers.get('Flow-Timer'), '120');
    const { open, temporary } = gruusIn(registered);
    assert.equal(open, `sip:${username}@${domain};gr=${instance}`);
    assert.match(temporary, /^sip:tgruu\./);
    const both = await second.register();
    assert.equal(both.headers.list('Contact').length, 2);

    await call(open);
    await busy(second);
    assert.equal(first.peer.received.length, 0, 'one flow at a time, and a busy telephone is not asked again');

    // The keep-alive of a flow (RFC 5626 §3.5.1).
    first.peer.raw = '';
    first.peer.write('\r\n\r\n');
    await bench.until('the pong', () => first.peer.raw === '\r\n');

    second.peer.close();
    await bench.until('the connection is gone', () => bench.server.stats().connections === 1);
    await call(temporary);
    await busy(first);

    // Another controller knows the flows, and what the GRUUs mean; the connections are the SIP server's.
    await bench.end('SIGKILL');
    await bench.start();
    await call(temporary);
    await busy(first);

    first.peer.close();
    await bench.until('no connection is left', () => bench.server.stats().connections === 0);
    await call(open);
    await caller.take(503, 10_000);
  });

  it('reaches a telephone in a browser, whose contact nobody can resolve, over its WebSocket', async () => {
    const contact = 'sip:alice@df7jal23ls0d.invalid;transport=ws';
    const flow = `<${contact}>;+sip.instance="<${instance}>";reg-id=1`;
    for (const [headers, uri] of [
      [{ Contact: `<${contact}>`, Supported: 'path' }, `sip:${username}@${domain}`],
      [{ Contact: flow }, `sip:${username}@${domain};gr=${instance}`],
    ] as const) {
      const browser = await TelephoneFlow.browser(bench);
      await browser.register(headers);
      await call(uri);
      const incoming = await browser.peer.nextRequest('INVITE', 10_000);
      assert.equal(incoming.uri, contact);
      assert.match(incoming.headers.get('Via') ?? '', /^SIP\/2\.0\/WS /);
      browser.peer.send(browser.peer.response(incoming, 486));
      await caller.take(486, 10_000);
      browser.peer.close();
      await bench.until('the connection is gone', () => bench.server.stats().connections === 0);
    }
  });

  it('transfers a call to the telephone that a GRUU names', async () => {
    const one = await TelephoneFlow.open(bench, 1);
    const other = await TelephoneFlow.open(bench, 1, 'urn:uuid:00000000-0000-1000-8000-000a95a0e129');
    const first = gruusIn(await one.register());
    const of = (await other.register()).headers.list('Contact').find((contact) => contact.includes('e129')) ?? '';
    const temporary = /temp-gruu="([^"]+)"/.exec(of)?.[1] ?? '';
    const invite = await call(first.open);
    const incoming = await one.peer.nextRequest('INVITE', 10_000);
    one.peer.send(one.peer.response(incoming, 200, {}, sdp(5000)));
    const ok = await caller.take(200, 10_000);
    const dialog = Dialog.asUac(invite, ok);
    dialog.confirm(ok);
    caller.send(caller.inDialog(dialog, 'ACK', [], '', 1), bench.port);
    await one.peer.nextRequest('ACK', 10_000);
    caller.onMessage = (message) => {
      if (message.kind === 'request') caller.reply(message, 200);
    };
    const refer = caller.inDialog(dialog, 'REFER', [['Refer-To', `<${temporary}>`]]);
    caller.send(refer, bench.port);
    await caller.take(202, 10_000);
    const transferred = await other.peer.nextRequest('INVITE', 10_000);
    other.peer.send(other.peer.response(transferred, 486));
    await bench.until('the transferor is told', () => {
      return caller.received.some((message) => message.kind === 'request' && message.body.includes('486'));
    });
    assert.equal(one.peer.received.filter((message) => message.kind === 'request').length, 0, 'not called again');
    caller.onMessage = () => undefined;
    one.peer.close();
    other.peer.close();
  });

  it('serves a telephone that others wrote: baresip registers a flow, and its GRUU rings it', async () => {
    const other = 'urn:uuid:00000000-0000-1000-8000-000a95a0e130';
    const home = await mkdtemp(join(tmpdir(), 'holdfast-baresip-'));
    const account = `<sip:${username}@${domain};transport=tcp>;auth_pass=${password};sipnat=outbound;regint=60`;
    const modules = '/usr/lib/baresip/modules';
    await writeFile(join(home, 'accounts'), `${account};outbound="sip:127.0.0.1:${bench.tcpPort};transport=tcp"\n`);
    await writeFile(join(home, 'uuid'), other.slice('urn:uuid:'.length));
    await writeFile(join(home, 'contacts'), '');
    await writeFile(
      join(home, 'config'),
      `sip_listen 127.0.0.1:0\nmodule_path ${modules}\nmodule g711.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n`,
    );
    const baresip = spawn('baresip', ['-f', home, '-s'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [baresip.stdout, baresip.stderr]) stream.on('data', (bytes) => (said += bytes));
    try {
      await bench.until('baresip is registered', () => / 200 OK /.test(said), 15_000);
      assert.match(said, /Require: outbound\r?\n/);
      await call(`sip:${username}@${domain};gr=${other}`);
      await caller.take(180, 10_000);
    } finally {
      baresip.kill('SIGKILL');
      await rm(home, { recursive: true, force: true });
    }
  });

  it('tells a UDP flow its address, as a keep-alive (RFC 5626 §8)', async () => {
    const socket = createSocket('udp4');
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
      socket.send(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'), bench.port, '127.0.0.1');
      const [answer]: Buffer[] = await answered;
      assert.equal(answer?.subarray(0, 20).toString('hex'), '0101000c2112a442000102030405060708090a0b');
      assert.equal((answer?.readUInt16BE(26) ?? 0) ^ 0x2112, socket.address().port);
    } finally {
      socket.close();
    }
  });

  it('refuses a GRUU of a telephone that is not registered, and one that nobody made', async () => {
    const flow = await TelephoneFlow.open(bench, 1);
    const { temporary } = gruusIn(await flow.register());
    await flow.register({ Expires: '0' });
    await call(temporary);
    await caller.take(480);
    await call(`sip:${username}@${domain};gr=urn:uuid:nobody`);
    await caller.take(480);
    await call(`sip:tgruu.AAAA@${domain};gr`);
    await caller.take(404);
    flow.peer.close();
  });
});
