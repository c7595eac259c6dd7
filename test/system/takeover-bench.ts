import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import { type SipServerHandle, startSipServer } from '../../appliance/sip-server/index.js';
import type { CallSummary } from '../../src/call/index.js';
import { answerChallenge, Dialog, ha1, parseChallenge, type SipRequest } from '../../src/sip/index.js';
import { noDns } from './fixed-dns.js';
import { LegsPeer, sdp } from './legs-peer.js';

export const domain = 'centre.test';
const secret = 'bench';
export const username = '2001';
export const password = 'two-thousand-and-one';

/** What `/api/records` says of a call, as far as tests look at it. */
export interface RecordRow {
  readonly id: string;
  readonly ending: string;
  readonly answeredWall?: number;
}

/** An answered call from alice by way of Holdfast to the centre, and both dialogs. */
export interface Talk {
  readonly a: Dialog;
  readonly b: Dialog;
  readonly invite: SipRequest;
  readonly incoming: SipRequest;
}

/**
 * The controller as a process of its own, that may be killed, on a SIP server that stays; a phone (alice) and the centre
 * (bob), who also is a trunk, scripted.
 */
export class TakeoverBench {
  readonly alice: LegsPeer;
  readonly bob: LegsPeer;
  server: SipServerHandle;
  readonly #home: string;
  #controller: ChildProcess | undefined;
  #url = '';

  private constructor(home: string, server: SipServerHandle, alice: LegsPeer, bob: LegsPeer) {
    this.#home = home;
    this.server = server;
    this.alice = alice;
    this.bob = bob;
  }

  static async open(): Promise<TakeoverBench> {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-takeover-'));
    const server = await startServer(0, 0);
    const alice = await LegsPeer.open();
    const bob = await LegsPeer.open('127.0.0.2');
    bob.onMessage = (message) => {
      // The probes of the centre; those in a dialog are alike.
      if (message.kind === 'request' && message.method === 'OPTIONS') bob.reply(message, 200);
    };
    alice.onMessage = (message) => {
      if (message.kind === 'request' && message.method === 'OPTIONS') alice.reply(message, 405);
    };
    const bench = new TakeoverBench(home, server, alice, bob);
    const digest = ha1(username, domain, password, 'MD5');
    const users = [{ username, extension: username, ha1: { md5: digest }, classOfRestriction: 'international' }];
    await writeFile(join(home, 'users.yaml'), stringify({ realm: domain, users }));
    await writeFile(
      join(home, 'holdfast.yaml'),
      stringify({
        site: { name: 'Takeover', countryCode: '1', areaCode: '312' },
        sip: { control: `127.0.0.1:${server.controlPort}`, listen: [`udp/127.0.0.1:${bench.port}`] },
        centre: { domain, targets: [bob.uri] },
        users: { file: 'users.yaml' },
        store: { directory: 'state' },
        trunks: [{ name: 'pstn-1', uri: 'sip:127.0.0.3:5060' }],
      }),
    );
    return bench;
  }

  /** Holdfast's own SIP port. */
  get port(): number {
    return this.server.listening[0]?.port ?? 0;
  }

  /** Its TCP port. */
  get tcpPort(): number {
    return this.server.listening[1]?.port ?? 0;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.server.listening[2]?.port ?? 0}`;
  }

  /** Resolves when the controller's page answers. */
  async start(): Promise<void> {
    const main = fileURLToPath(new URL('../../appliance/main.js', import.meta.url));
    const controller = spawn(
      process.execPath,
      [main, '--config', join(this.#home, 'holdfast.yaml'), '--web', '127.0.0.1:0'],
      {
        env: { ...process.env, HOLDFAST_CONTROL_SECRET: secret },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#controller = controller;
    const said: string[] = [];
    const lines = createInterface({ input: controller.stdout });
    createInterface({ input: controller.stderr }).on('line', (line) => said.push(line));
    const ready = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        const url = /^web: (\S+)/.exec(line)?.[1];
        if (url === undefined) return;
        this.#url = url.replace(/\/$/, '');
        resolve();
      });
      controller.once('exit', (code) => reject(new Error(`the controller ended (${code}):\n${said.join('\n')}`)));
    });
    await ready;
    // A route is in force once something was probed: both follow the connection in this order.
    const probes = this.bob.count('OPTIONS');
    await this.until('the controller probes the centre', () => this.bob.count('OPTIONS') > probes);
  }

  /** The same ways of ending that a real one meets: SIGKILL, or SIGTERM at a restart. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    if (controller === undefined || controller.exitCode !== null) return;
    const gone = once(controller, 'exit');
    controller.kill(signal);
    await gone;
  }

  /** The store is lost with all its records. */
  async forget(): Promise<void> {
    await rm(join(this.#home, 'state'), { recursive: true });
  }

  /** The SIP server ends, and another one takes its ports; it knows none of the dialogs. */
  async replaceServer(): Promise<void> {
    const { port } = this;
    const { controlPort } = this.server;
    await this.server.close();
    this.server = await startServer(port, controlPort);
  }

  /** Alice calls the centre with her digest; bob rings. */
  async ring(): Promise<{ readonly invite: SipRequest; readonly incoming: SipRequest }> {
    const { alice, bob } = this;
    const uri = `sip:2002@${domain}`;
    const from = [['From', `<sip:${username}@${domain}>;tag=alice-${systemRandom.next()}`]] as const;
    const first = alice.request('INVITE', uri, from, sdp(4000));
    alice.send(first, this.port);
    const challenged = await alice.take(407);
    const challenge = parseChallenge(challenged.headers.all('Proxy-Authenticate').find((c) => c.includes('MD5')) ?? '');
    if (!challenge.ok) throw new Error(challenge.error);
    const answer = answerChallenge({
      challenge: challenge.value,
      method: 'INVITE',
      uri,
      username,
      ha1: ha1(username, domain, password, 'MD5'),
      cnonce: 'c',
      nc: 1,
    });
    if (!answer.ok) throw new Error(answer.error);
    const ack = alice.request('ACK', uri, [
      ['Via', first.headers.get('Via') ?? ''],
      ['From', first.headers.get('From') ?? ''],
      ['To', challenged.headers.get('To') ?? ''],
      ['Call-ID', first.headers.get('Call-ID') ?? ''],
    ]);
    alice.send(ack, this.port);
    const invite = alice.request('INVITE', uri, [...from, ['Proxy-Authorization', answer.value]], sdp(4000));
    alice.send(invite, this.port);
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 180);
    await alice.take(180);
    return { invite, incoming };
  }

  /** The same, and bob answers. */
  async talk(): Promise<Talk> {
    const { alice, bob } = this;
    const { invite, incoming } = await this.ring();
    const accepted = bob.reply(incoming, 200, [], sdp(5000));
    await bob.take('ACK');
    const ok = await alice.take(200);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), this.port);
    const b = Dialog.asUas(incoming, accepted);
    b.confirm();
    return { a, b, invite, incoming };
  }

  async calls(): Promise<readonly CallSummary[]> {
    const { calls }: { calls: readonly CallSummary[] } = await this.#get('/api/status');
    return calls;
  }

  async mode(): Promise<string> {
    const { mode }: { mode: string } = await this.#get('/api/status');
    return mode;
  }

  /** The records of calls that are over, once there are as many. */
  async records(count: number): Promise<readonly RecordRow[]> {
    let rows: readonly RecordRow[] = [];
    await this.until(`${count} records`, async () => {
      rows = await this.#get<readonly RecordRow[]>('/api/records');
      return rows.length >= count;
    });
    return rows;
  }

  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = 5000): Promise<void> {
    const end = systemClock.now() + withinMs;
    while (!(await holds())) {
      if (systemClock.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
      await new Promise<void>((resolve) => void systemClock.after(20, resolve));
    }
  }

  async close(): Promise<void> {
    await this.end('SIGKILL');
    await this.server.close();
    this.alice.close();
    this.bob.close();
    await rm(this.#home, { recursive: true, force: true });
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#url}${path}`);
    const body: T = JSON.parse(await response.text());
    return body;
  }
}

function startServer(port: number, controlPort: number): Promise<SipServerHandle> {
  return startSipServer({
    clock: systemClock,
    random: systemRandom,
    listen: [
      { protocol: 'udp', address: '127.0.0.1', port },
      { protocol: 'tcp', address: '127.0.0.1', port },
      { protocol: 'ws', address: '127.0.0.1', port: 0 },
    ],
    control: { host: '127.0.0.1', port: controlPort },
    // Peers, server and application share one process here: that it is busy says nothing of the server.
    utilization: () => 0,
    secret,
    dns: noDns,
  });
}
