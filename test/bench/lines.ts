import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TracedFrame } from '../../appliance/io/index.js';
import { freePort } from '../../appliance/supervisor/preflight.js';
import { answerChallenge, cseqNumber, ha1, parseChallenge, type SipRequest } from '../../src/sip/index.js';
import { sleep, until } from '../system/branch/patience.js';
import { PeerProcess } from '../system/branch/peer-process.js';
import { Peer, sdp } from '../system/sip-server-peer.js';
import type { Row, Section } from './rows.js';

/** Of each kind; rings take seconds each. */
const [callsMeasured, ringsMeasured] = [50, 8];
/** Rings until the caller gives up (`networkOutcome`). */
const outside = '3125551102';
const user = { username: 'bob', password: 'correct-horse', realm: 'example.com' };
/** A key is held for so long (`hw/simulator/telephone.ts`). */
const keyMs = 90;
const [jack, exchangeLine] = ['sim/0:1', 'sim/0:3'];
const caller = { number: '3125550199', name: 'GRACE HOPPER' };

/** GR-30-CORE: the first ring, the least silence after it, seizure and marks, and ten bits for each octet at 1200 bit/s. */
const floorMs = (octets: number): number => 2000 + 500 + ((300 + 180 + octets * 10) / 1200) * 1000;
/** Number and name; our own has the time of day, too. */
const octetsOf = (text: string, withTime: boolean): number =>
  3 + 2 + caller.number.length + 2 + text.length + (withTime ? 10 : 0);

interface World {
  readonly telephones: readonly {
    readonly hears: string;
    readonly ringing: boolean;
    readonly shown: { number: string };
  }[];
}

/**
 * How long a caller waits for the line and for whom is told who calls, through all processes of a branch: SIP server, controller, media
 * engine, line process with the simulator, and libpri at both ends of the T1.
 */
export async function lines(): Promise<Section> {
  const branch = await RunningBranch.start();
  try {
    const fromSip = await branch.times(callsMeasured, () => branch.sipToSetup());
    const fromJack = await branch.times(callsMeasured, () => branch.jackToSetup());
    const isdnToSip = await branch.times(callsMeasured, () => branch.isdnToInvite());
    const exchange = await branch.times(ringsMeasured, () => branch.exchangeToInvite());
    const display = await branch.times(ringsMeasured, () => branch.ringToDisplay());
    const exchangeFloor = floorMs(octetsOf(caller.name, false));
    const displayFloor = floorMs(octetsOf(caller.name, true));
    return {
      title: 'Lines: set-up and caller ID',
      peer: 'Standard (GR-30-CORE)',
      notes: [
        `Post-dial delay, ${callsMeasured} calls each: from the INVITE with credentials leaving the telephone, or the end of the last digit's tone at the analog telephone, to the SETUP frame of libpri, as the D-channel's trace tells of it to a watcher of the page; the way of the trace (four processes) is in it. The dial plan knows the number's length. An INVITE without credentials is challenged first: one more round trip.`,
        'Digits of the analog telephone are tones in samples of blocks of 10 ms; a digit counts from 40 ms on (Q.24), so that a set-up may leave before the key is let go: then the figure is below 0.',
        `Caller ID, from the ring's begin (exchange line, ${ringsMeasured} calls) or the network's SETUP (${callsMeasured}) to the INVITE with the caller's number at the called SIP telephone; and from our own ring to the number on an analog telephone's display. Beside it is the least that the standard leaves: a ring of 2 s (or the bursts of a distinctive one, which last as long), 0.5 s of silence, and the data itself at 1200 bit/s. The exchange of the simulator sends at that moment.`,
        'No peer was measured: what Debian has speaks ISDN only over cards.',
        `Load of the machine meanwhile: ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors.`,
      ],
      rows: [
        ...delays('SIP telephone to SETUP', fromSip, '≤ 20'),
        ...delays('analog telephone, last digit’s end to SETUP', fromJack, '≤ 20'),
        ...delays('SETUP from the network to the INVITE at the telephone', isdnToSip),
        ...delays('exchange line: ring to the INVITE with the caller', exchange, undefined, exchangeFloor),
        ...delays('analog telephone: ring to the caller on its display', display, undefined, displayFloor),
      ],
    };
  } finally {
    await branch.close();
  }
}

function delays(what: string, measured: readonly number[], goal?: string, peer?: number): readonly Row[] {
  const sorted = measured.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const beside = { ...(peer === undefined ? {} : { peer }), ...(goal === undefined ? {} : { goal }) };
  return [
    { what: `${what}, p50`, unit: 'ms', holdfast: at(0.5), ...beside },
    { what: `${what}, p99`, unit: 'ms', holdfast: at(0.99), ...beside },
  ];
}

/** The processes, with somebody at each end. */
class RunningBranch {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-lines-'));
  readonly #stop = new AbortController();
  readonly #process: PeerProcess;
  readonly #page: string;
  readonly #sip: { readonly address: string; readonly port: number; readonly protocol: 'udp' };
  #phone: Peer | undefined;
  #world: Socket | undefined;
  #shown: World | undefined;
  /** What waits for a change of the world or for a frame. */
  readonly #watchers = new Set<() => void>();
  #lastSetup: { readonly sent: boolean; readonly at: number } | undefined;

  private constructor(sip: number, control: number, web: number) {
    this.#sip = { address: '127.0.0.1', port: sip, protocol: 'udp' };
    this.#page = `http://127.0.0.1:${web}`;
    writeFileSync(
      join(this.#folder, 'branch.yaml'),
      `site: { name: Lines, countryCode: '1', areaCode: '312', mainNumber: '+13125550200' }
sip: { listen: [udp/127.0.0.1:${sip}], control: 127.0.0.1:${control} }
centre: { domain: ${user.realm}, targets: ['sip:127.0.0.1:9'] }
users: { file: users.yaml }
media: { ports: 17000-17999 }
dialPlan: { defaultExtension: '1001' }
lines:
  cards: simulator
  spans: [{ span: sim/1 }]
  telephones: [{ channel: ${jack}, user: ada }]
  officeLines: [{ channel: ${exchangeLine}, rings: '1002' }]
trunks: [{ name: pstn, channels: ['sim/1:1-23'], numberFormat: national }]
web: { port: ${web} }
`,
    );
    const hash = ha1(user.username, user.realm, user.password, 'MD5');
    const line = (username: string, extension: string, did: string) =>
      `  - { username: ${username}, extension: '${extension}', did: '${did}', displayName: ${username}, classOfRestriction: international, ha1: { md5: ${hash} } }\n`;
    writeFileSync(
      join(this.#folder, 'users.yaml'),
      `realm: ${user.realm}\nusers:\n${line('ada', '1001', '+13125550201')}${line('bob', '1002', '+13125550202')}`,
    );
    const main = fileURLToPath(new URL('../../appliance/supervisor/main.js', import.meta.url));
    const words = [
      '--config',
      join(this.#folder, 'branch.yaml'),
      '--state',
      join(this.#folder, 'state'),
      '--no-terminal',
    ];
    this.#process = new PeerProcess(process.execPath, [main, ...words], { logFile: join(this.#folder, 'branch.log') });
  }

  static async start(): Promise<RunningBranch> {
    const free = () => freePort('127.0.0.1');
    const branch = new RunningBranch(await free(), await free(), await free());
    await until('the branch serves itself, over its lines', 60_000, () => branch.#serves()).catch(async (failure) => {
      process.stderr.write(branch.#process.output());
      await branch.close();
      throw failure;
    });
    branch.#watchTrace();
    branch.#watchWorld();
    await until('the world shows itself', 10_000, () => branch.#shown);
    // Beside the centre's address.
    branch.#phone = await Peer.udp('127.0.0.2');
    return branch;
  }

  async times(count: number, measure: () => Promise<number>): Promise<readonly number[]> {
    // In an outage registrations are short.
    await this.#register();
    // What is compiled, opened and resolved at the first call is not the second's.
    for (let warm = 0; warm < 3 && count > ringsMeasured; warm++) await measure();
    const found: number[] = [];
    for (let call = 0; call < count; call++) found.push(await measure());
    return found;
  }

  /** The set-up of a call from the SIP telephone. */
  async sipToSetup(): Promise<number> {
    const uri = `sip:9${outside}@${user.realm}`;
    const who = `<sip:${user.username}@${user.realm}>`;
    const tag = Math.random().toString(36).slice(2);
    const headers = { From: `${who};tag=${tag}`, To: `<${uri}>` };
    const first = this.#sipPhone.request('INVITE', uri, headers, sdp());
    this.#sipPhone.send(first, this.#sip);
    const challenge = await this.#sipPhone.nextResponse(407, 5000);
    this.#sipPhone.send(this.#acknowledging(first, challenge.headers.get('To') ?? ''), this.#sip);
    const [callId, proof] = [
      first.headers.get('Call-ID') ?? '',
      this.#proof(challenge.headers.get('Proxy-Authenticate'), 'INVITE', uri),
    ];
    const invite = this.#sipPhone.request(
      'INVITE',
      uri,
      { ...headers, 'Call-ID': callId, CSeq: '2 INVITE', 'Proxy-Authorization': proof },
      sdp(),
    );
    const before = performance.now();
    this.#sipPhone.send(invite, this.#sip);
    const at = await this.#setup(true, before);
    await this.#sipPhone.nextResponse(180, 10_000);
    const via = invite.headers.get('Via') ?? '';
    this.#sipPhone.send(
      this.#sipPhone.request('CANCEL', uri, { ...headers, Via: via, 'Call-ID': callId, CSeq: '2 CANCEL' }),
      this.#sip,
    );
    const ended = await this.#sipPhone.nextResponse(487, 10_000);
    this.#sipPhone.send(this.#acknowledging(invite, ended.headers.get('To') ?? ''), this.#sip);
    await this.#rest();
    return at - before;
  }

  /** From the end of the last digit that an analog telephone dials. */
  async jackToSetup(): Promise<number> {
    this.#play({ kind: 'lift', channel: jack });
    await this.#seen('dial tone', () => this.#shown?.telephones[0]?.hears === 'dial tone');
    const digits = `9${outside}`;
    this.#play({ kind: 'dial', channel: jack, digits: digits.slice(0, -1), by: 'tone' });
    await sleep(digits.length * 2 * keyMs + 200);
    const end = performance.now() + keyMs;
    this.#play({ kind: 'dial', channel: jack, digits: digits.slice(-1), by: 'tone' });
    const at = await this.#setup(true, end - keyMs);
    this.#play({ kind: 'hangUp', channel: jack });
    await this.#rest();
    await sleep(1000);
    return at - end;
  }

  /** From the network's SETUP to the INVITE at the telephone. */
  async isdnToInvite(): Promise<number> {
    const before = performance.now();
    this.#play({ kind: 'callIn', span: 'sim/1', called: '3125550202', ...caller, restricted: false });
    const invited = this.#invited();
    const at = await this.#setup(false, before);
    const invitedAt = await invited;
    // The frame's way to the page may be the longer one.
    return Math.max(0, invitedAt - at);
  }

  async exchangeToInvite(): Promise<number> {
    const before = performance.now();
    this.#play({ kind: 'ringLine', channel: exchangeLine, ...caller });
    const at = await this.#invited(10_000);
    this.#play({ kind: 'endLine', channel: exchangeLine });
    await this.#rest();
    await sleep(8000);
    return at - before;
  }

  async ringToDisplay(): Promise<number> {
    const number = `31255501${Math.floor(Math.random() * 90 + 10)}`;
    this.#play({ kind: 'callIn', span: 'sim/1', called: '3125550201', ...caller, number, restricted: false });
    const before = await this.#seen('a ring', () => this.#shown?.telephones[0]?.ringing === true);
    const at = await this.#seen('who calls', () => this.#shown?.telephones[0]?.shown.number.endsWith(number) === true);
    this.#play({ kind: 'networkHangUp', span: 'sim/1', slot: 1 });
    await this.#rest();
    await sleep(2000);
    return at - before;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#world?.destroy();
    this.#phone?.close();
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #sipPhone(): Peer {
    if (this.#phone === undefined) throw new Error('the telephone is not there yet');
    return this.#phone;
  }

  /** An INVITE with the caller's number arrives; it is refused, and the call ends. */
  async #invited(withinMs = 5000): Promise<number> {
    const invite = await this.#sipPhone.nextRequest('INVITE', withinMs);
    const at = performance.now();
    const from = invite.headers.get('From') ?? '';
    if (!from.includes(caller.number)) throw new Error(`the INVITE does not say who calls: ${from}`);
    this.#sipPhone.send(this.#sipPhone.response(invite, 603), this.#sip);
    await this.#sipPhone.nextRequest('ACK', 5000);
    await this.#rest();
    return at;
  }

  async #serves(): Promise<true | undefined> {
    const response = await fetch(`${this.#page}/api/status`).catch(() => undefined);
    const status: { mode?: string; trunks?: { state: string }[]; lines?: { dChannels: { up: boolean }[] } } =
      response === undefined ? {} : JSON.parse(await response.text());
    const up = status.mode === 'survivable' && status.trunks?.[0]?.state === 'up';
    return up && status.lines?.dChannels[0]?.up === true ? true : undefined;
  }

  async #rest(): Promise<void> {
    await until('no call is left', 10_000, async () => {
      const status: { calls: unknown[]; lines: { dChannels: { calls: number }[] } } = JSON.parse(
        await (await fetch(`${this.#page}/api/status`)).text(),
      );
      return status.calls.length === 0 && status.lines.dChannels[0]?.calls === 0 ? true : undefined;
    });
  }

  async #register(): Promise<void> {
    // Nobody asks for answers to earlier requests any more: a 200 to a CANCEL is no registration.
    this.#sipPhone.received.length = 0;
    const uri = `sip:${user.realm}`;
    const who = { From: `<sip:bob@${user.realm}>;tag=r`, To: `<sip:bob@${user.realm}>`, Expires: '3600' };
    this.#sipPhone.send(this.#sipPhone.request('REGISTER', uri, who), this.#sip);
    const challenge = await this.#sipPhone.nextResponse(401, 5000);
    const proof = this.#proof(challenge.headers.get('WWW-Authenticate'), 'REGISTER', uri);
    this.#sipPhone.send(this.#sipPhone.request('REGISTER', uri, { ...who, Authorization: proof }), this.#sip);
    await this.#sipPhone.nextResponse(200, 5000);
  }

  #proof(header: string | undefined, method: string, uri: string): string {
    const challenge = parseChallenge(header ?? '');
    if (!challenge.ok) throw new Error(`no challenge: ${header}`);
    const { username, realm, password } = user;
    const answer = answerChallenge({
      ...{ challenge: challenge.value, method, uri, username, cnonce: '0a4f113b', nc: 1 },
      ha1: ha1(username, realm, password, 'MD5'),
    });
    if (!answer.ok) throw new Error('the challenge cannot be answered');
    return answer.value;
  }

  /** Of a final refusal (RFC 3261 §17.1.1.3). */
  #acknowledging(invite: SipRequest, to: string): SipRequest {
    const copied = ['Via', 'From', 'Call-ID'].map((name) => [name, invite.headers.get(name) ?? '']);
    const headers = { ...Object.fromEntries(copied), To: to, CSeq: `${cseqNumber(invite.headers)} ACK` };
    return this.#sipPhone.request('ACK', invite.uri, headers);
  }

  #play(command: object): void {
    this.#world?.write(`${JSON.stringify({ id: 1, command })}\n`);
  }

  #watchWorld(): void {
    let text = '';
    const socket = createConnection(join(this.#folder, 'state', 'run', 'world'));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const all = text.split('\n');
      text = all.pop() ?? '';
      for (const one of all) {
        const { state, refused }: { readonly state?: World; readonly refused?: string } = JSON.parse(one);
        if (refused !== undefined) process.stderr.write(`bench: ${refused}\n`);
        this.#shown = state ?? this.#shown;
      }
      for (const watcher of this.#watchers) watcher();
    });
    this.#world = socket;
  }

  #watchTrace(): void {
    void fetch(`${this.#page}/api/lines/trace?d-channel=sim/1`, { signal: this.#stop.signal })
      .then(async ({ body }) => {
        let text = '';
        for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
          text += part;
          const all = text.split('\n\n');
          text = all.pop() ?? '';
          for (const one of all) {
            const data = /^event: frame\ndata: (.*)$/s.exec(one)?.[1];
            if (data === undefined) continue;
            const { sent, lines: words }: TracedFrame = JSON.parse(data);
            if (words[1]?.startsWith('  SETUP call') === true) this.#lastSetup = { sent, at: performance.now() };
          }
          for (const watcher of this.#watchers) watcher();
        }
      })
      .catch(() => undefined);
  }

  /** When the SETUP that follows `after` was seen. */
  async #setup(sent: boolean, after: number): Promise<number> {
    const found = () => this.#lastSetup !== undefined && this.#lastSetup.sent === sent && this.#lastSetup.at > after;
    await this.#seen('a SETUP', found);
    return this.#lastSetup?.at ?? Number.NaN;
  }

  /** When it was seen first. */
  #seen(what: string, is: () => boolean, withinMs = 15_000): Promise<number> {
    if (is()) return Promise.resolve(performance.now());
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.#watchers.delete(watcher);
        reject(new Error(`not seen: ${what}; ${JSON.stringify(this.#shown)}`));
      }, withinMs);
      const watcher = (): void => {
        if (!is()) return;
        clearTimeout(patience);
        this.#watchers.delete(watcher);
        resolve(performance.now());
      };
      this.#watchers.add(watcher);
    });
  }
}
