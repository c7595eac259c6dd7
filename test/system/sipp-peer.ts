import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeerProcess } from './branch/peer-process.js';

export const sippBody = `v=0
o=sipp 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
a=sendrecv`;

/** A request of the caller; `extra` are whole header lines. CSeq 1 begins the dialog. */
export function fromCaller(method: string, cseq: number, extra: readonly string[] = [], body = ''): string {
  const inside = cseq > 1 || method === 'ACK';
  return message(
    `${method} ${inside ? '[next_url]' : 'sip:bob@[remote_ip]:[remote_port]'} SIP/2.0`,
    [
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]',
      'From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]c[call_number]',
      `To: <sip:bob@[remote_ip]:[remote_port]>${inside ? '[peer_tag_param]' : ''}`,
      'Call-ID: [call_id]',
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      'Contact: <sip:sipp@[local_ip]:[local_port]>',
      'Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK',
      ...extra,
    ],
    body,
  );
}

/** What is hop by hop, CANCEL and the ACK of a refusal, repeats the branch of its INVITE, sent `back` steps before. */
export function hopByHop(method: string, cseq: number, back: number, inside: boolean, tagged: boolean): string {
  return fromCaller(method, cseq)
    .replace('[branch]', `[branch-${back}]`)
    .replace(/\[peer_tag_param\]/, '')
    .replace(/^(To: .*)$/m, tagged ? '$1[peer_tag_param]' : '$1')
    .replace(/^(\n*\S+) \S+ SIP/, inside ? '$1 [next_url] SIP' : '$1 sip:bob@[remote_ip]:[remote_port] SIP');
}

/** A response to the last request received. */
export function answering(status: number, extra: readonly string[] = [], body = '', tag = true): string {
  return message(
    `SIP/2.0 ${status} X`,
    [
      '[last_Via:]',
      '[last_From:]',
      `[last_To:]${tag ? ';tag=[pid]u[call_number]' : ''}`,
      '[last_Call-ID:]',
      '[last_CSeq:]',
      'Contact: <sip:sipp@[local_ip]:[local_port]>',
      'Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK',
      ...extra,
    ],
    body,
  );
}

/** Keeps what an answer to the INVITE needs when another request has come meanwhile; see {@link answerKept}. */
export const keepInvite = `<action>${['Via', 'From', 'To', 'CSeq']
  .map((name) => `<ereg regexp="[^ ].*" search_in="hdr" header="${name}:" assign_to="${name.toLowerCase()}"/>`)
  .join('')}</action>`;

export function answerKept(status: number, body: string): string {
  return answering(status, [], body)
    .replace('[last_Via:]', 'Via: [$via]')
    .replace('[last_From:]', 'From: [$from]')
    .replace('[last_To:]', 'To: [$to]')
    .replace('[last_CSeq:]', 'CSeq: [$cseq]');
}

function message(start: string, lines: readonly string[], body: string): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [start, ...lines, ...type, 'Content-Length: [len]', '', body].join('\n');
}

export function send(text: string, attributes = ''): string {
  return `<send ${attributes}><![CDATA[\n\n${text}\n\n]]></send>`;
}

export function receive(what: number | string, attributes = '', action = ''): string {
  const name = typeof what === 'number' ? `response="${what}"` : `request="${what}"`;
  return `<recv ${name} ${attributes}>${action}</recv>`;
}

export const optional = (status: number): string => receive(status, 'optional="true"');
export const pauseMs = (ms: number): string => `<pause milliseconds="${ms}"/>`;

/** sipp, the field's own test peer, on loopback. */
export class SippPeer {
  readonly #process: PeerProcess;
  readonly #home: string;

  private constructor(
    readonly port: number,
    steps: readonly string[],
    calls: number,
    target: string | undefined,
  ) {
    this.#home = mkdtempSync(join(tmpdir(), 'hf-sipp-'));
    const scenario = `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="s">\n${steps.join('\n')}\n</scenario>\n`;
    writeFileSync(join(this.#home, 'scenario.xml'), scenario);
    const args = [
      ...(target === undefined ? [] : [target]),
      ...['-sf', 'scenario.xml', '-i', '127.0.0.1', '-p', String(port), '-m', String(calls), '-r', '20'],
      ...['-t', 'u1', '-nostdin', '-timeout', '40s', '-timeout_error', '-trace_err', '-error_file', 'errors.log'],
    ];
    this.#process = new PeerProcess('sipp', args, { logFile: join(this.#home, 'sipp.log'), cwd: this.#home });
  }

  static async calling(steps: readonly string[], calls: number, target: string): Promise<SippPeer> {
    return new SippPeer(await freePort(), steps, calls, target);
  }

  static async called(steps: readonly string[], calls: number): Promise<SippPeer> {
    return new SippPeer(await freePort(), steps, calls, undefined);
  }

  /** Empty when every call went by the scenario; else sipp's own words. */
  async outcome(): Promise<string> {
    const code = await this.#process.ended;
    const text = code === 0 ? '' : `sipp ended with ${code}\n${this.#evidence()}`;
    rmSync(this.#home, { recursive: true, force: true });
    return text;
  }

  async stop(): Promise<void> {
    await this.#process.stop(300);
    rmSync(this.#home, { recursive: true, force: true });
  }

  #evidence(): string {
    return readdirSync(this.#home)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(this.#home, name), 'utf8').slice(-2_500))
      .join('\n');
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
